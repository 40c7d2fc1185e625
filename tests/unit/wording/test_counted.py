"""Sentences say "1 request": what is counted goes with its noun."""

import re
from pathlib import Path

import homeprices

NOUNS = "requests|ratings|services|opinions"
# Of one request it says when, of several from when to when.
TELLS_ONE_APART = Path(homeprices.__file__).parent / "cli" / "lineage.py"


def test_what_may_be_one_is_counted_with_its_noun() -> None:
    plural = re.compile(rf"\{{[^{{}}]*\}} (?:{NOUNS})\b")
    files = Path(homeprices.__file__).parent.rglob("*.py")
    texts = {p: p.read_text(encoding="utf-8") for p in files if p != TELLS_ONE_APART}
    assert len(texts) > 100
    lines = {path: plural.findall(text) for path, text in texts.items()}
    assert {path: plurals for path, plurals in lines.items() if plurals} == {}
