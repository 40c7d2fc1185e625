"""How a bucket is reached, how long it is waited for, and what its refusals mean.

Nothing is asked of the network before the first read or write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from obstore.store import S3Store

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

CONNECT_S, SILENCE_S, LONGEST_S = 2, 5, 60
RETRIES, RETRY_WITHIN_S = 2, 5

_KEYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_REGION = "the bucket is in another region; set AWS_DEFAULT_REGION to its own"
# Codes of the S3 API, and words of obstore where S3 was not even asked.
_REASONS = {
    "NoSuchBucket": "there is no such bucket; make it, or name another by MLFLOW_S3_BUCKET",
    "InvalidAccessKeyId": f"AWS does not know this access key; see {_KEYS}",
    "SignatureDoesNotMatch": f"the secret does not belong to the access key; see {_KEYS}",
    "InvalidToken": "AWS_SESSION_TOKEN does not belong to the access key",
    "ExpiredToken": "the AWS session has ended; sign in again",
    "RequestTimeTooSkewed": "this machine's clock is wrong; S3 refuses what it signs",
    "AccessDenied": "these AWS credentials may not do that; they need s3:ListBucket on the bucket, "
    "s3:GetObject, s3:PutObject and s3:DeleteObject on what is in it",
    "AuthorizationHeaderMalformed": _REGION,
    "PermanentRedirect": _REGION,
    "incorrectly configured region": _REGION,
    "/latest/api/token": f"there are no AWS credentials; set {_KEYS}, or give the machine a role",
}
_WORD = re.compile("|".join(map(re.escape, _REASONS)))


@dataclass(frozen=True, slots=True)
class Access:
    """Keys, region and endpoint of a bucket.

    What is "" is left to AWS's own chain: the environment, then the role of the
    pod, container or machine. An http endpoint is asked without TLS.
    """

    key_id: str = ""
    secret: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    region: str = ""
    endpoint: str = ""


def open_bucket(url: str, access: Access) -> tuple[S3Store, S3Store]:
    """What reads from `s3://bucket/folder`, and what writes to it.

    A reader gives up after 5 silent seconds. A writer is allowed a minute: what
    it sends counts as silence.
    """
    provided: S3Config = {
        "access_key_id": access.key_id,
        "secret_access_key": access.secret,
        "session_token": access.session_token,
        "region": access.region,
        "endpoint": access.endpoint,
    }
    config: S3Config = {name: value for name, value in provided.items() if value}  # type: ignore[assignment]
    client: ClientConfig = {
        "allow_http": access.endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=CONNECT_S),
        "timeout": timedelta(seconds=LONGEST_S),
    }
    retry: RetryConfig = {
        "max_retries": RETRIES,
        "retry_timeout": timedelta(seconds=RETRY_WITHIN_S),
    }
    silence: ClientConfig = {"read_timeout": timedelta(seconds=SILENCE_S)}
    return (
        S3Store.from_url(
            url, config=config, client_options={**client, **silence}, retry_config=retry
        ),
        S3Store.from_url(url, config=config, client_options=client, retry_config=retry),
    )


def reason(error: BaseException) -> str | None:
    """Why S3 has refused, in words that say what to do; None where we do not know."""
    word = _WORD.search(str(error))
    return _REASONS[word[0]] if word else None


def is_of_another_kind(error: BaseException) -> bool:
    """True when a 404 over HTTP is not about the object: no bucket, or no S3 at all."""
    message = str(error)
    return "404 Not Found" in message and "<Code>NoSuchKey</Code>" not in message
