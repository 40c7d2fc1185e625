"""The policy that the next experiment is frozen with: the built-in one, or that of a file."""

from pathlib import Path

from homeprices.domain.errors import BadInput, NotFound, Refused, Unreadable
from homeprices.domain.experiments import policy_file
from homeprices.domain.experiments.experiment import PolicyDocument
from homeprices.domain.experiments.policies import POLICIES, policy
from homeprices.workflows.context import ExperimentPorts


def policy_in_force(ports: ExperimentPorts) -> PolicyDocument:
    """The policy; raises NotFound for a name that does not exist.

    One from a file must be readable, of the name that is set, and rehearsed: else Refused.
    """
    built_in = policy(ports.policy).document
    if ports.policy_file is None:
        return built_in
    try:
        document = read_policy(ports.policy_file)
    except (BadInput, NotFound, Unreadable) as error:
        # One kind for all of them: what does not need the policy goes on without it.
        raise Refused(f"HOMES_POLICY_FILE, {ports.policy_file}: {error.message}") from None
    if document.name != built_in.name:
        raise Refused(
            f"HOMES_POLICY is {built_in.name}, and {ports.policy_file} has the numbers of "
            f"{document.name}: set HOMES_POLICY={document.name}, or another HOMES_POLICY_FILE"
        )
    digest = policy_file.digest(document)
    if policy_file.is_built_in(document) or ports.accepted_policies.find(digest):
        return document
    raise Refused(
        f"the policy of {ports.policy_file} (digest {digest}) was not accepted yet; run "
        f"homes experiment rehearse --policy {ports.policy_file}"
    )


def policy_to_rehearse(ports: ExperimentPorts, source: str | None) -> PolicyDocument:
    """The policy of a file, or a built-in one by its name; by default the one that is set."""
    if source is not None:
        return POLICIES[source].document if source in POLICIES else read_policy(Path(source))
    named = policy(ports.policy).document
    return named if ports.policy_file is None else read_policy(ports.policy_file)


def read_policy(path: Path) -> PolicyDocument:
    """The policy of a file; raises NotFound, Unreadable, and as `policy_document` does."""
    try:
        toml = path.read_text(encoding="utf-8")
    except OSError as error:
        raise NotFound(f"the policy file {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Unreadable("the policy is no text in UTF-8") from None
    return policy_file.policy_document(toml)
