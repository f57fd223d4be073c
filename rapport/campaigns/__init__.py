"""One message to an audience, once."""
