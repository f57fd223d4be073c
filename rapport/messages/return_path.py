"""What names a message to whoever tells of it later: the address that its bounces return to, and a header that a mail
provider gives back in its webhooks. Nobody else can make one."""

import hmac
import re

from rapport.kit import crypto
from rapport.kit.settings import Settings

_PURPOSE = "return"
_LOCAL = re.compile(r"b-(\d{1,9})-(\d{1,18})-([a-z2-7]{16})", re.IGNORECASE)


def address(settings: Settings, account_id: int, id: int) -> str | None:
    """The return address of a message; None where bounces are not listened for (`RAPPORT_BOUNCE_PORT`)."""
    if settings.bounce_port is None:
        return None
    return f"{_local(settings, account_id, id)}@{settings.bounce_domain}"


# Each provider gives back the headers that it says: Amazon SES all of them, Postmark those that begin so, as metadata.
HEADERS = {"ses": "X-Rapport-Message", "postmark": "X-PM-Metadata-Message"}


def header(settings: Settings, account_id: int, id: int) -> tuple[str, str] | None:
    """The header by which the provider names a message; None where no provider's webhooks are taken."""
    if settings.mail_provider is None:
        return None
    return HEADERS[settings.mail_provider], _local(settings, account_id, id)


def read(settings: Settings, text: str) -> tuple[int, int] | None:
    """(account_id, id of the message); None for an address that we did not make."""
    local, _, domain = text.strip().strip("<>").rpartition("@")
    return read_local(settings, local) if domain.lower() == settings.bounce_domain.lower() else None


def read_local(settings: Settings, text: str) -> tuple[int, int] | None:
    """The same of what stands before the @, or in the header."""
    matched = _LOCAL.fullmatch(text)
    if matched is None:
        return None
    account_id, id = int(matched[1]), int(matched[2])
    is_ours = hmac.compare_digest(matched[3].lower(), _signature(settings, account_id, id))
    return (account_id, id) if is_ours else None


def _local(settings: Settings, account_id: int, id: int) -> str:
    return f"b-{account_id}-{id}-{_signature(settings, account_id, id)}"


def _signature(settings: Settings, account_id: int, id: int) -> str:
    return crypto.word(settings.secret, _PURPOSE, f"{account_id}.{id}")
