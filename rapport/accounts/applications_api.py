"""The catalogue of applications: those that are registered in this installation (behaviour-rest 17.9)."""

import json
from datetime import datetime
from typing import Any, get_args

import msgspec
from sqlalchemy import Select, Text, cast, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import ColumnElement

from rapport.accounts.catalogue import Category, Entry
from rapport.accounts.oauth.tables import oauth_apps
from rapport.kit.jsonapi import AnyCall, Field, PageSize, Record, Resource, Row, listing
from rapport.kit.ratelimit import S


class ApplicationAttributes(msgspec.Struct):
    """An application in an answer; texts and links are empty where the operator said nothing."""

    name: str
    developed_by: str
    short_description: str
    description: str
    icon_url: str
    banner_image_url: str
    categories: list[Category]
    install_url: str
    preferences_link: str
    support_link: str
    website_link: str
    privacy_policy_link: str
    created_at: datetime
    pricing_information_link: str | None = None
    features: list[dict[str, Any]] = []
    gallery_items: list[dict[str, Any]] = []
    articles: list[dict[str, Any]] = []
    video: dict[str, Any] | None = None


APPLICATION = Resource("application", "/api/applications", ApplicationAttributes, self_link=True)


def _record(row: Row, call: AnyCall) -> Record:
    entry = msgspec.convert(row["catalogue"], Entry)
    attributes = ApplicationAttributes(
        name=row["name"], created_at=row["created"], **{name: getattr(entry, name) for name in entry.__struct_fields__}
    )
    return Record(row["client_id"], attributes, resource=APPLICATION)


def _every(call: AnyCall) -> Select[Any]:
    # tenant-scope: an application is of the installation
    return select(oauth_apps)


def _says(op: str, value: Any, call: AnyCall) -> ColumnElement[bool]:
    return _contains({"categories": [value]})


def _is_of(op: str, value: Any, call: AnyCall) -> ColumnElement[bool]:
    return _contains({"developed_by": value})


def _contains(part: dict[str, Any]) -> ColumnElement[bool]:
    return oauth_apps.c.catalogue.op("@>", is_comparison=True)(cast(literal(json.dumps(part), Text), JSONB))


get_applications = listing(
    "get_applications",
    APPLICATION,
    scopes="applications:read",
    rate=S,
    select=_every,
    key=oauth_apps.c.app_id,
    record=_record,
    filters={
        "name": Field(oauth_apps.c.name, ("contains",)),
        "category": Field(None, ("equals",), choices=get_args(Category), translate=_says),
        "built_by": Field(None, ("equals",), translate=_is_of),
    },
    page=PageSize(25, 100),
)
