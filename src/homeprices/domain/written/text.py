r"""Text as people and their programs write it, made plain before anything is read in it.

>>> normalised("Indira\u00a0 Nagar\u200b"), normalised("1133 – 1384"), is_missing("N/A")
('Indira Nagar', '1133 - 1384', True)
"""

import re
import unicodedata

# What stands for nothing where a value is expected, as spreadsheets, databases and people write it.
_MISSING = {
    "", "-", "--", "---", "?", "??", ".", "n/a", "n.a.", "n.a", "na", "#n/a", "#na", "nan", "<na>",
    "nil", "none", "null", "\\n", "(null)", "(none)", "(blank)", "undefined", "unknown", "missing",
    "not available", "not applicable", "not specified", "not mentioned", "not known", "not given",
    "n a", "-na-", "<null>", "<none>", "[null]", "[none]", "empty", "(empty)", "<empty>", "blank",
    "<blank>", "not stated", "none given", "undisclosed", "not disclosed", "select", "no location",
    "no locality", "no society", "select location", "xx", "xxx", "xxxx",
    "no data", "no info", "tbd", "tba", "#value!", "#ref!", "#name?", "#div/0!", "#null!", "#num!",
}  # fmt: skip
_FRACTIONS = {"¼": ".25", "½": ".5", "¾": ".75"}
_MIXED = re.compile(rf"(?<=\d)\s*([{''.join(_FRACTIONS)}])")
_LONGEST_MISSING = max(map(len, _MISSING))
# Dashes and quotes of typographers, as they are on a keyboard.
_KEYBOARD = str.maketrans(
    dict.fromkeys("‐‑‒–—―−﹘﹣", "-")
    | dict.fromkeys("‘’‚‛′`´", "'")
    | dict.fromkeys("“”„‟″", '"')
    | {"×": "x", "⁄": "/"}
)


def normalised(text: str) -> str:
    """`text` with single spaces, keyboard dashes and quotes, and no signs that nobody sees.

    Compatible forms are made one (NFKC): a no-break space is a space, "m²" is "m2". But "2½" is
    2.5, for its form would be 21/2.
    """
    if not text.isascii():
        seen = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
        seen = _MIXED.sub(lambda fraction: _FRACTIONS[fraction[1]], seen)
        # Before, for an accent that stands alone is taken apart; after, for forms that become one.
        text = unicodedata.normalize("NFKC", seen.translate(_KEYBOARD)).translate(_KEYBOARD)
    return " ".join(text.split())


def is_missing(text: str) -> bool:
    """True for a normalised text that stands for no value, such as "N/A", "-" or "None None"."""
    if len(text) > _LONGEST_MISSING:
        return False
    plain = text.casefold()
    return plain in _MISSING or (" " in plain and _MISSING.issuperset(plain.split()))


def cell_text(text: str) -> str:
    """What a cell or a field says, normalised; "" where it stands for no value."""
    plain = normalised(text)
    return "" if is_missing(plain) else plain


def plain_value(value: object) -> object:
    """A text as `cell_text` has it; anything else as it is."""
    return cell_text(value) if isinstance(value, str) else value
