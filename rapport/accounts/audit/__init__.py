"""The audit log: what was changed, by whom and when."""
