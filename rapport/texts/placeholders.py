"""Placeholders such as `{{ organization.name }}` in texts: which there are, filled in, and refused where unknown."""

import re
from collections.abc import Mapping

from rapport.kit.refusals import Refused
from rapport.texts.words import ENGLISH, Group, usual_texts

# Known wherever a text stands.
ORGANIZATION = (
    "organization.name",
    "organization.url",
    "organization.email",
    "organization.phone",
    "organization.full_address",
    "organization.company",
)
# Known in every text of a group.
_OF_GROUP: Mapping[Group, tuple[str, ...]] = {
    "confirmation_mail": ("email",),
    "confirmation_page": ("email",),
    "unsubscribe_page": ("email",),
    "preference_page": ("email",),
}
MAX_LENGTH = 500
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
# What begins or ends something of the template language.
_SYNTAX = re.compile(r"\{[{%#]|[}%#]\}")


def placeholders_of(group: Group, name: str) -> tuple[str, ...]:
    """Those that a text may use: the organization's, the group's, and what the usual text fills in."""
    own = _PLACEHOLDER.findall(usual_texts(ENGLISH, group)[name])
    return tuple(dict.fromkeys((*ORGANIZATION, *_OF_GROUP.get(group, ()), *own)))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Plain text; whoever shows it escapes it."""
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)


def check(group: Group, name: str, text: str) -> str:
    """A text as it is stored. Raises Refused, pointing at it."""
    pointer = f"/data/attributes/texts/{name}"
    text = text.strip()
    if not text or len(text) > MAX_LENGTH:
        raise Refused(f"A text has 1 to {MAX_LENGTH} characters. Send null for the usual one.", pointer=pointer)
    if not text.isprintable():
        raise Refused("A text is one line, without tabs and other control characters.", pointer=pointer)
    allowed = placeholders_of(group, name)
    for match in _PLACEHOLDER.finditer(text):
        if match[1] not in allowed:
            known = ", ".join(f"{{{{ {placeholder} }}}}" for placeholder in allowed)
            where = f"{match[0]} at character {match.start() + 1}"
            raise Refused(f"{where} is no placeholder of this text. It may have: {known}.", pointer=pointer)
    # as long as what it stands for, so that the place told is that of the text as it was sent
    rest = _PLACEHOLDER.sub(lambda match: " " * len(match[0]), text)
    if stray := _SYNTAX.search(rest):
        detail = f"{stray[0]} at character {stray.start() + 1} belongs to no placeholder. Write one as {{{{ email }}}}."
        raise Refused(detail, pointer=pointer)
    return text
