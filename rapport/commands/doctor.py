"""`rapport doctor`: is everything well, and what to do where it is not."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import maxminddb
import psycopg
from rich.console import Console
from rich.table import Table

from rapport import migrations
from rapport.bounces.site import address as feedback_address
from rapport.events import refused
from rapport.events.lake import folder, status
from rapport.images.service import storage_of
from rapport.kit import db, geoip, locks
from rapport.kit.files import Files
from rapport.kit.settings import Settings
from rapport.kit.storage import Storage, StorageFailed

_OLDEST_POSTGRES = 150000
_MANY_WAITING = 100_000
_MOST_REASONS = 10
# of a file that is written and deleted again
_PROBE = "doctor"
_LATE_DELETION = timedelta(hours=1)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `advice` is empty where all is well."""

    what: str
    result: str
    advice: str = ""


def examine_settings(settings: Settings) -> Iterator[Finding]:
    """Look at what the settings name beside the database."""
    yield _base_url(settings)
    if settings.geoip is not None:
        yield _geoip(settings.geoip)
    yield _images(settings)
    if (at := feedback_address(settings)) is not None:
        yield Finding("mail provider calls", at)


def examine(database_url: str) -> Iterator[Finding]:
    """Look at a database; raises psycopg.OperationalError when it can't be reached."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        yield _version(conn)
        yield _schema(database_url)
        yield _workers(conn)
        yield _inbox(conn)
        yield from _refused(conn)
        yield _deletions(conn)
        yield _in_doubt(conn)
        yield _webhooks(conn)
    yield from _lake(database_url)


def report(console: Console, findings: Iterator[Finding]) -> bool:
    """Print the findings as a table; True when there is nothing to do."""
    table = Table("", "what", "found", "what to do")
    healthy = True
    for finding in findings:
        healthy = healthy and not finding.advice
        table.add_row("[red]![/]" if finding.advice else "[green]✓[/]", finding.what, finding.result, finding.advice)
    console.print(table)
    return healthy


def _first_row(conn: "psycopg.Connection[Any]", query: str, parameters: Any = ()) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = conn.execute(query, parameters).fetchone()
    assert row is not None
    return row


def _version(conn: "psycopg.Connection[Any]") -> Finding:
    number = conn.info.server_version
    advice = "" if number >= _OLDEST_POSTGRES else "PostgreSQL 15 or newer is needed."
    return Finding("PostgreSQL", f"{number // 10000}.{number % 10000}", advice)


def _schema(database_url: str) -> Finding:
    at, newest = migrations.version(database_url), migrations.newest()
    return Finding("schema", at or "empty", "" if at == newest else f"Run `rapport migrate` to reach {newest}.")


def _workers(conn: "psycopg.Connection[Any]") -> Finding:
    count = _first_row(conn, locks.WORKERS_ALIVE)[0]
    return Finding("workers alive", str(count), "" if count else "Nothing is recorded or sent: start `rapport serve`.")


def _inbox(conn: "psycopg.Connection[Any]") -> Finding:
    # tenant-scope: an operator asks about all accounts
    count = _first_row(conn, "SELECT count(*) FROM inbox")[0]
    advice = "" if count < _MANY_WAITING else "The pipeline is behind; look at the worker's log lines."
    return Finding("inbox waiting", f"{count:,}", advice)


def _refused(conn: "psycopg.Connection[Any]") -> Iterator[Finding]:
    """How many rows are set aside, and the commonest reasons one by one."""
    # tenant-scope: an operator asks about all accounts
    count = _first_row(conn, "SELECT count(*) FROM inbox_refused")[0]
    advice = "Kept with their reasons. `rapport replay --all` puts them back once the cause is gone." if count else ""
    yield Finding("inbox rows set aside", f"{count:,}", advice)
    for account, reason, many, first in conn.execute(refused.SUMMARY, (_MOST_REASONS,)).fetchall():
        shown = f"{many:,} of account {account or '(unknown)'}, such as {first}"
        yield Finding("", shown, reason.strip().split("\n")[0][:120])


def _deletions(conn: "psycopg.Connection[Any]") -> Finding:
    """Asked for in the account's time, which may be ahead of the world's."""
    # tenant-scope: an operator asks about all accounts
    query = """
        SELECT count(*), count(*) FILTER (WHERE d.created < now() + a.clock_offset - %s::interval),
            coalesce(min(d.id) FILTER (WHERE d.created < now() + a.clock_offset - %s::interval), 0)
        FROM deletion_jobs d JOIN accounts a ON a.account_id = d.account_id WHERE d.status = 'queued'"""
    waiting, late, first = _first_row(conn, query, (_LATE_DELETION, _LATE_DELETION))
    advice = (
        f"{late:,} for longer than an hour, such as number {first}. A deletion waits for events and imports accepted "
        "before it, and for messages and webhook calls under way; the worker's log says when one fails."
    )
    return Finding("deletions waiting", f"{waiting:,}", advice if late else "")


def _in_doubt(conn: "psycopg.Connection[Any]") -> Finding:
    # tenant-scope: an operator asks about all accounts
    count = _first_row(conn, "SELECT count(*) FROM messages WHERE status = 'in_doubt'")[0]
    advice = (
        "In flight when a worker died: the mail server's log says which went out. None is sent again." if count else ""
    )
    return Finding("messages in doubt", f"{count:,}", advice if count else "")


def _webhooks(conn: "psycopg.Connection[Any]") -> Finding:
    # tenant-scope: an operator asks about all accounts
    count, answer = _first_row(
        conn, "SELECT count(*), coalesce(min(answer), '') FROM webhook_calls WHERE status = 'failed'"
    )
    advice = f"Their receivers refused them, such as: {answer[:120]}" if count else ""
    return Finding("webhook calls failed", f"{count:,}", advice)


def _base_url(settings: Settings) -> Finding:
    """Without RAPPORT_BASE_URL, links lead to where `serve` listens: right as long as no mail leaves the machine."""
    if settings.base_url_given:
        return Finding("links in messages", f"begin with {settings.base_url}")
    advice = "Set RAPPORT_BASE_URL to the address that recipients reach." if settings.smtp_url else ""
    return Finding("links in messages", "begin with the address that `rapport serve` listens on", advice)


def _geoip(file: Path) -> Finding:
    try:
        return Finding("addresses located by", geoip.describe(file))
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        advice = f"Nobody is located until RAPPORT_GEOIP names a file in MaxMind's format: {error}"
        return Finding("addresses located by", str(file), advice)


def _images(settings: Settings) -> Finding:
    where = settings.files_url or "the data folder"
    try:
        asyncio.run(_is_kept(storage_of(settings)))
    except StorageFailed as error:
        return Finding("images lie in", where, f"Nothing can be kept there: {error}")
    return Finding("images lie in", where)


async def _is_kept(storage: Storage) -> None:
    await storage.write(_PROBE, b"")
    await storage.read(_PROBE)
    await storage.delete(_PROBE)


def _lake(database_url: str) -> Iterator[Finding]:
    files = folder.files()
    if files is None:
        return
    lake_health = asyncio.run(_lake_health(database_url, files))
    size = f"{lake_health.files:,} files, {lake_health.events:,} events"
    if lake_health.damaged or lake_health.differing:
        what = "damaged or missing" if lake_health.damaged else "other than the table"
        names = lake_health.damaged or lake_health.differing
        yield Finding("event lake", f"{size}; {what}: {', '.join(names[:3])}", "Run `rapport lake rebuild`.")
    elif lake_health.failing:
        failure = lake_health.failing[0]
        reason = f"{size}; not written for {failure.account} since {failure.since:%Y-%m-%d %H:%M} UTC: {failure.reason}"
        advice = (
            "Questions read these events from the database meanwhile, which takes longer. It is tried again every "
            "minute in smaller pieces; the worker's log says more."
        )
        yield Finding("event lake", reason, advice)
    elif lake_health.unfolded:
        advice = "Events wait to be written into files, and questions read them from the database: look at the worker."
        yield Finding("event lake", f"{size}; changed since: {', '.join(lake_health.unfolded[:3])}", advice)
    elif lake_health.behind:
        advice = "Days wait to be sealed: look at the worker's log, and for transactions that are open for long."
        yield Finding("event lake", f"{size}; behind: {', '.join(lake_health.behind[:3])}", advice)
    else:
        yield Finding("event lake", size)


async def _lake_health(database_url: str, files: Files) -> status.Health:
    async with db.new_pool(database_url, size=2) as pool:
        return await status.health(pool, files)
