"""Company, keys and settings."""
