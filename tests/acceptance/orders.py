"""A file of orders to import: a real one when `RAPPORT_TEST_ORDERS` names it, else one of the same form, made up.

Columns: order_id, customer_id, date, quantity, amount.
"""

import csv
import os
import random
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

_CUSTOMERS = 1500
_FIRST = date(1997, 1, 1)
_DAYS = 545


@dataclass(frozen=True)
class Order:
    order_id: str
    customer_id: str
    date: date
    amount: Decimal


@dataclass(frozen=True)
class Orders:
    """The file, and what is in it by plain counting."""

    file: Path
    rows: tuple[Order, ...]

    @property
    def customers(self) -> set[str]:
        return {row.customer_id for row in self.rows}

    @property
    def revenue(self) -> Decimal:
        return sum((row.amount for row in self.rows), Decimal())

    def at_least(self, times: int) -> set[str]:
        """Customers with so many orders or more."""
        counts = Counter(row.customer_id for row in self.rows)
        return {customer for customer, count in counts.items() if count >= times}

    def since(self, day: date) -> set[str]:
        """Customers with an order on that day or later."""
        return {row.customer_id for row in self.rows if row.date >= day}


def orders(folder: Path) -> Orders:
    given = os.environ.get("RAPPORT_TEST_ORDERS")
    file = Path(given) if given else _made_up(folder / "orders.csv")
    with file.open(newline="") as lines:
        rows = tuple(
            Order(row["order_id"], row["customer_id"], date.fromisoformat(row["date"]), Decimal(row["amount"]))
            for row in csv.DictReader(lines)
        )
    return Orders(file, rows)


def _made_up(file: Path) -> Path:
    """Half of the customers order once, as customers do; some orders cost nothing."""
    chance = random.Random(1997)
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("order_id", "customer_id", "date", "quantity", "amount"))
        number = 0
        for customer in range(1, _CUSTOMERS + 1):
            for _ in range(1 if chance.random() < 0.5 else chance.randint(2, 9)):
                number += 1
                day = _FIRST + timedelta(days=chance.randrange(_DAYS))
                amount = "0.00" if chance.random() < 0.001 else f"{chance.uniform(5, 120):.2f}"
                writer.writerow((f"{number:06d}", f"{customer:05d}", day.isoformat(), chance.randint(1, 5), amount))
    return file
