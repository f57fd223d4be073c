"""The lead integration's actions, as functions. Written by tools/connectors.py; change the table instead."""

from typing import Any, Literal

from rapport.connect.actions import call
from rapport.connect.connection import Connection


def add_profile_to_list(
    connection: Connection,
    *,
    klaviyo_list_id: str,
    email: str | None = None,
    phone_1: str | None = None,
    klaviyo_id: str | None = None,
    klaviyo_external_id: str | None = None,
    klaviyo_identifier: Literal["email", "phone_number", "klaviyo_id", "external_id"] | None = None,
    klaviyo_profile_handling: Literal[
        "earliest creation date", "earliest update date", "newest creation date", "newest update date"
    ]
    | None = None,
    timeout_seconds: float | None = None,
) -> Any:
    """Add a profile to a list."""
    return call(
        "lead.addProfileToList",
        connection,
        klaviyo_list_id=klaviyo_list_id,
        email=email,
        phone_1=phone_1,
        klaviyo_id=klaviyo_id,
        klaviyo_external_id=klaviyo_external_id,
        klaviyo_identifier=klaviyo_identifier,
        klaviyo_profile_handling=klaviyo_profile_handling,
        timeout_seconds=timeout_seconds,
    )


def create_profile(
    connection: Connection,
    *,
    email: str | None = None,
    phone_1: str | None = None,
    reference: str | None = None,
    first_name: str | None = None,
    last_name: str | None = None,
    company_name: str | None = None,
    title: str | None = None,
    address_1: str | None = None,
    address_2: str | None = None,
    city: str | None = None,
    country: str | None = None,
    latitude: str | None = None,
    longitude: str | None = None,
    state: str | None = None,
    postal_code: str | None = None,
    klaviyo_photo_url: str | None = None,
    klaviyo_timezone: str | None = None,
    klaviyo_custom: dict[str, Any] | None = None,
    timeout_seconds: float | None = None,
) -> Any:
    """Create a profile."""
    return call(
        "lead.createProfile",
        connection,
        email=email,
        phone_1=phone_1,
        reference=reference,
        first_name=first_name,
        last_name=last_name,
        company_name=company_name,
        title=title,
        address_1=address_1,
        address_2=address_2,
        city=city,
        country=country,
        latitude=latitude,
        longitude=longitude,
        state=state,
        postal_code=postal_code,
        klaviyo_photo_url=klaviyo_photo_url,
        klaviyo_timezone=klaviyo_timezone,
        klaviyo_custom=klaviyo_custom,
        timeout_seconds=timeout_seconds,
    )


def get_profiles(
    connection: Connection,
    *,
    email: str | None = None,
    phone_1: str | None = None,
    klaviyo_id: str | None = None,
    klaviyo_external_id: str | None = None,
    klaviyo_identifier: Literal["email", "phone_number", "klaviyo_id", "external_id"] | None = None,
    klaviyo_profile_handling: Literal[
        "earliest creation date", "earliest update date", "newest creation date", "newest update date"
    ]
    | None = None,
    timeout_seconds: float | None = None,
) -> Any:
    """Say whether a profile exists, and what is known of it."""
    return call(
        "lead.getProfiles",
        connection,
        email=email,
        phone_1=phone_1,
        klaviyo_id=klaviyo_id,
        klaviyo_external_id=klaviyo_external_id,
        klaviyo_identifier=klaviyo_identifier,
        klaviyo_profile_handling=klaviyo_profile_handling,
        timeout_seconds=timeout_seconds,
    )


def get_segment_profiles(
    connection: Connection,
    *,
    klaviyo_segment_id: str,
    email: str | None = None,
    phone_1: str | None = None,
    klaviyo_id: str | None = None,
    klaviyo_external_id: str | None = None,
    klaviyo_identifier: Literal["email", "phone_number", "klaviyo_id", "external_id"] | None = None,
    klaviyo_profile_handling: Literal[
        "earliest creation date", "earliest update date", "newest creation date", "newest update date"
    ]
    | None = None,
    timeout_seconds: float | None = None,
) -> Any:
    """Say whether a profile is in a segment."""
    return call(
        "lead.getSegmentProfiles",
        connection,
        klaviyo_segment_id=klaviyo_segment_id,
        email=email,
        phone_1=phone_1,
        klaviyo_id=klaviyo_id,
        klaviyo_external_id=klaviyo_external_id,
        klaviyo_identifier=klaviyo_identifier,
        klaviyo_profile_handling=klaviyo_profile_handling,
        timeout_seconds=timeout_seconds,
    )


def update_profile(
    connection: Connection,
    *,
    email: str | None = None,
    phone_1: str | None = None,
    reference: str | None = None,
    first_name: str | None = None,
    last_name: str | None = None,
    company_name: str | None = None,
    title: str | None = None,
    address_1: str | None = None,
    address_2: str | None = None,
    city: str | None = None,
    country: str | None = None,
    latitude: str | None = None,
    longitude: str | None = None,
    state: str | None = None,
    postal_code: str | None = None,
    klaviyo_photo_url: str | None = None,
    klaviyo_timezone: str | None = None,
    klaviyo_custom: dict[str, Any] | None = None,
    timeout_seconds: float | None = None,
    klaviyo_id: str | None = None,
    klaviyo_external_id: str | None = None,
    klaviyo_identifier: Literal["email", "phone_number", "klaviyo_id", "external_id"] | None = None,
    klaviyo_profile_handling: Literal[
        "earliest creation date", "earliest update date", "newest creation date", "newest update date"
    ]
    | None = None,
) -> Any:
    """Change a profile."""
    return call(
        "lead.updateProfile",
        connection,
        email=email,
        phone_1=phone_1,
        reference=reference,
        first_name=first_name,
        last_name=last_name,
        company_name=company_name,
        title=title,
        address_1=address_1,
        address_2=address_2,
        city=city,
        country=country,
        latitude=latitude,
        longitude=longitude,
        state=state,
        postal_code=postal_code,
        klaviyo_photo_url=klaviyo_photo_url,
        klaviyo_timezone=klaviyo_timezone,
        klaviyo_custom=klaviyo_custom,
        timeout_seconds=timeout_seconds,
        klaviyo_id=klaviyo_id,
        klaviyo_external_id=klaviyo_external_id,
        klaviyo_identifier=klaviyo_identifier,
        klaviyo_profile_handling=klaviyo_profile_handling,
    )


def subscribe_profile_to_list(
    connection: Connection,
    *,
    klaviyo_list_id: str,
    email: str | None = None,
    phone_1: str | None = None,
    klaviyo_channels: list[str] | None = None,
    klaviyo_custom_source: str | None = None,
    klaviyo_id: str | None = None,
    klaviyo_external_id: str | None = None,
    klaviyo_identifier: Literal["email", "phone_number", "klaviyo_id", "external_id"] | None = None,
    klaviyo_profile_handling: Literal[
        "earliest creation date", "earliest update date", "newest creation date", "newest update date"
    ]
    | None = None,
    timeout_seconds: float | None = None,
) -> Any:
    """Subscribe a profile to marketing by e-mail, SMS or both."""
    return call(
        "lead.subscribeProfileToList",
        connection,
        klaviyo_list_id=klaviyo_list_id,
        email=email,
        phone_1=phone_1,
        klaviyo_channels=klaviyo_channels,
        klaviyo_custom_source=klaviyo_custom_source,
        klaviyo_id=klaviyo_id,
        klaviyo_external_id=klaviyo_external_id,
        klaviyo_identifier=klaviyo_identifier,
        klaviyo_profile_handling=klaviyo_profile_handling,
        timeout_seconds=timeout_seconds,
    )
