"""Passkeys (WebAuthn): made on a user's page, and a way in that needs neither an address nor a password.

A passkey is bound to the name of the site, which browsers take for one only over https or on localhost.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from rapport.accounts.users.people import User
from rapport.kit import crypto, db
from rapport.kit.refusals import NotThere, Refused
from rapport.kit.settings import Settings

# What an answer that is none makes of the library, which is read when the first passkey is used: it takes a tenth of a
# second to read.
_UNREADABLE = (ValueError, KeyError, TypeError)
_NOT_TAKEN = "The passkey was not taken: its answer does not fit what was asked. Try again."


@dataclass(frozen=True)
class Site:
    """Where passkeys are good. `origin` as in https://rapport.example:8443."""

    origin: str

    @classmethod
    def of(cls, settings: Settings, called: str) -> "Site":
        """What the operator says, else what was called. What somebody calls localhost is so for them alone."""
        is_local = urlsplit(called).hostname == "localhost"
        return cls(settings.base_url if settings.base_url_given and not is_local else called)

    @property
    def id(self) -> str:
        return urlsplit(self.origin).hostname or ""


@dataclass(frozen=True)
class Passkey:
    """`id`: the credential's, in base64url."""

    id: str
    name: str
    created: datetime
    used: datetime | None


def registration(site: Site, user: User, known: list[Passkey]) -> tuple[dict[str, Any], bytes]:
    """What a browser is asked to make one, and the challenge in it."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_registration_options(
        rp_id=site.id,
        rp_name="Rapport",
        user_id=user.public_id.encode(),
        user_name=user.email or user.name,
        user_display_name=user.name,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(crypto.from_base64url(passkey.id)) for passkey in known
        ],
    )
    return msgspec.json.decode(webauthn.options_to_json(options)), options.challenge


async def register(
    conn: db.Connection, site: Site, user: User, answer: dict[str, Any], challenge: bytes, name: str, now: datetime
) -> Passkey:
    """Raises Refused for an answer that does not fit."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        verified = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, *_UNREADABLE) as error:
        raise Refused(_NOT_TAKEN) from error
    query = """
        INSERT INTO passkeys (user_id, credential_id, public_key, sign_count, name, created)
        VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"""
    values = (
        user.user_id,
        verified.credential_id,
        verified.credential_public_key,
        verified.sign_count,
        name,
        now,
    )
    if not await db.execute(conn, query, values):
        raise Refused("This passkey is known already.", status=409)
    return Passkey(crypto.base64url(verified.credential_id), name, now, None)


def authentication(site: Site) -> tuple[dict[str, Any], bytes]:
    """What a browser is asked to sign in, whoever it is, and the challenge in it."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_authentication_options(
        rp_id=site.id, user_verification=structs.UserVerificationRequirement.REQUIRED
    )
    return msgspec.json.decode(webauthn.options_to_json(options)), options.challenge


async def authenticate(
    conn: db.Connection, site: Site, answer: dict[str, Any], challenge: bytes, now: datetime
) -> int | None:
    """The user_id that a passkey's answer proves; None for one that proves nothing."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        credential_id = crypto.from_base64url(answer["id"])
    except _UNREADABLE:
        return None
    query = "SELECT user_id, public_key, sign_count FROM passkeys WHERE credential_id = %s FOR UPDATE"
    row = await db.row(conn, query, (credential_id,))
    if row is None:
        return None
    try:
        verified = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=row[1],
            credential_current_sign_count=row[2],
            require_user_verification=True,
        )
    except (WebAuthnException, *_UNREADABLE):
        return None
    update = "UPDATE passkeys SET sign_count = %s, used = %s WHERE user_id = %s AND credential_id = %s"
    await db.execute(conn, update, (verified.new_sign_count, now, row[0], credential_id))
    return int(row[0])


async def of_user(conn: db.Connection, user: User) -> list[Passkey]:
    query = "SELECT credential_id, name, created, used FROM passkeys WHERE user_id = %s ORDER BY created, credential_id"
    rows = await db.rows(conn, query, (user.user_id,))
    return [Passkey(crypto.base64url(row[0]), row[1], row[2], row[3]) for row in rows]


async def remove(conn: db.Connection, user: User, id: str) -> None:
    """Raises NotThere."""
    try:
        credential_id = crypto.from_base64url(id)
    except ValueError:
        credential_id = b""
    query = "DELETE FROM passkeys WHERE user_id = %s AND credential_id = %s"
    if not await db.execute(conn, query, (user.user_id, credential_id)):
        raise NotThere("passkey", id)
