"""Where images come from: forms, addresses, data URIs; and what is refused on the way."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rapport.kit import outgoing
from tests.conftest import Shop, run
from tests.images import pictures
from tests.images.served import Page, Site
from tests.images.test_images import image, imported, uploaded

LIMIT = 5 << 20


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    pages = {
        "/a/beach%20photo.jpg": Page(pictures.jpeg(), headers={"content-type": "text/html"}),
        "/page.png": Page(b"<html>no image</html>", headers={"content-type": "image/png"}),
        "/moved.png": Page(status=302, headers={"location": "/a/beach%20photo.jpg"}),
        "/round.png": Page(status=301, headers={"location": "/round.png"}),
        "/inside.png": Page(status=302, headers={"location": "https://169.254.169.254/latest/meta-data"}),
        "/file.png": Page(status=302, headers={"location": "file:///etc/passwd"}),
        "/large.png": Page(bytes(LIMIT + 1)),
        "/broken.png": Page(status=500),
    }
    with Site(pages) as running:
        yield running


def refused(answer: httpx.Response, pointer: str | None = None, *, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    (error,) = answer.json()["errors"]
    assert pointer is None or error["source"]["pointer"] == pointer
    return str(error["detail"])


def test_it_takes_an_image_from_an_address(shop: Shop, site: Site) -> None:
    url = f"{site.url}/a/beach%20photo.jpg?size=large"
    assert image(imported(shop, import_from_url=url))["attributes"]["name"] == "beach photo.jpg"
    named = image(imported(shop, import_from_url=f"{site.url}/moved.png", name="Beach", hidden=True))["attributes"]
    assert (named["name"], named["format"], named["hidden"]) == ("Beach", "jpeg", True)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/page.png", "not an image"),
        ("/nothing.png", "404"),
        ("/broken.png", "500"),
        ("/round.png", "more than 5 times"),
        ("/inside.png", "not a public address"),
        ("/file.png", "https://"),
        ("/large.png", "5,242,880 bytes"),
    ],
)
def test_it_says_why_it_takes_nothing_from_an_address(shop: Shop, site: Site, path: str, reason: str) -> None:
    assert reason in refused(imported(shop, import_from_url=site.url + path))


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/logo.png",
        "https://192.168.1.1/logo.png",
        "https://[::1]/logo.png",
        "https://[::ffff:10.0.0.1]/logo.png",
        "http://example.com/logo.png",
        "ftp://example.com/logo.png",
        "file:///etc/passwd",
        "//example.com/logo.png",
        "https://user@",
        "https://example..com/logo.png",
        "logo.png",
        "",
        "data:image/png;base64,%%%",
        "data:image/png;base64",
        "data:image/png,plain",
        "data:",
    ],
)
def test_it_refuses_an_address_that_may_not_be_asked(shop: Shop, url: str) -> None:
    assert refused(imported(shop, import_from_url=url), "/data/attributes/import_from_url")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (pictures.svg(), "not an image"),
        (pictures.bomb_png(), "at most 40,000,000 pixels"),
        (pictures.bomb_gif(), "450 pictures"),
        (pictures.plain(format="WEBP"), "not an image"),
        (b"", "not an image"),
    ],
)
def test_no_name_and_no_type_makes_an_image_of_a_file(shop: Shop, content: bytes, said: str) -> None:
    assert said in refused(uploaded(shop, content, "logo.png"))
    assert said in refused(imported(shop, import_from_url=pictures.uri(content, "image/png")))
    assert shop.http.get("/api/images").json()["data"] == []


def test_a_file_is_what_it_is_whatever_its_name_says(shop: Shop) -> None:
    made = image(uploaded(shop, pictures.gif(), "C:\\fakepath\\page.html"))["attributes"]
    assert (made["name"], made["format"]) == ("page.html", "gif")
    assert made["image_url"].endswith(".gif")
    assert httpx.get(made["image_url"]).headers["content-type"] == "image/gif"


def test_a_file_above_the_limit_is_refused(shop: Shop) -> None:
    assert "5 MB" in refused(uploaded(shop, pictures.png() + bytes(LIMIT)))
    refused(uploaded(shop, bytes(LIMIT + (1 << 20))), status=413)
    whole = pictures.png() + bytes(LIMIT - 10_000)
    image(uploaded(shop, whole))
    image(imported(shop, whole))
    assert "5 MB" in refused(imported(shop, pictures.png() + bytes(LIMIT)))


def test_the_description_of_the_api_shows_the_form(shop: Shop) -> None:
    described = shop.http.get("/openapi.json").json()["paths"]["/api/image-upload"]["post"]["requestBody"]
    assert set(described["content"][_FORM]["schema"]["properties"]) == {"file", "name", "hidden"}


_FORM = "multipart/form-data"


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{}", "application/json", 415),
        (b"abc", "application/octet-stream", 415),
        (b"abc", None, 415),
        (b"", f"{_FORM}; boundary=x", 400),
        (b"abc", _FORM, 400),
        (b"abc", f"{_FORM}; boundary=x", 400),
        (b"--x\r\n\r\nabc\r\n--x--", f"{_FORM}; boundary=x", 400),
        (b'--x\r\ncontent-disposition: form-data; name="file"\r\n\r\nabc\r\n--x--', f"{_FORM}; boundary=x", 400),
        (b'--x\r\ncontent-disposition: form-data; name="file"; filename="a', f"{_FORM}; boundary=x", 400),
        (b"--x" * 1000, f"{_FORM}; boundary={'x' * 1000}; charset=no-such", 400),
        (b"\xff\xfe", f"{_FORM}; boundary=\xff", 400),
    ],
)
def test_a_body_that_is_no_form_with_a_file_is_refused(shop: Shop, content: bytes, kind: Any, status: int) -> None:
    headers = {} if kind is None else {"content-type": kind.encode("latin-1")}
    refused(shop.http.post("/api/image-upload", content=content, headers=headers), status=status)


@pytest.mark.parametrize("fields", [{"hidden": "perhaps"}, {"name": "x" * 300}, {"name": "a\x00b"}])
def test_a_form_with_a_wrong_field_is_refused(shop: Shop, fields: dict[str, str]) -> None:
    refused(uploaded(shop, pictures.png(), **fields))


@pytest.mark.parametrize(
    "path", ["x/", "x/y", "..%2fsecret", "..%2f..%2fsecret", "AAAAAA/" + "0" * 32 + ".png", "AAAAAA/%00"]
)
def test_there_is_nothing_at_other_addresses(shop: Shop, path: str) -> None:
    answer = httpx.get(f"{shop.server.url}/images/{path}")
    assert answer.status_code in (400, 404)
    assert "image" not in answer.headers["content-type"]


def test_a_server_that_never_ends_its_answer_is_not_waited_for() -> None:
    async def fetch(url: str) -> None:
        outgoing.use(outgoing.Allowed.parse("127.0.0.1"))
        client = outgoing.Client()
        try:
            await client.get(url, limit=100, deadline=0.2)
        finally:
            await client.close()
            outgoing.use(outgoing.Allowed())

    with Site({"/": Page(b"half", headers={"content-length": "100"})}) as slow:
        slow.holds = True
        with pytest.raises(outgoing.Unanswered, match=r"0\.2 seconds"):
            run(fetch(slow.url + "/"))
