"""What is to be mended in a finished mail, read as a mail program reads it. Nothing here knows a database."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rapport.previews.reading import Link, Reading, read
from rapport.previews.types import Finding
from rapport.templates.mail_support import elements_not_shown
from rapport.templates.mjml.dark import rgb

# Gmail cuts a mail here, and with it the way to unsubscribe.
CUT_AT = 102 * 1024
_NEARLY = 0.8
# Of the Web Content Accessibility Guidelines, 2.2 AA.
_CONTRAST, _CONTRAST_LARGE = 4.5, 3.0
_LARGE, _LARGE_BOLD = 24.0, 18.66
_NOWHERE = re.compile(r"(#|https?://|javascript:.*)?", re.IGNORECASE)
_OWN = re.compile(r"#(unsubscribe|preferences|web-view)")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Mail:
    """What is checked. `has_way_out`: whether its author offers one; `address`: the account's, by its parts."""

    subject: str
    html: str
    text: str
    has_way_out: bool
    transactional: bool
    address: Mapping[str, str]


def check(mail: Mail) -> list[Finding]:
    """Problems first."""
    reading = read(mail.html)
    found = [
        *_subject(mail),
        *_size(mail),
        *_alt_texts(reading),
        *_links(reading),
        *_contrast(reading),
        *_not_shown(reading),
        *([] if mail.transactional else _legal(mail)),
    ]
    return sorted(found, key=lambda finding: finding.severity)


def _subject(mail: Mail) -> Iterator[Finding]:
    if not mail.subject.strip():
        yield Finding("subject", "problem", "The mail has no subject.")


def _size(mail: Mail) -> Iterator[Finding]:
    size = len(mail.html.encode())
    shown = f"{size / 1024:.0f} KB"
    if size > CUT_AT:
        detail = f"The HTML has {shown}. Gmail cuts a mail at 102 KB, and hides what follows. Take something out."
        yield Finding("size", "problem", detail, shown)
    elif size > CUT_AT * _NEARLY:
        yield Finding("size", "warning", f"The HTML has {shown}. Gmail cuts a mail at 102 KB.", shown)


def _alt_texts(reading: Reading) -> Iterator[Finding]:
    missing = [picture.src for picture in reading.pictures if picture.alt is None]
    if missing:
        detail = "A picture has no alternative text. Say what it shows, or give it an empty one if it only decorates."
        yield Finding("alt-text", "problem", detail, _short(missing[0]), len(missing))


def _links(reading: Reading) -> Iterator[Finding]:
    silent = [link.href for link in reading.links if not link.says_something]
    if silent:
        detail = "A link has no text, so whoever hears the mail read out does not know where it leads."
        yield Finding("link-text", "problem", detail, _short(silent[0]), len(silent))
    nowhere = [link for link in reading.links if _leads_nowhere(link)]
    if nowhere:
        yield Finding("link-target", "problem", "A link leads nowhere.", _short(nowhere[0].words), len(nowhere))


def _leads_nowhere(link: Link) -> bool:
    return bool(_NOWHERE.fullmatch(link.href.strip())) and not _OWN.match(link.href)


def _contrast(reading: Reading) -> Iterator[Finding]:
    faint: dict[tuple[str, str], list[str]] = {}
    for words in reading.words:
        ratio = contrast(words.ink, words.ground)
        is_large = words.size >= _LARGE or (words.bold and words.size >= _LARGE_BOLD)
        if ratio is not None and ratio < (_CONTRAST_LARGE if is_large else _CONTRAST):
            faint.setdefault((words.ink, words.ground), []).append(words.text)
    for (ink, ground), texts in faint.items():
        ratio = contrast(ink, ground) or 0
        detail = (
            f"Text in {ink} on {ground} is hard to read: its contrast is {ratio:.1f}, and should be at least 4.5, or 3 "
            "for large letters. Make one of them darker or lighter."
        )
        yield Finding("contrast", "warning", detail, _short(texts[0]), len(texts))


def contrast(ink: str, ground: str) -> float | None:
    """From 1 to 21; None where a color is not known."""
    lights = [_luminance(color) for color in (ink, ground)]
    if lights[0] is None or lights[1] is None:
        return None
    low, high = sorted((lights[0], lights[1]))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float | None:
    parts = rgb(color)
    if parts is None:
        return None
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _not_shown(reading: Reading) -> Iterator[Finding]:
    for name, (count, programs) in elements_not_shown(reading.elements).items():
        detail = f"<{name}> is not shown by {programs}. Put a picture with a link, or plain text, in its place."
        yield Finding("element", "problem", detail, f"<{name}>", count)


def _legal(mail: Mail) -> Iterator[Finding]:
    if not mail.has_way_out:
        detail = "The mail has no way to unsubscribe, so a line with one is added at its end. Put one where it fits."
        yield Finding("unsubscribe", "warning", detail)
    street = mail.address.get("address1", "").strip()
    if not street:
        detail = "The account has no postal address, which most countries want in marketing mail. Set one."
        yield Finding("postal-address", "problem", detail)
    elif _plain(street) not in _plain(mail.text):
        detail = "The mail does not hold the account's postal address. Put {{ organization.full_address }} into it."
        yield Finding("postal-address", "problem", detail)


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).casefold()


def _short(text: str) -> str:
    words = _SPACE.sub(" ", text).strip()
    return words if len(words) <= 60 else words[:59] + "…"
