"""What happens to memberships and totals when profiles are folded."""

# Both looked at anew right after; what moves keeps the date of joining, and nobody enters a second time by a merge.
MOVES = (
    """INSERT INTO segment_members AS kept (account_id, segment_id, profile_id, joined)
       SELECT account_id, segment_id, %(into)s, joined FROM segment_members
       WHERE account_id = %(account)s AND profile_id = %(source)s
       ON CONFLICT (account_id, segment_id, profile_id) DO UPDATE SET joined = least(kept.joined, excluded.joined)""",
    "DELETE FROM segment_members WHERE account_id = %(account)s AND profile_id = %(source)s",
    """INSERT INTO event_totals AS kept (account_id, metric_id, profile_id, count, sum, last)
       SELECT account_id, metric_id, %(into)s, count, sum, last FROM event_totals
       WHERE account_id = %(account)s AND profile_id = %(source)s
         AND metric_id IN (SELECT id FROM metrics WHERE account_id = %(account)s)
       ON CONFLICT (account_id, metric_id, profile_id) DO UPDATE SET
           count = kept.count + excluded.count, sum = kept.sum + excluded.sum,
           last = greatest(kept.last, excluded.last)""",
    """DELETE FROM event_totals WHERE account_id = %(account)s AND profile_id = %(source)s
         AND metric_id IN (SELECT id FROM metrics WHERE account_id = %(account)s)""",
)
