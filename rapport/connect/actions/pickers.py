"""The five pickers, as functions. Written by tools/connectors.py; change the table instead."""

from typing import Any

from rapport.connect.actions import call
from rapport.connect.connection import Connection


def select_account(
    connection: Connection, *, search: str | None = None, page_cursor: str | None = None, page_size: float | None = None
) -> Any:
    """Choose Account: keys and labels."""
    return call("selectAccount", connection, search=search, pageCursor=page_cursor, pageSize=page_size)


def select_campaign(
    connection: Connection, *, search: str | None = None, page_cursor: str | None = None, page_size: float | None = None
) -> Any:
    """Choose Campaign: keys and labels."""
    return call("selectCampaign", connection, search=search, pageCursor=page_cursor, pageSize=page_size)


def select_event(
    connection: Connection, *, search: str | None = None, page_cursor: str | None = None, page_size: float | None = None
) -> Any:
    """Choose Event: keys and labels."""
    return call("selectEvent", connection, search=search, pageCursor=page_cursor, pageSize=page_size)


def select_profile(
    connection: Connection, *, search: str | None = None, page_cursor: str | None = None, page_size: float | None = None
) -> Any:
    """Choose Profile: keys and labels."""
    return call("selectProfile", connection, search=search, pageCursor=page_cursor, pageSize=page_size)


def select_template(
    connection: Connection, *, search: str | None = None, page_cursor: str | None = None, page_size: float | None = None
) -> Any:
    """Choose Template: keys and labels."""
    return call("selectTemplate", connection, search=search, pageCursor=page_cursor, pageSize=page_size)
