"""Who a browser or an app speaks of, and what it may say of them (behaviour-people 6.1)."""

import msgspec

from rapport.inbox.person import Changes
from rapport.inbox.types import Accepted
from rapport.kit import db
from rapport.profiles import exchange
from rapport.profiles.identity import Person

_IDENTIFIERS = ("external_id", "email", "phone_number", "anonymous_id")
# The platform's own events can't be forged: an event from outside is one of the API, whatever it calls itself.
_OUTSIDE = "api"
_USE_IP = "$use_ip"
_IDENTIFIED = """
    SELECT EXISTS (SELECT FROM profile_identifiers WHERE account_id = %s AND profile_id = %s AND kind <> 4)"""
_ALIVE = """
    SELECT EXISTS (SELECT FROM profiles WHERE account_id = %(account)s AND id = %(id)s)
        OR EXISTS (SELECT FROM merged_profiles WHERE account_id = %(account)s AND source_id = %(id)s)"""
_properties = msgspec.json.Decoder(dict[str, msgspec.Raw])


def restrained(person: Person) -> Person:
    """The person without what only a private key may say: an identifier cleared, a further address."""
    person.public = True
    changes = person.changes
    if changes is not None:
        changes.set = {name: value for name, value in changes.set.items() if name not in _IDENTIFIERS}
        changes.more_emails, changes.fewer_emails = [], []
    return person


def restrain(accepted: Accepted, address: str) -> Accepted:
    """An event as it may come from outside, located at `address` when it asks for that (`$use_ip`)."""
    restrained(accepted.person)
    accepted.service = _OUTSIDE
    if b"$use_ip" in bytes(accepted.properties):
        _locate(accepted, address)
    return accepted


def _locate(accepted: Accepted, address: str) -> None:
    """The request's own address becomes the profile's, unless the request names one (1.8)."""
    properties = _properties.decode(accepted.properties)
    wanted = bytes(properties.pop(_USE_IP, msgspec.Raw(b"false"))) == b"true"
    accepted.properties = msgspec.Raw(msgspec.json.encode(properties))
    if not (wanted and address):
        return
    changes = accepted.person.changes = accepted.person.changes or Changes()
    if changes.location is not None:
        changes.location = {"ip": address, **changes.location}


async def exchange_id(conn: db.Connection, account_id: int, public_id: str, profile: int | None) -> str | None:
    """The exchange id of somebody identified by more than a device (6.3), or None."""
    if profile is None:
        return None
    row = await db.row(conn, _IDENTIFIED, (account_id, profile))
    return exchange.encode(account_id, profile, public_id, once=True) if row and row[0] else None


async def names_nobody(conn: db.Connection, account_id: int, kx: str | None) -> bool:
    """Whether the exchange id sent belongs to no profile of this account: the script should then forget it (6.4)."""
    if kx is None:
        return False
    named = exchange.decode(account_id, kx)
    if named is None:
        return True
    row = await db.row(conn, _ALIVE, {"account": account_id, "id": named})
    return not (row and row[0])
