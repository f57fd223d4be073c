"""An account's brand through the API (behaviour-rest 1)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.brands.examples import BUTTON, LINK, LINKS, TEXT
from tests.conftest import Server, Shop, new_shop
from tests.images import pictures
from tests.parity.world import resource

Json = dict[str, Any]


def answered(answer: httpx.Response, status: int = 200) -> Json:
    assert answer.status_code == status, answer.text
    return dict(answer.json()["data"])


def made(shop: Shop, kind: str, relationships: Json | None = None, **attributes: Any) -> Json:
    body = resource(kind, **attributes)
    body["data"]["relationships"] = relationships or {}
    return answered(shop.http.post(f"/api/{kind}s", json=body), 201)


def got(shop: Shop, kind: str, id: str) -> Json:
    return dict(answered(shop.http.get(f"/api/{kind}s/{id}"))["attributes"])


def changed(shop: Shop, kind: str, id: str, relationships: Json | None = None, **attributes: Any) -> httpx.Response:
    body = resource(kind, id, **attributes)
    body["data"]["relationships"] = relationships or {}
    path = kind if kind == "brand-voice" else f"{kind}s"
    return shop.http.patch(f"/api/{path}/{id}", json=body)


def to_one(kind: str, id: str | None, name: str | None = None) -> Json:
    return {name or kind: {"data": None if id is None else {"type": kind, "id": id}}}


def refusal(answer: httpx.Response, status: int = 400) -> str:
    """The pointer of the one error."""
    assert answer.status_code == status, answer.text
    (error,) = answer.json()["errors"]
    return str(error["source"]["pointer"])


def primaries(shop: Shop) -> list[str]:
    listed = shop.http.get("/api/brand-buttons").json()["data"]
    return [button["id"] for button in listed if button["attributes"]["is_primary"]]


def defaults(shop: Shop, **query: str) -> Json:
    """The whole document."""
    answer = shop.http.get(f"/api/brand-email-defaults/{shop.public_id}", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_button_that_becomes_primary_takes_that_from_the_one_before(shop: Shop) -> None:
    """R1"""
    first = made(shop, "brand-button", **BUTTON)["id"]
    assert primaries(shop) == [first]
    second = made(shop, "brand-button", is_primary=True, **BUTTON)["id"]
    assert got(shop, "brand-button", first)["is_primary"] is False
    assert primaries(shop) == [second]
    assert answered(changed(shop, "brand-button", first, is_primary=True))["attributes"]["is_primary"] is True
    assert primaries(shop) == [first]


def test_there_is_always_one_primary_button(shop: Shop) -> None:
    first, second, third = (made(shop, "brand-button", **BUTTON)["id"] for _ in range(3))
    assert refusal(changed(shop, "brand-button", first, is_primary=False), 409) == "/data/attributes/is_primary"
    assert changed(shop, "brand-button", second, is_primary=False).status_code == 200
    assert shop.http.delete(f"/api/brand-buttons/{first}").status_code == 204
    assert primaries(shop) == [second]
    assert shop.http.delete(f"/api/brand-buttons/{second}").status_code == 204
    assert primaries(shop) == [third]


def test_two_buttons_change_where_one_becomes_primary(shop: Shop) -> None:
    first, second, third = (made(shop, "brand-button", **BUTTON)["id"] for _ in range(3))

    def tags() -> list[str | None]:
        reads = [shop.http.get(f"/api/brand-buttons/{id}") for id in (first, second, third)]
        return [read.headers.get("etag") for read in reads]

    changed(shop, "brand-button", second, is_primary=True)
    assert tags() == ['"2"', '"2"', '"1"']
    shop.http.delete(f"/api/brand-buttons/{second}")
    assert tags() == ['"3"', None, '"1"']


def test_who_makes_buttons_primary_at_once_leaves_one(shop: Shop) -> None:
    ids = [made(shop, "brand-button", **BUTTON)["id"] for _ in range(4)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda id: changed(shop, "brand-button", id, is_primary=True), ids * 4))
    assert {answer.status_code for answer in answers} == {200}
    assert len(primaries(shop)) == 1


@pytest.mark.parametrize("block", ["style", "border", "spacing", "text"])
def test_a_button_needs_each_of_its_blocks(shop: Shop, block: str) -> None:
    """R2"""
    rest = {name: value for name, value in BUTTON.items() if name != block}
    answer = shop.http.post("/api/brand-buttons", json=resource("brand-button", **rest))
    assert refusal(answer) == f"/data/attributes/{block}"


def test_a_block_that_is_changed_is_whole_and_the_others_stay(shop: Shop) -> None:
    id = made(shop, "brand-button", name="Buy", **BUTTON)["id"]
    spacing = {"padding_top": 1, "padding_right": 2, "padding_bottom": 3, "padding_left": 4}
    attributes = answered(changed(shop, "brand-button", id, spacing=spacing))["attributes"]
    assert attributes["spacing"] == spacing
    assert attributes["text"] == TEXT
    assert attributes["style"] == {**BUTTON["style"], "is_shadow_active": False}
    assert attributes["name"] == "Buy"
    part = changed(shop, "brand-button", id, spacing={"padding_top": 9})
    assert refusal(part) == "/data/attributes/spacing/padding_right"
    assert got(shop, "brand-button", id)["spacing"] == spacing


@pytest.mark.parametrize("colour", ["red", "#12", "#12345", "#1234567", "112233", "#ggg", "#fff\n", "#fff;color:red"])
def test_a_colour_that_is_none_is_refused(shop: Shop, colour: str) -> None:
    palette = resource("brand-color", colors=[{"hex": "#fff", "name": "Snow"}, {"hex": colour, "name": "?"}])
    assert refusal(shop.http.post("/api/brand-colors", json=palette)) == "/data/attributes/colors/1/hex"
    button = resource("brand-button", **BUTTON | {"text": {**TEXT, "color": colour}})
    assert refusal(shop.http.post("/api/brand-buttons", json=button)) == "/data/attributes/text/color"
    preview = resource("brand-button", preview_page_hex=colour, **BUTTON)
    assert refusal(shop.http.post("/api/brand-buttons", json=preview)) == "/data/attributes/preview_page_hex"


@pytest.mark.parametrize("font", ["Arial; color: red", "x</style><script>", "a{}", "Arial\nb"])
def test_a_font_that_would_end_a_style_is_refused(shop: Shop, font: str) -> None:
    button = resource("brand-button", **BUTTON | {"text": {**TEXT, "font_family": font}})
    assert refusal(shop.http.post("/api/brand-buttons", json=button)) == "/data/attributes/text/font_family"


def test_palettes_and_social_links_keep_their_order(shop: Shop) -> None:
    colors = [{"hex": hex, "name": hex[1:]} for hex in ("#ccc", "#AABBCC", "#11223344")]
    palette = made(shop, "brand-color", name="Spring", colors=colors)
    assert got(shop, "brand-color", palette["id"]) == {"name": "Spring", "colors": colors}
    assert made(shop, "brand-color")["attributes"] == {"name": None, "colors": None}
    group = made(shop, "brand-social-group", social_links=LINKS)
    assert got(shop, "brand-social-group", group["id"])["social_links"] == LINKS
    turned = answered(changed(shop, "brand-social-group", group["id"], social_links=LINKS[::-1]))
    assert turned["attributes"]["social_links"] == LINKS[::-1]


def test_a_logo_shows_its_image_and_keeps_it(shop: Shop) -> None:
    url = pictures.uri(pictures.png())
    image = answered(shop.http.post("/api/images", json=resource("image", import_from_url=url)), 201)
    logo = made(shop, "brand-logo", to_one("image", image["id"]), name="Wide", alt_text="Shop", width=120)
    shown = shop.http.get(f"/api/brand-logos/{logo['id']}", params={"include": "image"}).json()
    assert shown["data"]["relationships"]["image"]["data"] == {"type": "image", "id": image["id"]}
    assert shown["included"][0]["attributes"]["image_url"] == image["attributes"]["image_url"]
    kept = answered(changed(shop, "brand-logo", logo["id"], to_one("image", None), alt_text=None))
    assert kept["relationships"]["image"]["data"]["id"] == image["id"]
    assert kept["attributes"].items() >= {"alt_text": None, "name": "Wide", "width": 120}.items()
    unknown = changed(shop, "brand-logo", logo["id"], to_one("image", "123"))
    assert refusal(unknown) == "/data/relationships/image/data/id"


def test_an_image_of_another_account_is_none(shop: Shop, server: Server) -> None:
    with new_shop(server) as stranger:
        url = pictures.uri(pictures.png())
        theirs = answered(stranger.http.post("/api/images", json=resource("image", import_from_url=url)), 201)["id"]
    body = resource("brand-logo")
    body["data"]["relationships"] = to_one("image", theirs)
    assert refusal(shop.http.post("/api/brand-logos", json=body)) == "/data/relationships/image/data/id"


def test_a_list_of_the_voice_is_replaced_and_the_other_stays(shop: Shop) -> None:
    """R5"""
    before = answered(shop.http.get(f"/api/brand-voice/{shop.public_id}"))["attributes"]
    assert before["version"] == "v1"
    assert before["tone_descriptors"] and before["language_patterns"]
    dry = {"name": "Dry", "description": "Short words"}
    after = answered(changed(shop, "brand-voice", shop.public_id, tone_descriptors=[dry]))["attributes"]
    assert after["tone_descriptors"] == [{**dry, "user_modified": False}]
    assert after["language_patterns"] == before["language_patterns"]
    emptied = answered(changed(shop, "brand-voice", shop.public_id, language_patterns=[]))["attributes"]
    assert emptied == {**after, "language_patterns": []}
    assert refusal(changed(shop, "brand-voice", shop.public_id, version="v2")) == "/data/attributes/version"


def test_email_defaults_that_nobody_set_can_be_read_by_everybody(shop: Shop) -> None:
    attributes = defaults(shop)["data"]["attributes"]
    assert attributes["header"]["logo_max_width"] == 160
    listed = shop.http.get("/api/brand-email-defaults").json()["data"]
    assert [(one["id"], one["attributes"]) for one in listed] == [(shop.public_id, attributes)]
    assert {one["data"] for one in listed[0]["relationships"].values()} == {None}


def test_email_defaults_are_merged_field_by_field(shop: Shop) -> None:
    """R3"""
    before = defaults(shop)["data"]["attributes"]
    kind = "brand-email-default"
    after = answered(changed(shop, kind, shop.public_id, header={"background_color": "#112233"}))["attributes"]
    assert after == {**before, "header": {**before["header"], "background_color": "#112233"}}
    links = [{"text": "New", "url": "https://s.example/new"}]
    more = answered(changed(shop, kind, shop.public_id, header={"links": links}, body={"h1_text": TEXT}))["attributes"]
    assert more["header"] == {**after["header"], "links": links}
    assert more["body"] == {**before["body"], "h1_text": TEXT}
    footer = answered(changed(shop, kind, shop.public_id, footer={"link_text": LINK}))["attributes"]["footer"]
    assert footer == {**before["footer"], "link_text": LINK}
    half = changed(shop, kind, shop.public_id, body={"text": {"color": "#000"}})
    assert refusal(half) == "/data/attributes/body/text/font_size"


def test_no_width_of_the_logo_is_kept_until_there_is_one(shop: Shop) -> None:
    """R4"""
    kind = "brand-email-default"
    cleared = answered(changed(shop, kind, shop.public_id, header={"logo_max_width": None}))
    assert cleared["attributes"]["header"]["logo_max_width"] is None
    kept = answered(changed(shop, kind, shop.public_id, header={"background_color": "#fff"}))
    assert kept["attributes"]["header"]["logo_max_width"] is None
    again = answered(changed(shop, kind, shop.public_id, header={"logo_max_width": 90}))
    assert again["attributes"]["header"]["logo_max_width"] == 90


def test_email_defaults_point_at_things_until_those_are_deleted(shop: Shop) -> None:
    ids = {
        "brand-button": made(shop, "brand-button", **BUTTON)["id"],
        "brand-logo": made(shop, "brand-logo", name="Wide")["id"],
        "brand-social-group": made(shop, "brand-social-group", social_links=LINKS)["id"],
    }
    relations = {name: part for kind, id in ids.items() for name, part in to_one(kind, id).items()}
    body = resource("brand-email-default", shop.public_id)
    body["data"] |= {"relationships": relations}
    answered(shop.http.patch(f"/api/brand-email-defaults/{shop.public_id}", json=body))
    shown = defaults(shop, include=",".join(ids))
    assert {one["type"]: one["id"] for one in shown["included"]} == ids
    for kind, id in ids.items():
        assert shop.http.delete(f"/api/{kind}s/{id}").status_code == 204
        assert defaults(shop)["data"]["relationships"][kind]["data"] is None
        gone = changed(shop, "brand-email-default", shop.public_id, to_one(kind, id))
        assert refusal(gone) == f"/data/relationships/{kind}/data/id"


def test_a_relationship_of_null_points_at_nothing_and_one_that_is_absent_stays(shop: Shop) -> None:
    logo = made(shop, "brand-logo")["id"]
    for relations, expected in ((to_one("brand-logo", logo), logo), ({}, logo), (to_one("brand-logo", None), None)):
        answered(changed(shop, "brand-email-default", shop.public_id, relations))
        data = defaults(shop)["data"]["relationships"]["brand-logo"]["data"]
        assert (data and data["id"]) == expected


def test_the_brand_has_the_id_of_its_account_alone(shop: Shop) -> None:
    for path, kind in (("brand-voice", "brand-voice"), ("brand-email-defaults", "brand-email-default")):
        assert shop.http.get(f"/api/{path}/ABC123").status_code == 404
        assert shop.http.patch(f"/api/{path}/ABC123", json=resource(kind, "ABC123")).status_code == 404
        other = shop.http.patch(f"/api/{path}/{shop.public_id}", json=resource(kind, "ABC123"))
        assert refusal(other) == "/data/id"
