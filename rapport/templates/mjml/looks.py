"""The styles of a template: how its text looks, and what is different on phones."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rapport.templates.definition.fields import chosen
from rapport.templates.definition.styles import (
    Heading1Styles,
    Heading2Styles,
    Heading3Styles,
    Heading4Styles,
    HeadingLook,
    LinkStyles,
    MobileStyles,
    Style,
    TextLook,
    TextStyles,
)
from rapport.templates.mjml.letters import Looks, letters, plain_looks
from rapport.templates.mjml.markup import css, px

_HEADINGS = {Heading1Styles: "h1", Heading2Styles: "h2", Heading3Styles: "h3", Heading4Styles: "h4"}
# What phones show in another way, whatever a template says. Pictures, buttons and cells are as wide as the screen.
_ALWAYS = """.desktop{display:none!important;max-height:0!important;overflow:hidden!important}
.stack{display:block!important;width:auto!important}
.stack+.stack{padding-left:0!important;padding-top:16px!important}
.wide>table{width:100%!important}
.wide>table a{display:block!important}"""


def looks_of(styles: Sequence[Style]) -> Looks:
    """What the records of `styles` say, over the looks of a template that says nothing."""
    looks = plain_looks()
    said = {type(style): style.styles for style in styles}
    text = letters(said.get(TextStyles), base=looks.text)
    link = letters(said.get(LinkStyles), base=looks.link)
    headings, below = dict(looks.headings), dict(looks.below)
    for name in headings:
        headings[name] = replace(headings[name], family=text.family, color=text.color)
    for style in styles:
        if isinstance(style, (Heading1Styles, Heading2Styles, Heading3Styles, Heading4Styles)):
            name = _HEADINGS[type(style)]
            headings[name] = letters(style.styles, base=headings[name])
            below[name] = chosen(style.styles.margin_bottom, below[name])
    return Looks(text, headings, below, link)


def phone_rules(styles: Sequence[Style]) -> str:
    """CSS rules for small screens."""
    return "\n".join([_ALWAYS, *(rule for style in styles for rule in _rules(style))])


def _rules(style: Style) -> list[str]:
    if isinstance(style, MobileStyles):
        return _paddings(style)
    if isinstance(style, TextStyles):
        return _letters(".copy div,.copy p,.copy li", style.styles)
    if isinstance(style, (Heading1Styles, Heading2Styles, Heading3Styles, Heading4Styles)):
        return _letters(f".text {_HEADINGS[type(style)]}", style.styles)
    return []


def _letters(names: str, look: TextLook | HeadingLook) -> list[str]:
    size, height = chosen(look.mobile_font_size, 0), chosen(look.mobile_line_height, 0.0)
    return _rule(names, {"font-size": px(size or None), "line-height": height or None})


def _paddings(style: MobileStyles) -> list[str]:
    said = style.styles
    sides = {
        "padding-left": px(chosen(said.mobile_block_padding_left, None)),
        "padding-right": px(chosen(said.mobile_block_padding_right, None)),
    }
    page = {
        f"padding-{side}": px(chosen(getattr(said, f"mobile_padding_{side}"), None))
        for side in ("top", "right", "bottom", "left")
    }
    return [*_rule(".side", sides), *_rule(".page", page)]


def _rule(names: str, declarations: Mapping[str, object]) -> list[str]:
    written = css({key: f"{value}!important" for key, value in declarations.items() if value is not None})
    return [f"{names}{{{written}}}"] if written else []
