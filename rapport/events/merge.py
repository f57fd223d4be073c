"""What happens to events when profiles are folded."""

from rapport.events.lake import changes

# The source's keys go first where the destination has the same. The events themselves all stay: they happened.
MOVES = (
    *changes.MOVES,
    """DELETE FROM event_keys s USING event_keys d
       WHERE s.account_id = %(account)s AND s.profile_id = %(source)s AND d.account_id = %(account)s
         AND d.profile_id = %(into)s AND d.metric_id = s.metric_id AND d.key = s.key""",
    "UPDATE event_keys SET profile_id = %(into)s WHERE account_id = %(account)s AND profile_id = %(source)s",
    "UPDATE events SET profile_id = %(into)s WHERE account_id = %(account)s AND profile_id = %(source)s",
)
