"""Where a block is drawn: what it needs to know of the page and of its column, and what it hands back to both."""

from dataclasses import dataclass, field, replace
from typing import Any

from rapport.templates.definition.fields import chosen
from rapport.templates.definition.nodes import Boxed, DisplayOptions
from rapport.templates.mjml.dark import DarkMode
from rapport.templates.mjml.letters import Letters, Looks, plain_looks, styled
from rapport.templates.mjml.markup import Slots, attribute_value, cell, css, element, table

DESKTOP_ONLY, PHONE_ONLY = "desktop", "phone"
SIDES = ("top", "right", "bottom", "left")


@dataclass(frozen=True)
class Page:
    """One mail that is being drawn."""

    slots: Slots = field(default_factory=Slots)
    dark: DarkMode = field(default_factory=DarkMode)
    looks: Looks = field(default_factory=plain_looks)


@dataclass(frozen=True)
class Place:
    """A column of the page. `width`: pixels inside it on a wide screen; `ground`: the color behind; `css_class`: of
    every element that the block puts into the column; `text`: the look of text here."""

    page: Page
    width: int
    ground: str
    text: Letters
    css_class: str = ""

    def row(self, styles: Boxed, html: str, look: Letters | None = None, *, on: str = "") -> str:
        """One row of the column with an author's HTML, or ours, in it. `on`: the color right behind its words."""
        look = look or self.text
        ink = self.page.dark.ink(look.color, on or self.ground_of(styles))
        # Phones show the template's own size in another; what has a size of its own keeps it.
        usual = "copy" if look.size == self.page.looks.text.size else ""
        attributes = {**look.attributes(), **self.box(styles, self.classes("side", "text", usual, ink))}
        return element("mj-text", attributes, self.page.slots.content(html))

    def box(self, styles: Boxed, css_class: str = "") -> dict[str, object]:
        """Attributes of an MJML element for the space and color around a block."""
        ground = chosen(styles.block_background_color, "")
        return {
            "padding": padding(styles, "block_padding_"),
            "container-background-color": ground,
            "css-class": " ".join(filter(None, (css_class or self.classes(), self.page.dark.ground(ground)))),
        }

    def ground_of(self, styles: Boxed) -> str:
        """The color behind a block."""
        return chosen(styles.block_background_color, "") or self.ground

    def classes(self, *names: str) -> str:
        return " ".join(filter(None, (self.css_class, *names)))

    def inner_width(self, styles: Boxed) -> int:
        """Pixels between the paddings of a block."""
        sides = ("block_padding_left", "block_padding_right", "inner_padding_left", "inner_padding_right")
        taken: int = sum(chosen(getattr(styles, side, None), 0) for side in sides)
        return max(20, self.width - taken)

    def content(self, html: str, look: Letters | None = None) -> str:
        """An author's HTML with the template's looks written onto its elements."""
        return styled(html, self.page.looks.of_elements(look or self.text))

    def framed(
        self, content: str, styles: Any, *, ground: str | None = None, edge: str | None = None, radius: int = 0
    ) -> str:
        """`content` inside the inner padding of a block, on a ground and in a border of its own where it has them."""
        has_padding = any(chosen(getattr(styles, f"inner_padding_{side}", None), 0) for side in SIDES)
        if not (ground or edge or has_padding):
            return content
        look = {"background-color": ground, "border": edge, "border-radius": f"{radius}px" if radius else None}
        style = css({"padding": padding(styles, "inner_padding_"), **look})
        return table(element("tr", {}, cell(content, style, css_class=self.page.dark.ground(ground))))

    def with_text(self, look: Letters) -> "Place":
        return replace(self, text=look)


def padding(styles: Any, prefix: str) -> str:
    return " ".join(f"{chosen(getattr(styles, prefix + side, None), 0)}px" for side in SIDES)


def border(styles: Any, prefix: str = "border_") -> str | None:
    """A CSS border; None where there is none."""
    width = chosen(getattr(styles, f"{prefix}width", None), 0)
    style = chosen(getattr(styles, f"{prefix}style", None), "solid")
    if not width or style == "none":
        return None
    return f"{width}px {style} {chosen(getattr(styles, f'{prefix}color', None), '#000000') or '#000000'}"


def link(href: str | None, content: str, style: str = "", **attributes: object) -> str:
    """`content` in a link; alone where the author gave none."""
    if not href:
        return content
    written = element("a", {"target": "_blank", **attributes, "style": style}, content)
    return written.replace("<a", f'<a href="{attribute_value(href)}"', 1)


def picture(src: str, alt: str, width: int | None = None, style: str = "") -> str:
    """An image of at most `width` pixels."""
    look = css({"display": "block", "border": "0", "width": "100%", "max-width": f"{width}px" if width else None})
    style = ";".join(filter(None, (look, style)))
    sizes = f' width="{width}"' if width else ""
    return f'<img src="{attribute_value(src)}" alt="{attribute_value(alt)}"{sizes} style="{style}">'


def shown(page: Page, options: DisplayOptions, drawn: str) -> str:
    """MJML that is shown when, and as often as, the options say."""
    opening, closing = conditions(options)
    if not opening:
        return drawn
    raw = [element("mj-raw", {}, page.slots.content(text)) for text in (opening, closing)]
    return raw[0] + drawn + raw[1]


def conditions(options: DisplayOptions) -> tuple[str, str]:
    """What stands before and behind a part that is not always shown, or more than once."""
    opening, closing = "", ""
    check = chosen(options.visibility, None)
    expression = chosen(check.check, "") if check else ""
    repeat = chosen(options.content_repeat, None)
    if repeat and repeat.repeat_for.strip():
        opening, closing = f"{{% for {repeat.item_alias} in {repeat.repeat_for} %}}", "{% endfor %}"
    for condition in (expression, chosen(options.visible_check, "")):
        if condition.strip():
            # Inside the repetition, so that it may ask about the item.
            opening, closing = f"{opening}{{% if {condition} %}}", f"{{% endif %}}{closing}"
    return opening, closing


def screen_class(options: Any) -> str:
    """The class of what only one kind of screen shows."""
    return {"desktop": DESKTOP_ONLY, "mobile": PHONE_ONLY}.get(chosen(options.show_on, "all"), "")
