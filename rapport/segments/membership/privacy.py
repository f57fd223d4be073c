"""What happens to memberships of segments when a person is deleted."""

from rapport.segments.membership import sizes

# Their totals stay, as the events they count do: numbers by an id that is nobody's any more.
ERASES = (
    sizes.counting(
        """SELECT segment_id, 0, count(*)::int FROM segment_members
           WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[]) GROUP BY segment_id"""
    ),
    "DELETE FROM segment_members WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[])",
    # a build that found them before looks again at its end
    """INSERT INTO segment_touched (account_id, segment_id, profile_id)
       SELECT %(account)s, s.id, profile FROM segments s, unnest(%(profiles)s::bigint[]) AS profile
       WHERE s.account_id = %(account)s AND s.building IS NOT NULL ON CONFLICT DO NOTHING""",
)
