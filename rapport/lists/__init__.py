"""Static groups of profiles."""
