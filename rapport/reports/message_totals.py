"""The reaction that keeps `message_totals`. It runs after the one that writes engagements."""

from rapport.events.reactions import Batch
from rapport.kit import db

# Each kind of engagement adds to one or two measures. `counted` has for each message and measure how many there are
# in this batch, and whether it is the first time ever: then the person counts among the unique ones. One runner an
# account makes "first" exact.
_ADD = """
    WITH measures (kind, measure, people_only) AS (VALUES
        ('received', 'recipients', false), ('bounced', 'recipients', false), ('bounced', 'bounced', false),
        ('opened', 'opens', false), ('clicked', 'clicks', true), ('clicked', 'all_clicks', false),
        ('unsubscribed', 'unsubscribes', false), ('complained', 'complaints', false)),
    batch AS MATERIALIZED (
        SELECT event_id, message_id, kind, flags @> '{"bot_click": true}' AS bot FROM engagements
        WHERE account_id = %(account)s AND event_id = ANY(%(events)s) AND message_id IS NOT NULL),
    counted AS (
        SELECT b.message_id, s.measure, count(*) AS n, NOT EXISTS (
            SELECT FROM engagements o JOIN measures os ON os.kind = o.kind AND os.measure = s.measure
            WHERE o.account_id = %(account)s AND o.message_id = b.message_id
              AND NOT (os.people_only AND o.flags @> '{"bot_click": true}')
              AND o.event_id NOT IN (SELECT event_id FROM batch)) AS first
        FROM batch b JOIN measures s ON s.kind = b.kind AND NOT (s.people_only AND b.bot)
        GROUP BY b.message_id, s.measure)
    INSERT INTO message_totals AS t (account_id, source, sent, message_id, variation_id, channel,
        recipients, bounced, opens, opens_unique, clicks, clicks_unique, all_clicks, all_clicks_unique,
        unsubscribes, unsubscribe_uniques, complaints)
    SELECT %(account)s, m.source, date_bin('15 minutes', coalesce(m.sent, m.created), 'epoch') AS quarter, m.message_id,
        coalesce(m.variation_id, '') AS variation, m.channel,
        count(*) FILTER (WHERE measure = 'recipients' AND first),
        count(*) FILTER (WHERE measure = 'bounced' AND first),
        coalesce(sum(n) FILTER (WHERE measure = 'opens'), 0),
        count(*) FILTER (WHERE measure = 'opens' AND first),
        coalesce(sum(n) FILTER (WHERE measure = 'clicks'), 0),
        count(*) FILTER (WHERE measure = 'clicks' AND first),
        coalesce(sum(n) FILTER (WHERE measure = 'all_clicks'), 0),
        count(*) FILTER (WHERE measure = 'all_clicks' AND first),
        coalesce(sum(n) FILTER (WHERE measure = 'unsubscribes'), 0),
        count(*) FILTER (WHERE measure = 'unsubscribes' AND first),
        count(*) FILTER (WHERE measure = 'complaints' AND first)
    FROM counted JOIN messages m ON m.account_id = %(account)s AND m.id = counted.message_id
    GROUP BY m.source, quarter, m.message_id, variation, m.channel
    ON CONFLICT (account_id, source, sent, message_id, variation_id, channel) DO UPDATE SET
        recipients = t.recipients + excluded.recipients, bounced = t.bounced + excluded.bounced,
        opens = t.opens + excluded.opens, opens_unique = t.opens_unique + excluded.opens_unique,
        clicks = t.clicks + excluded.clicks, clicks_unique = t.clicks_unique + excluded.clicks_unique,
        all_clicks = t.all_clicks + excluded.all_clicks,
        all_clicks_unique = t.all_clicks_unique + excluded.all_clicks_unique,
        unsubscribes = t.unsubscribes + excluded.unsubscribes,
        unsubscribe_uniques = t.unsubscribe_uniques + excluded.unsubscribe_uniques,
        complaints = t.complaints + excluded.complaints"""


async def react(batch: Batch) -> None:
    """Add what the batch tells of messages."""
    events = [event.id for event in batch.events if event.accepted.message is not None]
    if events:
        await db.execute(batch.conn, _ADD, {"account": batch.account.account_id, "events": events})
