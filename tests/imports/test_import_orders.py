"""`rapport import orders` against a running server."""

from decimal import Decimal
from pathlib import Path

from tests.command import rapport
from tests.conftest import Shop

HEADING = "order_id,customer_id,date,quantity,amount\n"


def orders(shop: Shop, file: Path, *arguments: str, status: int = 0) -> str:
    access = ["--host", shop.server.url, "--key", shop.private_key]
    done = rapport("import", "orders", str(file), *access, *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def recorded(shop: Shop) -> list[tuple[object, ...]]:
    return shop.query(
        """SELECT p.external_id, e.unique_id, e.time, e.value, e.properties FROM events e
           JOIN profiles p ON p.account_id = e.account_id AND p.id = e.profile_id
           WHERE e.account_id = %s ORDER BY e.unique_id""",
        shop.account_id,
    )


def counted(text: str, name: str) -> int:
    line = next(line for line in text.splitlines() if line.startswith(f"{name}  "))
    return int(line.split()[-1].replace(",", ""))


def test_it_records_every_order_once_with_its_exact_amount(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    lines = [
        f"{n:06},{n % 700:05},1997-{n % 12 + 1:02}-{n % 28 + 1:02},{n % 9},{n % 5000}.{n % 100:02}" for n in range(2500)
    ]
    file.write_text(HEADING + "\n".join(lines))
    shown = orders(shop, file)
    assert (counted(shown, "rows"), counted(shown, "recorded"), counted(shown, "refused")) == (2500, 2500, 0)
    rows = recorded(shop)
    assert sum(row[3] for row in rows) == sum(Decimal(line.rpartition(",")[2]) for line in lines)
    assert rows[0][0] == "00000"
    assert str(rows[13][2]) == "1997-02-14 00:00:00+00:00"
    assert rows[13][4] == {"quantity": 4}


def test_it_adds_nothing_when_the_file_is_imported_again(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(HEADING + "".join(f"{n},c{n % 7},2024-03-{n % 28 + 1:02},1,5.00\n" for n in range(60)))
    orders(shop, file)
    again = orders(shop, file)
    assert (counted(again, "recorded"), counted(again, "recorded before")) == (0, 60)
    assert len(recorded(shop)) == 60


def test_it_puts_refused_rows_aside_with_their_reasons(shop: Shop, tmp_path: Path) -> None:
    file, rejects = tmp_path / "orders.csv", tmp_path / "rejects.csv"
    file.write_text(
        HEADING
        + "1,a,2024-01-01,1,5.00\n2,a,soon,1,5.00\n3,,2024-01-01,1,5.00\n4,a,2024-01-02,1,x\n1,b,2024-01-03,1,2\n"
        "5,b,1901-01-01,1,7.00\n6,b,2024-01-04,1,7.00\n"
    )
    shown = orders(shop, file, "--rejects", str(rejects))
    assert (counted(shown, "rows"), counted(shown, "recorded"), counted(shown, "refused")) == (7, 2, 5)
    assert [row[1] for row in recorded(shop)] == ["1", "6"]
    refused = rejects.read_text().splitlines()
    assert refused[0] == "line,reason,order_id,customer_id,date,quantity,amount"
    assert sorted(line.partition(",")[0] for line in refused[1:]) == ["3", "4", "5", "6", "7"]
    # the server's own reason, for a date that only it refuses
    assert "after 1990" in next(line for line in refused if line.startswith("7,"))


def test_it_takes_the_columns_it_is_told(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("a,b,c,d,e\n9,ann@example.com,2024-01-01T10:00:00Z,19.90,3\n")
    orders(shop, file, "--map", "a=unique_id,b=email,c=time,d=value,e=properties.Quantity", "--metric", "Ordered")
    assert recorded(shop)[0][3:] == (Decimal("19.9"), {"Quantity": 3})
    assert shop.query("SELECT name FROM metrics WHERE account_id = %s", shop.account_id) == [("Ordered",)]


def test_it_says_what_to_do_when_it_cannot_start(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("x,y\n1,2\n")
    assert "Say who ordered" in orders(shop, file, status=1)
    file.write_text(HEADING + "1,a,2024-01-01,1,5.00\n")
    assert "401" in orders(shop, file, "--key", "pk_" + "0" * 32, status=1)


def test_it_splits_a_call_that_is_too_large(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    lines = [f"{n},c{n},2024-01-01,1,5.00,{'x' * 20_000}\n" for n in range(400)]
    file.write_text(HEADING.strip() + ",note\n" + "".join(lines))
    shown = orders(shop, file)
    assert (counted(shown, "recorded"), counted(shown, "refused")) == (400, 0)


def test_it_says_so_where_the_file_is_no_text(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(HEADING.encode() + b"1,\xff\xfe,2024-01-01,1,5.00\n")
    assert counted(orders(shop, file), "refused") == 1
    assert "line 2 can't be read, it is not UTF-8" in (tmp_path / "orders.rejects.csv").read_text()
