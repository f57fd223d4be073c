"""A row about one profile in every table that has rows about profiles, found by walking the schema.

Whoever moves or removes a profile must deal with each: `plant`, do it, and look at `left`. A new table with a
profile_id is in as soon as it is there.
"""

from typing import Any

from tests.conftest import Shop

# One value for each type a column may have; texts that no worker takes for a word of its own.
_VALUES: dict[str, str] = {
    "boolean": "false",
    "bytea": "'\\x00'",
    "json": "'{}'",
    "jsonb": "'{}'",
    "text": "'planted'",
    "timestamp with time zone": "now()",
    "date": "current_date",
    "interval": "'0'",
    "ARRAY": "'{}'",
}
# The parent of partitions, and what has its row from the profile itself.
_TABLES = """
    SELECT c.table_name FROM information_schema.columns c
    JOIN pg_class k ON k.oid = format('%%I.%%I', c.table_schema, c.table_name)::regclass
    WHERE c.column_name = 'profile_id' AND c.table_schema = 'public' AND k.relkind IN ('r', 'p')
      AND NOT k.relispartition AND c.table_name <> ALL(%s) ORDER BY 1"""
# The record of who was deleted: nothing is merged with them, and it outlives them.
_RECORDS = ["deleted_profiles"]
_COLUMNS = """
    SELECT column_name, data_type, is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"""


def tables(shop: Shop) -> list[str]:
    """Every table with rows about profiles."""
    return [row[0] for row in shop.query(_TABLES, _RECORDS)]


def key_of(shop: Shop, ulid: str) -> int:
    """The bigint id of a profile."""
    return int(shop.query("SELECT id FROM profiles WHERE account_id = %s AND ulid = %s", shop.account_id, ulid)[0][0])


def plant(shop: Shop, profile: int, number: int = 1, *, but: frozenset[str] = frozenset()) -> list[str]:
    """A row about the profile (bigint id) in every table, of a metric of the account where it is about one.

    `number` stands where a number is wanted. Returns the names of the tables.
    """
    metric = shop.query("SELECT id FROM metrics WHERE account_id = %s LIMIT 1", shop.account_id)
    named = [name for name in tables(shop) if name not in but]
    for name in named:
        columns = {column: _value(kind, number) for column, kind, needed in shop.query(_COLUMNS, name) if needed}
        columns |= {"account_id": str(shop.account_id), "profile_id": str(profile)}
        if metric and "metric_id" in columns:
            columns["metric_id"] = str(metric[0][0])
        if name == "events":
            # one that is in a partition that is there
            columns["time"] = "now()"
        statement = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join(columns.values())}) RETURNING 1"
        assert shop.query(statement), name
    return named


def _value(kind: str, number: int) -> str:
    return _VALUES.get(kind, str(number))


def left(shop: Shop, profile: int) -> list[str]:
    """The tables that still have a row about the profile."""
    found = {}
    for name in tables(shop):
        statement = f"SELECT count(*) FROM {name} WHERE account_id = %s AND profile_id = %s"
        found[name] = _count(shop.query(statement, shop.account_id, profile))
    return [name for name, count in found.items() if count]


def _count(rows: list[tuple[Any, ...]]) -> int:
    return int(rows[0][0])
