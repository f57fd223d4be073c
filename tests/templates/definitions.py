"""Definitions of drag-and-drop templates for tests."""

from typing import Any

from tests.conftest import Shop

Json = dict[str, Any]

KINDS = (
    "base-styles",
    "text-styles",
    "heading-1-styles",
    "heading-2-styles",
    "heading-3-styles",
    "heading-4-styles",
    "link-styles",
    "mobile-styles",
)


def definition(*sections: Json, styles: Json | None = None) -> Json:
    """A template of these sections. `styles`: what the kinds of styles say, by kind."""
    said = styles or {}
    return {
        "body": {"properties": {}, "styles": {"background_color": "#eef0f2", "width": 600}, "sections": list(sections)},
        "styles": [style(kind, said.get(kind, {})) for kind in KINDS],
    }


def style(kind: str, styles: Json) -> Json:
    properties = {"properties": {}} if kind in ("base-styles", "mobile-styles") else {}
    return {"style_type": kind, **properties, "styles": styles}


def section(
    *columns: list[Json], layout: str = "1-column-full-width", options: Json | None = None, **styles: Any
) -> Json:
    """A section of one row."""
    row = {
        "data": {"styles": {"column_layout": layout}},
        "columns": [{"blocks": blocks} for blocks in columns],
    }
    data = {"properties": {}, "display_options": options or {}, "styles": styles}
    return {"content_type": "section", "type": "section", "data": data, "rows": [row]}


def block(
    type: str,
    *,
    content: str | None = None,
    properties: Json | None = None,
    options: Json | None = None,
    subblocks: list[Json] | None = None,
    **styles: Any,
) -> Json:
    data: Json = {"display_options": options or {}}
    if type != "html":
        data["styles"] = styles
    if properties is not None:
        data["properties"] = properties
    if content is not None:
        data["content"] = content
    made: Json = {"content_type": "block", "type": type, "data": data}
    return made if subblocks is None else {**made, "subblocks": subblocks}


def text(content: str, options: Json | None = None, **styles: Any) -> Json:
    return block("text", content=content, options=options, **styles)


# One of each kind that stands by itself.
EACH = [
    block(
        "header",
        subblocks=[
            {"type": "header_link_bar_logo", "src": "https://shop.example/logo.png", "alt_text": "The shop"},
            {"type": "header_link_bar_button", "content": "New", "href": "https://shop.example/new?a=1&b=2"},
            {"type": "header_link_bar_image", "src": "https://shop.example/i.png", "show_on": "desktop"},
        ],
        desktop_layout="inline",
    ),
    text('<h1>Hi {{ first_name|default:"you" }}</h1><p>Words</p>', block_padding_top=20, inner_padding_left=9),
    block(
        "button",
        content="Buy",
        properties={"href": "https://shop.example/buy"},
        background_color="#c0392b",
        mobile_stretch_content=True,
    ),
    block("image", properties={"src": "https://shop.example/a.png", "alt_text": 'A "quoted" hat'}, width=200),
    block("image", properties={"dynamic": True, "src": "{{ event.image }}", "alt_text": None}),
    block("coupon", content="SAVE10", properties={"coupon": "spring"}),
    block("drop_shadow", shadow_color="dark"),
    block("horizontal_rule", border_width=2, border_color="#00aa00"),
    block("html", content="<p>As it is<br>written"),
    block("spacer", height=33),
    block(
        "social",
        properties={"show_labels": True},
        subblocks=[
            {"type": "social_link_icon", "link_type": "instagram", "link_url": "https://instagram.example/shop"},
            {"type": "social_link_spacer", "width": 4},
            {"type": "social_link_icon", "link_type": "custom", "custom_src": "https://shop.example/c.png"},
        ],
    ),
    block(
        "split",
        subblocks=[
            {"type": "table_text", "content": "<p>Left</p>"},
            {"type": "table_image", "src": "https://shop.example/right.png", "alt_text": "Right"},
        ],
        column_widths="30-70",
        mobile_stack_order="rtl",
    ),
    block(
        "table",
        properties={"dynamic": False, "num_columns": 2, "show_headers": True},
        subblocks=[
            {"type": "table_header", "content": "What"},
            {"type": "table_header", "content": "Price"},
            {"type": "table_text", "content": "Hat"},
            {"type": "table_html", "content": "<b>9</b>"},
        ],
    ),
    block(
        "product",
        properties={"dynamic": False, "show_button": True, "show_price": True},
        subblocks=[
            {
                "type": "product",
                "title": "Hat",
                "url": "https://shop.example/hat",
                "image_url": "https://shop.example/hat.png",
                "price": "$9",
                "button_text": "To the hat",
            }
        ],
        num_columns=2,
    ),
    block(
        "review",
        properties={"dynamic": False, "quote": "Warm", "author": "Ann", "stars": 4, "verified": True},
        text_area_bg_color="#f0f0f0",
    ),
    block("video", properties={"src": "https://shop.example/v.png", "href": "https://shop.example/v", "alt_text": "V"}),
]


def dragged(shop: Shop, *sections: Json, name: str = "Spring news") -> str:
    """The id of a new template of these sections, or of one with a text."""
    filled = sections or (section([text("Hello {{ first_name }}")]),)
    attributes = {"name": name, "editor_type": "SYSTEM_DRAGGABLE", "definition": definition(*filled)}
    answer = shop.http.post("/api/templates", json={"data": {"type": "template", "attributes": attributes}})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])
