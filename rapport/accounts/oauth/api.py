"""Applications over the API: registered by who administers the installation, and what an account allows them. Only
people may ask, no keys."""

from datetime import datetime
from functools import partial
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rapport.accounts import roles
from rapport.accounts.oauth import apps, grants
from rapport.accounts.oauth.apps import App
from rapport.accounts.oauth.grants import Connection
from rapport.accounts.users.api import person
from rapport.kit import db
from rapport.kit.jsonapi import (
    EMPTY,
    AnyCall,
    Body,
    Call,
    Empty,
    Page,
    Record,
    Resource,
    Versions,
    hold_version,
    operation,
    page_of,
)
from rapport.kit.ratelimit import S
from rapport.kit.refusals import NotThere

_Line = Annotated[str, Meta(max_length=200)]
_Lines = Annotated[list[Annotated[str, Meta(max_length=2000)]], Meta(max_length=100)]


class AppAttributes(msgspec.Struct):
    """A registered application; its id is the client id. `accounts`: how many allow it something. `client_secret`: only
    in the answer that makes one."""

    name: str
    redirect_uris: list[str]
    scopes: list[str]
    created: datetime
    accounts: int
    client_secret: str | None = None


class AppCreate(msgspec.Struct, forbid_unknown_fields=True):
    """`redirect_uris`: https, or http on the machine itself; sent exactly as they are here. `scopes`: the most it may
    ask for."""

    name: _Line
    redirect_uris: _Lines
    scopes: _Lines


class AppUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent stays."""

    name: _Line | UnsetType = UNSET
    redirect_uris: _Lines | UnsetType = UNSET
    scopes: _Lines | UnsetType = UNSET


class ConnectionAttributes(msgspec.Struct):
    """An application that the account allows something. `allowed_by`: who did last, null where that is not known;
    `last_used`: when it last called or renewed its access, to the minute."""

    name: str
    scopes: list[str]
    allowed: datetime
    allowed_by: str | None
    last_used: datetime


APP = Resource("oauth-app", "/api/oauth-apps", AppAttributes, self_link=False)
CONNECTION = Resource("connected-application", "/api/connected-applications", ConnectionAttributes, self_link=False)
VERSIONS = Versions("oauth-app", "oauth_apps", "client_id", of_installation=True)
_administering = partial(operation, rate=S, personal=True, permissions=roles.INSTALLATION)


def _app(app: App, accounts: int = 0, secret: str | None = None) -> Record:
    attributes = AppAttributes(app.name, app.redirect_uris, app.scopes, app.created, accounts, secret)
    return Record(app.client_id, attributes, resource=APP, version=app.version)


async def _shown(conn: db.Connection, client_id: str, secret: str | None = None) -> Record:
    """Raises NotThere."""
    for app, accounts in await apps.every(conn):
        if app.client_id == client_id:
            return _app(app, accounts, secret)
    raise NotThere(APP.type, client_id)


@_administering("get_oauth_apps", "GET", "/api/oauth-apps", answers=APP, many=True)
async def get_oauth_apps(call: AnyCall) -> Page:
    """Every application that is registered in this installation, the newest first."""
    async with call.transaction() as conn:
        return page_of(call, [_app(app, accounts) for app, accounts in await apps.every(conn)])


@_administering(
    "create_oauth_app", "POST", "/api/oauth-apps", status=201, answers=APP, body=Body("oauth-app", AppCreate)
)
async def create_oauth_app(call: Call[AppCreate]) -> Record:
    """Its secret is in this answer and nowhere else: only its hash is kept."""
    asked = call.body
    async with call.transaction() as conn:
        app, secret = await apps.create(conn, name=asked.name, redirect_uris=asked.redirect_uris, scopes=asked.scopes)
    return _app(app, 0, secret)


@_administering("get_oauth_app", "GET", "/api/oauth-apps/{id}", answers=APP)
async def get_oauth_app(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        return await _shown(conn, call.path["id"])


@_administering(
    "update_oauth_app",
    "PATCH",
    "/api/oauth-apps/{id}",
    answers=APP,
    body=Body("oauth-app", AppUpdate),
    versions=VERSIONS,
)
async def update_oauth_app(call: Call[AppUpdate]) -> Record:
    """What accounts allowed before stays allowed."""
    changes, client_id = call.body, call.path["id"]
    async with call.transaction() as conn:
        await hold_version(call, conn)
        app = await apps.find(conn, client_id)
        if app is None:
            raise NotThere(APP.type, client_id)
        await apps.change(
            conn,
            client_id,
            name=app.name if changes.name is UNSET else changes.name,
            redirect_uris=app.redirect_uris if changes.redirect_uris is UNSET else changes.redirect_uris,
            scopes=app.scopes if changes.scopes is UNSET else changes.scopes,
        )
        return await _shown(conn, client_id)


@_administering("rotate_oauth_app_secret", "POST", "/api/oauth-apps/{id}/secret", answers=APP)
async def rotate_oauth_app_secret(call: AnyCall) -> Record:
    """A new secret, in this answer and nowhere else. The old one ends at once; tokens stay good."""
    client_id = call.path["id"]
    async with call.transaction() as conn:
        secret = await apps.rotate_secret(conn, client_id)
        if secret is None:
            raise NotThere(APP.type, client_id)
        return await _shown(conn, client_id, secret)


@_administering("delete_oauth_app", "DELETE", "/api/oauth-apps/{id}", status=204, versions=VERSIONS)
async def delete_oauth_app(call: AnyCall) -> Empty:
    """With every access it has, in whatever account."""
    async with call.transaction() as conn:
        await hold_version(call, conn)
        if not await apps.delete(conn, call.path["id"]):
            raise NotThere(APP.type, call.path["id"])
    person(call).forget()
    return EMPTY


def _connection(connection: Connection) -> Record:
    attributes = ConnectionAttributes(
        connection.name, connection.scopes, connection.allowed, connection.allowed_by, connection.last_used
    )
    return Record(connection.client_id, attributes, resource=CONNECTION)


@operation(
    "get_connected_applications",
    "GET",
    "/api/connected-applications",
    scopes="credentials:read",
    personal=True,
    rate=S,
    answers=CONNECTION,
    many=True,
)
async def get_connected_applications(call: AnyCall) -> Page:
    """The applications that this account allows something, the last used first."""
    async with call.transaction() as conn:
        connections = await grants.connections(conn, call.principal.account_id)
    return page_of(call, [_connection(connection) for connection in connections])


@operation(
    "end_connected_application",
    "DELETE",
    "/api/connected-applications/{id}",
    scopes="credentials:write",
    personal=True,
    rate=S,
    status=204,
)
async def end_connected_application(call: AnyCall) -> Empty:
    """All that this account allowed it ends: every process refuses it within a second."""
    client_id = call.path["id"]
    async with call.transaction() as conn:
        app = await apps.find(conn, client_id)
        if app is None or not await grants.uninstall(conn, call.principal.account_id, app.app_id):
            raise NotThere(CONNECTION.type, client_id)
    person(call).forget()
    return EMPTY
