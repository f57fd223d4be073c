"""Images as Pillow reads them."""

import warnings
from io import BytesIO

from PIL import Image, ImageOps, JpegImagePlugin

from rapport.images.examining import Examined
from rapport.images.stripping import stripped
from rapport.kit.refusals import Refused

# pixels of one picture, and of all those of an animation together
_MOST_PIXELS = 40_000_000
_MOST_ANIMATED = 10 * _MOST_PIXELS
# pixels of a thumbnail's longer side
THUMBNAIL = 320
_FORMATS = ("JPEG", "PNG", "GIF")
# As Pillow calls a JPEG that holds further pictures, of which the first is shown.
_SEVERAL = "MPO"
_ORIENTATION = 0x0112
_UPRIGHT, _TURNED = 1, range(2, 9)


def read(content: bytes) -> Examined:
    """The image without its metadata, turned upright. Raises Refused for what is none."""
    # Pillow's own guard, which looks at each picture's size before it is unpacked.
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _examined(content)
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused(f"An image has at most {_MOST_PIXELS:,} pixels. Save it in a smaller size.") from error
    except Exception as error:
        # A hostile file makes the readers fail in every way there is.
        raise Refused("The file is not an image of the format jpeg, png or gif, or it is damaged.") from error


def _examined(content: bytes) -> Examined:
    with Image.open(BytesIO(content), formats=_FORMATS) as image:
        format = "JPEG" if image.format == _SEVERAL else str(image.format)
        upright = _turned(image) if format == "JPEG" and _is_turned(image) else content
    bare = stripped(upright, format)
    with Image.open(BytesIO(bare.content), formats=_FORMATS) as image:
        width, height = image.size
        _check_animation(image.size, bare.frames)
        return Examined(format.lower(), width, height, bare.content, _thumbnail(image, format))


def _check_animation(size: tuple[int, int], frames: int) -> None:
    if size[0] * size[1] * frames > _MOST_ANIMATED:
        raise Refused(f"The animation has {frames:,} pictures of {size[0]} × {size[1]} pixels; that is too much.")


def _is_turned(image: Image.Image) -> bool:
    """As far as the metadata can be read: what programs leave there is often damaged, and goes anyway."""
    try:
        return image.getexif().get(_ORIENTATION, _UPRIGHT) in _TURNED
    except Exception:
        return False


def _turned(image: Image.Image) -> bytes:
    """Upright, for what says how it is to be turned goes with the metadata; compressed as finely as it was."""
    assert isinstance(image, JpegImagePlugin.JpegImageFile)
    tables, sampling = image.quantization, JpegImagePlugin.get_sampling(image)
    turned, out = ImageOps.exif_transpose(image), BytesIO()
    turned.save(
        out, "JPEG", qtables=tables, subsampling=max(sampling, 0), icc_profile=image.info.get("icc_profile"), exif=b""
    )
    return out.getvalue()


def _thumbnail(image: Image.Image, format: str) -> bytes:
    """Also the proof that the picture can be read to its end."""
    out = BytesIO()
    if format == "JPEG":
        image.draft("RGB", (THUMBNAIL, THUMBNAIL))
        small = image.convert("RGB")
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        small.save(out, "JPEG", quality=85)
    else:
        small = image.convert("RGBA")
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        small.save(out, "PNG")
    return out.getvalue()
