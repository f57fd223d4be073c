"""Which message earned an order."""
