"""What can be found by a part of its name, or by its id: one row a kind.

An account has some thousands of these at most, so their names are read through.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Named:
    """`kind`: as the API calls the resource. `detail`: an expression that says more of it, text or null."""

    kind: str
    scope: str
    table: str
    id: str = "public_id"
    detail: str = "NULL"
    only: str = "true"

    @property
    def statement(self) -> str:
        return f"""
    SELECT t.{self.id} AS record, t.name, {self.detail} AS detail FROM {self.table} t
    WHERE t.account_id = %(account)s AND {self.only}
      AND (strpos(lower(t.name), %(query)s) > 0 OR t.{self.id} = %(id)s)
    ORDER BY t.{self.id} = %(id)s DESC, starts_with(lower(t.name), %(query)s) DESC, lower(t.name), t.id
    LIMIT %(most)s"""


NAMED = (
    Named("list", "lists:read", "lists"),
    Named("segment", "segments:read", "segments", detail="CASE WHEN NOT t.is_active THEN 'Inactive' END"),
    Named("campaign", "campaigns:read", "campaigns", id="ulid", detail="t.status"),
    Named("flow", "flows:read", "flows", detail="t.status"),
    Named("template", "templates:read", "templates", only="t.reusable"),
    Named("webhook", "webhooks:read", "webhooks", id="ulid", detail="CASE WHEN NOT t.enabled THEN 'Paused' END"),
    Named("metric", "metrics:read", "metrics"),
)
PROFILES = "profiles:read"
KINDS = ("profile", *(named.kind for named in NAMED))
