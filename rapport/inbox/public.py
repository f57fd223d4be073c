"""What may be said with a public key, which everybody can read in a shop's pages (behaviour-people 6.1)."""

import msgspec

from rapport.inbox.person import Changes, Person
from rapport.inbox.types import Accepted

_IDENTIFIERS = ("external_id", "email", "phone_number", "anonymous_id")
# The platform's own events can't be forged: an event from outside is one of the API, whatever it calls itself.
_OUTSIDE = "api"
_USE_IP = "$use_ip"
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
