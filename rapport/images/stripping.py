"""Files of images without what is not the picture: places, cameras, comments, whatever follows the end.

The picture's own bytes are kept as they are, so nothing of its quality is lost. The formats: ITU-T T.81 annex B (JPEG),
the W3C's PNG (third edition), GIF89a.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass


class Unreadable(ValueError):
    """The file is not built as its format demands."""


@dataclass(frozen=True)
class Stripped:
    """`frames`: pictures that are shown one after the other."""

    content: bytes
    frames: int


def stripped(content: bytes, format: str) -> Stripped:
    """`format`: JPEG, PNG or GIF. Raises Unreadable."""
    return _BY_FORMAT[format](content)


# ---- JPEG

_JPEG_END = 0xD9
_JPEG_SCAN = 0xDA
# Markers without a length: restarts, and one for temporary use.
_JPEG_ALONE = frozenset([*range(0xD0, 0xD8), 0x01])
# In a scan, 0xFF is followed by 0 where it is data, and by a restart; by anything else where the scan is over.
_JPEG_SCAN_END = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
# Of the segments for applications and comments, those that say how colours are to be read.
_JPEG_KEPT = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}


def _jpeg(content: bytes) -> Stripped:
    kept, at = bytearray(b"\xff\xd8"), 2
    while True:
        at, marker = _jpeg_marker(content, at)
        kept += bytes((0xFF, marker))
        if marker == _JPEG_END:
            return Stripped(bytes(kept), 1)
        if marker in _JPEG_ALONE:
            continue
        length = int.from_bytes(_taken(content, at, 2))
        segment = _taken(content, at, length)
        at += length
        if length < 2 or not _is_jpeg_kept(marker, segment[2:]):
            del kept[-2:]
            if length < 2:
                raise Unreadable("a segment has no length")
            continue
        kept += segment
        if marker == _JPEG_SCAN:
            end = _jpeg_scan_end(content, at)
            kept += content[at:end]
            at = end


def _jpeg_marker(content: bytes, at: int) -> tuple[int, int]:
    """Where what follows the next marker begins, and the marker."""
    if _taken(content, at, 1) != b"\xff":
        raise Unreadable("a marker is missing")
    while _taken(content, at, 1) == b"\xff":
        at += 1
    return at + 1, content[at]


def _is_jpeg_kept(marker: int, payload: bytes) -> bool:
    if marker == 0xFE:
        return False
    return not 0xE0 <= marker <= 0xEF or (marker in _JPEG_KEPT and payload.startswith(_JPEG_KEPT[marker]))


def _jpeg_scan_end(content: bytes, at: int) -> int:
    end = _JPEG_SCAN_END.search(content, at)
    if end is None:
        raise Unreadable("the file ends inside the picture")
    return end.start()


# ---- PNG

_PNG_SIGNATURE = 8  # bytes
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD pHYs acTL fcTL fdAT".split()
)


def _png(content: bytes) -> Stripped:
    kept, at, kind, frames = bytearray(content[:_PNG_SIGNATURE]), _PNG_SIGNATURE, b"", 0
    while kind != b"IEND":
        length, kind = int.from_bytes(_taken(content, at, 4)), _taken(content, at + 4, 4)
        chunk = _taken(content, at, length + 12)
        at += length + 12
        frames += kind == b"fcTL"
        if kind in _PNG_KEPT:
            kept += chunk
    return Stripped(bytes(kept), max(1, frames))


# ---- GIF

_GIF_HEAD = 13  # bytes, the screen's description included
_GIF_PICTURE, _GIF_EXTENSION, _GIF_END = 0x2C, 0x21, 0x3B
_GIF_TIMING, _GIF_APPLICATION = 0xF9, 0xFF
# Applications that say how often an animation is repeated.
_GIF_REPEATS = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")


def _gif(content: bytes) -> Stripped:
    at = _GIF_HEAD + _gif_palette(_taken(content, 0, _GIF_HEAD)[10])
    kept, frames = bytearray(_taken(content, 0, at)), 0
    # Many end without saying so.
    while at < len(content) and content[at] != _GIF_END:
        begin = at
        if content[at] == _GIF_PICTURE:
            frames += 1
            at = _gif_blocks_end(content, at + 11 + _gif_palette(_taken(content, at, 10)[9]))
            kept += content[begin:at]
        elif content[at] == _GIF_EXTENSION:
            at = _gif_blocks_end(content, at + 2)
            if _is_gif_kept(content, begin):
                kept += content[begin:at]
        else:
            raise Unreadable("a block is of no known kind")
    kept.append(_GIF_END)
    return Stripped(bytes(kept), max(1, frames))


def _gif_palette(flags: int) -> int:
    """Bytes of the table of colours that these flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_blocks_end(content: bytes, at: int) -> int:
    while size := _taken(content, at, 1)[0]:
        at += size + 1
    return at + 1


def _is_gif_kept(content: bytes, at: int) -> bool:
    label = content[at + 1]
    return label == _GIF_TIMING or (label == _GIF_APPLICATION and content.startswith(_GIF_REPEATS, at + 2))


def _taken(content: bytes, at: int, length: int) -> bytes:
    part = content[at : at + length]
    if len(part) < length:
        raise Unreadable("the file ends too early")
    return part


_BY_FORMAT: dict[str, Callable[[bytes], Stripped]] = {"JPEG": _jpeg, "PNG": _png, "GIF": _gif}
