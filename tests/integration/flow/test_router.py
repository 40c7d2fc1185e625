"""The router on a real nginx, with two stand-ins behind it and trials on a real object store."""

import http.client
import json
import secrets
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from homeprices.domain.requests.keys import secret_of
from homeprices.domain.versions import KeyId
from homeprices.local import probe
from homeprices.local.doctor import free_port
from homeprices.routing import nginx
from homeprices.routing.arms import arm_for
from support.routers import PRICE, Load, Router, ask_on, is_open, served, service, until


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Router]:
    router = Router(tmp_path)
    with service(router.production_port, "production", "BO1"), router.running():
        yield router


@pytest.fixture
def split_router(router: Router) -> Iterator[Router]:
    with service(router.candidate_port, "candidate", "CO1"):
        router.open_experiment()
        until(router.goes_by_experiment)
        yield router


def test_without_a_trial_everyone_meets_production(router: Router) -> None:
    assert {served(router.ask()) for _ in range(50)} == {"production"}
    _, told, _ = router.ask()
    headers = told["headers"]
    assert isinstance(headers, dict)
    assert headers["x-arm"] == "production"
    assert headers.get("x-experiment", "") == ""


def test_a_fifth_of_ten_thousand_visitors_meets_the_candidate(split_router: Router) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", split_router.port, timeout=20)
    arms = Counter(
        served(ask_on(connection, PRICE, None, {"Cookie": f"visitor={secrets.token_hex(16)}"}))
        for _ in range(10_000)
    )
    connection.close()
    assert 1_880 <= arms["candidate"] <= 2_120
    assert arms.total() == 10_000


def test_the_rule_for_those_who_ask_past_nginx_is_that_of_nginx(split_router: Router) -> None:
    experiment = split_router.experiments.open_now()
    connection = http.client.HTTPConnection("127.0.0.1", split_router.port, timeout=20)
    for _ in range(1_000):
        visitor = secrets.token_hex(16)
        answer = ask_on(connection, PRICE, None, {"Cookie": f"visitor={visitor}"})
        assert served(answer) == arm_for(visitor, experiment)
    connection.close()


def test_no_visitor_of_five_hundred_who_ask_five_times_meets_both(split_router: Router) -> None:
    met = Counter[str]()
    for _ in range(500):
        first = split_router.ask()
        cookie = first[2]["Set-Cookie"].split(";")[0]
        arms = {served(first), *(served(split_router.ask(Cookie=cookie)) for _ in range(4))}
        assert len(arms) == 1
        met.update(arms)
    assert met["candidate"] > 50
    assert met["production"] > 300


def test_a_visitor_is_minted_once_and_a_malformed_one_again(router: Router) -> None:
    minted = router.ask()[2]["Set-Cookie"]
    assert minted.startswith("visitor=")
    for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=15552000"):
        assert part in minted
    visitor = minted.split(";")[0].removeprefix("visitor=")
    _, told, headers = router.ask(Cookie=f"visitor={visitor}")
    assert "Set-Cookie" not in headers
    assert told["headers"]["x-visitor"] == visitor  # type: ignore[index]
    for wrong in ("short", visitor.upper().replace("0", "A"), visitor + "0", "'; drop"):
        _, told, headers = router.ask(Cookie=f"visitor={wrong}")
        assert headers["Set-Cookie"].startswith("visitor=")
        assert told["headers"]["x-visitor"] != wrong  # type: ignore[index]


def test_of_all_cookies_the_one_that_is_valid_decides(split_router: Router) -> None:
    experiment = split_router.experiments.open_now()
    for cookies in (
        ["visitor=short; visitor={mine}"],
        ["visitor=", "theme=dark", "visitor={mine}; x=y"],
        ["visitor={other}; visitor={mine}; visit={mine}.ab"],
        ["visit={mine}.ab", "visitor={other}", "visitor={mine}"],
        ["visitor={mine};visit={other}.ab"],
        ["avisitor={other}; visitor={other}0;  visitor={mine} "],
    ):
        mine, other = secrets.token_hex(16), secrets.token_hex(16)
        connection = http.client.HTTPConnection("127.0.0.1", split_router.port, timeout=20)
        with closing(connection):
            connection.putrequest("GET", PRICE)
            for cookie in cookies:
                connection.putheader("Cookie", cookie.format(mine=mine, other=other))
            connection.endheaders()
            answer = connection.getresponse()
            told = json.loads(answer.read())
        assert answer.headers.get_all("Set-Cookie") is None
        assert told["headers"]["x-visitor"] == mine
        assert answer.headers["X-Variant"] == arm_for(mine, experiment)


def test_what_depends_on_the_visitor_is_kept_by_no_cache(router: Router) -> None:
    known = {"Cookie": f"visitor={secrets.token_hex(16)}"}
    for path, headers in ((PRICE, {}), (PRICE, known), ("/openapi.json", {}), ("/api/%", known)):
        kept = router.ask(path, **headers)[2].get_all("Cache-Control")
        assert kept == ["private, no-store"]
    assert "Cache-Control" not in router.ask("/openapi.json", **known)[2]


def test_what_a_visitor_says_of_arm_visitor_and_trial_is_overwritten(split_router: Router) -> None:
    lies = {"X-Visitor": "f" * 32, "X-Arm": "candidate", "X-Experiment": "E9"}
    seen = [split_router.ask(**lies)[1]["headers"] for _ in range(20)]
    assert all(told["x-visitor"] != "f" * 32 for told in seen)  # type: ignore[index]
    assert {told["x-experiment"] for told in seen} == {"E1"}  # type: ignore[index]
    assert "production" in {told["x-arm"] for told in seen}  # type: ignore[index]


def test_a_trial_waits_until_the_candidates_service_serves_it(router: Router) -> None:
    with service(router.candidate_port, "candidate", "none"):
        router.open_experiment(share=0.99)
        time.sleep(2.5)
        assert {served(router.ask()) for _ in range(20)} == {"production"}
    with service(router.candidate_port, "candidate", "CO1"):
        until(lambda: router.split_is_in("candidate"))
        until(lambda: "candidate" in {served(router.ask()) for _ in range(5)})
        router.close_experiment()
        until(lambda: not router.split_is_in("candidate"))
        until(lambda: {served(router.ask()) for _ in range(20)} == {"production"})


@pytest.mark.quiet
def test_reloads_under_load_lose_no_request(split_router: Router) -> None:
    master = next(
        process
        for process in psutil.process_iter(["cmdline"])
        if str(split_router.log.parent / "router") in " ".join(process.info["cmdline"] or [])
    )
    with Load(split_router) as load:
        for _ in range(10):
            master.send_signal(signal.SIGHUP)
            time.sleep(0.4)
    assert set(load.statuses) == {200}
    assert load.statuses[200] > 500


@pytest.mark.quiet
def test_a_killed_candidate_costs_no_request_and_comes_back(router: Router) -> None:
    with service(router.candidate_port, "candidate", "CO1") as candidate:
        router.open_experiment(share=0.5)
        until(lambda: router.split_is_in("candidate"))
        with Load(router) as load:
            until(lambda: load.arms["candidate"] > 200)
            candidate.kill()
            candidate.wait()
            before = load.arms["production"]
            until(lambda: load.arms["production"] > before + 500)
        assert set(load.statuses) == {200}
    with service(router.candidate_port, "candidate", "CO1"):
        until(lambda: "candidate" in {served(router.ask()) for _ in range(10)}, patience_s=4)


def test_production_stands_in_for_a_candidate_that_refuses(split_router: Router) -> None:
    told = [split_router.ask("/api/full") for _ in range(40)]
    assert {served(answer) for answer in told} == {"production"}
    assigned = {answer[1]["headers"]["x-arm"] for answer in told}  # type: ignore[index]
    assert assigned == {"production", "candidate"}


@pytest.fixture
def zoned_router(router: Router) -> Iterator[Router]:
    """CO1 on trial for half of the visitors, for homes in the east."""
    with service(router.candidate_port, "candidate", "CO1"):
        router.open_experiment(share=0.5, zone="east")
        until(router.goes_by_experiment)
        yield router


def candidate_visitor(router: Router) -> dict[str, str]:
    """The cookie of a visitor who is split to the candidate."""
    cookies = (f"visitor={secrets.token_hex(16)}" for _ in range(100))
    mine = next(c for c in cookies if served(router.ask(Cookie=c)) == "candidate")
    return {"Cookie": mine}


def test_the_zone_of_a_trial_is_the_routers_word_alone(zoned_router: Router) -> None:
    seen = [zoned_router.ask(**{"X-Zone": "north"})[1]["headers"] for _ in range(20)]
    assert {told["x-zone"] for told in seen} == {"east"}  # type: ignore[index]


def test_without_a_zone_nothing_is_said_of_one(split_router: Router) -> None:
    seen = [split_router.ask(**{"X-Zone": "north"})[1]["headers"] for _ in range(20)]
    assert not any("x-zone" in told for told in seen)  # type: ignore[operator]


@pytest.mark.parametrize("length", [0, 2, 60_000])
def test_what_the_candidate_passes_on_reaches_production_whole(
    zoned_router: Router, length: int
) -> None:
    visitor = candidate_visitor(zoned_router)
    body = b"x" * length or None
    for _ in range(5):
        status, told, headers = zoned_router.ask("/api/elsewhere", body, **visitor)
        assert (status, headers["X-Variant"]) == (200, "production")
        assert (told["method"], told["length"]) == ("POST" if body else "GET", length)
        assert told["headers"]["x-arm"] == "candidate"  # type: ignore[index]
        assert served(zoned_router.ask(**visitor)) == "candidate"
    until(lambda: "elsewhere" in zoned_router.log.read_text())
    line = [line for line in zoned_router.log.read_text().splitlines() if "elsewhere" in line][-1]
    logged = json.loads(line)
    assert (logged["arm"], logged["served"], logged["status"]) == ("candidate", "production", 200)


def test_a_head_is_passed_on_as_one(zoned_router: Router) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", zoned_router.port, timeout=20)
    connection.request("HEAD", "/api/elsewhere", headers=candidate_visitor(zoned_router))
    answer = connection.getresponse()
    assert (answer.status, answer.headers["X-Variant"], answer.read()) == (200, "production", b"")
    connection.close()


@pytest.mark.quiet
def test_nothing_is_lost_under_load_where_the_candidate_passes_on(zoned_router: Router) -> None:
    visitor = candidate_visitor(zoned_router)
    connection = http.client.HTTPConnection("127.0.0.1", zoned_router.port, timeout=20)
    # A client may read 2,000 times at once.
    answers = [ask_on(connection, "/api/elsewhere", b"{}", dict(visitor)) for _ in range(1_500)]
    connection.close()
    assert {served(answer) for answer in answers} == {"production"}


@pytest.mark.parametrize("slashes", ["", "/", "//"])
def test_a_batch_of_any_size_is_productions_alone(split_router: Router, slashes: str) -> None:
    path = f"{PRICE}/batch{slashes}"
    answers = [split_router.ask(path, b"x" * 1_000) for _ in range(50)]
    answers.append(split_router.ask(path, b"x" * 5_000_000))
    assert {served(answer) for answer in answers} == {"production"}
    assert {answer[1]["headers"]["x-arm"] for answer in answers} == {"production", "candidate"}  # type: ignore[index]
    assert answers[-1][1]["length"] == 5_000_000


def test_a_path_is_the_same_with_a_slash_at_its_end(split_router: Router) -> None:
    assert {served(split_router.ask("/openapi.json/")) for _ in range(50)} == {"production"}
    for path in ("/router/up", "/router/up/", "/router/live/"):
        assert probe.get(f"http://127.0.0.1:{split_router.port}{path}")[0] == 200
    with split_router.page_running():
        page = f"http://127.0.0.1:{split_router.page_port}"
        for path in ("/openapi.json/", "/page/up/", "/page/live/"):
            assert probe.get(page + path)[0] == 200
        connection = http.client.HTTPConnection("127.0.0.1", split_router.page_port, timeout=20)
        with closing(connection):
            status, told, _ = ask_on(connection, f"{PRICE}/batch/", b"x" * 130_000, {})
    assert (status, told["length"]) == (200, 130_000)


def test_a_batch_meets_the_servers_that_are_there_while_others_start_anew(tmp_path: Path) -> None:
    router, gone = Router(tmp_path), free_port()
    with service(router.production_port, "production", "BO1"):
        with router.running():
            folder = tmp_path / "router"
        site, address = folder / "site.conf", f"server 127.0.0.1:{router.production_port}"
        gone_too = f"server 127.0.0.1:{gone} max_fails=0; {address} max_fails=0;"
        site.write_text(site.read_text().replace(f"{address} max_fails=0;", gone_too, 1))
        process = nginx.Nginx(nginx.find_nginx(), folder).start()
        try:
            until(router.is_live)
            answers = [router.ask(f"{PRICE}/batch", b"x" * 300_000) for _ in range(10)]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(15)
    assert [(answer[0], answer[1].get("length")) for answer in answers] == [(200, 300_000)] * 10


def test_errors_of_the_router_have_the_projects_shape(router: Router) -> None:
    for size in (65_537, 5_000_000):
        status, told, _ = router.ask(body=b"x" * size)
        assert (status, told["error"]["code"], told["error"]["fields"]) == (413, "too_large", [])  # type: ignore[index]
    status, told, _ = router.ask(body=b"x" * 65_536)
    assert (status, told["length"]) == (200, 65_536)
    for path in ("/metrics", "/metrics/"):
        status, told, _ = router.ask(path)
        assert (status, told["error"]["code"]) == (404, "not_found")  # type: ignore[index]


def test_with_production_away_visitors_hear_so_in_json(tmp_path: Path) -> None:
    with Router(tmp_path).running() as router:
        status, told, _ = router.ask()
        assert (status, told["error"]["code"]) == (503, "unavailable")  # type: ignore[index]
    assert not is_open(router.port)


class LosesItsFirst(BaseHTTPRequestHandler):
    """A service that ends without an answer, and is another one the next time it is asked."""

    asked = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        LosesItsFirst.asked += 1
        if LosesItsFirst.asked > 1:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")


def test_a_request_that_is_given_to_no_second_server_begins_anew(tmp_path: Path) -> None:
    router = Router(tmp_path)
    server = HTTPServer(("127.0.0.1", router.production_port), LosesItsFirst)
    with server, router.running():
        threading.Thread(target=server.serve_forever).start()
        try:
            status, _, _ = router.ask(body=b'{"bhk": 2}')
            LosesItsFirst.asked = 0
            operators, _, _ = router.ask("/api/decisions", body=b"{}")
        finally:
            server.shutdown()
    assert status == 200
    # What acts is done once or not at all.
    assert (operators, LosesItsFirst.asked) == (503, 1)


def test_the_log_tells_the_arm_and_who_served_and_no_address(split_router: Router) -> None:
    split_router.ask(Cookie=f"visitor={'0' * 32}")
    until(lambda: PRICE in split_router.log.read_text())
    line = next(line for line in split_router.log.read_text().splitlines() if PRICE in line)
    told = json.loads(line)
    assert told["arm"] == told["served"]
    assert told["experiment"] == "E1"
    assert "0" * 32 not in line


def test_the_nginx_that_is_found_is_new_enough() -> None:
    assert nginx.version(nginx.find_nginx()) >= nginx.OLDEST


def test_a_page_that_is_named_reads_what_the_router_itself_says(tmp_path: Path) -> None:
    page = "http://localhost:3000"
    with Router(tmp_path, HOMES_CORS_ORIGINS=f"{page},https://homes.example").running() as router:
        status, _, headers = router.ask(Origin=page)
        assert (status, headers["Access-Control-Allow-Origin"]) == (503, page)
        assert headers["Access-Control-Allow-Credentials"] == "true"
        assert (headers["Access-Control-Expose-Headers"], headers["Vary"]) == (
            "Retry-After",
            "Origin",
        )
        headers = router.ask(Origin="https://elsewhere.example")[2]
        assert not [name for name in headers if name.startswith("Access-Control")]


def test_what_a_service_says_of_origins_is_not_said_twice(tmp_path: Path) -> None:
    router = Router(tmp_path, HOMES_CORS_ORIGINS="*")
    with service(router.production_port, "production", "BO1"), router.running():
        assert router.ask(Origin="https://a.example")[2]["Access-Control-Allow-Origin"] == "*"
        headers = router.ask("/api/cors", Origin="https://a.example")[2]
        assert headers.get_all("Access-Control-Allow-Origin") == ["https://a.example"]
        assert "Access-Control-Allow-Credentials" not in headers


def statuses(router: Router, path: str, times: int, **headers: str) -> Counter[int]:
    """How often each status came, of so many requests on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", router.port, timeout=20)
    came = Counter(ask_on(connection, path, b"{}", dict(headers))[0] for _ in range(times))
    connection.close()
    return came


@pytest.mark.quiet
def test_a_flood_of_opinions_is_refused_and_nobody_else(router: Router) -> None:
    began = time.monotonic()
    came = statuses(router, "/api/feedback", 1_000)
    allowed = 301 + 5 * (time.monotonic() - began)
    assert 300 <= came[200] <= allowed + 2
    assert came[200] + came[429] == 1_000
    status, told, headers = router.ask("/api/feedback", b"{}")
    assert (status, told["error"]["code"], told["error"]["fields"]) == (429, "rate_limited", [])  # type: ignore[index]
    assert headers.get_all("Retry-After") == ["1"]
    assert headers["Set-Cookie"].startswith("visitor=")
    assert served(router.ask("/api/feedback", b"{}", **{"X-Real-IP": "203.0.113.9"}))
    assert set(statuses(router, PRICE, 1_000)) == {200}


@pytest.mark.quiet
def test_limits_are_settings_and_may_be_none(tmp_path: Path) -> None:
    router = Router(tmp_path, HOMES_PRICE_RATE="1", HOMES_PRICE_BURST="9", HOMES_FEEDBACK_RATE="0")
    with service(router.production_port, "production", "BO1"), router.running():
        assert 10 <= statuses(router, PRICE, 100)[200] < 30
        assert "Retry-After" not in router.ask("/api/health")[2]
        assert statuses(router, "/api/feedback", 500) == {200: 500}


KEY = secret_of(KeyId(3), "0f" * 32)
# A path of each kind, its limit, and how many come through at a rate of one a second.
KINDS = {
    "prices": (PRICE, {"HOMES_PRICE_RATE": "1", "HOMES_PRICE_BURST": "9"}, 10),
    "opinions": ("/api/feedback", {"HOMES_FEEDBACK_RATE": "1", "HOMES_FEEDBACK_BURST": "9"}, 10),
    "batches": (f"{PRICE}/batch", {"HOMES_ACT_RATE": "1"}, 41),
    "acts": ("/api/decisions", {"HOMES_ACT_RATE": "1"}, 41),
    "reads": ("/api/models", {"HOMES_READ_RATE": "1"}, 41),
    "documentation": ("/docs", {"HOMES_READ_RATE": "1"}, 41),
}


@pytest.fixture(scope="module")
def strict_router(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Router]:
    """A router with a small limit of each kind."""
    settings = {name: value for _, wanted, _ in KINDS.values() for name, value in wanted.items()}
    router = Router(tmp_path_factory.mktemp("strict"), **settings)
    with service(router.production_port, "production", "BO1"), router.running():
        yield router


@pytest.mark.quiet
@pytest.mark.parametrize(("number", "kind"), list(enumerate(KINDS)))
def test_each_kind_has_a_limit_of_an_address(strict_router: Router, number: int, kind: str) -> None:
    path, _, most = KINDS[kind]
    flooding, other = ({"X-Real-IP": f"198.51.100.{10 * number + n}"} for n in (1, 2))
    came = statuses(strict_router, path, 150, **flooding)
    assert most <= came[200] < most + 20
    assert came[200] + came[429] == 150
    for same in (path, f"{path}/"):
        _, told, headers = strict_router.ask(same, b"{}", **flooding)
        assert told["error"]["code"] == "rate_limited"  # type: ignore[index]
        assert headers.get_all("Retry-After") == ["1"]
    assert statuses(strict_router, path, most, **other) == {200: most}


@pytest.mark.quiet
def test_of_health_nobody_is_refused(strict_router: Router) -> None:
    for path in ("/api/health", "/api/health/ready", "/api/health/ready/", "/router/live/"):
        for headers in ({}, {"X-API-Key": KEY}):
            assert statuses(strict_router, path, 150, **headers) == {200: 150}


@pytest.mark.quiet
def test_keys_that_share_an_address_are_counted_apart(strict_router: Router) -> None:
    shared = {"X-Real-IP": "198.51.100.201"}
    assert statuses(strict_router, PRICE, 50, **shared)[429] > 30
    first = {"X-API-Key": KEY}
    second = {"Authorization": f"Bearer {secret_of(KeyId(4), '0f' * 32)}"}
    for key in (first, second):
        assert 10 <= statuses(strict_router, PRICE, 50, **shared, **key)[200] < 20
    # Whoever sends the id of a key from elsewhere takes nothing from whose it is.
    elsewhere = {"X-Real-IP": "198.51.100.202"}
    assert statuses(strict_router, PRICE, 10, **elsewhere, **first) == {200: 10}


@pytest.mark.quiet
@pytest.mark.parametrize(
    ("path", "number"),
    [(PRICE, 203), ("/x%20/api/health", 205), ("/api/health%20/api/health", 206)],
)
def test_whoever_invents_keys_has_ten_times_as_much_and_no_more(
    strict_router: Router, path: str, number: int
) -> None:
    address = {"X-Real-IP": f"198.51.100.{number}"}
    connection = http.client.HTTPConnection("127.0.0.1", strict_router.port, timeout=20)
    came = Counter(
        ask_on(connection, path, b"{}", {**address, "X-API-Key": secret_of(KeyId(n), "0" * 64)})[0]
        for n in range(1, 301)
    )
    connection.close()
    assert 90 <= came.total() - came[429] < 150


@pytest.mark.quiet
def test_a_network_of_ipv6_is_one_client(strict_router: Router) -> None:
    for hosts in ("2001:db8:1:2:%x::1", "2001:db8::%x"):
        came = Counter(
            strict_router.ask(PRICE, b"{}", **{"X-Real-IP": hosts % n})[0] for n in range(1, 41)
        )
        assert came[429] >= 15


def test_no_key_is_in_the_log_of_the_router(strict_router: Router) -> None:
    address = {"X-Real-IP": "198.51.100.204"}
    statuses(strict_router, PRICE, 50, **{"X-API-Key": KEY, **address})
    for path in (f"/api/estimates/{KEY}", f"/api/estimates/{KEY.replace('_', '%5f')}/x"):
        strict_router.ask(path, **address)
    # A line is written once its answer has left.
    until(lambda: strict_router.log.read_text().count('"path":"(an address with a key)"') == 2)
    log = strict_router.log.read_text()
    assert KEY not in log
    assert KEY[-64:] not in log


@pytest.mark.parametrize("path", [f"/api/models/{KEY}", f"/api/models/CO1?api_key={KEY}"])
def test_no_key_is_in_the_log_of_a_door_that_fails(tmp_path: Path, path: str) -> None:
    router = Router(tmp_path)

    def status(port: int, length: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        with closing(connection):
            return ask_on(connection, path, b"x" * length, {"Referer": f"http://h/{path}"})[0]

    with router.page_running():
        assert [status(router.page_port, length) for length in (2, 70_000)] == [503, 413]
        with router.running():
            assert [status(router.port, length) for length in (2, 70_000)] == [503, 413]
            # A line is written once its answer has left.
            until(lambda: router.log.read_text().count('"method":"POST"') >= 4)
    log = router.log.read_text()
    assert KEY[-64:] not in log
    requests = [json.loads(line) for line in log.splitlines() if '"method":"POST"' in line]
    passed_on = [request for request in requests if request["status"] == 503]
    assert Counter(request["status"] for request in requests) == {503: 2, 413: 2}
    assert str(router.port) in passed_on[0]["upstream"]
    assert str(router.production_port) in passed_on[1]["upstream"]


@pytest.mark.parametrize("name", [b"\xff", b"%ff", b"%c3%a9", b"%c3", b"%0a", b"%7f", b"%22%5c"])
def test_the_log_is_lines_of_json_whatever_is_asked(strict_router: Router, name: bytes) -> None:
    before = len(strict_router.log.read_bytes())
    with strict_router.page_running():
        for port in (strict_router.port, strict_router.page_port):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(b"GET /api/models/%b HTTP/1.0\r\n\r\n" % name)
                while connection.recv(65_536):
                    pass
    written = strict_router.log.read_bytes()[before:].decode("utf-8")
    assert {json.loads(line)["path"] for line in written.splitlines()} <= {
        "(an address that is not ASCII)",
        '/api/models/"\\',
    }


@pytest.fixture(scope="module")
def narrow_router(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Router]:
    """A router that answers three requests of a client at once, two of which are batches."""
    folder = tmp_path_factory.mktemp("narrow")
    router = Router(folder, HOMES_CLIENT_CONNECTIONS="3", HOMES_BATCHES="2")
    with service(router.production_port, "production", "BO1"), router.running():
        yield router


@pytest.mark.quiet
@pytest.mark.parametrize(
    ("path", "most", "headers"),
    [
        (f"{PRICE}/batch", 2, {"X-Real-IP": "198.51.100.6"}),
        (f"{PRICE}/batch/", 2, {"X-Real-IP": "198.51.100.5"}),
        (PRICE, 3, {"X-Real-IP": "198.51.100.7"}),
        (PRICE, 3, {"X-Real-IP": "198.51.100.8", "X-API-Key": KEY}),
    ],
    ids=["batches", "batches with a slash", "prices", "prices with a key"],
)
def test_one_client_has_so_many_answers_at_once_and_others_have_theirs(
    narrow_router: Router, path: str, most: int, headers: dict[str, str]
) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    half = f"POST {path} HTTP/1.1\r\nHost: homes\r\nContent-Length: 9\r\n{lines}\r\nhalf".encode()

    def status(**others: str) -> int:
        return narrow_router.ask(path, b"{}", **(headers | others))[0]

    with ExitStack() as held:
        for _ in range(most):
            slow = socket.create_connection(("127.0.0.1", narrow_router.port), timeout=10)
            held.enter_context(closing(slow)).sendall(half)
        until(lambda: [status() for _ in range(3)] == [429] * 3)
        _, told, answer_headers = narrow_router.ask(path, b"{}", **headers)
        assert told["error"]["code"] == "rate_limited"  # type: ignore[index]
        assert answer_headers["Retry-After"] == "1"
        assert status(**{"X-Real-IP": "198.51.100.9"}) == 200
        for health in ("/api/health", "/api/health/"):
            assert narrow_router.ask(health, b"{}", **headers)[0] == 200
    until(lambda: status() == 200)


def test_a_home_that_the_candidate_fails_on_is_answered_by_production_and_no_other_is(
    split_router: Router,
) -> None:
    visitor = candidate_visitor(split_router)
    for _ in range(20):
        status, told, headers = split_router.ask("/api/fails", b"{}", **visitor)
        assert (status, headers["X-Variant"], told["length"]) == (200, "production", 2)
        assert served(split_router.ask(**visitor)) == "candidate"
