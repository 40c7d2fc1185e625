# The images of a production, one target for each: api, airflow, mlflow, router, frontend.
# Packages come from requirements/*.lock, which are parts of requirements.lock, checked by hash.

FROM python:3.11-slim-bookworm AS base
# LightGBM's library needs OpenMP's. Debian keeps no older build of it that a version could name.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libgomp1 \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 homes \
 && useradd --uid 10001 --gid homes --no-create-home --home-dir /data --shell /usr/sbin/nologin homes \
 && mkdir -p /data/objects /data/spool /data/airflow /data/router \
    /secrets /database-secret /router-secret /workflow-secrets \
 && chown -R homes:homes /data /secrets /database-secret /router-secret /workflow-secrets \
 && printf '#!/bin/sh\nexec python -m homeprices "$@"\n' >/usr/local/bin/homes \
 && chmod 755 /usr/local/bin/homes
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app/src \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOMES_DATA_DIR=/data \
    HOMES_HOST=0.0.0.0
WORKDIR /app

# Beside the base, so that a change there installs nothing anew. uv itself is locked, too: its lines
# alone bring it in.
FROM python:3.11-slim-bookworm AS installer
ARG PIP_INDEX_URL=
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
COPY requirements.lock /build/requirements.lock
RUN sed -n '/^uv==/,/[^\\]$/p' /build/requirements.lock >/build/uv.txt \
 && [ -n "$PIP_INDEX_URL" ] || unset PIP_INDEX_URL \
 && python -m pip install --no-cache-dir --require-hashes --root-user-action ignore -r /build/uv.txt \
 && python -m venv --without-pip /opt/venv
COPY requirements /build/requirements
COPY requirements/install /usr/local/bin/install-packages

FROM installer AS api-packages
RUN --mount=type=cache,target=/root/.cache/uv install-packages api

FROM installer AS router-packages
RUN --mount=type=cache,target=/root/.cache/uv install-packages router

FROM installer AS mlflow-packages
RUN --mount=type=cache,target=/root/.cache/uv install-packages mlflow

FROM installer AS airflow-packages
RUN --mount=type=cache,target=/root/.cache/uv install-packages airflow

FROM base AS code
COPY src /app/src
COPY dags /app/dags
COPY frontend /app/frontend
COPY router /app/router
RUN python -m compileall -q /app/src

# Version and commit, which whoever builds tells, come last in every image: they change each time.
FROM base AS image
LABEL org.opencontainers.image.title="Bangalore Home Prices" \
      org.opencontainers.image.licenses="MIT"
USER 10001:10001
ENTRYPOINT ["python", "-m", "homeprices"]

FROM image AS api
COPY --from=api-packages /opt/venv /opt/venv
COPY --from=code /app /app
EXPOSE 6001 6002
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=6 \
    CMD ["python", "-m", "homeprices.local.probe", "http://127.0.0.1:6001/api/health/live"]
CMD ["serve"]
ARG VERSION=unknown
ARG COMMIT=unknown
LABEL org.opencontainers.image.version="$VERSION" org.opencontainers.image.revision="$COMMIT"

FROM image AS mlflow
COPY --from=mlflow-packages /opt/venv /opt/venv
COPY --from=code /app /app
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=10s --start-period=300s --retries=6 \
    CMD ["python", "-m", "homeprices.local.probe", "http://127.0.0.1:5000/health"]
CMD ["mlflow"]
ARG VERSION=unknown
ARG COMMIT=unknown
LABEL org.opencontainers.image.version="$VERSION" org.opencontainers.image.revision="$COMMIT"

FROM image AS router
COPY --from=router-packages /opt/venv /opt/venv
COPY --from=code /app /app
EXPOSE 7000
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=6 \
    CMD ["python", "-m", "homeprices.local.probe", "http://127.0.0.1:7000/router/live", "https://127.0.0.1:7000/router/live"]
CMD ["route"]
ARG VERSION=unknown
ARG COMMIT=unknown
LABEL org.opencontainers.image.version="$VERSION" org.opencontainers.image.revision="$COMMIT"

FROM image AS frontend
COPY --from=router-packages /opt/venv /opt/venv
COPY --from=code /app /app
EXPOSE 6500
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=6 \
    CMD ["python", "-m", "homeprices.local.probe", "http://127.0.0.1:6500/page/live", "https://127.0.0.1:6500/page/live"]
CMD ["page"]
ARG VERSION=unknown
ARG COMMIT=unknown
LABEL org.opencontainers.image.version="$VERSION" org.opencontainers.image.revision="$COMMIT"

# The last target is what a plain `docker build` makes: the one that can do all but price.
FROM image AS airflow
# pg_dump and psql, as new as the server of docker-compose.yaml: `homes backup` and `restore`.
USER 0:0
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends postgresql-client-15 \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o homes -g homes \
    /data/spool/production /data/spool/production-standby /data/spool/candidate
USER 10001:10001
COPY --from=airflow-packages /opt/venv /opt/venv
COPY --from=code /app /app
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=10s --start-period=300s --retries=6 \
    CMD ["python", "-m", "homeprices.local.probe", "http://127.0.0.1:8080/api/v2/monitor/health"]
CMD ["airflow", "api-server"]
ARG VERSION=unknown
ARG COMMIT=unknown
LABEL org.opencontainers.image.version="$VERSION" org.opencontainers.image.revision="$COMMIT"
