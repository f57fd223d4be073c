"""Numbers of campaigns and flows."""
