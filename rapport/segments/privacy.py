"""What happens to memberships of segments when a person is deleted."""

# Their totals stay, as the events they count do: numbers by an id that is nobody's any more.
ERASES = ("DELETE FROM segment_members WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[])",)
