# A stand-in for S3, for a test alone; its context is the folder `requirements`.
FROM python:3.11-slim-bookworm
ARG PIP_INDEX_URL=
COPY moto.lock /moto.lock
RUN [ -n "$PIP_INDEX_URL" ] || unset PIP_INDEX_URL \
 && python -m pip install --no-cache-dir --require-hashes --root-user-action ignore -r /moto.lock
USER 65534:65534
ENTRYPOINT ["python", "/s3_server.py"]
CMD ["5555", "0.0.0.0"]
