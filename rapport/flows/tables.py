"""Tables of flows: what was drawn, and who is where in it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from rapport.kit.db import metadata

flows = Table(
    "flows",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("public_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("archived", Boolean, nullable=False, server_default=text("false")),
    # list, metric ... and its id inside, for finding the flows a batch of events can start
    Column("trigger_kind", Text, nullable=False),
    Column("trigger_ref", BigInteger),
    Column("trigger", JSONB, nullable=False),
    Column("profile_filter", JSONB),
    Column("reentry_criteria", JSONB),
    Column("entry_action_id", BigInteger),
    # since when people enter it; null = it is in draft, and nobody does
    Column("opened", DateTime(timezone=True)),
    # of a flow of dates: up to when appointments are made; null = none yet
    Column("dated_until", DateTime(timezone=True)),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "public_id"),
    Index(None, "account_id", "trigger_kind", "trigger_ref"),
)

flow_actions = Table(
    "flow_actions",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(start=10_000_000), primary_key=True),
    Column("flow_id", BigInteger, nullable=False),
    # the place in the definition, so that it is answered in the order it was drawn
    Column("position", Integer, nullable=False),
    Column("type", Text, nullable=False),
    # draft, manual, live, disabled; null for splits and delays, which have no status of their own
    Column("status", Text),
    Column("data", JSONB, nullable=False),
    Column("links", JSONB, nullable=False),
    # of a test that is over: the action inside it that won
    Column("winner", BigInteger),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    Index(None, "account_id", "flow_id"),
)

flow_messages = Table(
    "flow_messages",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("public_id", Text, nullable=False),
    Column("flow_id", BigInteger, nullable=False),
    Column("action_id", BigInteger, nullable=False),
    # the action inside a test that has it; null = the action itself
    Column("inner_id", BigInteger),
    Column("name", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("template_id", BigInteger),
    Column("content", JSONB, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "public_id"),
    Index(None, "account_id", "action_id"),
)

# One run of one profile through a flow. Only its next step is scheduled (behaviour-messaging 1.7).
enrolments = Table(
    "enrolments",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("flow_id", BigInteger, nullable=False),
    Column("profile_id", BigInteger, nullable=False),
    # the event or membership that started it: one run for each, for ever
    Column("cause", Text, nullable=False),
    Column("event_id", BigInteger),
    Column("entered", DateTime(timezone=True), nullable=False),
    # null action = done
    Column("action_id", BigInteger),
    Column("due", DateTime(timezone=True)),
    # null = at a step that acts on arrival; true = waiting in a delay
    Column("waiting", Boolean, nullable=False, server_default=text("false")),
    Column("finished", DateTime(timezone=True)),
    # finished before its end: the person was folded into another or deleted
    Column("left_early", Boolean, nullable=False, server_default=text("false")),
    # the date that a flow of dates is about
    Column("anchor", Date),
    # a split that is passed on its first side without being asked (behaviour-messaging 1.7)
    Column("yes_at", BigInteger),
    # from before the flow was live: no entry for the rule of re-entry (1.19); what was due before does nothing
    Column("back_populated", Boolean, nullable=False, server_default=text("false")),
    Column("silent_before", DateTime(timezone=True)),
    # the way so far: for each step its action, the second of arrival, what became of it (`runs.DONE` …)
    Column("path", ARRAY(BigInteger), nullable=False, server_default=text("'{}'")),
    UniqueConstraint("account_id", "flow_id", "cause"),
    Index(None, "account_id", "due", "id", postgresql_where=text("action_id IS NOT NULL")),
    Index(None, "account_id", "profile_id", "flow_id", "entered"),
    Index(None, "account_id", "flow_id", "action_id"),
    # who completed a flow, and when
    Index(
        "enrolments_completed_idx",
        "account_id",
        "flow_id",
        "finished",
        "profile_id",
        postgresql_where=text("finished IS NOT NULL AND NOT left_early"),
    ),
)

# When flows of dates begin for whom: a day ahead.
flow_appointments = Table(
    "flow_appointments",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("flow_id", BigInteger, primary_key=True),
    Column("profile_id", BigInteger, primary_key=True),
    Column("anchor", Date, primary_key=True),
    Column("start", DateTime(timezone=True), nullable=False),
    Index(None, "account_id", "start"),
    Index(None, "account_id", "profile_id"),
)

# Actions that were taken out of their flows, and where whoever still comes to them goes on; null = the end.
removed_flow_actions = Table(
    "removed_flow_actions",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("action_id", BigInteger, primary_key=True),
    Column("flow_id", BigInteger, nullable=False),
    Column("next_id", BigInteger),
)

# A definition beside the one that people are in: edited freely, then published.
flow_drafts = Table(
    "flow_drafts",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("flow_id", BigInteger, primary_key=True),
    # of the flow
    Column("public_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    # null once it was published or put aside; the row stays, so that its versions go on
    Column("definition", JSONB),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("updated", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "public_id"),
)

# What a flow was after each change that those inside felt; the newest so many (`versions.KEPT`).
flow_versions = Table(
    "flow_versions",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("flow_id", BigInteger, primary_key=True),
    # from 1
    Column("number", Integer, primary_key=True),
    Column("ulid", Text, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    # a user, or null for a key or an application; what they were called then: null = it changed by itself
    Column("user_id", Integer),
    Column("actor", Text),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("archived", Boolean, nullable=False),
    # as the API answers it
    Column("definition", JSONB, nullable=False),
    # `differences.Difference`, against the one before
    Column("changes", JSONB, nullable=False),
    # copies of templates that it names, which stay as long as it does
    Column("template_ids", ARRAY(Text), nullable=False),
    UniqueConstraint("account_id", "ulid"),
)

# The account's own people whom alerts go to, once they confirmed.
alert_recipients = Table(
    "alert_recipients",
    metadata,
    Column("account_id", Integer, primary_key=True),
    # normalised
    Column("email", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("asked", DateTime(timezone=True), nullable=False),
    Column("confirmed", DateTime(timezone=True)),
    UniqueConstraint("account_id", "token"),
)

# How many runs have passed each action, for the picture of the flow.
flow_action_counts = Table(
    "flow_action_counts",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("action_id", BigInteger, primary_key=True),
    Column("done", BigInteger, nullable=False, server_default=text("0")),
)

# Calls of webhook actions. The run does not wait for them (behaviour-messaging 1.13).
webhook_calls = Table(
    "webhook_calls",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("flow_id", BigInteger, nullable=False),
    Column("action_id", BigInteger, nullable=False),
    Column("enrolment_id", BigInteger, nullable=False),
    Column("url", Text, nullable=False),
    # of the url, in lower case; "" when it is old or has none
    Column("host", Text, nullable=False, server_default=text("''")),
    Column("headers", JSONB, nullable=False),
    Column("body", Text, nullable=False),
    # queued, in_flight, done, failed
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("due", DateTime(timezone=True), nullable=False),
    Column("answer", Text),
    UniqueConstraint("account_id", "enrolment_id", "action_id"),
    Index(None, "account_id", "due", "id", postgresql_where=text("status IN ('queued', 'in_flight')")),
    # what waits for each host
    Index(
        "webhook_calls_waiting_idx",
        "account_id",
        "host",
        "due",
        "id",
        postgresql_where=text("status IN ('queued', 'in_flight')"),
    ),
)

# Rehearsals that are to be made, are being made, or were: kept for a day.
flow_rehearsals = Table(
    "flow_rehearsals",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("ulid", Text, nullable=False),
    # public id of the flow that is rehearsed or changed, and the definition it is to have; null = as it is
    Column("flow_id", Text),
    Column("definition", JSONB),
    Column("days", Integer, nullable=False),
    # where its caller finds this installation
    Column("base_url", Text, nullable=False),
    # queued, running, complete, failed
    Column("status", Text, nullable=False),
    # per cent
    Column("progress", Integer, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("error", Text),
    # `rehearsal.types.Rehearsed`
    Column("result", JSONB),
    Column("created", DateTime(timezone=True), nullable=False),
    # by the world's clock: until when a worker has it, and when it was done
    Column("held_until", DateTime(timezone=True)),
    Column("finished", DateTime(timezone=True)),
    UniqueConstraint("account_id", "ulid"),
    Index("flow_rehearsals_open_idx", "id", postgresql_where=text("status IN ('queued', 'running')")),
)
