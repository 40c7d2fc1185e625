"""Where other services are, in words of nginx."""

import socket
from collections.abc import Iterable
from ipaddress import ip_address, ip_interface
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from homeprices.domain.errors import Refused

RESOLV_CONF = Path("/etc/resolv.conf")
# A container that is made anew has another address, and its name server may promise the old one.
LOOK_AGAIN = "valid=1s"
NEIGHBOURS = "neighbours"


class FollowsNames(Protocol):
    """An nginx that may look up names again while it runs."""

    @property
    def follows_names(self) -> bool:
        """True when it does."""


def at(host: str, port: int) -> str:
    """Where to listen."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def scheme(url: str) -> str:
    """`http` or `https`."""
    return urlsplit(url).scheme


def port_of(url: str) -> int:
    """The port of `url`, said or not.

    >>> port_of("http://production:6001"), port_of("https://homes.example")
    (6001, 443)
    """
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def upstream(url: str, nginx: FollowsNames) -> str:
    """What follows `server`; a name is looked up again and again where nginx can do that.

    An older nginx keeps the addresses that it found at its start.
    """
    host = urlsplit(url).hostname or ""
    server = at(host, port_of(url))
    return f"{server} resolve" if nginx.follows_names and _is_name(host) else server


def resolver(urls: Iterable[str], nginx: FollowsNames, resolv_conf: Path = RESOLV_CONF) -> str:
    """The line that says whom to ask for names; empty where there are none to look up again.

    Raises Refused where this machine knows no name server.
    """
    names = [host for url in urls if _is_name(host := urlsplit(url).hostname or "")]
    if not names or not nginx.follows_names:
        return ""
    servers = _name_servers(resolv_conf)
    if not servers:
        raise Refused(f"{resolv_conf} names no name server that could be asked for {names[0]}")
    return f"resolver {' '.join(servers)} {LOOK_AGAIN};"


def trusted_proxies(setting: str) -> str:
    """The lines that say whose word on a visitor's address is taken."""
    networks = _neighbours() if setting == NEIGHBOURS else setting.split()
    return " ".join(f"set_real_ip_from {network};" for network in networks)


def _neighbours() -> list[str]:
    """The networks of this machine's interfaces, but the one that leads to itself."""
    import psutil

    addresses = [
        address
        for interface in psutil.net_if_addrs().values()
        for address in interface
        if address.family == socket.AF_INET and not ip_address(address.address).is_loopback
    ]
    return [str(ip_interface(f"{a.address}/{a.netmask}").network) for a in addresses]


def _name_servers(resolv_conf: Path) -> list[str]:
    lines = (line.split() for line in resolv_conf.read_text().splitlines())
    servers = [words[1] for words in lines if words[:1] == ["nameserver"] and len(words) > 1]
    return [f"[{server}]" if ":" in server else server for server in servers]


def _is_name(host: str) -> bool:
    """False for an address, and for this machine's own name, which needs no name server."""
    if host == "localhost":
        return False
    try:
        ip_address(host)
    except ValueError:
        return True
    return False
