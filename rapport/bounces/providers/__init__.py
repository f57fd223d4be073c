"""Mail providers whose webhooks tell what became of messages: a file for each, all of one shape.

Each has `read(body)`, which answers a `Told`, and raises ValueError, with a sentence, for what is not of that provider.
"""

from collections.abc import Callable

from rapport.bounces.providers import postmark, ses
from rapport.bounces.providers.told import Told

PROVIDERS: dict[str, Callable[[bytes], Told]] = {"ses": ses.read, "postmark": postmark.read}

__all__ = ["PROVIDERS", "Told"]
