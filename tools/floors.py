"""Write the floors of .importlinter into docs/architecture.md: `python tools/floors.py`; `--check`: only compare."""

import configparser
import sys
from pathlib import Path

PAGE = Path("docs/architecture.md")
BEGIN, END = "<!-- floors: written by tools/floors.py -->", "<!-- end of floors -->"


def main(check: bool) -> None:
    """Ends with a sentence where the page says something else and only a comparison was asked for."""
    text = PAGE.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    current = f"{before}{BEGIN}\n{floors()}\n{END}{after}"
    if check and current != text:
        sys.exit(f"{PAGE} shows other floors than .importlinter: run `python tools/floors.py`.")
    PAGE.write_text(current)


def floors() -> str:
    """A table, from the top down."""
    contract = configparser.ConfigParser()
    contract.read(".importlinter")
    layers = contract["importlinter:contract:floors"]["layers"].split("\n")
    rows = [" ".join(f"`{name.strip()}`" for name in layer.split("|")) for layer in layers if layer.strip()]
    return "\n".join(
        ["| floor | rooms |", "|---|---|", *(f"| {len(rows) - at} | {row} |" for at, row in enumerate(rows))]
    )


if __name__ == "__main__":
    main("--check" in sys.argv)
