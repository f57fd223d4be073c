"""Consent as people give and withdraw it: double opt-in, preferences, subscribe jobs, the pages for all of it."""
