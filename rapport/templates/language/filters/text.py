"""Filters on text. A value that is no text is first turned into one; growth is checked before it happens."""

import base64
import hashlib
import html
import re
from typing import Any

from django.template import defaultfilters

from rapport.templates.language.budget import check_length
from rapport.templates.language.errors import TemplateRenderError
from rapport.templates.language.registry import filter_tag, safe

_MAX_WIDTH = 1_000
_FORMAT = re.compile(r"[-+ #0]*(\d{0,3})(\.\d{1,2})?[diouxXeEfFgGcrsa]")


@filter_tag("strip", is_safe=True)
def strip(value: Any) -> str:
    """Without white space at both ends."""
    return str(value).strip()


@filter_tag("lstrip", is_safe=True)
def lstrip(value: Any) -> str:
    """Without white space at the start."""
    return str(value).lstrip()


@filter_tag("rstrip", is_safe=True)
def rstrip(value: Any) -> str:
    """Without white space at the end."""
    return str(value).rstrip()


@filter_tag("strip_newlines", is_safe=True)
def strip_newlines(value: Any) -> str:
    """Without line breaks."""
    return re.sub(r"[\r\n]+", "", str(value))


@filter_tag("truncate", is_safe=True)
def truncate(value: Any, length: Any = 50) -> str:
    """At most `length` characters, the last of them an ellipsis."""
    return str(defaultfilters.truncatechars(str(value), length))


@filter_tag("append")
def append(value: Any, tail: Any) -> str:
    """`value` and then `tail`."""
    return f"{value}{tail}"


@filter_tag("prepend")
def prepend(value: Any, head: Any) -> str:
    """`head` and then `value`."""
    return f"{head}{value}"


def _replace(text: str, old: str, new: str) -> str:
    """Checks the size first: each of a thousand characters may become a thousand."""
    if not old:
        return text
    check_length(len(text) + text.count(old) * max(0, len(new) - len(old)))
    return text.replace(old, new)


def _pair(argument: Any) -> tuple[str, str]:
    """`"old|new"`; without a pipe `new` is empty."""
    old, _, new = str(argument).partition("|")
    return old, new


@filter_tag("find_replace")
def find_replace(value: Any, argument: Any) -> str:
    """Each `old` becomes `new`, written as one argument: `"old|new"`."""
    return _replace(str(value), *_pair(argument))


@filter_tag("replace_first")
def replace_first(value: Any, argument: Any) -> str:
    """The first `old` becomes `new` (`"old|new"`)."""
    old, new = _pair(argument)
    return str(value).replace(old, new, 1) if old else str(value)


@filter_tag("replace_last")
def replace_last(value: Any, argument: Any) -> str:
    """The last `old` becomes `new` (`"old|new"`)."""
    old, new = _pair(argument)
    head, matched, tail = str(value).rpartition(old) if old else ("", "", str(value))
    return f"{head}{new}{tail}" if matched else str(value)


@filter_tag("remove")
def remove(value: Any, part: Any) -> str:
    """Without any `part`."""
    return _replace(str(value), str(part), "")


@filter_tag("remove_first")
def remove_first(value: Any, part: Any) -> str:
    """Without the first `part`."""
    return str(value).replace(str(part), "", 1)


@filter_tag("remove_last")
def remove_last(value: Any, part: Any) -> str:
    """Without the last `part`."""
    return replace_last(value, f"{part}|") if "|" not in str(part) else str(value)


@filter_tag("escape_once")
def escape_once(value: Any) -> str:
    """Escaped, but entities that are there already stay as they are."""
    return safe(html.escape(html.unescape(str(value))))


@filter_tag("add")
def add(value: Any, other: Any) -> Any:
    """The sum of two whole numbers, or two texts or lists joined; decimals are cut off (as in Django)."""
    if isinstance(value, (str, list)):
        check_length(len(value) + len(str(other)))
    return defaultfilters.add(value, other)


@filter_tag("stringformat", is_safe=True)
def stringformat(value: Any, pattern: Any) -> str:
    """A printf pattern without its `%`: `"05.2f"`; widths up to 999."""
    if _FORMAT.fullmatch(str(pattern)) is None:
        return ""
    return str(defaultfilters.stringformat(value, str(pattern)))


def _width(width: Any) -> int:
    number = int(width)
    if number > _MAX_WIDTH:
        raise TemplateRenderError(f"A width may be at most {_MAX_WIDTH}.")
    return number


@filter_tag("ljust", is_safe=True)
def ljust(value: Any, width: Any) -> str:
    """Filled with spaces on the right."""
    return str(value).ljust(_width(width))


@filter_tag("rjust", is_safe=True)
def rjust(value: Any, width: Any) -> str:
    """Filled with spaces on the left."""
    return str(value).rjust(_width(width))


@filter_tag("center", is_safe=True)
def center(value: Any, width: Any) -> str:
    """Filled with spaces on both sides."""
    return str(value).center(_width(width))


@filter_tag("base64_encode")
def base64_encode(value: Any) -> str:
    """UTF-8 in base64."""
    return base64.b64encode(str(value).encode()).decode()


@filter_tag("base64_url_safe_encode")
def base64_url_safe_encode(value: Any) -> str:
    """UTF-8 in base64 with `-` and `_`."""
    return base64.urlsafe_b64encode(str(value).encode()).decode()


def _decoded(value: Any, alternatives: bytes | None) -> str:
    data = str(value).encode()
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4), alternatives).decode(errors="replace")
    except ValueError:
        return ""


@filter_tag("base64_decode")
def base64_decode(value: Any) -> str:
    """The text in base64; what is none prints nothing."""
    return _decoded(value, None)


@filter_tag("base64_url_safe_decode")
def base64_url_safe_decode(value: Any) -> str:
    """The text in URL-safe base64; what is none prints nothing."""
    return _decoded(value, b"-_")


@filter_tag("md5_hash")
def md5_hash(value: Any) -> str:
    """MD5 in hex; for ids, not for security."""
    return hashlib.md5(str(value).encode(), usedforsecurity=False).hexdigest()


@filter_tag("sha_1")
def sha_1(value: Any) -> str:
    """SHA-1 in hex; for ids, not for security."""
    return hashlib.sha1(str(value).encode(), usedforsecurity=False).hexdigest()


@filter_tag("sha_256")
def sha_256(value: Any) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(str(value).encode()).hexdigest()
