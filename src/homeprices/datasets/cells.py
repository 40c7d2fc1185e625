"""Cells of CSV files that people open in spreadsheets."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def formula_safe(cell: object) -> object:
    """`cell` as no spreadsheet takes it for a formula: before a text that could be one, a quote.

    Numbers stay as they are, also those that are written as text. The starts are those of OWASP's
    page on CSV injection.

    >>> [formula_safe(cell) for cell in ("=1+1", "-12.5", -12.5, "Hebbal")]
    ["'=1+1", '-12.5', -12.5, 'Hebbal']
    """
    if not isinstance(cell, str) or not cell.startswith(_FORMULA_STARTS) or _is_number(cell):
        return cell
    return f"'{cell}"


def _is_number(text: str) -> bool:
    # float() would take an underscore, a tab before the number and words such as nan.
    if not text.isascii() or not set(text) <= set("0123456789+-.eE"):
        return False
    try:
        float(text)
    except ValueError:
        return False
    return True
