"""What happens to memberships and totals when profiles are folded."""

from rapport.segments.membership import sizes

# A build has written memberships that it has not committed; to wait for them here would be to wait for each other. It
# asks at its end about those who are touched meanwhile, so it finds the one gone and the other a member.
_BUILDING = "SELECT id FROM segments WHERE account_id = %(account)s AND building IS NOT NULL"
# Both looked at anew right after; what moves keeps the date of joining, and nobody enters a second time by a merge.
MOVES = (
    # Where both are members one of them goes.
    sizes.counting(
        f"""SELECT s.segment_id, 0, 1 FROM segment_members s LEFT JOIN segment_members d
             ON d.account_id = s.account_id AND d.segment_id = s.segment_id AND d.profile_id = %(into)s
           WHERE s.account_id = %(account)s AND s.profile_id = %(source)s
             AND (d.profile_id IS NOT NULL OR s.segment_id IN ({_BUILDING}))"""
    ),
    f"""INSERT INTO segment_members AS kept (account_id, segment_id, profile_id, joined)
       SELECT account_id, segment_id, %(into)s, joined FROM segment_members
       WHERE account_id = %(account)s AND profile_id = %(source)s AND segment_id NOT IN ({_BUILDING})
       ON CONFLICT (account_id, segment_id, profile_id) DO UPDATE SET joined = least(kept.joined, excluded.joined)""",
    "DELETE FROM segment_members WHERE account_id = %(account)s AND profile_id = %(source)s",
    f"""INSERT INTO segment_touched (account_id, segment_id, profile_id)
       SELECT %(account)s, id, profile
       FROM ({_BUILDING}) AS s (id), unnest(ARRAY[%(source)s, %(into)s]::bigint[]) AS profile
       ON CONFLICT DO NOTHING""",
    f"""DELETE FROM segment_touched
       WHERE account_id = %(account)s AND profile_id = %(source)s AND segment_id NOT IN ({_BUILDING})""",
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
