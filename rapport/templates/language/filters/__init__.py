"""The filters: Django's that are safe and bounded, and those of messages (behaviour-messaging 3.8)."""

from rapport.templates.language.filters import builtin, dates, lists, numbers, text, urls
from rapport.templates.language.registry import FILTERS

__all__ = ["FILTERS", "builtin", "dates", "lists", "numbers", "text", "urls"]
