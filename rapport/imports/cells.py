"""What the text of a cell means: numbers, dates, lists, phone numbers, consent (behaviour-people 1.1, 1.4, 2.12)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec
import phonenumbers

from rapport.imports.table import BadRow, Row

# JSON's own grammar of numbers without an exponent; fifteen digits is what a double keeps exactly.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
# As an export writes one that is longer: an id of so many digits would lose some as a number.
_LONG_NUMBER = re.compile(rf"({_NUMBER.pattern})e0")
_AMOUNT = re.compile(r"([+-]?)0*([0-9]*)(\.[0-9]+)?")
_DIGITS = 15
# The column of an export that holds all properties.
WHOLE = "properties"
# `2024-01-02 10:00:00 -0500`: some shops put a space before the offset.
_SPACED_OFFSET = re.compile(r"\s+(?=[+-][0-9]{2}:?[0-9]{2}$)")
_AMERICAN_DATE = re.compile(r"[0-9]{1,2}/[0-9]{1,2}/([0-9]{4}|[0-9]{2})\b.*")
_AMERICAN_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
# The year in four digits or in two: 69 and more are of the last century.
_AMERICAN = tuple(f"%m/%d/{year}{time}" for year in ("%Y", "%y") for time in _AMERICAN_TIMES)
# In a property, where nothing says that it is a date, only one with a whole year is taken for one.
_SURE_DATE = re.compile(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}\b.*")
# Seconds since 1970, of any moment that can be an event's.
_UNIX = re.compile(r"[0-9]{9,10}")
_CONSENT: Mapping[str, str | None] = {
    "subscribed": "SUBSCRIBED", "true": "SUBSCRIBED", "yes": "SUBSCRIBED", "y": "SUBSCRIBED", "t": "SUBSCRIBED",
    "1": "SUBSCRIBED",
    "unsubscribed": "UNSUBSCRIBED",
    # nobody is made to have never said anything (behaviour-people 2.12)
    "neversubscribed": None, "false": None, "no": None, "n": None, "f": None, "0": None, "none": None, "": None,
    # words of other exports that are neither a yes nor a no
    "notsubscribed": None, "pending": None, "redacted": None, "invalid": None,
}  # fmt: skip


def moment(text: str) -> str:
    """ISO 8601, MM/DD/YYYY or MM/DD/YY, or seconds since 1970; without a time midnight, without an offset UTC (1.4).
    Raises BadRow."""
    try:
        iso = _SPACED_OFFSET.sub("", text.removesuffix(" UTC"))
        date = _unix(text) or _american(text) or datetime.fromisoformat(iso)
    except ValueError as error:
        detail = "is not a date: write it like 2024-01-31, 2024-01-31T10:00:00Z, 01/31/2024 or 01/31/24 10:00"
        raise BadRow(f"'{text}' {detail}") from error
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).isoformat()


def _unix(text: str) -> datetime | None:
    return datetime.fromtimestamp(int(text), UTC) if _UNIX.fullmatch(text) else None


def _american(text: str) -> datetime | None:
    """Raises ValueError for what looks like one and is none."""
    if not _AMERICAN_DATE.fullmatch(text):
        return None
    for form in _AMERICAN:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise ValueError(text)


def amount(text: str) -> msgspec.Raw:
    """The same digits as a JSON number, so that no cent is lost. Raises BadRow."""
    match = _AMOUNT.fullmatch(text)
    if match is None or not (match[2] or match[3] or "0" in text):
        raise BadRow(f"'{text}' is not an amount, like 12.50")
    return msgspec.Raw(f"{'-' if match[1] == '-' else ''}{match[2] or '0'}{match[3] or ''}".encode())


def typed(text: str) -> Any:
    """A property: a number, true or false, a list or object where the text is one in JSON; `01234` stays a text.

    A date as MM/DD/YYYY becomes one that conditions can compare (1.4).
    """
    if _NUMBER.fullmatch(text):
        return msgspec.Raw(text.encode()) if sum(map(str.isdigit, text)) <= _DIGITS else text
    if (long := _LONG_NUMBER.fullmatch(text)) and sum(map(str.isdigit, long[1])) > _DIGITS:
        return msgspec.Raw(long[1].encode())
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text[:1] in ("[", "{"):
        return _json(text)
    try:
        date = _american(text) if _SURE_DATE.fullmatch(text) else None
    except ValueError:
        return text
    return text if date is None else date.strftime("%Y-%m-%d %H:%M:%S")


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def properties(row: Row, columns: Mapping[str, str]) -> dict[str, Any]:
    """What the row says of properties; `columns`: their names by column. An empty cell says nothing.

    A column named "properties" that holds a JSON object holds properties, as an export with too many for columns.
    """
    values: dict[str, Any] = {}
    for column, name in columns.items():
        if (text := row.marked_text(column)) is not None:
            values[name] = text
        elif cell := row.cell(column):
            value = typed(cell)
            values |= value if name == WHOLE and isinstance(value, dict) else {name: value}
    return values


def coordinate(text: str) -> float | str:
    """A latitude or longitude: a number where it is written as one."""
    return float(text) if _NUMBER.fullmatch(text) else text


def phone(text: str, country: str | None) -> str:
    """E.164 of a number as people write it; `country` (CH, Switzerland) is where it is local. Raises BadRow (1.1)."""
    region = _region(country or "")
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        hint = "" if region or text.removeprefix("tel:").strip().startswith("+") else "; a local number needs a country"
        raise BadRow(f"'{text}' is not a telephone number{hint}") from error
    if not phonenumbers.is_possible_number(number):
        raise BadRow(f"'{text}' is not a possible telephone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _region(country: str) -> str | None:
    """The two letters of a country that is written as such, or by its English name."""
    plain = country.strip()
    if not plain:
        return None
    return plain.upper() if len(plain) == 2 else _regions().get(plain.lower())


@cache
def _regions() -> Mapping[str, str]:
    """English names of countries, from the numbers of each."""
    # Loaded only where a file spells countries out: it is large.
    from phonenumbers import geocoder

    named = {"usa": "US", "united states of america": "US", "uk": "GB", "great britain": "GB"}
    for region in phonenumbers.SUPPORTED_REGIONS:
        example = phonenumbers.example_number(region)
        if example is not None and (name := geocoder.country_name_for_number(example, "en")):
            named.setdefault(name.lower(), region)
    return named


def consent(text: str) -> str | None:
    """SUBSCRIBED, UNSUBSCRIBED, or None for what says nothing. Raises BadRow."""
    plain = re.sub(r"[^a-z0-9]", "", text.lower())
    if plain not in _CONSENT:
        raise BadRow(f"'{text}' is no consent: SUBSCRIBED, UNSUBSCRIBED or NEVER_SUBSCRIBED")
    return _CONSENT[plain]
