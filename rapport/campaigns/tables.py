"""Tables of campaigns: campaign, audiences, messages, variations.

This is the model from revision 2026-10-15 on; earlier revisions see a campaign as one audience and one message.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from rapport.kit.db import metadata

campaigns = Table(
    "campaigns",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("ulid", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("archived", Boolean, nullable=False, server_default=text("false")),
    # builder, color, description, send settings of the newer shape; send_strategy and options of the older
    Column("options", JSONB, nullable=False, server_default=text("'{}'")),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    # moved by every change of what its page edits (`kit/jsonapi/versions.py`)
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("scheduled", DateTime(timezone=True)),
    Column("send_time", DateTime(timezone=True)),
    UniqueConstraint("account_id", "ulid"),
    Index(None, "account_id", "created", "id"),
    Index(None, "account_id", "send_time", postgresql_where=text("status IN ('Scheduled', 'Sending')")),
)

campaign_audiences = Table(
    "campaign_audiences",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("ulid", Text, nullable=False),
    Column("campaign_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    # public ids of lists and segments
    Column("included", JSONB, nullable=False),
    Column("excluded", JSONB, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "ulid"),
    Index(None, "account_id", "campaign_id"),
)

campaign_messages = Table(
    "campaign_messages",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("ulid", Text, nullable=False),
    Column("campaign_id", BigInteger, nullable=False),
    Column("audience_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("channel", Text, nullable=False),
    # draft, scheduled, sending, sent, cancelled
    Column("status", Text, nullable=False),
    # tracking_options, send_options; label and render_options of the older shape; ab_test and schedule; what was found
    # out since: smart (the hour chosen), winner
    Column("options", JSONB, nullable=False, server_default=text("'{}'")),
    Column("send_time", DateTime(timezone=True)),
    # the highest profile id that was looked at, and how many were queued: where a restart goes on
    Column("reached", BigInteger, nullable=False, server_default=text("0")),
    Column("recipients", Integer, nullable=False, server_default=text("0")),
    # of those queued, how many wait for the winner of a test
    Column("held", Integer, nullable=False, server_default=text("0")),
    # true when the whole audience was queued
    Column("resolved", Boolean, nullable=False, server_default=text("false")),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "ulid"),
    Index(None, "account_id", "campaign_id"),
    Index(
        "campaign_messages_due_idx",
        "account_id",
        "send_time",
        postgresql_where=text("status IN ('scheduled', 'sending')"),
    ),
)

campaign_variations = Table(
    "campaign_variations",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("ulid", Text, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    # subject, preview_text, from_email, from_label, reply_to_email, cc_email, bcc_email ...
    Column("content", JSONB, nullable=False),
    # the message's own copy of a template
    Column("template_id", BigInteger),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "ulid"),
    Index(None, "account_id", "message_id"),
)
