"""What a browser may load for the pages that a service makes: no script but the one in /docs."""

import re
from base64 import b64encode
from hashlib import sha256

from homeprices import assets
from homeprices.serving.http.pages import content_policy
from support.client import Client


def inline(kind: str, page: str) -> list[str]:
    """The hashes of inline elements of a page, as a policy names them."""
    contents = re.findall(rf"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
    digests = [sha256(content.encode()).digest() for content in contents]
    return [f"'sha256-{b64encode(digest).decode()}'" for digest in digests]


def test_the_router_allows_the_inline_script_of_the_documentation_by_its_hash(
    client: Client,
) -> None:
    template = (assets.folder("router") / "site.conf.template").read_text()
    allowed = re.findall(r"script-src ([^;]+);", template)
    scripts = inline("script", client.get("/docs").text)
    assert len(scripts) == 1
    assert allowed == [f"'self' {scripts[0]}"]
    assert inline("script", client.get("/redoc").text) == []


def test_a_card_is_shown_in_its_style_and_runs_nothing(client: Client) -> None:
    headers = client.get("/api/models/BO1", headers={"accept": "text/html"}).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'none';")
    assert "content-security-policy" not in client.get("/api/models/BO1").headers
    style = "body { margin: 0 }"
    policy = content_policy(f"<head><style>{style}</style></head>")
    assert f"style-src {inline('style', f'<style>{style}</style>')[0]};" in policy
    assert "script" not in policy


def test_no_page_of_ours_has_an_inline_script_or_style() -> None:
    page = (assets.folder("frontend") / "index.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
