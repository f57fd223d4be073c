"""Files of images, as they are and as hostile people make them."""

import atexit
import shutil
import struct
import zlib
from base64 import b64encode
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from PIL import Image, PngImagePlugin

SECRET = b"of where it was taken"


def _picture(width: int = 40, height: int = 20, mode: str = "RGB") -> Image.Image:
    """Its left half is red, the right one blue."""
    picture = Image.new(mode, (width, height), "blue")
    picture.paste("red", (0, 0, width // 2, height))
    return picture


def _saved(picture: Image.Image, format: str, **options: Any) -> bytes:
    out = BytesIO()
    picture.save(out, format, **options)
    return out.getvalue()


def jpeg(*, orientation: int | None = None, **options: Any) -> bytes:
    """With places and a comment."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[2] = (47.0, 22.0, 30.0)
    if orientation:
        exif[0x0112] = orientation
    return _saved(_picture(), "JPEG", exif=exif, comment=SECRET, **{"quality": 95, **options})


def png(**options: Any) -> bytes:
    """With places and a text."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SECRET.decode())
    info.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    return _saved(_picture(), "PNG", pnginfo=info, exif=exif, **options)


def gif(frames: int = 3) -> bytes:
    """An animation with a comment."""
    further = [Image.new("RGB", (40, 20), (number, 0, 0)).convert("P") for number in range(1, frames)]
    first = _picture().convert("P")
    return _saved(first, "GIF", save_all=True, append_images=further, comment=SECRET, loop=0, duration=100)


def bomb_png(width: int = 50_000, height: int = 50_000) -> bytes:
    """A small file that is a wall of pixels when it is unpacked."""
    rows = zlib.compressobj(9)
    line = b"\0" + bytes((width + 7) // 8)
    packed = b"".join(rows.compress(line) for _ in range(min(height, 500))) + rows.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb_gif(frames: int = 450) -> bytes:
    """An animation of hundreds of pictures of 1000 × 1000 pixels each, which all repeat a few bytes."""
    whole = _saved(Image.new("P", (1000, 1000)), "GIF")
    begin = whole.index(b"\x2c\0\0\0\0")
    return whole[:-1] + whole[begin:-1] * (frames - 1) + b";"


def plain(width: int = 40, height: int = 20, format: str = "PNG") -> bytes:
    return _saved(_picture(width, height), format)


def svg() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@cache
def path() -> str:
    """Of a file, for clients that read it themselves."""
    folder = Path(mkdtemp(prefix="rapport-pictures-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "photo.jpg").write_bytes(jpeg())
    return str(folder / "photo.jpg")


def uri(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"


def opened(content: bytes) -> Image.Image:
    """Read to its end."""
    picture = Image.open(BytesIO(content))
    picture.load()
    return picture
