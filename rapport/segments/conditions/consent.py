"""profile-marketing-consent: what a person allows on a channel (behaviour-people 4.3)."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from pyroaring import BitMap64

from rapport.segments.conditions.condition import OfProfile
from rapport.segments.grammar import filters, timeframes
from rapport.segments.grammar.dependencies import Dependencies
from rapport.segments.grammar.filters import Boolean, Filter
from rapport.segments.grammar.nodes import Node
from rapport.segments.grammar.timeframes import Timeframe
from rapport.segments.sql import predicates, stored_dates, values
from rapport.segments.sql.scope import Scope
from rapport.segments.sql.statement import Statement, every
from rapport.segments.sql.stored_dates import Dated

_ALL = """
    FROM profiles p LEFT JOIN consents c
      ON c.account_id = p.account_id AND c.profile_id = p.id AND c.channel = {channel}
    WHERE p.account_id = %(account)s"""
# Where only a word on record counts, the profiles need not be read: half a million take a third of a second to join.
_ON_RECORD = "FROM consents c WHERE c.account_id = %(account)s AND c.channel = {channel}"
_SUPPRESSED = "EXISTS (SELECT FROM suppressions s WHERE s.account_id = %(account)s AND s.profile_id = {person}{more})"
_SUPPRESSION_ROWS = """
    FROM suppressions s JOIN profiles p ON p.account_id = s.account_id AND p.id = s.profile_id
    WHERE s.account_id = %(account)s AND s.reason = {reason}"""
_STATUS = {
    "any": "true",
    "subscribed": "c.status = 'SUBSCRIBED'",
    "unsubscribed": "c.status = 'UNSUBSCRIBED'",
    "never_subscribed": "c.status IS NULL",
}
# Those of who said something.
_WORDS = ("subscribed", "unsubscribed")
# When the present status began.
_STATUS_DATE = "CASE c.status WHEN 'SUBSCRIBED' THEN coalesce(c.consented_at, c.updated) ELSE c.updated END"
_REASONS = {
    "bounce_date": "HARD_BOUNCE",
    "manual_suppression_date": "USER_SUPPRESSED",
    "invalid_email_date": "INVALID_EMAIL",
}


@dataclass(frozen=True)
class Rows:
    """What people said on a channel, as SQL: `FROM … WHERE …` with the alias `c`, and the profile id in it."""

    text: str
    person: str


def rows(channel: str, statement: Statement, *, on_record: bool) -> Rows:
    """The consent rows of a channel. `on_record`: only profiles that have one; otherwise `c` is null for the others."""
    name = statement.add(channel, "text")
    if on_record:
        return Rows(_ON_RECORD.format(channel=name), "c.profile_id")
    return Rows(_ALL.format(channel=name), "p.id")


class ConsentFilter(Protocol):
    def predicate(self, rows: Rows, statement: Statement) -> str: ...

    def dated(self, rows: Rows, statement: Statement) -> list[Dated]: ...


@dataclass(frozen=True)
class _Undated:
    def dated(self, rows: Rows, statement: Statement) -> list[Dated]:
        return []


@dataclass(frozen=True)
class StatusDate:
    timeframe: Timeframe
    # its SQL
    moment: str = f"({_STATUS_DATE})"

    def predicate(self, rows: Rows, statement: Statement) -> str:
        return predicates.inside(self.timeframe.window(statement.now), self.moment, statement)

    def dated(self, rows: Rows, statement: Statement) -> list[Dated]:
        return [Dated(rows.text, self.moment, self.timeframe, rows.person)]


@dataclass(frozen=True)
class SuppressionDate:
    reason: str
    # None: at any time
    timeframe: Timeframe | None

    def predicate(self, rows: Rows, statement: Statement) -> str:
        more = f" AND s.reason = {statement.add(self.reason, 'text')}"
        if self.timeframe is not None:
            more += f" AND {predicates.inside(self.timeframe.window(statement.now), 's.at', statement)}"
        return _SUPPRESSED.format(person=rows.person, more=more)

    def dated(self, rows: Rows, statement: Statement) -> list[Dated]:
        if self.timeframe is None:
            return []
        reason = statement.add(self.reason, "text")
        return [Dated(_SUPPRESSION_ROWS.format(reason=reason), "s.at", self.timeframe)]


@dataclass(frozen=True)
class DoubleOptIn(_Undated):
    filter: Boolean

    def predicate(self, rows: Rows, statement: Statement) -> str:
        return f"coalesce(c.double_optin, false) = {statement.add(self.filter.wanted, 'boolean')}"


@dataclass(frozen=True)
class RcsCapable(_Undated):
    """Whether a phone number can receive RCS. No provider here reports that, so it holds for nobody."""

    wanted: bool

    def predicate(self, rows: Rows, statement: Statement) -> str:
        return "false" if self.wanted else "true"


@dataclass(frozen=True)
class CustomSource(_Undated):
    filter: Filter

    def predicate(self, rows: Rows, statement: Statement) -> str:
        return predicates.of_filter(self.filter, values.column("c.custom_method_detail"), statement)


@dataclass(frozen=True)
class Method(_Undated):
    """How the consent was given, and the detail (a form id, a page URL, the last four characters of a key)."""

    method: str
    detail: Filter | None

    def predicate(self, rows: Rows, statement: Statement) -> str:
        parts = [f"lower(c.method) = {statement.add(self.method, 'text')}"]
        if self.detail is not None:
            parts.append(predicates.of_filter(self.detail, values.column("c.method_detail"), statement))
        return every(parts)


@dataclass(frozen=True)
class ConsentCondition(OfProfile):
    channel: str
    can_receive: bool
    subscription: str
    filters: tuple[ConsentFilter, ...] = ()

    @property
    def depends(self) -> Dependencies:
        return Dependencies(changes=frozenset({"consent", "profile"}))

    @property
    def timeframes(self) -> Collection[Timeframe]:
        timeframes = (getattr(tested, "timeframe", None) for tested in self.filters)
        return tuple(timeframe for timeframe in timeframes if timeframe and timeframe.moving())

    @property
    def indexed(self) -> bool:
        return False

    async def matching(self, scope: Scope) -> BitMap64:
        statement = scope.statement()
        source = self._rows(statement)
        filtered = [tested.predicate(source, statement) for tested in self.filters]
        tests = every([self._reach(source), _STATUS[self.subscription], *filtered])
        among = scope.restricted(source.person, statement)
        return await scope.ids(f"SELECT {source.person} {source.text}{among} AND {tests}", statement)

    async def crossed(self, scope: Scope, after: datetime) -> BitMap64:
        statement = scope.statement()
        return await stored_dates.crossed(self.dated(statement), statement, scope, after)

    async def due(self, scope: Scope) -> datetime | None:
        statement = scope.statement()
        return await stored_dates.due(self.dated(statement), statement, scope)

    def _reach(self, rows: Rows) -> str:
        """E-mail reaches everybody who is not suppressed; other channels those who said yes (behaviour-people 2.1)."""
        if self.channel != "email":
            return f"c.status IS {'NOT' if self.can_receive else ''} DISTINCT FROM 'SUBSCRIBED'"
        suppressed = _SUPPRESSED.format(person=rows.person, more="")
        return f"NOT {suppressed}" if self.can_receive else suppressed

    def _rows(self, statement: Statement) -> Rows:
        return rows(self.channel, statement, on_record=self.subscription in _WORDS)

    def dated(self, statement: Statement) -> list[Dated]:
        source = self._rows(statement)
        return [
            dated for tested in self.filters for dated in tested.dated(source, statement) if dated.timeframe.moving()
        ]


# What is said of a method: a form's id, a page, the last four of a key, who imported, which integration.
_Detail = Literal["none", "possible", "needed"]


def _methods(*plain: str, possible: tuple[str, ...]) -> Mapping[str, _Detail]:
    detailed: dict[str, _Detail] = dict.fromkeys(possible, "possible")
    return {**dict.fromkeys(plain, "none"), **detailed, "integration": "needed"}


# Texts that were agreed to through the API are asked for as well, though the reference has no such choice.
_METHODS: Mapping[tuple[str, bool], Mapping[str, _Detail]] = {
    ("email", True): _methods(
        "inbound_message",
        "back_in_stock",
        "sftp",
        possible=("form", "preference_page", "api", "manual_import", "manual_add"),
    ),
    ("email", False): _methods(
        "inbound_message",
        "preference_page",
        "manual_remove",
        "spam_complaint",
        "mailbox_provider",
        "one_click_unsubscribe",
        "manual_import",
        "sftp",
        "data_warehouse_import",
        "profile_modification",
        possible=("api",),
    ),
    ("sms", True): _methods(
        "checkout",
        "inbound_message",
        "preference_page",
        "sftp",
        possible=("form", "manual_import", "manual_add", "api"),
    ),
    ("sms", False): _methods(
        "manual_remove",
        "bulk_remove",
        "checkout",
        "inbound_message",
        "preference_page",
        "sftp",
        "carrier_deactivation",
        "provided_landline",
        "message_blocked",
        "provided_no_age",
        "failed_age_gate",
        possible=("form", "manual_import", "manual_add", "api"),
    ),
}
_SUPPRESSIONS = tuple(_REASONS)
_YES_FIELDS = ("is_double_opt_in", "status_date", "custom_source", "method")
_STATUS_FIELDS = ("status_date", "method")
_Row = tuple[str, bool, str]
# (channel, can receive, subscription) -> fields that can be asked for; a row that is not here is no condition (4.3)
_FIELDS: Mapping[_Row, tuple[str, ...]] = {
    ("email", True, "any"): (),
    ("email", True, "subscribed"): _YES_FIELDS,
    ("email", True, "never_subscribed"): (),
    ("email", False, "any"): _SUPPRESSIONS,
    ("email", False, "unsubscribed"): (*_STATUS_FIELDS, *_SUPPRESSIONS),
    ("email", False, "never_subscribed"): _SUPPRESSIONS,
    ("email", False, "subscribed"): _SUPPRESSIONS,
    ("sms", True, "subscribed"): (*_STATUS_FIELDS, "is_rcs_capable"),
    ("sms", False, "any"): (),
    ("sms", False, "unsubscribed"): _STATUS_FIELDS,
    ("sms", False, "never_subscribed"): (),
    ("push", True, "any"): ("status_date",),
    ("push", False, "any"): (),
}
_FILTERS_NEEDED: tuple[_Row, ...] = (("email", False, "never_subscribed"), ("email", False, "subscribed"))


def read(node: Node) -> ConsentCondition:
    """A condition from its JSON. Raises DefinitionError."""
    node.only("type", "consent")
    consent = node["consent"]
    channel = consent["channel"].choice(("email", "sms", "push"))
    consent.only("channel", "can_receive_marketing", "consent_status")
    status = consent["consent_status"]
    row = (channel, consent["can_receive_marketing"].boolean(), status["subscription"].choice(tuple(_STATUS)))
    status.only("subscription", "filters")
    if row not in _FIELDS:
        raise status["subscription"].error(f"'{row[2]}' does not go with this channel and can_receive_marketing.")
    return ConsentCondition(*row, _filters(status["filters"], row))


def _filters(node: Node, row: _Row) -> tuple[ConsentFilter, ...]:
    consent_filters = tuple(_filter(item, row) for item in node.items()) if node.is_set else ()
    if not consent_filters and row in _FILTERS_NEEDED:
        raise node.error(f"A filter on one of {', '.join(_SUPPRESSIONS)} is needed here.")
    if len({isinstance(each, SuppressionDate) for each in consent_filters}) > 1:
        raise node.error("Dates of suppression can't be mixed with filters on the consent; use two conditions.")
    return consent_filters


def _filter(node: Node, row: _Row) -> ConsentFilter:
    field = node["field"].choice(_FIELDS[row])
    if field == "method":
        return _method(node, row)
    node.only("field", "filter")
    return _suppression(node["filter"], field) if field in _REASONS else _PLAIN[field](node["filter"])


def _suppression(node: Node, field: str) -> SuppressionDate:
    if node["type"].value == "existence":
        node["operator"].choice(("is-set",))
        return SuppressionDate(_REASONS[field], None)
    return SuppressionDate(_REASONS[field], timeframes.read(node, timeframes.OF_VALUES))


_PLAIN: Mapping[str, Callable[[Node], ConsentFilter]] = {
    "status_date": lambda node: StatusDate(timeframes.read(node, timeframes.OF_VALUES)),
    "is_double_opt_in": lambda node: DoubleOptIn(filters.boolean(node)),
    "is_rcs_capable": lambda node: RcsCapable(filters.boolean(node).wanted),
    "custom_source": lambda node: CustomSource(filters.text(node)),
}


def _method(node: Node, row: _Row) -> Method:
    methods = _METHODS[row[0], row[1]]
    method = node["method"].choice(tuple(methods))
    if methods[method] == "none":
        node.only("field", "method")
        return Method(method, None)
    node.only("field", "method", "filter")
    wanted = node["filter"]
    if methods[method] == "needed" and not wanted.is_set:
        raise wanted.error("The method 'integration' needs a filter that names it.")
    if wanted.is_set:
        wanted["operator"].choice(("in", "equals"))
    return Method(method, filters.text(wanted) if wanted.is_set else None)
