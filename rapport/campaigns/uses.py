"""What campaigns use of the rooms below."""

# When campaigns last used segments, for `segments.inactivity`: while one waits or is sent, now; else when it was sent,
# or last changed.
SEGMENTS = """
    SELECT u.segment, CASE WHEN c.status IN ('Scheduled', 'Queued without Recipients', 'Sending') THEN %(now)s
        ELSE greatest(c.updated, a.updated, least(c.send_time, %(now)s)) END
    FROM campaigns c JOIN campaign_audiences a ON a.account_id = c.account_id AND a.campaign_id = c.id
    CROSS JOIN LATERAL jsonb_array_elements_text(a.included || a.excluded) AS u (segment)
    WHERE c.account_id = %(account)s AND u.segment = ANY(%(segments)s)"""
