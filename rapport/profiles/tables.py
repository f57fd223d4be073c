"""Tables of profiles: the person, the ways to recognise them, and what they allow."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from rapport.kit.db import metadata

profile_ids = Sequence("profile_ids", metadata=metadata, cache=1)

profiles = Table(
    "profiles",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, primary_key=True),
    Column("ulid", Text, nullable=False),
    Column("email", Text),
    Column("phone_number", Text),
    Column("external_id", Text),
    Column("anonymous_id", Text),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("organization", Text),
    Column("locale", Text),
    Column("title", Text),
    Column("image", Text),
    Column("location", JSONB, nullable=False, server_default=text("'{}'")),
    # keys of `location` that an address of the network told, and that a newer one may replace (1.8)
    Column("located", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("properties", JSONB, nullable=False, server_default=text("'{}'")),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    # moved by every change of what its page edits (`kit/jsonapi/versions.py`)
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("last_event_date", DateTime(timezone=True)),
    UniqueConstraint("account_id", "ulid"),
    Index(None, "account_id", "created", "id"),
    Index(None, "account_id", "updated", "id"),
    Index(None, "account_id", "email", "id"),
    # for beginnings of names, whatever the database's collation (`search/people`)
    Index(
        "profiles_first_name_idx",
        "account_id",
        text("lower(first_name) text_pattern_ops"),
        postgresql_where=text("first_name IS NOT NULL"),
    ),
    Index(
        "profiles_last_name_idx",
        "account_id",
        text("lower(last_name) text_pattern_ops"),
        postgresql_where=text("last_name IS NOT NULL"),
    ),
)

# One row for each way to recognise a profile. `value` is normalised (an e-mail address by `kit/mailboxes.identity`);
# the profile keeps the address as it was given.
profile_identifiers = Table(
    "profile_identifiers",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("kind", SmallInteger, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("profile_id", BigInteger, nullable=False),
    Index(None, "account_id", "profile_id"),
    # for beginnings of what people are looked for by; nobody looks for a device
    Index(
        "profile_identifiers_value_idx",
        "account_id",
        text("value text_pattern_ops"),
        postgresql_where=text("kind < 4"),
    ),
)

# Profiles that were folded into another, so that what was on its way to them arrives. `into_id` is always alive.
merged_profiles = Table(
    "merged_profiles",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("source_id", BigInteger, primary_key=True),
    Column("source_ulid", Text, nullable=False),
    Column("into_id", BigInteger, nullable=False),
    Column("merged", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "source_ulid"),
    Index(None, "account_id", "into_id"),
)

consents = Table(
    "consents",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("profile_id", BigInteger, primary_key=True),
    # one of `profiles.consent.CHANNELS`
    Column("channel", Text, primary_key=True),
    # SUBSCRIBED or UNSUBSCRIBED; no row = NEVER_SUBSCRIBED
    Column("status", Text, nullable=False),
    Column("consented_at", DateTime(timezone=True)),
    Column("updated", DateTime(timezone=True), nullable=False),
    Column("method", Text),
    Column("method_detail", Text, nullable=False, server_default=""),
    Column("custom_method_detail", Text),
    Column("double_optin", Boolean),
    # when the channel was first spoken of; null in rows older than this column
    Column("created", DateTime(timezone=True)),
    # the number that a consent to texts or WhatsApp was given for
    Column("phone_number", Text),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("profile_id", BigInteger, primary_key=True),
    # HARD_BOUNCE, INVALID_EMAIL, SPAM_COMPLAINT, UNSUBSCRIBE, USER_SUPPRESSED
    Column("reason", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)

# Who left one list only and can still be reached through others (behaviour-people 2.6).
list_suppressions = Table(
    "list_suppressions",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("profile_id", BigInteger, primary_key=True),
    Column("list_id", BigInteger, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "account_id", "list_id"),
)

# Suppress and unsuppress jobs (2.4). Addresses are done when they are answered; a list or segment is worked off chunk
# by chunk.
suppression_jobs = Table(
    "suppression_jobs",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("ulid", Text, nullable=False),
    # suppress or unsuppress
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    # public ids
    Column("list_id", Text),
    Column("segment_id", Text),
    Column("total", Integer, nullable=False),
    Column("completed", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    # the highest profile id that was looked at: where a restart goes on
    Column("reached", BigInteger, nullable=False, server_default=text("0")),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("finished", DateTime(timezone=True)),
    UniqueConstraint("account_id", "ulid"),
    Index("suppression_jobs_open_idx", "account_id", "id", postgresql_where=text("status IN ('queued', 'processing')")),
)

# Sign-ups that wait for a double opt-in to be confirmed: there is no profile until then (2.8).
optins = Table(
    "optins",
    metadata,
    Column("account_id", Integer, primary_key=True),
    # random, and all that is needed to confirm
    Column("token", Text, primary_key=True),
    Column("email", Text, nullable=False),
    Column("list_id", BigInteger),
    Column("custom_source", Text),
    # what the sign-up said of the person beside the address: a profile's ULID, a number
    Column("profile", Text),
    Column("phone_number", Text),
    # what is consented to by confirming, and how the sign-up came in
    Column("channels", ARRAY(Text), nullable=False, server_default=text("'{email}'")),
    Column("method", Text, nullable=False, server_default="API"),
    Column("method_detail", Text, nullable=False, server_default=""),
    Column("expires", DateTime(timezone=True), nullable=False),
    Column("confirmed", DateTime(timezone=True)),
    UniqueConstraint("token"),
)

# Devices that can be pushed to. A token belongs to one profile (behaviour-people 6.6).
push_tokens = Table(
    "push_tokens",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    # the public id as well
    Column("token", Text, nullable=False),
    Column("profile_id", BigInteger, nullable=False),
    # ios or android
    Column("platform", Text, nullable=False),
    # apns or fcm
    Column("vendor", Text, nullable=False),
    Column("enablement_status", Text, nullable=False),
    Column("background", Text, nullable=False),
    Column("device", JSONB, nullable=False, server_default=text("'{}'")),
    Column("created", DateTime(timezone=True), nullable=False),
    # when it was last heard of
    Column("recorded", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "token"),
    Index(None, "account_id", "profile_id"),
)

# Requests to delete a person (1.9). What the person was named by goes as soon as the job is done.
deletion_jobs = Table(
    "deletion_jobs",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    # queued, complete
    Column("status", Text, nullable=False),
    # id, email or phone_number
    Column("named_by", Text, nullable=False),
    Column("value", Text),
    # the newest row of the inbox at the time: what was accepted before is recorded first, and goes too
    Column("accepted", BigInteger, nullable=False),
    # how many profiles matched
    Column("deleted", Integer, nullable=False, server_default=text("0")),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("finished", DateTime(timezone=True)),
    Index("deletion_jobs_open_idx", "account_id", "id", postgresql_where=text("status = 'queued'")),
)

# Ids of people who were deleted, nothing else of them: what is still on its way to such an id is dropped.
deleted_profiles = Table(
    "deleted_profiles",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("profile_id", BigInteger, primary_key=True),
    Column("ulid", Text, nullable=False),
    Column("deleted", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "ulid"),
    Index(None, "account_id", "deleted", "profile_id"),
)
