"""The way in: inbox, pipeline, metrics, the event log."""
