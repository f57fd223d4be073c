"""profile-permissions: whether somebody can be reached over WhatsApp, and by whose word (behaviour-people 4.4)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap64

from rapport.profiles.consent import WHATSAPP, WHATSAPP_TRANSACTIONAL
from rapport.segments.conditions.condition import OfProfile
from rapport.segments.conditions.consent import Method, Rows, StatusDate, rows
from rapport.segments.grammar import filters, timeframes
from rapport.segments.grammar.dependencies import Dependencies
from rapport.segments.grammar.nodes import Node
from rapport.segments.grammar.timeframes import Timeframe
from rapport.segments.sql import stored_dates
from rapport.segments.sql.scope import Scope
from rapport.segments.sql.statement import Statement, every
from rapport.segments.sql.stored_dates import Dated

_CHANNELS = {"whatsapp_marketing": WHATSAPP, "whatsapp_transactional": WHATSAPP_TRANSACTIONAL}
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
_DATES = {"effective_date": "(coalesce(c.consented_at, c.updated))", "recorded_date": "c.updated"}
_METHODS = (
    "api", "back_in_stock", "bigcommerce", "bulk_remove", "campaign_monitor", "carrier_deactivation", "checkout",
    "constant_contact", "exact_target", "facebook", "failed_age_gate", "form", "inbound_message", "integration",
    "mad_mimi", "magento_two", "mailbox_provider", "manual_add", "manual_import", "manual_remove", "message_blocked",
    "netsuite", "preference_page", "provided_landline", "provided_no_age", "sftp", "shopify",
    "social_instagram_message", "spam_complaint", "square", "wix", "woocommerce",
)  # fmt: skip


@dataclass(frozen=True)
class PermissionsCondition(OfProfile):
    channel: str
    status: str
    # by their dates and how they came; of forms, by which
    filters: tuple[StatusDate | Method, ...] = ()

    @property
    def depends(self) -> Dependencies:
        return Dependencies(changes=frozenset({"consent", "profile"}))

    @property
    def timeframes(self) -> Collection[Timeframe]:
        timeframes = (tested.timeframe for tested in self.filters if isinstance(tested, StatusDate))
        return tuple(timeframe for timeframe in timeframes if timeframe.moving())

    @property
    def indexed(self) -> bool:
        return False

    async def matching(self, scope: Scope) -> BitMap64:
        statement = scope.statement()
        source = self._rows(statement)
        tests = every([_STATUS[self.status], *(tested.predicate(source, statement) for tested in self.filters)])
        among = scope.restricted(source.person, statement)
        return await scope.ids(f"SELECT {source.person} {source.text}{among} AND {tests}", statement)

    async def crossed(self, scope: Scope, after: datetime) -> BitMap64:
        statement = scope.statement()
        return await stored_dates.crossed(self.dated(statement), statement, scope, after)

    async def due(self, scope: Scope) -> datetime | None:
        statement = scope.statement()
        return await stored_dates.due(self.dated(statement), statement, scope)

    def _rows(self, statement: Statement) -> Rows:
        return rows(self.channel, statement, on_record=self.status in _EXPLICIT)

    def dated(self, statement: Statement) -> list[Dated]:
        source = self._rows(statement)
        return [
            dated for tested in self.filters for dated in tested.dated(source, statement) if dated.timeframe.moving()
        ]


def read(node: Node) -> PermissionsCondition:
    """A condition from its JSON. Raises DefinitionError."""
    node.only("type", "channel", "permission")
    channel = _CHANNELS[node["channel"].choice(tuple(_CHANNELS))]
    permission = node["permission"]
    status = permission["reachable_status"].choice(tuple(_STATUS))
    if status not in _EXPLICIT:
        permission.only("reachable_status")
        return PermissionsCondition(channel, status)
    permission.only("reachable_status", "filters")
    return PermissionsCondition(channel, status, tuple(_filter(item) for item in permission["filters"].items()))


def _filter(node: Node) -> StatusDate | Method:
    field = node["field"].choice((*_DATES, "subscribe_method"))
    if field in _DATES:
        node.only("field", "filter")
        return StatusDate(timeframes.read(node["filter"], timeframes.OF_VALUES), _DATES[field])
    method = node["method"].choice(_METHODS)
    if method != "form":
        node.only("field", "method")
        return Method(method, None)
    node.only("field", "method", "filter")
    return Method(method, filters.one_of(node["filter"]) if node["filter"].is_set else None)
