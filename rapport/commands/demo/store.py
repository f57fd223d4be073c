"""A small shop's ninety days, made up but always the same: people, products, visits, carts and orders."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

SEED = 20260101
DAYS = 90
PEOPLE = 400
# Who was a customer when the shop began to use the platform, and who of all reads its newsletter.
_EARLY, _READERS = 0.3, 0.55
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


@dataclass(frozen=True)
class Event:
    """Something a person did, as the API takes it."""

    address: str
    time: datetime
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Customer:
    """A person of the demo. `since`: when they first came; `joins`: when they join the newsletter, if they do.

    `warmth` is how often they come back, 0 to 1.
    """

    attributes: dict[str, Any]
    since: datetime
    joins: datetime | None
    warmth: float
    taste: str

    @property
    def address(self) -> str:
        return str(self.attributes["email"])


def customers(first: datetime, number: int = PEOPLE) -> list[Customer]:
    """Everybody who comes within the days from `first`, a midnight."""
    chance = random.Random(SEED)
    return [_customer(chance, place, first) for place in range(number)]


def _customer(chance: random.Random, number: int, first: datetime) -> Customer:
    name, surname = chance.choice(_FIRST), chance.choice(_LAST)
    city, country, zone = chance.choice(_PLACES)
    taste = chance.choice(list(_KINDS))
    is_early, is_reader = chance.random() < _EARLY, chance.random() < _READERS
    since = _moment(chance, first, chance.randint(1, 3) if is_early else chance.randint(1, DAYS))
    later = timedelta() if is_early else timedelta(minutes=chance.randint(2, 12))
    attributes = {
        "email": f"customer{number:03d}@example.com",
        "first_name": name,
        "last_name": surname,
        "location": {"city": city, "country": country, "timezone": zone},
        "properties": {
            "Favorite Category": taste,
            "Loyalty Tier": chance.choice(("none", "none", "silver", "gold")),
        },
    }
    joins = (first if is_early else since + later) if is_reader else None
    return Customer(attributes, since, joins, chance.random() ** 2, taste)


def _moment(chance: random.Random, first: datetime, day: int) -> datetime:
    """On that day: few come at night, most in the evening."""
    return first + timedelta(days=day, hours=chance.triangular(5, 24, 18))


def visits(people: Sequence[Customer], first: datetime) -> list[Event]:
    """What everybody did on the shop's pages, in order."""
    chance = random.Random(SEED + 1)
    events = [event for number, person in enumerate(people) for event in _life(chance, person, number, first)]
    return sorted(events, key=lambda event: (event.time, event.address))


def _life(chance: random.Random, customer: Customer, number: int, first: datetime) -> Iterator[Event]:
    """The first visit, and those that follow from it."""
    day = (customer.since - first).days
    again = int((customer.warmth * 11 * chance.random() + chance.random() * 2) * (DAYS - day) / DAYS)
    days = sorted(chance.randint(min(day + 1, DAYS), DAYS) for _ in range(again))
    for visit, start in enumerate([customer.since, *(_moment(chance, first, day) for day in days)]):
        yield from _visit(chance, customer, f"{number:03d}-{visit}", start)


def _visit(chance: random.Random, customer: Customer, key: str, start: datetime) -> Iterator[Event]:
    """Some looking; one visit in three fills a cart, and most carts of regulars are bought."""
    who = customer.address
    liked = [product for product in CATALOGUE if product.category == customer.taste]
    seen = [chance.choice(liked if chance.random() < 0.6 else CATALOGUE) for _ in range(chance.randint(1, 4))]
    for step, product in enumerate(seen):
        yield event(who, "Viewed Product", f"v-{key}-{step}", start + timedelta(minutes=2 * step), _shown(product))
    if chance.random() > 0.25 + customer.warmth * 0.5:
        return
    cart = chance.sample(seen, k=min(len(seen), chance.randint(1, 2)))
    total = round(sum(product.price for product in cart), 2)
    lines = {"ItemNames": [product.name for product in cart], "Categories": sorted({p.category for p in cart})}
    yield event(who, "Added to Cart", f"c-{key}", start + timedelta(minutes=9), lines, total)
    if chance.random() < 0.35 + customer.warmth * 0.5:
        order = {**lines, "OrderId": f"o-{key}", "Items": [line(product) for product in cart]}
        yield event(who, "Placed Order", f"o-{key}", start + timedelta(minutes=15), order, total)


def _shown(product: Product) -> dict[str, Any]:
    return {
        "ProductName": product.name,
        "ProductID": product.sku,
        "SKU": product.sku,
        "Categories": [product.category],
        "Price": product.price,
    }


def line(product: Product) -> dict[str, Any]:
    """One of it, as a line of an order."""
    return {
        "SKU": product.sku,
        "ProductName": product.name,
        "Quantity": 1,
        "ItemPrice": product.price,
        "RowTotal": product.price,
    }


def event(
    address: str,
    metric: str,
    key: str,
    time: datetime,
    properties: dict[str, Any],
    value: float | None = None,
    *,
    service: str = "api",
) -> Event:
    """`key`: its unique_id. `value` in dollars. `service`: who tells of it."""
    attributes: dict[str, Any] = {
        "metric": {"data": {"type": "metric", "attributes": {"name": metric, "service": service}}},
        "time": time.isoformat(timespec="seconds"),
        "unique_id": key,
        "properties": properties,
    }
    if value is not None:
        attributes |= {"value": value, "value_currency": "USD"}
    return Event(address, time, attributes)
