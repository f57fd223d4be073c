"""What happens to memberships of lists when a person is deleted."""

ERASES = ("DELETE FROM list_members WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[])",)
