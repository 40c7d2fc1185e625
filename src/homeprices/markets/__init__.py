"""The cities we know: one TOML file each."""

from importlib import resources

import msgspec

from homeprices.domain.errors import NotFound
from homeprices.domain.market import Market


def load(name: str) -> Market:
    """The market called `name`; raises NotFound naming those that exist."""
    folder = resources.files(__package__)
    names = (entry.name for entry in folder.iterdir())
    known = sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))
    if name not in known:
        raise NotFound(f"no market is called {name!r}; known: {', '.join(known)}")
    return parse(folder.joinpath(f"{name}.toml").read_bytes())


def parse(toml: bytes) -> Market:
    """The market that a TOML file declares; raises msgspec.MsgspecError."""
    return msgspec.toml.decode(toml, type=Market)
