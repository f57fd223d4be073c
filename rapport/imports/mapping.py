"""Which column of a file goes where: as the user says, or by the columns' names."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

IDENTIFIERS = ("external_id", "email", "phone_number", "anonymous_id")
PERSON = (*IDENTIFIERS, "first_name", "last_name")
PROPERTIES = "properties."
LOCATION = "location."
# A column that is left out.
SKIP = "skip"

# Column names of common exports, lower case and without anything but letters and digits.
_KNOWN_PERSON: Mapping[str, tuple[str, ...]] = {
    "external_id": ("externalid", "customerid", "customer", "userid", "clientid", "memberid", "customernumber"),
    "email": ("email", "emailaddress", "customeremail", "mail"),
    "phone_number": ("phonenumber", "phone", "mobile", "customerphone", "mobilephone", "mobilenumber"),
    "first_name": ("firstname", "givenname", "customerfirstname"),
    "last_name": ("lastname", "surname", "familyname", "customerlastname"),
}
_KNOWN_EVENT: Mapping[str, tuple[str, ...]] = {
    "unique_id": ("uniqueid", "orderid", "ordernumber", "orderno", "order", "invoiceid", "invoiceno", "transactionid"),
    "time": (
        "time", "date", "datetime", "timestamp", "orderdate", "orderedat", "invoicedate", "purchasedate", "createdat",
    ),
    "value": (
        "value", "amount", "total", "ordertotal", "totalprice", "totalamount", "grandtotal", "ordervalue", "revenue",
    ),
    "value_currency": ("valuecurrency", "currency", "currencycode"),
}  # fmt: skip
_ADDRESS = ("address1", "address2", "city", "country", "region", "zip", "timezone", "latitude", "longitude", "ip")
_KNOWN_PROFILE: Mapping[str, tuple[str, ...]] = {
    **_KNOWN_PERSON,
    # `$id`; an id of another system's own is what external ids are for
    "external_id": (*_KNOWN_PERSON["external_id"], "id"),
    "organization": ("organization", "organisation", "company", "companyname"),
    "locale": ("locale", "language"),
    "title": ("title", "jobtitle"),
    "image": ("image", "imageurl", "avatar"),
    "location.address1": ("address", "address1", "addressline1", "street", "locationaddress1"),
    "location.address2": ("address2", "addressline2", "locationaddress2"),
    "location.city": ("city", "town", "locationcity"),
    "location.country": ("country", "countrycode", "locationcountry"),
    "location.region": ("region", "state", "stateregion", "province", "provincecode", "locationregion"),
    "location.zip": ("zip", "zipcode", "postalcode", "postcode", "locationzip"),
    "location.timezone": ("timezone", "locationtimezone"),
    "location.latitude": ("latitude", "locationlatitude"),
    "location.longitude": ("longitude", "locationlongitude"),
    "location.ip": ("ip", "ipaddress", "locationip"),
    "email_consent": ("emailmarketingconsent", "emailconsent", "acceptsemailmarketing"),
    "email_consent_at": ("emailmarketingconsenttimestamp", "emailconsenttimestamp"),
    "sms_consent": ("smsmarketingconsent", "smsconsent", "acceptssmsmarketing"),
    "sms_consent_at": ("smsmarketingconsenttimestamp", "smsconsenttimestamp"),
    "sms_transactional_consent": ("smstransactionalconsent",),
    "sms_transactional_consent_at": ("smstransactionalconsenttimestamp",),
}
# How identifiers look that a column holds whose name says nothing.
_FORMS = {"email": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "phone_number": re.compile(r"\+[1-9][0-9 ()./-]{6,20}")}
# By which columns a file of `rapport export` is known, and those of them that an import has no use for.
_OF_MEMBERS = ("created", "updated", "last_event_date", "joined_group_at")
_OF_EVENTS = ("id", "profile_id")
_OF_SUPPRESSED = ("reason", "suppressed_at")
_EXPORTED = (
    (frozenset({"email", *_OF_SUPPRESSED}), _OF_SUPPRESSED),
    (frozenset({"id", *_OF_MEMBERS}), _OF_MEMBERS),
    (frozenset({"id", "metric", "time", "profile_id", "unique_id"}), _OF_EVENTS),
)
CONSENTS = ("email_consent", "sms_consent", "sms_transactional_consent")


class BadMapping(ValueError):
    """A mapping that can't be used; the message says what to do."""


@dataclass(frozen=True)
class Kind:
    """A kind of file: what its columns can be, what they are guessed by, and what it can't do without."""

    targets: Sequence[str]
    known: Mapping[str, Sequence[str]]
    # without one of these nobody is meant
    identifiers: Sequence[str]
    nobody: str
    needs: Mapping[str, str]


ORDERS = Kind(
    (*PERSON, *_KNOWN_EVENT),
    {**_KNOWN_PERSON, **_KNOWN_EVENT},
    IDENTIFIERS,
    "Say who ordered",
    {"unique_id": "the order's own number", "time": "when it was placed"},
)
EVENTS = Kind(
    (*PERSON, *_KNOWN_EVENT, "metric"),
    {
        **_KNOWN_PERSON,
        **_KNOWN_EVENT,
        "unique_id": (*_KNOWN_EVENT["unique_id"], "eventid"),
        "time": (*_KNOWN_EVENT["time"], "eventtime", "eventdate", "eventdatetime", "occurredat"),
        "metric": ("metric", "metricname", "event", "eventname", "eventtype", "activity"),
    },
    IDENTIFIERS,
    "Say who did it",
    {"time": "when it happened"},
)
PROFILES = Kind(
    (
        "id",
        *PERSON,
        "organization",
        "locale",
        "title",
        "image",
        *(LOCATION + part for part in _ADDRESS),
        *(target for consent in CONSENTS for target in (consent, f"{consent}_at")),
    ),
    _KNOWN_PROFILE,
    ("id", *IDENTIFIERS),
    "Say who is meant",
    {},
)


@dataclass(frozen=True)
class Mapped:
    """Columns and their targets, the columns that become properties, by name, and those that are left out."""

    targets: Mapping[str, str]
    properties: Mapping[str, str]
    left_out: Sequence[str] = ()

    @property
    def person(self) -> Mapping[str, str]:
        return {column: target for column, target in self.targets.items() if target in PERSON}

    @property
    def event(self) -> Mapping[str, str]:
        return {column: target for column, target in self.targets.items() if target not in PERSON}

    @property
    def is_export_of_events(self) -> bool:
        """Whether the file was made by `rapport export events`."""
        return set(_OF_EVENTS).issubset(self.left_out)

    def column(self, target: str) -> str | None:
        return next((column for column, mapped_target in self.targets.items() if mapped_target == target), None)

    def shown(self) -> str:
        """As `--map` takes it."""
        return ",".join(f"{column}={target}" for column, target in self.pairs().items())

    def pairs(self) -> dict[str, str]:
        """Target by column."""
        named = {**self.targets, **{name: PROPERTIES + to for name, to in self.properties.items()}}
        return named | dict.fromkeys(self.left_out, SKIP)


def read_pairs(kind: Kind, text: str, columns: Iterable[str]) -> Mapped:
    """`column=target,…`. Raises BadMapping for an unknown column or target, and for what can't be done without."""
    known, pairs = set(columns), {}
    for part in text.split(","):
        column, separator, target = (piece.strip() for piece in part.partition("="))
        if not separator or not target:
            raise BadMapping(f"'{part}' is not COLUMN=TARGET.")
        if column not in known:
            raise BadMapping(f"The file has no column '{column}'. It has: {', '.join(sorted(known))}.")
        pairs[column] = target
    return _checked(kind, pairs)


def guessed(kind: Kind, columns: Iterable[str], nameless: Collection[str] = ()) -> Mapped:
    """By the columns' names; a column nothing is known of becomes a property, one without a heading is left out.
    Raises BadMapping."""
    columns = list(columns)
    return _checked(kind, _guesses(kind, columns, left_out=_left_out(columns, nameless)))


def mixed(kind: Kind, text: str | None, columns: Sequence[str], nameless: Collection[str] = ()) -> Mapped:
    """By the columns' names, but for what `column=target,…` says otherwise. Raises BadMapping."""
    if not text:
        return guessed(kind, columns, nameless)
    left_out = _left_out(columns, nameless)
    stated = read_pairs(_anything(kind), text, columns)
    pairs = {**stated.targets, **{column: PROPERTIES + name for column, name in stated.properties.items()}}
    unmapped = [column for column in columns if column not in text_columns(text)]
    rest = _guesses(kind, unmapped, set(pairs.values()), left_out=left_out)
    return _checked(kind, {**pairs, **rest})


def text_columns(text: str) -> set[str]:
    """The columns that a mapping names."""
    return {part.partition("=")[0].strip() for part in text.split(",")}


def suggested(
    kind: Kind, columns: Sequence[str], nameless: Collection[str], rows: Sequence[Sequence[str]]
) -> dict[str, str]:
    """Column to target, by the columns' names and, where no name tells, by what the first `rows` hold: to be looked at
    before it is used."""
    pairs = _guesses(kind, columns, left_out=_left_out(columns, nameless))
    for target, form in _FORMS.items():
        alike = [
            column
            for place, column in enumerate(columns)
            if _is_property(pairs[column]) and _holds(form, [row[place] for row in rows])
        ]
        if alike and target in kind.targets and target not in pairs.values():
            pairs[alike[0]] = target
    return pairs


def _holds(form: re.Pattern[str], cells: Sequence[str]) -> bool:
    """Whether all cells that say something have this form, and some do."""
    said = [cell.strip() for cell in cells if cell.strip()]
    return bool(said) and all(form.fullmatch(cell) for cell in said)


def checked(kind: Kind, pairs: Mapping[str, str], columns: Collection[str]) -> Mapped:
    """A mapping as it was corrected; columns that it does not name are left out. Raises BadMapping."""
    unknown = next((column for column in pairs if column not in columns), None)
    if unknown is not None:
        raise BadMapping(f"The file has no column '{unknown}'. It has: {', '.join(columns)}.")
    return _checked(kind, {column: pairs.get(column, SKIP) for column in columns})


def _anything(kind: Kind) -> Kind:
    return Kind(kind.targets, kind.known, (), "", {})


def _left_out(columns: Sequence[str], nameless: Collection[str]) -> set[str]:
    """Columns that say nothing of their own: those without a heading, and of an export what the server alone knows."""
    known = (only for signature, only in _EXPORTED if signature.issubset(columns))
    return {*nameless, *(column for only in known for column in only)}


def _guesses(
    kind: Kind, columns: Iterable[str], taken_targets: Iterable[str] = (), *, left_out: Collection[str] = ()
) -> dict[str, str]:
    pairs: dict[str, str] = {}
    used = set(taken_targets)
    for column in columns:
        if column in left_out:
            pairs[column] = SKIP
            continue
        target = _target_of(kind, column)
        pairs[column] = PROPERTIES + column.removeprefix(PROPERTIES) if target is None or target in used else target
        used.add(pairs[column])
    return pairs


def _target_of(kind: Kind, column: str) -> str | None:
    if column in kind.targets:
        return column
    plain = re.sub(r"[^a-z0-9]", "", column.lower())
    return next((target for target, names in kind.known.items() if plain in names), None)


def _checked(kind: Kind, pairs: Mapping[str, str]) -> Mapped:
    left_out = [column for column, target in pairs.items() if target == SKIP]
    pairs = {column: target for column, target in pairs.items() if target != SKIP}
    for target in pairs.values():
        if target not in kind.targets and not _is_property(target):
            raise BadMapping(f"'{target}' is not a target. Targets: {', '.join(kind.targets)}, properties.NAME, skip.")
    targets = list(pairs.values())
    twice = next((target for target in targets if targets.count(target) > 1), None)
    if twice:
        raise BadMapping(f"Two columns are mapped to '{twice}'.")
    if kind.identifiers and not any(target in kind.identifiers for target in targets):
        raise BadMapping(f"{kind.nobody}: map a column to one of {', '.join(kind.identifiers)}.")
    for needed, meaning in kind.needs.items():
        if needed not in targets:
            raise BadMapping(f"Map the column that holds {meaning} to '{needed}'.")
    properties = {column: target.removeprefix(PROPERTIES) for column, target in _where(pairs, _is_property).items()}
    return Mapped(_where(pairs, lambda target: not _is_property(target)), properties, left_out)


def _where(pairs: Mapping[str, str], wanted: Callable[[str], bool]) -> dict[str, str]:
    return {column: target for column, target in pairs.items() if wanted(target)}


def _is_property(target: str) -> bool:
    return target.startswith(PROPERTIES) and len(target) > len(PROPERTIES)
