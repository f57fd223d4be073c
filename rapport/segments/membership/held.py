"""What is told of memberships of segments in the file of a person."""

from rapport.profiles.held import Held

HELD = Held(
    "segments",
    """SELECT jsonb_build_object('id', s.public_id, 'name', s.name, 'joined', m.joined) FROM segment_members m
       JOIN segments s ON s.account_id = m.account_id AND s.id = m.segment_id
       WHERE m.account_id = %(account)s AND m.profile_id = ANY(%(profiles)s) ORDER BY m.joined, s.id""",
)
