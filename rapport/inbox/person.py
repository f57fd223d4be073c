"""What a writer says about somebody, before it is known who is meant."""

from enum import IntEnum
from typing import Any

import msgspec

from rapport.kit import mailboxes


class Kind(IntEnum):
    """Ways to recognise a profile, highest priority first; the profile's own id comes before them all."""

    EXTERNAL_ID = 1
    EMAIL = 2
    PHONE_NUMBER = 3
    ANONYMOUS_ID = 4


Key = tuple[int, str]


class Changes(msgspec.Struct, omit_defaults=True):
    """Changes to a profile. A key that is absent is left alone; null clears it."""

    # plain attributes, and identifiers that are to be cleared
    set: dict[str, Any] = {}
    location: dict[str, Any] | None = {}
    properties: dict[str, Any] = {}
    append: dict[str, Any] = {}
    unappend: dict[str, Any] = {}
    unset: list[str] = []
    # further addresses, beside the one that is an attribute
    more_emails: list[str] = []
    fewer_emails: list[str] = []


class Person(msgspec.Struct, omit_defaults=True):
    """What a writer says about somebody: at least one identifier, and changes to the attributes."""

    id: str | None = None
    pk: int | None = None
    # an exchange id, which gives way to an external id or address of another
    kx: str | None = None
    external_id: str | None = None
    email: str | None = None
    phone_number: str | None = None
    anonymous_id: str | None = None
    changes: Changes | None = None
    # said by a browser or an app: it adds, and replaces no identifier (6.1)
    public: bool = False

    def identifiers(self) -> list[tuple[Kind, str, str]]:
        """(kind, normalised value, value as given), highest priority first."""
        originals = (
            (Kind.EXTERNAL_ID, self.external_id),
            (Kind.EMAIL, self.email),
            (Kind.PHONE_NUMBER, self.phone_number),
            (Kind.ANONYMOUS_ID, self.anonymous_id),
        )
        return [(kind, normalised(kind, value), value) for kind, value in originals if value]


def normalised(kind: Kind, value: str) -> str:
    """E-mail addresses are matched as mailboxes, without regard to case or script, and kept as given
    (behaviour-people 1.1, 8)."""
    return mailboxes.identity(value) if kind is Kind.EMAIL else value


def email_key(address: str) -> Key:
    return int(Kind.EMAIL), normalised(Kind.EMAIL, address)
