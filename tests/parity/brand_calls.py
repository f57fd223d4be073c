"""Calls of operations on brands; see `calls`."""

from collections.abc import Callable
from typing import Any

from tests.brands.examples import BUTTON, LINKS, TEXT
from tests.parity.world import World, resource


def _logo(world: World) -> dict[str, Any]:
    body = resource("brand-logo", name=world.unique("Logo "), width=160, alt_text="Shop", link_url="https://s.example")
    body["data"]["relationships"] = {"image": {"data": {"type": "image", "id": world.image}}}
    return body


def _email_defaults(world: World) -> Any:
    body = resource(
        "brand-email-default", world.shop.public_id, body={"h1_text": TEXT}, header={"logo_max_width": None}
    )
    body["data"]["relationships"] = {
        kind: {"data": {"type": kind, "id": id}}
        for kind, id in (
            ("brand-button", world.brand_button),
            ("brand-logo", world.brand_logo),
            ("brand-social-group", world.brand_social_group),
        )
    }
    return world.sdk.Brands.update_brand_email_default(world.shop.public_id, body)


_EVERY = ["brand-button", "brand-logo", "brand-social-group"]
CALLS: dict[str, Callable[[World], Any]] = {
    "get_brand_logos": lambda w: w.brand_logo and w.sdk.Brands.get_brand_logos(include=["image"]),
    "get_brand_logo": lambda w: w.sdk.Brands.get_brand_logo(w.brand_logo, include=["image"]),
    "create_brand_logo": lambda w: w.sdk.Brands.create_brand_logo(_logo(w)),
    "update_brand_logo": lambda w: w.sdk.Brands.update_brand_logo(
        w.brand_logo, resource("brand-logo", w.brand_logo, alt_text=None, height=40)
    ),
    "delete_brand_logo": lambda w: w.sdk.Brands.delete_brand_logo(w.new_brand("brand-logo")),
    "get_brand_colors": lambda w: w.brand_color and w.sdk.Brands.get_brand_colors(),
    "get_brand_color": lambda w: w.sdk.Brands.get_brand_color(w.brand_color),
    "create_brand_color": lambda w: w.sdk.Brands.create_brand_color(
        resource("brand-color", name="Spring", colors=[{"hex": "#a1b2c3", "name": "Sky"}])
    ),
    "update_brand_color": lambda w: w.sdk.Brands.update_brand_color(
        w.brand_color, resource("brand-color", w.brand_color, colors=[{"hex": "#fff", "name": "Snow"}])
    ),
    "delete_brand_color": lambda w: w.sdk.Brands.delete_brand_color(w.new_brand("brand-color")),
    "get_brand_buttons": lambda w: w.brand_button and w.sdk.Brands.get_brand_buttons(),
    "get_brand_button": lambda w: w.sdk.Brands.get_brand_button(w.brand_button),
    "create_brand_button": lambda w: w.sdk.Brands.create_brand_button(
        resource("brand-button", name="Call", is_primary=True, preview_page_hex="#ffffff", **BUTTON)
    ),
    "update_brand_button": lambda w: w.sdk.Brands.update_brand_button(
        w.brand_button, resource("brand-button", w.brand_button, text=TEXT)
    ),
    "delete_brand_button": lambda w: w.sdk.Brands.delete_brand_button(w.new_brand("brand-button", **BUTTON)),
    "get_brand_social_groups": lambda w: w.brand_social_group and w.sdk.Brands.get_brand_social_groups(),
    "get_brand_social_group": lambda w: w.sdk.Brands.get_brand_social_group(w.brand_social_group),
    "create_brand_social_group": lambda w: w.sdk.Brands.create_brand_social_group(
        resource("brand-social-group", name="Footer", social_links=LINKS)
    ),
    "update_brand_social_group": lambda w: w.sdk.Brands.update_brand_social_group(
        w.brand_social_group, resource("brand-social-group", w.brand_social_group, social_links=LINKS[:1])
    ),
    "delete_brand_social_group": lambda w: w.sdk.Brands.delete_brand_social_group(
        w.new_brand("brand-social-group", social_links=[])
    ),
    "get_brand_voice": lambda w: w.sdk.Brands.get_brand_voice(w.shop.public_id),
    "update_brand_voice": lambda w: w.sdk.Brands.update_brand_voice(
        w.shop.public_id,
        resource("brand-voice", w.shop.public_id, tone_descriptors=[{"name": "Dry", "description": "Short words"}]),
    ),
    "get_brand_email_defaults": lambda w: w.sdk.Brands.get_brand_email_defaults(include=_EVERY),
    "get_brand_email_default": lambda w: w.sdk.Brands.get_brand_email_default(w.shop.public_id, include=_EVERY),
    "update_brand_email_default": _email_defaults,
}
