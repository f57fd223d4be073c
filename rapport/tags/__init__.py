"""Tags: words that lists, segments, campaigns and flows are sorted by, in groups."""
