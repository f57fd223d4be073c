"""What happens to messages when profiles are folded."""

MOVES = (
    "UPDATE messages SET profile_id = %(into)s WHERE account_id = %(account)s AND profile_id = %(source)s",
    "UPDATE engagements SET profile_id = %(into)s WHERE account_id = %(account)s AND profile_id = %(source)s",
)
