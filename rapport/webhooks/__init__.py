"""Webhooks: what happens here, posted to addresses that an account names."""
