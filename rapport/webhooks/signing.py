"""The headers of a call: who calls, when, and that it was us."""

import hmac
from base64 import b64encode
from datetime import UTC, datetime
from email.utils import format_datetime

ID, TIMESTAMP = "Klaviyo-Webhook-Id", "Klaviyo-Timestamp"
SIGNATURE, BODY_SIGNATURE = "Klaviyo-Signature", "klaviyo-webhook-signature"


def headers(secret: bytes, webhook: str, body: bytes, now: datetime) -> dict[str, str]:
    """Two signatures, both HMAC-SHA256: of the body and the timestamp's text, in hexadecimal; of the body, in base64.
    `webhook`: its public id."""
    timestamp = format_datetime(now.astimezone(UTC), usegmt=True)
    return {
        "Content-Type": "application/json",
        ID: webhook,
        TIMESTAMP: timestamp,
        SIGNATURE: hmac.new(secret, body + timestamp.encode(), "sha256").hexdigest(),
        BODY_SIGNATURE: b64encode(hmac.digest(secret, body, "sha256")).decode(),
    }
