"""What the tests make of a brand."""

from typing import Any

Json = dict[str, Any]
TEXT: Json = {
    "color": "#ffffff",
    "font_size": 16,
    "font_style": "normal",
    "font_family": "Georgia, serif",
    "font_weight": 700,
    "letter_spacing": "0.5px",
    "text_decoration": "none",
}
LINK: Json = {"color": "#112233", "font_style": "normal", "text_decoration": "underline"}
BUTTON: Json = {
    "style": {"background_color": "#aa0000", "border_radius": 4, "box_shadow": "0 1px 2px #00000033"},
    "border": {"border_color": "#000", "border_style": "solid", "border_width": 1, "is_border_active": True},
    "spacing": {"padding_top": 8, "padding_right": 16, "padding_bottom": 8, "padding_left": 16},
    "text": TEXT,
}
LINKS: list[Json] = [
    {"platform": "x_twitter", "link_url": "https://x.com/shop"},
    {
        "platform": "custom",
        "link_url": "https://video.example/shop",
        "asset_url": "https://a.example/v.png",
        "width": 24,
    },
]
