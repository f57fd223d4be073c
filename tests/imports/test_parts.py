"""Files that are larger than the server takes: handed over in parts, told of as one."""

from pathlib import Path

import pytest

from rapport.imports.client import Job
from rapport.imports.client import run as run_job
from rapport.imports.parts import parts
from rapport.imports.rows import MOST_BYTES
from rapport.imports.table import Row, Table
from rapport.imports.types import Options
from tests.conftest import Shop, run
from tests.imports.test_import_events import events
from tests.imports.test_import_orders import counted
from tests.imports.test_import_profiles import rejected

CSV = (
    '\ufeffsep=;\n"Na\nme";Email\n\n'
    + "".join(f'"A\r\n{n}";a{n}@x.example\n\n' if n % 3 else f"Zo\xeb;b{n}@x.example\r\n" for n in range(50))
    + 'x"y"z;"open\nlast;c@x.example'
)
JSON = "\n" + "".join(f'{{"email": "a{n}@x.example"}}\n' + "\n" * (n % 2) for n in range(50)) + "nonsense\n"


def rows_of(file: Path) -> list[Row]:
    with Table(file) as table:
        return [*table.rows()]


@pytest.mark.parametrize(("written", "name"), [(CSV, "people.csv"), (JSON, "people.jsonl")])
def test_parts_hold_the_rows_of_the_file_and_tell_their_lines(tmp_path: Path, written: str, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(written.encode() + b"\n\xff;d@x.example\n")
    most, found, ends = 200, list[tuple[int, dict[str, str]]](), list[int]()
    for number, part in enumerate(parts(file, most)):
        assert len(part.content) <= most
        one = tmp_path / f"{number}-{name}"
        one.write_bytes(part.content)
        found += [(row.line + part.shift, dict(row.cells)) for row in rows_of(one)]
        ends.append(part.end)
    assert found == [(row.line, row.cells) for row in rows_of(file)]
    assert len(ends) > 5 and ends == sorted(ends) and ends[-1] == file.stat().st_size


def test_a_file_in_parts_is_told_of_as_a_whole(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    rows = [f"p{n % 11}@x.example,2024-01-01,{n % 55}\n" for n in range(60)]
    file.write_text("email,time,n\n" + "".join([*rows, "nobody,2024-01-01,\n", "p1@x.example,soon,\n"]))
    options, access = Options(metric="Visited"), (shop.server.url, shop.private_key)
    told = run(run_job(Job(file, *access, "events", options=options, part_bytes=600), lambda _: None))
    assert (told.rows, told.refused, told.recorded, told.known) == (62, 2, 55, 5)
    assert told.counts.metrics == {"Visited": 60}
    assert [row["line"] for row in rejected(tmp_path / "events.rejects.csv")] == ["62", "63"]
    assert len(shop.http.get("/api/imports").json()["data"]) > 2


@pytest.mark.long
def test_a_file_larger_than_the_server_takes_is_imported(shop: Shop, tmp_path: Path) -> None:
    file, filling = tmp_path / "events.csv", "x" * 900_000
    file.write_text("email,time,filling\n" + "".join(f"p{n}@x.example,2024-01-01,{filling}\n" for n in range(60)))
    assert file.stat().st_size > MOST_BYTES
    told = events(shop, file, "--metric", "Visited", "--map", "filling=skip")
    assert (counted(told, "rows"), counted(told, "recorded"), counted(told, "refused")) == (60, 60, 0)
