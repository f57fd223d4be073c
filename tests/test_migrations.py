"""Upgrading a database that is in use."""

import json
from datetime import timedelta

import psycopg
from alembic import command
from alembic.script import ScriptDirectory

from rapport import migrations
from tests.conftest import database

_ACCOUNT = """
    INSERT INTO accounts (public_id, name, sender_name, sender_email, is_test, clock_offset, created)
    VALUES (%s, 'Shop', 'Shop', 'shop@example.com', true, %s, now())"""
_IMPORT = """
    INSERT INTO file_imports
        (account_id, ulid, file_name, size, kind, status, columns, samples, mapping, options, created)
    VALUES (1, %s, 'people.csv', 9, 'profiles', 'draft', '{}', '[]', '{}', %s, now())"""


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


def test_the_list_of_an_import_becomes_one_of_several() -> None:
    with database() as url:
        config = migrations.config(url)
        before = ScriptDirectory.from_config(config).get_revision("0085").down_revision
        with psycopg.connect(url) as conn:
            conn.execute("DROP TABLE file_import_events")
            for number, options in enumerate(({"list_id": "Y6nRLr", "country": "CH"}, {"list_id": None}, {})):
                conn.execute(_IMPORT, (str(number), json.dumps(options)))
        command.stamp(config, str(before))
        command.upgrade(config, "0085")
        with psycopg.connect(url) as conn:
            rows = conn.execute("SELECT options FROM file_imports ORDER BY ulid").fetchall()
        assert [row[0] for row in rows] == [
            {"list_ids": ["Y6nRLr"], "country": "CH"},
            {"list_ids": []},
            {"list_ids": []},
        ]
