"""A whole definition as HTML: sections and rows become MJML, its blocks are drawn into their columns, and the result is
compiled. Tags of the template language are still in it; they are filled in for each recipient.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import mrml

from rapport.templates.definition.blocks import DRAWN, Block
from rapport.templates.definition.fields import chosen
from rapport.templates.definition.layout import Column, Row, Section, SectionStyles, TemplateDefinition
from rapport.templates.definition.styles import BaseLook, BaseStyles
from rapport.templates.mjml.dark import DarkMode, dark_ground
from rapport.templates.mjml.looks import looks_of, phone_rules
from rapport.templates.mjml.markup import element, with_sorted_classes
from rapport.templates.mjml.place import Page, Place, border, padding, screen_class, shown

WIDTH = 600
_WHITE = "#ffffff"
_LAYOUTS = {
    "1-column-full-width": (100.0,),
    "2-columns-equal-width": (50.0, 50.0),
    "2-columns-25%-75%": (25.0, 75.0),
    "2-columns-33%-67%": (33.33, 66.67),
    "2-columns-67%-33%": (66.67, 33.33),
    "2-columns-75%-25%": (75.0, 25.0),
    "3-columns-equal-width": (33.33, 33.33, 33.33),
    "3-columns-25%-25%-50%": (25.0, 25.0, 50.0),
    "3-columns-25%-50%-25%": (25.0, 50.0, 25.0),
    "3-columns-50%-25%-25%": (50.0, 25.0, 25.0),
    "4-columns-equal-width": (25.0, 25.0, 25.0, 25.0),
}
# Programs are told that the mail has a light and a dark look. Outlook for Windows knows no rules for screens, so what
# is for phones alone is hidden from it by its own rule.
_HEAD = (
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
    '<meta name="format-detection" content="telephone=no,address=no,email=no,date=no,url=no">'
    "<!--[if mso]><style>.phone,.phone *,.phone-outlook,.phone-outlook *{mso-hide:all}</style><![endif]-->"
)

# Of the account, for whoever hears the mail read out.
_LANGUAGE = "{{ organization.locale|default:'en' }}"
_COLUMN_RULES = re.compile(r'<style type="text/css">@media[^<]*mj-column-per[^<]*</style>')

Universal = Mapping[str, Block | Section]
"""Universal content by its id."""


@dataclass(frozen=True)
class _Sheet:
    """What all sections of a page share."""

    page: Page
    universal: Universal
    width: int
    ground: str
    base: BaseLook


def html_of(definition: TemplateDefinition, universal: Universal) -> str:
    """The definition as a template of HTML. What is shown of universal content that is gone is nothing."""
    sheet = _sheet(definition, universal)
    sections = chosen(definition.body.sections, [])
    drawn = "".join(
        _section(section, sheet, is_first=number == 0, is_last=number == len(sections) - 1)
        for number, section in enumerate(sections)
    )
    return _compiled(definition, sheet, drawn)


def fragment_of(part: Block | Section, width: int) -> str:
    """Universal content alone, as it stands in HTML that somebody wrote: tables, without a head or a body."""
    sheet = _Sheet(Page(), {}, width, "", BaseLook())
    place = Place(sheet.page, width, _WHITE, sheet.page.looks.text)
    if isinstance(part, Section):
        drawn = _section(part, sheet, is_first=False, is_last=False)
    else:
        column = element("mj-column", {"width": "100%"}, _block(part, place, sheet))
        drawn = element("mj-section", {"padding": "0"}, column)
    mark = sheet.page.slots.content("")
    raw = element("mj-raw", {}, mark)
    body = element("mj-body", {"width": f"{width}px"}, raw, drawn, raw)
    html = with_sorted_classes(mrml.to_html(element("mjml", {"lang": "en"}, body)).content)
    # Columns stand side by side by rules of the head, which the HTML around this has not.
    rules = "".join(_COLUMN_RULES.findall(html)) if isinstance(part, Section) else ""
    return rules + sheet.page.slots.filled(html.split(mark)[1])


def _sheet(definition: TemplateDefinition, universal: Universal) -> _Sheet:
    styles = chosen(definition.styles, [])
    base = next((style.styles for style in styles if isinstance(style, BaseStyles)), BaseLook())
    width = chosen(definition.body.styles.width, 0) or WIDTH
    ground = chosen(base.content_background_color, "") or _WHITE
    looks = looks_of(styles)
    page = Page(looks=looks, dark=DarkMode(looks.link.color))
    return _Sheet(page, universal, width, ground, base)


def _compiled(definition: TemplateDefinition, sheet: _Sheet, drawn: str) -> str:
    page = sheet.page
    outside = chosen(definition.body.styles.background_color, "") or sheet.ground
    names = ("page", page.dark.ground(outside), chosen(definition.body.properties.css_class, ""))
    classes = " ".join(filter(None, names))
    above = chosen(sheet.base.margin_top, 0)
    space = _space(above) if above else ""
    body = element(
        "mj-body", {"width": f"{sheet.width}px", "background-color": outside, "css-class": classes}, space, drawn
    )
    head = element(
        "mj-head",
        {},
        element("mj-attributes", {}, '<mj-all padding="0"/>', element("mj-text", {"line-height": "1.5"})),
        element("mj-raw", {}, page.slots.content(_HEAD)),
        element("mj-style", {}, page.slots.content(_rules(definition, page, outside))),
    )
    html = mrml.to_html(element("mjml", {"lang": page.slots.content(_LANGUAGE)}, head, body)).content
    return page.slots.filled(with_sorted_classes(html))


def _rules(definition: TemplateDefinition, page: Page, outside: str) -> str:
    dark = page.dark.rules()
    if dark_ground(outside):
        dark += f"\nbody{{background:{dark_ground(outside)}!important}}"
    return "\n".join(
        (
            ":root{color-scheme:light dark;supported-color-schemes:light dark}",
            "@media (min-width:480px){.phone{display:none!important}}",
            f"@media (max-width:479px){{\n{phone_rules(chosen(definition.styles, []))}\n}}",
            f"@media (prefers-color-scheme:dark){{\n{dark}\n}}",
        )
    )


def _space(height: int) -> str:
    spacer = element("mj-spacer", {"height": f"{height}px"})
    return element("mj-section", {}, element("mj-column", {}, spacer))


def _section(section: Section, sheet: _Sheet, *, is_first: bool, is_last: bool) -> str:
    section = _own_or_universal(section, sheet)
    rows = chosen(section.rows, [])
    styles = section.data.styles
    place = _place_in(styles, sheet, screen_class(section.data.display_options))
    drawn = [_row(row, styles, place, sheet) for row in rows]
    edges = _edges(sheet.base, is_first=is_first, is_last=is_last)
    around = {**_ground(styles, place), **edges, "padding": padding(styles, "inner_padding_")}
    if len(drawn) == 1:
        columns, attributes = drawn[0]
        html = element("mj-section", {**around, **attributes}, columns)
    else:
        inner = (element("mj-section", attributes, columns) for columns, attributes in drawn)
        html = element("mj-wrapper", around, *inner)
    return shown(sheet.page, section.data.display_options, html) if drawn else ""


def _own_or_universal(section: Section, sheet: _Sheet) -> Section:
    id = chosen(section.universal_id, "")
    other = sheet.universal.get(id) if id else section
    return other if isinstance(other, Section) else Section(content_type="section", data=section.data, rows=[])


def _place_in(styles: SectionStyles, sheet: _Sheet, css_class: str) -> Place:
    ground = chosen(styles.background_color, "") or sheet.ground
    text = sheet.page.looks.text
    if chosen(styles.content_color_type, "none") == "section" and chosen(styles.content_color, ""):
        text = replace(text, color=chosen(styles.content_color, ""))
    taken = chosen(styles.inner_padding_left, 0) + chosen(styles.inner_padding_right, 0)
    return Place(sheet.page, max(40, sheet.width - taken), ground, text, css_class)


def _ground(styles: SectionStyles, place: Place) -> dict[str, object]:
    """Attributes of what is behind a section."""
    dark = place.page.dark.ground(place.ground)
    attributes: dict[str, object] = {
        "background-color": place.ground,
        "css-class": place.classes(dark),
        "full-width": "full-width" if chosen(styles.background_image_full_width, False) else None,
        "border": border(styles),
    }
    url = chosen(styles.background_url, "")
    if not url:
        return attributes
    size = chosen(styles.background_format, "cover")
    return {
        **attributes,
        "background-url": place.page.slots.value(_in_css(url)),
        "background-size": size if size in ("auto", "contain", "cover") else "auto",
        "background-repeat": "repeat" if chosen(styles.background_repeat, size == "repeat") else "no-repeat",
        "background-position": chosen(styles.background_position, "center-center").replace("-", " "),
    }


def _in_css(url: str) -> str:
    """An address as it stands in `url('…')`."""
    return url.replace("'", "%27").replace("(", "%28").replace(")", "%29")


def _edges(base: BaseLook, *, is_first: bool, is_last: bool) -> dict[str, object]:
    """A border around all sections, piece by piece."""
    edge, radius = border(base), chosen(base.border_radius, 0)
    if edge is None and not radius:
        return {}
    sides = {"left": True, "right": True, "top": is_first, "bottom": is_last}
    corners = [radius if at_end else 0 for at_end in (is_first, is_first, is_last, is_last)]
    borders: dict[str, object] = {f"border-{side}": edge for side, has_edge in sides.items() if has_edge and edge}
    return {**borders, "border-radius": " ".join(f"{corner}px" for corner in corners) if any(corners) else None}


def _row(row: Row, styles: SectionStyles, place: Place, sheet: _Sheet) -> tuple[str, dict[str, object]]:
    """The columns of a row, and the attributes of what holds them."""
    columns = chosen(row.columns, [])
    shares = _shares(row, len(columns))
    stacks = chosen(styles.stack_on_mobile, True) and chosen(styles.column_direction, "ltr") != "no-stack"
    align = chosen(styles.column_align, "top").replace("baseline", "bottom")
    drawn = [_column(column, share, align, place, sheet) for column, share in zip(columns, shares, strict=True)]
    # Phones show columns in the order of the source; written from right to left they look the same on wide screens.
    reverse = chosen(styles.column_direction, "ltr") == "rtl"
    html = "".join(reversed(drawn) if reverse else drawn)
    direction: dict[str, object] = {"direction": "rtl"} if reverse else {}
    return (html if stacks or len(columns) < 2 else element("mj-group", {}, html)), direction


def _shares(row: Row, count: int) -> Sequence[float]:
    """Per cent of each column; where their number is not that of the layout, all are equal."""
    shares = _LAYOUTS[chosen(row.data.styles.column_layout, "1-column-full-width")]
    return shares if len(shares) == count else [round(100 / count, 2)] * count if count else []


def _column(column: Column, share: float, align: str, place: Place, sheet: _Sheet) -> str:
    inside = replace(place, width=max(20, int(place.width * share / 100)), css_class="")
    blocks = (_block(block, inside, sheet) for block in chosen(column.blocks, []))
    return element("mj-column", {"width": f"{share:g}%", "vertical-align": align}, *blocks)


def _block(block: Block, place: Place, sheet: _Sheet) -> str:
    id = chosen(block.universal_id, "")
    other = sheet.universal.get(id) if id else block
    if other is None or isinstance(other, Section):
        return ""
    options = other.data.display_options
    drawn = DRAWN[type(other)](other, replace(place, css_class=screen_class(options)))
    return shown(sheet.page, options, drawn) if drawn else ""
