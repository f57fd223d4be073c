"""What happens to events when a person is deleted: they stay, for they were counted, and say nothing of the person."""

from rapport.events.lake import changes
from rapport.kit import db
from rapport.profiles.privacy import Erased

# By these reports group and filter (behaviour-people 3.8), and reactions tell machines from people.
# The platform writes them itself, so in its own events they are about the message and not about the person.
PLATFORM_DIMENSIONS = (
    "$_cohort$message_send_cohort", "$_cohort$variation_send_cohort", "$ESP", "$attributed_channel", "$attributed_flow",
    "$attributed_message", "$attributed_variation", "$campaign_channel", "$event_id", "$experiment", "$flow",
    "$flow_channel", "$group_ids", "$message", "$message_send_cohort", "$usage_amount", "$value", "$value_currency",
    "$variation", "$variation_send_cohort", "Bot Click", "Bounce Type", "Campaign Name", "Client Canonical",
    "Client Name", "Client OS", "Client OS Family", "Client Type", "Email Domain", "Failure Source", "Failure Type",
    "From Number", "From Phone Region", "Inbox Provider", "List", "Message Format", "Message Name", "Message Type",
    "Method", "Segment Count", "Subject", "To Number", "To Phone Region", "URL", "form_id", "machine_open", "method",
)  # fmt: skip
# In what a store sends, only what says which message or how much.
STORE_DIMENSIONS = ("$flow", "$message", "$value", "$value_currency", "$variation", "Bot Click", "machine_open")
# Ids that must stay equal among the person's own events (an order and its refund) become other ids.
_REDACT = """
    UPDATE events e SET
        unique_id = CASE WHEN m.service = 'klaviyo' THEN e.unique_id
                         ELSE 'redacted.' || md5(%(salt)s || e.unique_id) END,
        properties = coalesce((
            SELECT jsonb_object_agg(
                CASE WHEN lower(p.key) LIKE ANY (%(named)s::text[]) THEN 'redacted' ELSE p.key END,
                CASE WHEN p.key = 'email_address' AND m.service = 'klaviyo' THEN to_jsonb(%(address)s::text)
                     WHEN p.key = ANY (CASE WHEN m.service = 'klaviyo' THEN %(platform)s::text[]
                                            ELSE %(store)s::text[] END)
                          AND jsonb_typeof(p.value) <> 'object'
                          AND NOT lower(p.value::text) LIKE ANY (%(named)s::text[])
                     THEN p.value
                     ELSE '"redacted"'::jsonb END)
            FROM jsonb_each(e.properties) AS p), '{}')
    FROM metrics m
    WHERE e.account_id = %(account)s AND e.profile_id = ANY(%(profiles)s::bigint[])
      AND m.account_id = %(account)s AND m.id = e.metric_id"""
_STEPS = (
    _REDACT,
    # one row for each event is counted; but the hash of an id that can be guessed is as good as the id
    """UPDATE event_keys SET key = hashtextextended(%(salt)s || key, 0)
       WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[])""",
    # a property may be named by an address; what it was called is a name of the metric's
    """DELETE FROM metric_properties
       WHERE account_id = %(account)s AND lower(property) LIKE ANY (%(named)s::text[])""",
    # what the platform was about to say of them; what names them otherwise was accepted later and is somebody new
    """DELETE FROM inbox WHERE account_id = %(account)s AND kind = 'event'
       AND (body #>> '{person,pk}' = ANY(%(numbers)s::text[]) OR body #>> '{person,id}' = ANY(%(ulids)s::text[]))""",
    # that something was refused is still counted
    """UPDATE inbox_refused SET body = '{}', reason = 'redacted'
       WHERE account_id = %(account)s AND (
           body #>> '{person,pk}' = ANY(%(numbers)s::text[]) OR body #>> '{person,id}' = ANY(%(ulids)s::text[])
           OR body #>> '{person,external_id}' = ANY(%(external_ids)s::text[])
           OR body #>> '{person,anonymous_id}' = ANY(%(anonymous_ids)s::text[])
           OR lower(body::text) LIKE ANY (%(named)s::text[]))""",
)


async def erase(conn: db.Connection, erased: Erased) -> None:
    # Files of the lake that hold these events are written anew.
    await changes.of_profiles(conn, erased.account.account_id, erased.profiles)
    parameters = {**erased.parameters, "platform": list(PLATFORM_DIMENSIONS), "store": list(STORE_DIMENSIONS)}
    for statement in _STEPS:
        await db.execute(conn, statement, parameters)
