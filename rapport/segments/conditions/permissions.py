"""profile-permissions: whether somebody can be reached over WhatsApp, and by whose word (behaviour-people 4.4)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap64

from rapport.profiles.consent import WHATSAPP, WHATSAPP_TRANSACTIONAL
from rapport.segments.conditions import filters, stored, timeframes
from rapport.segments.conditions.filters import OneOf
from rapport.segments.conditions.reading import Node
from rapport.segments.conditions.scope import Dependencies, Nameless, Scope
from rapport.segments.conditions.statement import Statement, every
from rapport.segments.conditions.stored import Dated
from rapport.segments.conditions.timeframes import Timeframe
from rapport.segments.conditions.values import Value

_CHANNELS = {"whatsapp_marketing": WHATSAPP, "whatsapp_transactional": WHATSAPP_TRANSACTIONAL}
_ROWS = """
    FROM profiles p LEFT JOIN consents c
      ON c.account_id = p.account_id AND c.profile_id = p.id AND c.channel = {channel}
    WHERE p.account_id = %(account)s"""
# Explicit: somebody said so, and it is on record. Implicit: nothing is, and the channel's rule decides. Both channels
# need a yes (2.1), so without one nobody can be reached.
_STATUS = {
    "explicitly_reachable": "c.status = 'SUBSCRIBED'",
    "implicitly_reachable": "false",
    "implicitly_or_explicitly_reachable": "c.status = 'SUBSCRIBED'",
    "explicitly_unreachable": "c.status = 'UNSUBSCRIBED'",
    "implicitly_unreachable": "c.status IS NULL",
    "implicitly_or_explicitly_unreachable": "c.status IS DISTINCT FROM 'SUBSCRIBED'",
}
_EXPLICIT = ("explicitly_reachable", "explicitly_unreachable")
# From when it holds, which may be dated back by whoever imports it, and when it was written down.
_DATES = {"effective_date": "coalesce(c.consented_at, c.updated)", "recorded_date": "c.updated"}
_METHODS = (
    "api", "back_in_stock", "bigcommerce", "bulk_remove", "campaign_monitor", "carrier_deactivation", "checkout",
    "constant_contact", "exact_target", "facebook", "failed_age_gate", "form", "inbound_message", "integration",
    "mad_mimi", "magento_two", "mailbox_provider", "manual_add", "manual_import", "manual_remove", "message_blocked",
    "netsuite", "preference_page", "provided_landline", "provided_no_age", "sftp", "shopify",
    "social_instagram_message", "spam_complaint", "square", "wix", "woocommerce",
)  # fmt: skip


@dataclass(frozen=True)
class When:
    """One of the two dates, within a timeframe. `moment`: its SQL."""

    moment: str
    timeframe: Timeframe

    def predicate(self, statement: Statement) -> str:
        return self.timeframe.window(statement.now).predicate(f"({self.moment})", statement)


@dataclass(frozen=True)
class Method:
    """How it came; of forms, which."""

    method: str
    forms: OneOf | None

    def predicate(self, statement: Statement) -> str:
        parts = [f"lower(c.method) = {statement.add(self.method, 'text')}"]
        if self.forms is not None:
            parts.append(self.forms.predicate(Value.of("c.method_detail"), statement))
        return every(parts)


@dataclass(frozen=True)
class PermissionsCondition(Nameless):
    channel: str
    status: str
    filters: tuple[When | Method, ...] = ()

    @property
    def depends(self) -> Dependencies:
        return Dependencies(changes=frozenset({"consent", "profile"}))

    @property
    def timeframes(self) -> Collection[Timeframe]:
        return tuple(one.timeframe for one in self._moving)

    @property
    def _moving(self) -> list[When]:
        return [one for one in self.filters if isinstance(one, When) and one.timeframe.moving()]

    @property
    def indexed(self) -> bool:
        return False

    async def matching(self, scope: Scope) -> BitMap64:
        statement = scope.statement()
        rows, among = self._rows(statement), scope.restricted("p.id", statement)
        tests = every([_STATUS[self.status], *(one.predicate(statement) for one in self.filters)])
        return await scope.ids(f"SELECT p.id {rows}{among} AND {tests}", statement)

    async def crossed(self, scope: Scope, after: datetime) -> BitMap64:
        statement = scope.statement()
        return await stored.crossed(self.dated(statement), statement, scope, after)

    async def due(self, scope: Scope) -> datetime | None:
        statement = scope.statement()
        return await stored.due(self.dated(statement), statement, scope)

    def _rows(self, statement: Statement) -> str:
        return _ROWS.format(channel=statement.add(self.channel, "text"))

    def dated(self, statement: Statement) -> list[Dated]:
        rows = self._rows(statement)
        return [Dated(rows, f"({one.moment})", one.timeframe) for one in self._moving]


def read(node: Node) -> PermissionsCondition:
    """Raises DefinitionError."""
    node.only("type", "channel", "permission")
    channel = _CHANNELS[node["channel"].choice(tuple(_CHANNELS))]
    permission = node["permission"]
    status = permission["reachable_status"].choice(tuple(_STATUS))
    if status not in _EXPLICIT:
        permission.only("reachable_status")
        return PermissionsCondition(channel, status)
    permission.only("reachable_status", "filters")
    return PermissionsCondition(channel, status, tuple(_filter(item) for item in permission["filters"].items()))


def _filter(node: Node) -> When | Method:
    field = node["field"].choice((*_DATES, "subscribe_method"))
    if field in _DATES:
        node.only("field", "filter")
        return When(_DATES[field], timeframes.read(node["filter"], timeframes.OF_VALUES))
    method = node["method"].choice(_METHODS)
    if method != "form":
        node.only("field", "method")
        return Method(method, None)
    node.only("field", "method", "filter")
    return Method(method, filters.one_of(node["filter"]) if node["filter"].given else None)
