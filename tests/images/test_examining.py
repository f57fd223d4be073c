"""What a file really is, and what of it is kept."""

from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rapport.images.examining import examine
from rapport.images.stripping import Unreadable, stripped
from rapport.kit.refusals import Refused
from tests.images import pictures
from tests.lengths import length


@pytest.mark.parametrize(
    ("format", "content"),
    [
        ("jpeg", pictures.jpeg()),
        ("jpeg", pictures.jpeg(progressive=True)),
        ("png", pictures.png()),
        ("gif", pictures.gif()),
    ],
)
def test_the_picture_stays_as_it_is_and_what_it_says_of_people_goes(format: str, content: bytes) -> None:
    assert pictures.SECRET in content
    examined = examine(content + b"PK\x03\x04 and what else follows")
    assert (examined.format, examined.width, examined.height) == (format, 40, 20)
    for kept in (examined.content, examined.thumbnail):
        assert pictures.SECRET not in kept
        assert b"PK\x03\x04" not in kept
        assert not pictures.opened(kept).getexif()
    before, after = pictures.opened(content), pictures.opened(examined.content)
    assert before.convert("RGB").tobytes() == after.convert("RGB").tobytes()
    assert getattr(before, "n_frames", 1) == getattr(after, "n_frames", 1)


def test_an_animation_is_repeated_as_before() -> None:
    after = Image.open(BytesIO(examine(pictures.gif(5)).content))
    assert (after.info["loop"], after.info["duration"], after.n_frames) == (0, 100, 5)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("orientation", "size"), [(1, (40, 20)), (3, (40, 20)), (6, (20, 40)), (8, (20, 40))])
def test_a_photo_is_turned_upright(orientation: int, size: tuple[int, int]) -> None:
    """What says how it is to be turned goes with the places."""
    examined = examine(pictures.jpeg(orientation=orientation))
    assert pictures.SECRET not in examined.content
    upright = pictures.opened(examined.content)
    assert upright.size == size == (examined.width, examined.height)
    top_left = upright.convert("RGB").getpixel((2, 2))
    assert isinstance(top_left, tuple)
    is_red = top_left[0] > top_left[2]
    assert is_red == (orientation in (1, 6))


@pytest.mark.parametrize("exif", [b"", b"garbage", b"MM\0*\0\0\0\x08\xff\xff", b"II*\0\xff\xff\xff\xff"])
def test_damaged_metadata_spoils_no_picture(exif: bytes) -> None:
    segment = b"Exif\0\0" + exif
    whole = pictures.plain(format="JPEG")
    spoilt = whole[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + whole[2:]
    assert examine(spoilt).content == examine(whole).content


def test_a_thumbnail_is_small_and_of_the_same_shape() -> None:
    examined = examine(pictures.plain(2000, 500))
    assert pictures.opened(examined.thumbnail).size == (320, 80)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"just text", id="text"),
        pytest.param(pictures.svg(), id="svg"),
        pytest.param(b"<html><script>alert(1)</script></html>", id="html"),
        pytest.param(b"GIF89a/*" + b"*/=1;alert(1)//", id="script that begins like a gif"),
        pytest.param(b"%PDF-1.7", id="pdf"),
        pytest.param(pictures.plain(format="BMP"), id="bmp"),
        pytest.param(pictures.plain(format="WEBP"), id="webp"),
        pytest.param(pictures.plain(format="TIFF"), id="tiff"),
        pytest.param(pictures.jpeg()[:-40], id="half a jpeg"),
        pytest.param(pictures.png()[:-40], id="half a png"),
        pytest.param(pictures.gif()[:60], id="half a gif"),
        pytest.param(pictures.bomb_png(), id="png of 2,500 million pixels"),
        pytest.param(pictures.bomb_png(30_000, 2_000), id="png of 60 million pixels"),
        pytest.param(pictures.bomb_gif(), id="gif of 450 million pixels"),
    ],
)
def test_what_is_no_image_or_a_bomb_is_refused(content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        examine(content)
    assert "image" in str(refused.value) or "pictures" in str(refused.value)


_FILES = (pictures.jpeg(), pictures.jpeg(orientation=6), pictures.png(), pictures.gif())


@settings(max_examples=length(60, 5000), deadline=None, derandomize=True)
@given(st.sampled_from(_FILES), st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), max_size=12), st.data())
def test_a_damaged_file_is_read_or_refused(whole: bytes, damages: list[tuple[int, int]], data: st.DataObject) -> None:
    content = bytearray(whole[: data.draw(st.integers(len(whole) // 2, len(whole)))])
    for place, value in damages:
        content[place % len(content)] = value
    try:
        examined = examine(bytes(content))
    except Refused:
        return
    assert examine(examined.content).content == examined.content


@settings(max_examples=length(60, 5000), deadline=None, derandomize=True)
@given(st.sampled_from(["JPEG", "PNG", "GIF"]), st.binary(max_size=200))
def test_any_bytes_are_stripped_or_unreadable(format: str, content: bytes) -> None:
    with suppress(Unreadable):
        stripped(content, format)
