"""What a file really is, whatever it calls itself: found in a process of its own (`kit/compute`), for files may be made
to exhaust or mislead who reads them. Only there is Pillow loaded."""

from dataclasses import dataclass

# of a file
MOST_BYTES = 5 << 20
# of processor time
SECONDS = 10.0


@dataclass(frozen=True)
class Examined:
    """An image fit to be shown. `format`: jpeg, png or gif, which is also the ending of its file; `thumbnail`: a png,
    or a jpeg of a jpeg."""

    format: str
    width: int
    height: int
    content: bytes
    thumbnail: bytes


def examine(content: bytes) -> Examined:
    """The image without its metadata, turned upright. Raises Refused for what is none."""
    from rapport.images.reading import read

    return read(content)
