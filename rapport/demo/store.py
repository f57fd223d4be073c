"""A small shop's last ninety days, made up but always the same: people, products, visits, carts and orders."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

SEED = 20260101
DAYS = 90
PEOPLE = 480
_FIRST = (
    "Ada Amara Anders Anouk Arjun Beatriz Björn Camille Chen Chiara Daniel Diego Elif Emma Fatima Finn Freya Gustav "
    "Hana Hugo Ines Isla Ivan Jamal Jana José Kaito Katja Lars Leila Liam Linh Luca Lucía Maja Marek Mei Mira Mohamed "
    "Nadia Niamh Noah Nora Olga Omar Oskar Paula Priya Rafael Rosa Sami Sanne Sofia Søren Tariq Theo Uma Vera Viktor "
    "Wanda Yara Yusuf Zoë Zuzana"
).split()
_LAST = (
    "Abe Andersson Baker Bianchi Castro Dubois Eriksen Farah Fischer García Haddad Hoffmann Ivanova Jansen Jones Kaya "
    "Kim Kowalski Lund Marino Müller Nakamura Novák Okafor O'Brien Peeters Petrov Quinn Rossi Santos Sato Schmidt "
    "Silva Singh Smith Suzuki Tanaka Torres Vega Virtanen Wang Weber Wójcik Yılmaz Zhang"
).split()
_PLACES = (
    ("Lisbon", "Portugal", "Europe/Lisbon"),
    ("Ghent", "Belgium", "Europe/Brussels"),
    ("Kraków", "Poland", "Europe/Warsaw"),
    ("Göteborg", "Sweden", "Europe/Stockholm"),
    ("Portland", "United States", "America/Los_Angeles"),
    ("Boston", "United States", "America/New_York"),
    ("Toronto", "Canada", "America/Toronto"),
    ("Melbourne", "Australia", "Australia/Melbourne"),
)


@dataclass(frozen=True)
class Product:
    sku: str
    name: str
    category: str
    price: float


_KINDS = {
    "Coats": (("Waxed field coat", 189), ("Wool overcoat", 245), ("Rain parka", 139), ("Quilted liner", 98)),
    "Knitwear": (("Lambswool crew", 79), ("Cable cardigan", 95), ("Merino roll neck", 88), ("Fisherman beanie", 29)),
    "Shirts": (("Brushed flannel shirt", 69), ("Oxford shirt", 64), ("Linen popover", 72), ("Corduroy overshirt", 92)),
    "Trousers": (("Selvedge jeans", 119), ("Wool trousers", 124), ("Cotton chinos", 84), ("Hiking shorts", 59)),
    "Shoes": (("Leather boots", 198), ("Canvas plimsolls", 68), ("Suede loafers", 145), ("Trail runners", 129)),
    "Home": (("Pine candle", 24), ("Wool blanket", 110), ("Enamel mug", 16), ("Linen tea towel", 14)),
}
CATALOGUE = tuple(
    Product(f"JP-{number:03d}", name, category, float(price))
    for number, (category, name, price) in enumerate(
        ((category, *product) for category, products in _KINDS.items() for product in products), start=101
    )
)


@dataclass
class Customer:
    """A person of the demo; `warmth` is how often they come back, 0 to 1."""

    attributes: dict[str, Any]
    warmth: float
    taste: str
    events: list[dict[str, Any]] = field(default_factory=list)


def customers(now: datetime) -> Iterator[Customer]:
    """The whole store, person by person, with events up to `now` in the order they happened."""
    chance = random.Random(SEED)
    for number in range(PEOPLE):
        customer = _customer(chance, number)
        _live(chance, customer, number, now)
        yield customer


def _customer(chance: random.Random, number: int) -> Customer:
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    city, country, zone = chance.choice(_PLACES)
    taste = chance.choice(list(_KINDS))
    return Customer(
        {
            "email": f"customer{number:03d}@example.com",
            "first_name": first,
            "last_name": last,
            "location": {"city": city, "country": country, "timezone": zone},
            "properties": {
                "Favorite Category": taste,
                "Loyalty Tier": chance.choice(("none", "none", "silver", "gold")),
            },
        },
        chance.random() ** 2,
        taste,
    )


def _live(chance: random.Random, customer: Customer, number: int, now: datetime) -> None:
    visits = 1 + int(customer.warmth * 9 * chance.random() + chance.random() * 2)
    for visit in sorted(chance.uniform(0.02, DAYS) for _ in range(visits)):
        _visit(chance, customer, f"{number:03d}-{int(visit * 1000)}", now - timedelta(days=visit))
    customer.events.sort(key=lambda event: str(event["time"]))


def _visit(chance: random.Random, customer: Customer, key: str, start: datetime) -> None:
    """Some looking; one visit in three fills a cart, and most carts of regulars are bought."""
    liked = [product for product in CATALOGUE if product.category == customer.taste]
    seen = [chance.choice(liked if chance.random() < 0.6 else CATALOGUE) for _ in range(chance.randint(1, 4))]
    for step, product in enumerate(seen):
        _add(customer, "Viewed Product", f"v-{key}-{step}", start + timedelta(minutes=2 * step), _shown(product))
    if chance.random() > 0.25 + customer.warmth * 0.5:
        return
    cart = chance.sample(seen, k=min(len(seen), chance.randint(1, 2)))
    total = round(sum(product.price for product in cart), 2)
    lines = {"ItemNames": [product.name for product in cart], "Categories": sorted({p.category for p in cart})}
    _add(customer, "Added to Cart", f"c-{key}", start + timedelta(minutes=9), lines, total)
    if chance.random() < 0.35 + customer.warmth * 0.5:
        order = {**lines, "OrderId": f"o-{key}", "Items": [_line(product) for product in cart]}
        _add(customer, "Placed Order", f"o-{key}", start + timedelta(minutes=15), order, total)


def _shown(product: Product) -> dict[str, Any]:
    return {
        "ProductName": product.name,
        "ProductID": product.sku,
        "SKU": product.sku,
        "Categories": [product.category],
        "Price": product.price,
    }


def _line(product: Product) -> dict[str, Any]:
    return {
        "SKU": product.sku,
        "ProductName": product.name,
        "Quantity": 1,
        "ItemPrice": product.price,
        "RowTotal": product.price,
    }


def _add(
    customer: Customer, metric: str, key: str, time: datetime, properties: dict[str, Any], value: float | None = None
) -> None:
    event: dict[str, Any] = {
        "metric": {"data": {"type": "metric", "attributes": {"name": metric}}},
        "time": time.isoformat(timespec="seconds"),
        "unique_id": key,
        "properties": properties,
    }
    if value is not None:
        event |= {"value": value, "value_currency": "USD"}
    customer.events.append(event)
