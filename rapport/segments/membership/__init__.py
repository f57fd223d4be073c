"""Who is a member, written down and kept so: built, followed event by event and as time passes, counted, let go."""
