"""OAuth 2.0: applications that somebody registered, and what accounts allow them (behaviour-people 7.4)."""
