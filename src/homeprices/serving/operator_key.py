"""The operator's key: asked for where logs are read and where something is changed."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from homeprices.domain.errors import KeyMissing, KeyRefused

Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]
ApiKey = Annotated[str | None, Depends(APIKeyHeader(name="X-API-Key", auto_error=False))]


class OperatorKey:
    """Lets the operator pass: a dependency of routes that FastAPI runs, `check` for the others."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def __call__(self, bearer: Bearer, api_key: ApiKey) -> None:
        """Raise KeyMissing or KeyRefused unless a header bears the key."""
        self.check(bearer.credentials if bearer else api_key)

    def check_headers(self, authorization: str | None, api_key: str | None) -> None:
        """The same, for headers as they came."""
        scheme, _, credentials = (authorization or "").partition(" ")
        self.check(credentials.strip() if scheme.lower() == "bearer" else api_key)

    def check(self, provided: str | None) -> None:
        """Raise KeyMissing or KeyRefused unless `provided` is the key."""
        if not provided:
            raise KeyMissing(
                "this needs the operator's key: send `Authorization: Bearer KEY` or "
                "`X-API-Key: KEY`; `homes up` keeps it in .homes/operator.key"
            )
        if not self._key or not hmac.compare_digest(provided.encode(), self._key):
            raise KeyRefused("the key that was sent is not the operator's key of this service")
