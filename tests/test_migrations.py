"""Upgrading a database that is in use."""

from datetime import timedelta

import psycopg
from alembic import command

from rapport import migrations
from tests.conftest import database

_ACCOUNT = """
    INSERT INTO accounts (public_id, name, sender_name, sender_email, is_test, clock_offset, created)
    VALUES (%s, 'Shop', 'Shop', 'shop@example.com', true, %s, now())"""


def test_a_clock_that_was_moved_out_of_reach_comes_back_to_ten_years() -> None:
    with database() as url:
        with psycopg.connect(url) as conn:
            conn.execute("ALTER TABLE accounts DROP CONSTRAINT accounts_clock_offset_check")
        command.stamp(migrations.config(url), "0015")
        with psycopg.connect(url) as conn:
            conn.execute(_ACCOUNT, ("FARAWY", timedelta(days=2_900_000)))
            conn.execute(_ACCOUNT, ("NEARBY", timedelta(days=30)))
        command.upgrade(migrations.config(url), "0016")
        with psycopg.connect(url) as conn:
            rows = conn.execute("SELECT public_id, clock_offset FROM accounts ORDER BY public_id").fetchall()
        assert rows == [("FARAWY", timedelta(days=3660)), ("NEARBY", timedelta(days=30))]
