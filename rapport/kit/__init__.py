"""The ground: what knows nothing of marketing."""
