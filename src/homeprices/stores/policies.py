"""Policies that may decide: `policies/{digest}.json`, written once when one was rehearsed."""

import msgspec

from homeprices.domain.errors import NotFound, Taken
from homeprices.domain.experiments.policy_file import AcceptedPolicy
from homeprices.ports import Objects


class AcceptedPolicies:
    """All policies on an object store that were accepted."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def accept(self, policy: AcceptedPolicy) -> bool:
        """Keep that `policy` may decide; False where that was known."""
        try:
            self._objects.create(_key(policy.digest), msgspec.json.encode(policy))
        except Taken:
            return False
        return True

    def find(self, digest: str) -> AcceptedPolicy | None:
        """The record of a policy; None where it was never accepted."""
        try:
            content = self._objects.read(_key(digest))
        except NotFound:
            return None
        return msgspec.json.decode(content, type=AcceptedPolicy)


def _key(digest: str) -> str:
    return f"policies/{digest}.json"
