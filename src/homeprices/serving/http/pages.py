"""Answers that are pages for people, and what a browser may load for one."""

import re
from base64 import b64encode
from hashlib import sha256

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def content_policy(page: str) -> str:
    """What a browser may load for `page`: the style that is in it, by its hash, and nothing else.

    https://www.w3.org/TR/CSP3/#match-element-to-source-list
    """
    hashes = [sha256(style.encode()).digest() for style in _STYLE.findall(page)]
    styles = " ".join(f"'sha256-{b64encode(digest).decode()}'" for digest in hashes) or "'none'"
    return (
        f"default-src 'none'; style-src {styles}; img-src data:; form-action 'self'; "
        "frame-ancestors 'none'"
    )
