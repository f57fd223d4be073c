"""Recency, frequency and money in fifths: segments of a real shop's orders against DuckDB over the file, at five dates.

The orders are dated so that the last one was yesterday; frequency and money look at the last year, so that all three
move with time.
"""

import csv
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.acceptance.orders import Orders, orders
from tests.acceptance.test_orders import import_orders, members
from tests.conftest import Server, Shop, eventually, new_shop
from tests.stories import count, segment

_METRIC = "Placed Order"
_YEAR = 365
# Days between one date and the next.
_STEPS = (0, 40, 30, 33, 45)
# What is asked of each customer on a day: days since the last order; orders and money of the last year.
_MEASURES = """
    CREATE OR REPLACE TABLE measures AS SELECT customer_id AS customer,
        date_diff('day', max(date), $today) AS recency,
        nullif(count(*) FILTER (date >= $today - $year), 0) AS frequency,
        sum(amount) FILTER (date >= $today - $year) AS money
    FROM orders GROUP BY customer_id"""


@dataclass(frozen=True)
class Fifth:
    """One fifth of a measure: above `over` (None = all from the least), up to and including `most`."""

    measure: str
    over: float | None
    most: float

    def customers(self, lake: duckdb.DuckDBPyConnection) -> set[str]:
        over = f"{self.measure} > {self.over} AND" if self.over is not None else ""
        rows = lake.execute(f"SELECT customer FROM measures WHERE {over} {self.measure} <= {self.most}").fetchall()
        return {row[0] for row in rows}


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Orders:
    return orders(tmp_path_factory.mktemp("orders"))


@pytest.fixture
def lake(given: Orders, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The moved file, read by DuckDB alone."""
    moved = _moved(given, tmp_path / "moved.csv")
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE orders AS SELECT customer_id, date::DATE AS date, amount FROM read_csv('{moved}', columns = "
            "{'order_id': 'VARCHAR', 'customer_id': 'VARCHAR', 'date': 'TIMESTAMP', 'quantity': 'INT', "
            "'amount': 'DECIMAL(12, 2)'}, header = true)"
        )
        yield connection


def _moved(given: Orders, to: Path) -> Path:
    """Dated so that the last order is yesterday's, at noon."""
    shift = datetime.now(UTC).date() - timedelta(days=1) - max(row.date for row in given.rows)
    with to.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("order_id", "customer_id", "date", "quantity", "amount"))
        for row in given.rows:
            writer.writerow((row.order_id, row.customer_id, f"{row.date + shift}T12:00:00Z", 1, row.amount))
    return to


@pytest.mark.long
@pytest.mark.rule("4.7")
def test_it_puts_the_same_customers_into_each_fifth_at_five_dates(
    server: Server, lake: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with new_shop(server) as shop:
        import_orders(shop, Orders(tmp_path / "moved.csv", ()))
        shop.wait_until_recorded()
        made: dict[str, Fifth] = {}
        today = datetime.now(UTC).date()
        for days in _STEPS:
            if days:
                shop.advance(days=days)
            today += timedelta(days=days)
            lake.execute(_MEASURES, {"today": today, "year": _YEAR})
            fifths = {_segment(shop, fifth, today): fifth for fifth in _fifths(lake)}
            _compare(shop, fifths, lake)
            made |= fifths
        # Those of the days before were kept alive as time passed.
        _compare(shop, made, lake)


def _fifths(lake: duckdb.DuckDBPyConnection) -> list[Fifth]:
    found = []
    for measure in ("recency", "frequency", "money"):
        bounds = lake.execute(f"SELECT quantile_disc({measure}, [0.2, 0.4, 0.6, 0.8, 1]) FROM measures").fetchone()
        assert bounds
        edges = [None, *(float(bound) for bound in bounds[0])]
        found += [Fifth(measure, over, most) for over, most in itertools.pairwise(edges) if most]
    return found


def _compare(shop: Shop, segments: dict[str, Fifth], lake: duckdb.DuckDBPyConnection) -> None:
    for segment_id, fifth in segments.items():
        wanted = fifth.customers(lake)
        eventually(lambda one=segment_id, wanted=wanted: members(shop, one) == wanted, seconds=60)


def _segment(shop: Shop, fifth: Fifth, today: date) -> str:
    groups = _recency(shop, fifth) if fifth.measure == "recency" else _last_year(shop, fifth)
    made = segment(shop, f"{fifth.measure} {fifth.over} {fifth.most} on {today}", *groups)
    # One that nobody looks at falls asleep after 45 days, a starred one after a year.
    starred = {"data": {"type": "segment", "id": made, "attributes": {"is_starred": True}}}
    shop.sdk.Segments.update_segment(made, starred)
    return made


def _recency(shop: Shop, fifth: Fifth) -> list[list[dict[str, Any]]]:
    """Ordered between so many days ago, and not since."""
    metric, least = shop.metric_id(_METRIC), 0 if fifth.over is None else int(fifth.over) + 1
    ordered = count(metric, "greater-than-or-equal", 1)
    ordered["timeframe_filter"] = {
        "type": "date",
        "operator": "between",
        "unit": "day",
        "start": least,
        "end": int(fifth.most),
    }
    return [[ordered], [count(metric, "equals", 0, days=least - 1)]] if least > 1 else [[ordered]]


def _last_year(shop: Shop, fifth: Fifth) -> list[list[dict[str, Any]]]:
    metric, measurement = shop.metric_id(_METRIC), "count" if fifth.measure == "frequency" else "sum"
    groups = [
        [count(metric, "greater-than-or-equal", 1, days=_YEAR)],
        [count(metric, "less-than-or-equal", fifth.most, days=_YEAR, measurement=measurement)],
    ]
    if fifth.over is not None:
        groups.append([count(metric, "greater-than", fifth.over, days=_YEAR, measurement=measurement)])
    return groups
