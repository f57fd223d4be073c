"""A mail in dark mode: light grounds become dark and what stands on them light, in programs that ask for it.

Only what has little color of its own is turned: a red button stays a red button, and what is dark stays dark. Each
color gets a class, and the sheet's rules say what the class is in the dark.
"""

import colorsys
import re

_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})$", re.IGNORECASE)
_NAMED = {"white": "#ffffff", "black": "#000000", "whitesmoke": "#f5f5f5", "gray": "#808080", "grey": "#808080"}
# How far red, green and blue of a color without color of its own are apart, and how much of that is left in the dark.
_NEUTRAL, _LEFT = 0.3, 0.5
_DARKEST, _LIGHTEST = 0.08, 0.94
_LIGHT_LINK = 0.75

_GROUND = ".{name},.{name}>table{{background:{color}!important}}"
_INKED = ("", " div", " p", " li", " td", " h1", " h2", " h3", " h4")
_INK = ",".join(f".{{name}}{inside}" for inside in _INKED) + "{{color:{color}!important}}"
_LINKS = ".{name} a:not(.own){{color:{link}!important}}"
_LINE = ".{name},.{name} p{{border-color:{color}!important}}"
_BUTTON = ".{name}>table>tbody>tr>td,.{name} a{{background:{ground}!important;color:{ink}!important}}"


class DarkMode:
    """Collects the colors of a mail; gives their classes and, in the end, the rules of these. `link`: the color of
    links."""

    def __init__(self, link: str | None = None) -> None:
        self._link = lightened(link or "#1155cc")
        self._rules: dict[str, str] = {}

    def ground(self, color: str | None) -> str:
        """Class of an element with this background; "" for one that stays as it is."""
        dark = dark_ground(color)
        return self._ruled(f"g{dark[1:]}", _GROUND, color=dark) if dark else ""

    def ink(self, color: str | None, ground: str | None) -> str:
        """Class of a text of this color on this ground; "" where it stays as it is."""
        light = turned(color or "") if dark_ground(ground or "#ffffff") else None
        return self._ruled(f"i{light[1:]}", f"{_INK}\n{_LINKS}", color=light, link=self._link) if light else ""

    def line(self, color: str | None, ground: str | None) -> str:
        """Class of an element whose border has this color."""
        dark = turned(color or "") if dark_ground(ground or "#ffffff") else None
        return self._ruled(f"l{dark[1:]}", _LINE, color=dark) if dark else ""

    def button(self, color: str, ink: str, ground: str) -> str:
        """Class of the block of a button that is black or white itself, on this ground."""
        turned_color, turned_ink = turned(color), turned(ink)
        if turned_color is None or turned_ink is None or dark_ground(ground) is None:
            return ""
        return self._ruled(f"b{turned_color[1:]}", _BUTTON, ground=turned_color, ink=turned_ink)

    def _ruled(self, name: str, rule: str, **colors: str) -> str:
        self._rules[name] = rule.format(name=name, **colors)
        return name

    def rules(self) -> str:
        return "\n".join(rule for _, rule in sorted(self._rules.items()))


def rgb(color: str) -> tuple[float, float, float] | None:
    """Red, green and blue from 0 to 1 of a color in hexadecimal or of a common name; None for others."""
    match = _HEX.match(_NAMED.get(color.lower(), color))
    if match is None:
        return None
    digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def turned(color: str) -> str | None:
    """Dark for a light color and light for a dark one; None for one that has color of its own."""
    parts = rgb(color)
    if parts is None or max(parts) - min(parts) > _NEUTRAL:
        return None
    hue, lightness, saturation = colorsys.rgb_to_hls(*parts)
    return _hex(hue, _DARKEST + (1 - lightness) * (_LIGHTEST - _DARKEST), saturation * _LEFT)


def dark_ground(color: str | None) -> str | None:
    """What a light background becomes; None for one that stays as it is."""
    parts = rgb(color or "")
    is_light = parts is not None and sum(parts) / 3 > 0.5
    return turned(color) if color and is_light else None


def lightened(color: str) -> str:
    """A color that can be read on a dark ground."""
    parts = rgb(color)
    if parts is None:
        return color
    hue, lightness, saturation = colorsys.rgb_to_hls(*parts)
    return _hex(hue, max(lightness, _LIGHT_LINK), saturation)


def _hex(hue: float, lightness: float, saturation: float) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, lightness, saturation))
