"""What the operator says of an application to those who may install it, beside what it was registered with."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from psycopg.types.json import Jsonb

from rapport.kit import db

Category = Literal[
    "Accounting", "Advertising", "CDP", "CRM", "Data Warehouse", "Design & Content", "Direct Mail", "Donations",
    "Email Service Provider", "Event Management", "Fundraising", "Health & Wellness", "Journey Optimization",
    "Landing Pages & Forms", "POS", "Payments", "Personalization", "Project Management", "Quizzes & Surveys",
    "Restaurants", "Reviews", "Rewards", "SMTP", "Shipping", "Subscriptions", "Support & Help Desk", "Travel",
    "Workflow Automation", "eCommerce Platform",
]  # fmt: skip
_Line = Annotated[str, Meta(max_length=500)]
_Link = Annotated[str, Meta(max_length=2000, pattern=r"^(https?://\S+)?$(?!\n)")]
# tenant-scope: an application is of the installation
_DESCRIBE = "UPDATE oauth_apps SET catalogue = catalogue || %s WHERE client_id = %s"


class Entry(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """An application's page in the catalogue; an empty text where nothing was said."""

    developed_by: _Line = ""
    short_description: _Line = ""
    description: Annotated[str, Meta(max_length=10_000)] = ""
    categories: list[Category] = []
    icon_url: _Link = ""
    banner_image_url: _Link = ""
    install_url: _Link = ""
    preferences_link: _Link = ""
    support_link: _Link = ""
    website_link: _Link = ""
    privacy_policy_link: _Link = ""


async def describe(conn: db.Connection, client_id: str, changes: dict[str, object]) -> bool:
    """Change what is named of an `Entry`. False when there is no such application; raises ValueError for what can't be
    said."""
    try:
        msgspec.convert(changes, Entry)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
    return bool(await db.execute(conn, _DESCRIBE, (Jsonb(changes), client_id)))
