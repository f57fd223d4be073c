"""Which column of a file goes where: as the user says, or by the columns' names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

IDENTIFIERS = ("external_id", "email", "phone_number", "anonymous_id")
PERSON = (*IDENTIFIERS, "first_name", "last_name")
EVENT = ("unique_id", "time", "value", "value_currency")
PROPERTIES = "properties."

# Column names of common exports, lower case and without anything but letters and digits.
_KNOWN: Mapping[str, tuple[str, ...]] = {
    "external_id": ("externalid", "customerid", "customer", "userid", "clientid", "memberid", "customernumber"),
    "email": ("email", "emailaddress", "customeremail", "mail"),
    "phone_number": ("phonenumber", "phone", "mobile", "customerphone"),
    "first_name": ("firstname", "givenname", "customerfirstname"),
    "last_name": ("lastname", "surname", "familyname", "customerlastname"),
    "unique_id": ("uniqueid", "orderid", "ordernumber", "orderno", "order", "invoiceid", "invoiceno", "transactionid"),
    "time": (
        "time",
        "date",
        "datetime",
        "timestamp",
        "orderdate",
        "orderedat",
        "invoicedate",
        "purchasedate",
        "createdat",
    ),
    "value": (
        "value",
        "amount",
        "total",
        "ordertotal",
        "totalprice",
        "totalamount",
        "grandtotal",
        "ordervalue",
        "revenue",
    ),
    "value_currency": ("valuecurrency", "currency", "currencycode"),
}


class BadMapping(ValueError):
    """A mapping that can't be used; the message says what to do."""


@dataclass(frozen=True)
class Mapped:
    """Columns and their targets: of the person, of the event, and its properties by name."""

    person: Mapping[str, str]
    event: Mapping[str, str]
    properties: Mapping[str, str]

    def shown(self) -> str:
        """As `--map` takes it."""
        named = {**self.person, **self.event, **{name: PROPERTIES + to for name, to in self.properties.items()}}
        return ",".join(f"{column}={target}" for column, target in named.items())


def given(text: str, columns: Iterable[str]) -> Mapped:
    """`column=target,…`. Raises BadMapping for an unknown column or target, and for what an order can't do without."""
    known, pairs = set(columns), {}
    for part in text.split(","):
        column, separator, target = (piece.strip() for piece in part.partition("="))
        if not separator or not target:
            raise BadMapping(f"'{part}' is not COLUMN=TARGET.")
        if column not in known:
            raise BadMapping(f"The file has no column '{column}'. It has: {', '.join(sorted(known))}.")
        pairs[column] = target
    return _checked(pairs)


def guessed(columns: Iterable[str]) -> Mapped:
    """By the columns' names; a column nothing is known of becomes a property. Raises BadMapping."""
    pairs: dict[str, str] = {}
    for column in columns:
        target = _target_of(column)
        taken = target is None or target in pairs.values()
        pairs[column] = PROPERTIES + column if taken else str(target)
    return _checked(pairs)


def _target_of(column: str) -> str | None:
    plain = re.sub(r"[^a-z0-9]", "", column.lower())
    return next((target for target, names in _KNOWN.items() if plain in names), None)


def _checked(pairs: Mapping[str, str]) -> Mapped:
    for target in pairs.values():
        if target not in PERSON and target not in EVENT and not _is_property(target):
            raise BadMapping(f"'{target}' is not a target. Targets: {', '.join((*PERSON, *EVENT))}, properties.NAME.")
    targets = list(pairs.values())
    twice = next((target for target in targets if targets.count(target) > 1), None)
    if twice:
        raise BadMapping(f"Two columns are mapped to '{twice}'.")
    if not any(target in IDENTIFIERS for target in targets):
        raise BadMapping(f"Say who ordered: map a column to one of {', '.join(IDENTIFIERS)}.")
    for needed, meaning in (("unique_id", "the order's own number"), ("time", "when it was placed")):
        if needed not in targets:
            raise BadMapping(f"Map the column that holds {meaning} to '{needed}'.")
    return Mapped(
        {column: target for column, target in pairs.items() if target in PERSON},
        {column: target for column, target in pairs.items() if target in EVENT},
        {column: target.removeprefix(PROPERTIES) for column, target in pairs.items() if _is_property(target)},
    )


def _is_property(target: str) -> bool:
    return target.startswith(PROPERTIES) and len(target) > len(PROPERTIES)
