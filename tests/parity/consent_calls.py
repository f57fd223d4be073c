"""Calls of consent operations; see `calls`. Every channel is named, so that the SDK's models are asked for each."""

from collections.abc import Callable
from typing import Any

from tests.parity.world import World, resource

_NUMBER = "+15005550006"


def _token(world: World) -> dict[str, Any]:
    return {
        "token": world.unique("token"),
        "platform": "ios",
        "vendor": "apns",
        "enablement_status": "AUTHORIZED",
        "background": "AVAILABLE",
        "device_metadata": {"device_id": "1", "os_name": "ios", "environment": "debug"},
    }


def _job(world: World, kind: str, consent: str, whatsapp: tuple[str, ...]) -> dict[str, Any]:
    yes = {"consent": consent}
    said = {
        "email": {"marketing": yes, "open_tracking": yes, "click_tracking": yes},
        "sms": {"marketing": yes, "transactional": yes},
        "whatsapp": dict.fromkeys(whatsapp, yes),
        "push": {"marketing": yes, "tokens": [_token(world)]},
    }
    person = resource("profile", email=world.address(), phone_number=_NUMBER, subscriptions=said)["data"]
    return resource(kind, profiles={"data": [person]})


CALLS: dict[str, Callable[[World], Any]] = {
    "bulk_subscribe_profiles": lambda w: w.sdk.Profiles.bulk_subscribe_profiles(
        _job(w, "profile-subscription-bulk-create-job", "SUBSCRIBED", ("marketing", "transactional"))
    ),
    "bulk_unsubscribe_profiles": lambda w: w.sdk.Profiles.bulk_unsubscribe_profiles(
        _job(
            w, "profile-subscription-bulk-delete-job", "UNSUBSCRIBED", ("marketing", "transactional", "conversational")
        )
    ),
}
