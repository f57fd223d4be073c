"""Lines of CSV that spreadsheets open without running what is in them."""

import csv
import io
import re
from collections.abc import Sequence

from rapport.kit import sheets

_RUNS = re.compile(f"(?s)^{sheets.FORMULA}")
_HARMLESS = re.compile(sheets.HARMLESS)


def line(cells: Sequence[str]) -> bytes:
    """One line, its cells marked where a spreadsheet would take them for a formula."""
    out = io.StringIO()
    csv.writer(out).writerow([_marked(cell) for cell in cells])
    return out.getvalue().encode("utf-8", "replace")


def _marked(cell: str) -> str:
    return sheets.MARK + cell if _RUNS.match(cell) and not _HARMLESS.match(cell) else cell
