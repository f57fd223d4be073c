"""Drawing a picture that fills a block."""

from typing import Any

from rapport.templates.definition.fields import Words, chosen
from rapport.templates.mjml.markup import element
from rapport.templates.mjml.place import SIDES, Place, border


def draw_picture(place: Place, styles: Any, *, src: Words, href: Words, alt: Words) -> str:
    """An image in the width of its place, or in its own; without an address nothing."""
    if not chosen(src, "").strip():
        return ""
    slots = place.page.slots
    room = place.inner_width(styles)
    # What is both inside and around it can be one padding, for a picture has no ground that it could show.
    paddings = [
        chosen(getattr(styles, f"block_padding_{side}"), 0) + chosen(getattr(styles, f"inner_padding_{side}"), 0)
        for side in SIDES
    ]
    ground = chosen(styles.background_color, "") or chosen(styles.block_background_color, "")
    wanted = min(chosen(styles.width, 0) or room, chosen(styles.max_width, 0) or room, room)
    attributes = {
        **place.box(styles, place.classes(place.page.dark.ground(ground))),
        "padding": " ".join(f"{side}px" for side in paddings),
        "container-background-color": ground,
        "src": slots.value(chosen(src, "")),
        "alt": slots.value(chosen(alt, "")),
        "href": slots.value(chosen(href, "")) if chosen(href, "") else None,
        "align": chosen(styles.align, "center"),
        "width": f"{wanted}px",
        "fluid-on-mobile": "true" if chosen(styles.full_width_mobile, False) else None,
        "border": border(styles, "block_border_") or border(styles),
    }
    return element("mj-image", attributes)
