"""What attribution knows of an event, for metric aggregates (behaviour-people 3.8)."""

from rapport.events.aggregates.dimensions import Source

SOURCE = Source(
    ("$attributed_channel", "$attributed_flow", "$attributed_message", "$attributed_variation"),
    """
    SELECT a.event_id, a.channel, f.public_id, a.sender_message, a.variation_id
    FROM attributions a
    LEFT JOIN messages m ON m.account_id = %(account)s AND m.id = a.message_id AND m.source = 'flow'
    LEFT JOIN flows f ON f.account_id = %(account)s AND f.id = m.flow_id
    WHERE a.account_id = %(account)s AND a.metric_id = %(metric)s
      AND a.event_time >= %(since)s AND a.event_time < %(until)s""",
)
