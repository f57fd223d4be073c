"""Cells of files for spreadsheets. An apostrophe in front says that what follows is text as it stands: spreadsheets
don't run it as a formula, and the import doesn't take it for a number, a date or JSON.

The same patterns are asked in Python, PostgreSQL and DuckDB, so they hold nothing that these read differently.
"""

import re

MARK = "'"
# What spreadsheets run, but for numbers and telephone numbers, which are harmless.
FORMULA = r"[=@\t\r\n+-]"
NUMBER_OR_PHONE = r"[+-][0-9][0-9 .,]*([eE][+-]?[0-9]+)?"
# The import strips cells, and an empty one says nothing.
_SPACE = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_EDGED = f"[{_SPACE}].*|.*[{_SPACE}]|"
# What `imports/cells.typed` takes for something else: numbers, true and false, JSON, dates.
_TYPED = (
    r"-?[0-9]+(\.[0-9]+)?(e0)?|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[\[{].*"
    r"|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}([^0-9].*)?"
)
# Which texts get a mark: of a property; and of an attribute, which is always text, so that its numbers need none.
PROPERTY = f"(?s)^'*({FORMULA}.*|{_EDGED}|{_TYPED})$"
ATTRIBUTE = f"(?s)^('*({FORMULA}.*|{_EDGED})|'+({_TYPED}))$"
HARMLESS = f"^{NUMBER_OR_PHONE}$"
_PROPERTY = re.compile(PROPERTY)


def marked(text: str) -> str:
    """A property's text as a cell."""
    return MARK + text if _PROPERTY.search(text) else text


def is_marked(cell: str) -> bool:
    """Whether the apostrophe in front is a mark, and no part of the text."""
    return cell.startswith(MARK) and _PROPERTY.search(cell[1:]) is not None
