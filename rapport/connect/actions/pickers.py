"""The five pickers, as functions. Written by tools/connectors.py; change the table instead."""

from typing import Any

from rapport.connect.actions import call
from rapport.connect.connection import Connection


def select_account(
    connection: Connection, *, search: str | None = None, page_cursor: str | None = None, page_size: float | None = None
) -> Any:
    """Choose an account."""
    return call("selectAccount", connection, search=search, pageCursor=page_cursor, pageSize=page_size)


def select_campaign(
    connection: Connection, *, search: str | None = None, page_cursor: str | None = None, page_size: float | None = None
) -> Any:
    """Choose a campaign by its name."""
    return call("selectCampaign", connection, search=search, pageCursor=page_cursor, pageSize=page_size)


def select_event(
    connection: Connection, *, search: str | None = None, page_cursor: str | None = None, page_size: float | None = None
) -> Any:
    """Choose one of the latest events, by its metric and time."""
    return call("selectEvent", connection, search=search, pageCursor=page_cursor, pageSize=page_size)


def select_profile(
    connection: Connection, *, search: str | None = None, page_cursor: str | None = None, page_size: float | None = None
) -> Any:
    """Choose a profile by name and address."""
    return call("selectProfile", connection, search=search, pageCursor=page_cursor, pageSize=page_size)


def select_template(
    connection: Connection, *, search: str | None = None, page_cursor: str | None = None, page_size: float | None = None
) -> Any:
    """Choose a template by its name."""
    return call("selectTemplate", connection, search=search, pageCursor=page_cursor, pageSize=page_size)
