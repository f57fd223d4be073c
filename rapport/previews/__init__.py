"""Mails before they are sent: as somebody would see them, what is to be mended in them, and tests to some addresses."""
