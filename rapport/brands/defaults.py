"""A brand of which nothing was set yet: plain, legible, and with colours whose contrast is good on white."""

from typing import Any

VOICE_VERSION = "v1"
VOICE: dict[str, list[dict[str, Any]]] = {
    "tone_descriptors": [
        {"name": "Friendly", "description": "Warm and polite, as one speaks to a regular customer."},
        {"name": "Clear", "description": "Says what it is about first, in everyday words."},
    ],
    "language_patterns": [
        {"name": "Speaks to the reader", "description": "Uses “you” and the active voice."},
        {"name": "Short sentences", "description": "One thought a sentence; no jargon."},
    ],
}

_FONT = "Helvetica, Arial, sans-serif"
_INK, _GREY, _LINK, _WHITE, _CANVAS = "#222427", "#5c6066", "#1a5fb4", "#ffffff", "#f5f5f5"


def _text(size: int, weight: int = 400, color: str = _INK) -> dict[str, Any]:
    return {
        "color": color,
        "font_size": size,
        "font_style": "normal",
        "font_family": _FONT,
        "font_weight": weight,
        "letter_spacing": 0,
        "text_decoration": "none",
    }


def _link(color: str = _LINK, decoration: str = "underline") -> dict[str, Any]:
    return {"color": color, "font_style": "normal", "text_decoration": decoration}


EMAIL: dict[str, dict[str, Any]] = {
    "body": {
        "background_color": _WHITE,
        "body_background_color": _CANVAS,
        "text": _text(16),
        "h1_text": _text(32, 700),
        "h2_text": _text(26, 700),
        "h3_text": _text(20, 700),
        "h4_text": _text(16, 700),
        "link_text": _link(),
    },
    "header": {
        "background_color": _WHITE,
        "links": [],
        "link_text": _link(_INK, "none"),
        "logo_max_width": 160,
    },
    "footer": {
        "background_color": _CANVAS,
        "text": _text(12, color=_GREY),
        "link_text": _link(_GREY),
        "social_group_color": "default",
    },
}
