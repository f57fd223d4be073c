"""What happens to runs when profiles are folded (behaviour-people 1.6)."""

# A run of the source goes on in the destination's name when the destination was never in that flow. Where it was, the
# destination's own run stays if both wait, and nothing goes on if either is through: a run that waits is ended.
MOVES = (
    """UPDATE enrolments e SET action_id = NULL, waiting = false, finished = coalesce(e.finished, %(now)s),
           left_early = true
       WHERE e.account_id = %(account)s AND e.profile_id = %(source)s AND e.action_id IS NOT NULL
         AND EXISTS (SELECT FROM enrolments d WHERE d.account_id = %(account)s AND d.profile_id = %(into)s
                     AND d.flow_id = e.flow_id)""",
    """UPDATE enrolments e SET action_id = NULL, waiting = false, finished = coalesce(e.finished, %(now)s),
           left_early = true
       WHERE e.account_id = %(account)s AND e.profile_id = %(into)s AND e.action_id IS NOT NULL
         AND EXISTS (SELECT FROM enrolments s WHERE s.account_id = %(account)s AND s.profile_id = %(source)s
                     AND s.flow_id = e.flow_id AND s.finished < %(now)s)""",
    # The dates of the person that remains are looked at anew.
    "DELETE FROM flow_appointments WHERE account_id = %(account)s AND profile_id = %(source)s",
    "UPDATE enrolments SET profile_id = %(into)s WHERE account_id = %(account)s AND profile_id = %(source)s",
)
