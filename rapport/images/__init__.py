"""Images of messages and pages: taken from a file or an address, checked, and shown under addresses that stay."""
