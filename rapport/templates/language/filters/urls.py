"""Filters on addresses."""

from typing import Any
from urllib.parse import quote_plus, unquote, unquote_plus

from rapport.templates.language.registry import filter_tag

PLACEHOLDER = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""A transparent GIF of one pixel: shows nothing, asks no server."""


@filter_tag("urlencode_plus")
def urlencode_plus(value: Any) -> str:
    """Percent-encoded, spaces as `+`."""
    return quote_plus(str(value))


@filter_tag("urldecode")
def urldecode(value: Any) -> str:
    """Percent-decoded."""
    return unquote(str(value))


@filter_tag("urldecode_plus")
def urldecode_plus(value: Any) -> str:
    """Percent-decoded, `+` as a space."""
    return unquote_plus(str(value))


def _without_scheme(value: Any) -> str:
    text = str(value).strip()
    _, separator, rest = text.partition("://")
    return rest if separator else text.removeprefix("//")


@filter_tag("httpize")
def httpize(value: Any) -> str:
    """Adds `http:` where an address has no scheme."""
    text = str(value).strip()
    return text if not text or "://" in text else f"http://{_without_scheme(text)}"


@filter_tag("httpsize")
def httpsize(value: Any) -> str:
    """Makes the scheme `https:`."""
    text = str(value).strip()
    return f"https://{_without_scheme(text)}" if text else ""


@filter_tag("trim_slash")
def trim_slash(value: Any) -> str:
    """Without a slash at the end."""
    return str(value).rstrip("/")


@filter_tag("missing_image", "missing_product_image")
def missing_image(value: Any) -> str:
    """The address of a picture, or a placeholder where there is none."""
    return str(value).strip() or PLACEHOLDER
