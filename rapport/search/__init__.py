"""Search over everything an account has by name, address or id, and what names a list or segment."""
