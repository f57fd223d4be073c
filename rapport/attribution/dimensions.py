"""What attribution knows of an event, for metric aggregates (behaviour-people 3.8)."""

from rapport.events.aggregates.dimensions import Source
from rapport.messages.credits import VERSION_READ

SOURCE = Source(
    ("$attributed_channel", "$attributed_flow", "$attributed_message", "$attributed_variation"),
    # An event has each dimension once: of several touches, the one with the largest share, then the latest.
    f"""
    SELECT DISTINCT ON (a.event_id) a.event_id, a.channel, f.public_id, a.sender_message, a.variation_id
    FROM attributions a
    LEFT JOIN messages m ON m.account_id = %(account)s AND m.id = a.message_id AND m.source = 'flow'
    LEFT JOIN flows f ON f.account_id = %(account)s AND f.id = m.flow_id
    WHERE a.account_id = %(account)s AND a.version = {VERSION_READ} AND a.metric_id = %(metric)s
      AND a.event_time >= %(since)s AND a.event_time < %(until)s
    ORDER BY a.event_id, a.share DESC, a.touch_event_id DESC""",
)
