"""Where a webhook may go."""

from urllib.parse import urlsplit

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def is_allowed(url: str, *, test_account: bool) -> bool:
    """https anywhere (behaviour-messaging 1.13); plain http only for a test account, to the machine it runs on."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host:
        return False
    return parts.scheme == "https" or (test_account and parts.scheme == "http" and host in _LOOPBACK)
