"""What is told of runs of flows in the file of a person."""

from rapport.profiles.held import Held

HELD = Held(
    "flows",
    """SELECT jsonb_build_object('id', f.public_id, 'name', f.name, 'entered', e.entered, 'finished', e.finished)
       FROM enrolments e JOIN flows f ON f.account_id = e.account_id AND f.id = e.flow_id
       WHERE e.account_id = %(account)s AND e.profile_id = ANY(%(profiles)s) ORDER BY e.id""",
)
