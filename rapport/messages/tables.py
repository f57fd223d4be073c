"""Tables of the outbox and of what recipients did."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from rapport.kit.db import metadata

# What a message is made of, frozen when it was first composed: an edit makes a new row, so that a sent message can
# always be shown as its recipient saw it, and a link of it resolved.
contents = Table(
    "contents",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    # hash of `body`: the same content is stored once
    Column("digest", Text, nullable=False),
    # subject, preview_text, from_email, from_label, reply_to, cc, bcc, html, text, track_opens, track_clicks, utm
    Column("body", JSONB, nullable=False),
    UniqueConstraint("account_id", "digest"),
)

# The outbox, and afterwards the record of what was sent. One row a recipient and message.
messages = Table(
    "messages",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("ulid", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("profile_id", BigInteger, nullable=False),
    # queued, in_flight, sent, skipped, bounced, failed, in_doubt
    Column("status", Text, nullable=False),
    Column("skip_reason", Text),
    Column("to_address", Text),
    Column("subject", Text),
    # campaign, flow, confirmation, notice or test
    Column("source", Text, nullable=False),
    Column("campaign_id", BigInteger),
    Column("flow_id", BigInteger),
    # ULID of the campaign message, or six characters of the flow message: what the API calls the message
    Column("message_id", Text, nullable=False),
    Column("variation_id", Text),
    Column("content_id", BigInteger, nullable=False),
    # what the content was filled with: person, event, and the like
    Column("context", JSONB, nullable=False),
    # marketing, smart_sending, lists the audience came from ...
    Column("options", JSONB, nullable=False, server_default=text("'{}'")),
    # one message for each cause, for ever: campaign message and profile, or flow run and action
    Column("cause", Text, nullable=False),
    # which worker took it, so that a restart finds what was in flight
    Column("taken_by", Text),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("due", DateTime(timezone=True), nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    # when it was handed over, or is being handed over; smart sending counts from here
    Column("sent", DateTime(timezone=True)),
    # what the receiving server answered
    Column("reply", Text),
    # of one that was refused for good: what it was refused for (`refusals.Refusal`)
    Column("refusal", Text),
    UniqueConstraint("account_id", "cause"),
    UniqueConstraint("account_id", "ulid"),
    Index(None, "account_id", "due", "id", postgresql_where=text("status = 'queued'")),
    # flows' mail and the like does not wait behind campaigns
    Index(
        "messages_prompt_idx",
        "account_id",
        "due",
        "id",
        postgresql_where=text("status = 'queued' AND source <> 'campaign'"),
    ),
    Index(None, "account_id", "taken_by", postgresql_where=text("status = 'in_flight'")),
    # whether a campaign message has something left to send
    Index(
        "messages_unfinished_idx",
        "account_id",
        "message_id",
        postgresql_where=text("status IN ('queued', 'in_flight')"),
    ),
    # the same address twice in one campaign message (behaviour-messaging 2.3)
    Index("messages_address_idx", "account_id", "message_id", text("lower(to_address)")),
    # the few that no event tells of, which reports count one by one
    Index("messages_lost_idx", "account_id", "sent", postgresql_where=text("status IN ('failed', 'in_doubt')")),
    Index(None, "account_id", "created", "id"),
    Index(None, "account_id", "message_id", "created"),
    Index(None, "account_id", "profile_id", "channel", "sent"),
)

# What each sender is handing over right now, written before it does: see `workers`.
handovers = Table(
    "handovers",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("worker", Text, primary_key=True),
    Column("ids", ARRAY(BigInteger), nullable=False),
)

# Campaign messages of which nothing more is handed over, because all failed for one reason: see `stops`.
sending_stops = Table(
    "sending_stops",
    metadata,
    Column("account_id", Integer, primary_key=True),
    # as the API calls it
    Column("message_id", Text, primary_key=True),
    # what the server answered to one of them
    Column("reply", Text, nullable=False),
    Column("stopped", DateTime(timezone=True), nullable=False),
)

# The buckets of limits on sending, of the whole installation: when each is full again. See `limits`.
sending_rates = Table(
    "sending_rates",
    metadata,
    Column("name", Text, primary_key=True),
    Column("filled", DateTime(timezone=True), nullable=False),
)

# Campaign messages of which nothing is taken for now: see `pauses`.
sending_pauses = Table(
    "sending_pauses",
    metadata,
    Column("account_id", Integer, primary_key=True),
    # as the API calls it
    Column("message_id", Text, primary_key=True),
    Column("paused", DateTime(timezone=True), nullable=False),
)

# Opens, clicks, bounces, unsubscribes and complaints by message: narrow, so that reports and attribution
# need not look into events. Written by a reaction, so it can be rebuilt from the event log.
engagements = Table(
    "engagements",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("event_id", BigInteger, primary_key=True),
    # received, opened, clicked, bounced, unsubscribed, complained; for SMS, push and WhatsApp the same words
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("profile_id", BigInteger, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    # null when the touch was reported from outside with no message of ours
    Column("message_id", BigInteger),
    # machine_open, bot_click, hard (a bounce)
    Column("flags", JSONB, nullable=False, server_default=text("'{}'")),
    Index(None, "account_id", "profile_id", "time"),
    Index(None, "account_id", "message_id", "kind"),
)
