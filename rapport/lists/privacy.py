"""What happens to memberships of lists when a person is deleted, and what is told of them."""

from rapport.profiles.held import Held

ERASES = ("DELETE FROM list_members WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[])",)

HELD = Held(
    "lists",
    """SELECT jsonb_build_object('id', l.public_id, 'name', l.name, 'joined', m.joined) FROM list_members m
       JOIN lists l ON l.account_id = m.account_id AND l.id = m.list_id
       WHERE m.account_id = %(account)s AND m.profile_id = ANY(%(profiles)s) ORDER BY m.joined, l.id""",
)
