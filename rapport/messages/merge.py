"""What happens to messages when profiles are folded."""

MOVES = (
    "UPDATE messages SET profile_id = %(into)s WHERE account_id = %(account)s AND profile_id = %(source)s",
    "UPDATE engagements SET profile_id = %(into)s WHERE account_id = %(account)s AND profile_id = %(source)s",
    """INSERT INTO list_suppressions (account_id, profile_id, list_id, reason, at)
       SELECT account_id, %(into)s, list_id, reason, at FROM list_suppressions
       WHERE account_id = %(account)s AND profile_id = %(source)s ON CONFLICT DO NOTHING""",
    "DELETE FROM list_suppressions WHERE account_id = %(account)s AND profile_id = %(source)s",
)
