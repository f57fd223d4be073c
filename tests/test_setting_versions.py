"""Settings that people edit: who names a version that another has changed meanwhile is told so."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest

from tests.conftest import Shop, eventually
from tests.parity.surface import declared
from tests.parity.world import resource

Attributes = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """What one operation changes: where it is and what it is called, and two changes of it."""

    path: str
    words: str
    first: Attributes
    second: Attributes

    def place(self, shop: Shop) -> str:
        return self.path.format(id=shop.public_id)

    def change(self, shop: Shop, attributes: Attributes, version: str | None) -> httpx.Response:
        kind = self.path.removesuffix("/{id}").removeprefix("/api/")
        id = shop.public_id if self.path.endswith("{id}") else None
        body = resource(kind if id is None else _SINGULAR.get(kind, kind), id, **attributes)
        headers = {} if version is None else {"If-Match": version}
        return shop.http.patch(self.place(shop), json=body, headers=headers)

    def version(self, shop: Shop) -> str:
        return shop.http.get(self.place(shop)).headers["etag"]


def _voice(name: str) -> Attributes:
    return {"tone_descriptors": [{"name": name, "description": "", "user_modified": True}]}


_SINGULAR = {
    "accounts": "account",
    "tracking-settings": "tracking-setting",
    "brand-email-defaults": "brand-email-default",
}
SETTINGS = {
    "update_account": Settings("/api/accounts/{id}", "account", {"industry": "Toys"}, {"industry": "Games"}),
    "update_sender_settings": Settings(
        "/api/sender-settings", "sender settings", {"imprint": {"company": "A"}}, {"imprint": {"company": "B"}}
    ),
    "update_consent_settings": Settings(
        "/api/consent-settings", "consent settings", {"minimum_age": 16}, {"minimum_age": 18}
    ),
    "update_campaign_settings": Settings(
        "/api/campaign-settings", "campaign settings", {"needs_approval": True}, {"needs_approval": False}
    ),
    "update_attribution_settings": Settings(
        "/api/attribution-settings", "attribution settings", {"model": "linear"}, {"model": "first-touch"}
    ),
    "update_tracking_setting": Settings(
        "/api/tracking-settings/{id}", "tracking setting", {"auto_add_parameters": True}, {"utm_id": {}}
    ),
    "update_brand_voice": Settings("/api/brand-voice/{id}", "brand voice", _voice("Warm"), _voice("Dry")),
    "update_brand_email_default": Settings(
        "/api/brand-email-defaults/{id}",
        "brand's e-mail defaults",
        {"body": {"background_color": "#abcdef"}},
        {"body": {"background_color": "#eeeeee"}},
    ),
}


def test_these_are_all_that_have_a_version_of_their_own() -> None:
    assert {one.id for one in declared() if one.versions and one.versions.key} == {*SETTINGS}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=[*SETTINGS])
def test_who_names_an_older_version_is_refused_and_who_names_none_is_not(shop: Shop, settings: Settings) -> None:
    read = settings.version(shop)
    assert read == '"1"'
    answer = settings.change(shop, settings.first, read)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')

    late = settings.change(shop, settings.second, read)
    assert late.status_code == 412
    error = late.json()["errors"][0]
    assert error["code"] == "precondition_failed"
    assert error["meta"]["version"] == 2 and error["meta"]["updated"].startswith("20")
    assert f"The {settings.words} changed at 20" in error["detail"]
    assert _holds(shop.http.get(settings.place(shop)).json()["data"]["attributes"], settings.first)

    # what changes nothing is no change
    assert settings.change(shop, settings.first, read).status_code == 412
    assert settings.change(shop, settings.first, None).headers["etag"] == '"2"'
    assert settings.change(shop, settings.second, '"1", W/"2"').headers["etag"] == '"3"'
    assert settings.change(shop, settings.first, None).headers["etag"] == settings.version(shop)
    assert settings.change(shop, settings.first, "*").status_code == 200
    assert settings.change(shop, settings.first, "not a tag").status_code == 400


def _holds(attributes: Attributes, said: Attributes) -> bool:
    return all(
        _holds(attributes[name], value) if isinstance(value, dict) else attributes[name] == value
        for name, value in said.items()
    )


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=[*SETTINGS])
def test_of_two_first_changes_at_once_one_is_refused(shop: Shop, settings: Settings) -> None:
    with psycopg.connect(shop.server.database_url) as conn, ThreadPoolExecutor(2) as threads:
        # both come as far as making the row, and go on at the same moment
        conn.execute("INSERT INTO setting_versions SELECT %s, unnest(%s::text[]), 1, now()", (shop.account_id, _keys()))
        writes = [threads.submit(settings.change, shop, settings.first, '"1"') for _ in range(2)]
        eventually(lambda: _waiting(shop) == 2)
        conn.rollback()
        answers = [write.result() for write in writes]
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert settings.version(shop) == '"2"'


def _keys() -> list[str]:
    return [one.versions.key for one in declared() if one.versions and one.versions.key]


def _waiting(shop: Shop) -> int:
    """Of a brand, one waits for the other before."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE ANY(%s)"
    return int(shop.query(waiting, ["INSERT INTO setting_versions%", "SELECT FROM accounts%"])[0][0])


def test_what_is_saved_apart_is_no_conflict(shop: Shop) -> None:
    for settings in SETTINGS.values():
        assert settings.change(shop, settings.first, '"1"').status_code == 200, settings.path
    # nor what the clock and the workers do
    shop.advance(days=1)
    assert {settings.version(shop) for settings in SETTINGS.values()} == {'"2"'}


def test_a_rule_of_a_list_is_one_of_consent(shop: Shop) -> None:
    list_id = shop.http.post("/api/lists", json=resource("list", name="News")).json()["data"]["id"]
    settings = SETTINGS["update_consent_settings"]
    rule = {"lists": [{"list_id": list_id, "on_preference_page": False}]}
    assert settings.change(shop, rule, '"1"').headers["etag"] == '"2"'
    assert settings.change(shop, rule, '"2"').headers["etag"] == '"2"'
    assert settings.change(shop, settings.first, '"1"').status_code == 412


def test_who_reads_sees_the_version_of_what_is_read(shop: Shop) -> None:
    """Also where the key's account was looked up a moment before."""
    account = SETTINGS["update_account"]
    account.version(shop)
    shop.query("UPDATE accounts SET industry = 'Books' WHERE account_id = %s RETURNING 1", shop.account_id)
    read = shop.http.get(account.place(shop)).json()["data"]["attributes"]
    assert read["industry"] == "Books"
