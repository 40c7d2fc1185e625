"""Services may be anywhere: names are looked up again, addresses are taken as they are."""

from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import pytest

from homeprices.domain.errors import Refused
from homeprices.routing.addresses import resolver, trusted_proxies, upstream


@dataclass
class FakeNginx:
    follows_names: bool


NEW, OLD = FakeNginx(True), FakeNginx(False)


@pytest.fixture
def resolv_conf(tmp_path: Path) -> Path:
    path = tmp_path / "resolv.conf"
    path.write_text("search x\nnameserver 127.0.0.11\nnameserver fd00::1\noptions ndots:0\n")
    return path


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("http://127.0.0.1:6001", "127.0.0.1:6001"),
        ("http://[::1]:6001", "[::1]:6001"),
        ("http://localhost:6001", "localhost:6001"),
        ("http://production:6001", "production:6001 resolve"),
        ("https://prices.example", "prices.example:443 resolve"),
    ],
)
def test_a_name_is_looked_up_again_and_an_address_is_not(url: str, server: str) -> None:
    assert upstream(url, NEW) == server
    assert upstream(url, OLD) == server.removesuffix(" resolve")


def test_the_machines_own_name_servers_are_asked(resolv_conf: Path) -> None:
    urls = ["http://127.0.0.1:6001", "http://production:6001"]
    assert resolver(urls, NEW, resolv_conf) == "resolver 127.0.0.11 [fd00::1] valid=1s;"
    assert resolver(urls, OLD, resolv_conf) == ""
    assert resolver(urls[:1], NEW, resolv_conf) == ""


def test_a_name_that_nobody_can_be_asked_for_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "resolv.conf"
    empty.write_text("search x\n")
    with pytest.raises(Refused, match="no name server that could be asked for production"):
        resolver(["http://production:6001"], NEW, empty)


def test_one_proxy_is_trusted_or_all_neighbours_but_no_network_of_everybody() -> None:
    assert trusted_proxies("10.1.2.3") == "set_real_ip_from 10.1.2.3;"
    lines = [line for line in trusted_proxies("neighbours").split(";") if line]
    networks = [ip_network(line.split()[1]) for line in lines]
    assert all(network.prefixlen > 0 and not network.is_loopback for network in networks)
