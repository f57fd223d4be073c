"""The script on a shop's pages, in a real browser on another origin (behaviour-people 6.2, 6.3, 6.4)."""

import json
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route

from tests.conftest import Shop, eventually
from tests.onsite.storefront import COOKIE, KEPT, SNIPPET, Storefront, Visitor, tab, visiting, written
from tests.onsite.world import Json, identified, somebody, the_one
from tests.people import events_of, everybody, metrics_of, read
from tests.web.conftest import browser  # noqa: F401

ANN = "ann@example.com"
BY_NAME = "klaviyo.identify({email: 'ann@example.com'})"
ACTIVE = "Active on Site"
DAYS = 86_400
# Notes what is written to the page's cookies.
LISTENING = """
    window.written = [];
    const own = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
    Object.defineProperty(document, 'cookie', {
        get: () => own.get.call(document), set: (text) => { written.push(text); own.set.call(document, text); },
    });"""


@pytest.fixture(scope="module")
def front() -> Iterator[Storefront]:
    running = Storefront()
    yield running
    running.close()


# One for all tests: each leaves it empty, and to open another would take most of a test's time.
@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:  # noqa: F811
    with tab(browser) as opened:
        yield opened


@pytest.fixture
def visitor(shop: Shop, front: Storefront, page: Page) -> Iterator[Visitor]:
    with visiting(shop, front, page) as one:
        yield one


def tracked(shop: Shop, id: str, metric: str) -> Json:
    shop.wait_until_recorded()
    return next(one for one in events_of(shop, id) if one["metric"] == metric)


def kept_event(
    name: str = "Viewed Product", *, age: float = 60, now: datetime | None = None, **properties: Any
) -> Json:
    """As the script keeps it. `age` in seconds."""
    at = (now or datetime.now(UTC)) - timedelta(seconds=age)
    return {
        "metric": {"data": {"type": "metric", "attributes": {"name": name}}},
        "properties": properties,
        "time": at.isoformat().replace("+00:00", "Z"),
    }


def kept_events(count: int) -> list[Json]:
    """Yesterday's, a second apart: those of one second would be one event."""
    now = datetime.now(UTC)
    return [kept_event(age=DAYS + number, now=now) for number in range(count)]


def keeping(events: list[Json]) -> str:
    return f"localStorage.setItem('{KEPT}', JSON.stringify({json.dumps(events)}))"


# ---- where it is


@pytest.mark.rule("6.2")
def test_it_is_at_both_addresses_and_known_to_every_website(shop: Shop) -> None:
    base = f"{shop.server.url}/onsite/js"
    answers = [
        httpx.get(f"{base}/{shop.public_id}/klaviyo.js"),
        httpx.get(f"{base}/klaviyo.js", params={"company_id": shop.public_id}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.text) == (200, answers[0].text)
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert shop.public_id in answer.text and shop.server.url in answer.text
        assert len(answer.text) < 15_000
    again = {"if-none-match": answers[0].headers["etag"]}
    assert httpx.get(f"{base}/{shop.public_id}/klaviyo.js", headers=again).status_code == 304


@pytest.mark.rule("6.2")
@pytest.mark.parametrize("path", ["NOPE01/klaviyo.js", "klaviyo.js?company_id=NOPE01", "klaviyo.js", "%00/klaviyo.js"])
def test_nobodys_script_is_a_comment_that_says_so(shop: Shop, path: str) -> None:
    answer = httpx.get(f"{shop.server.url}/onsite/js/{path}")
    assert (answer.status_code, answer.text[:2]) == (404, "//")
    assert "No account has this public key" in answer.text
    assert answer.headers["content-type"].startswith("text/javascript")


# ---- what pages call


@pytest.mark.rule("6.2")
def test_a_page_identifies_somebody_and_tells_what_they_do(visitor: Visitor, shop: Shop) -> None:
    visitor.open("/hat")
    visitor.does("klaviyo.identify({email: 'ann@example.com', first_name: 'Ann'})")
    assert visitor.does("klaviyo.track('Viewed Product', {Sku: 'A', Price: 9.5})") is True
    id, ann = the_one(shop)
    assert (ann["email"], ann["first_name"], ann["location"]["ip"]) == (ANN, "Ann", "127.0.0.1")
    assert metrics_of(shop, id) == [ACTIVE, "Viewed Product"]
    said = tracked(shop, id, "Viewed Product")["event_properties"]
    assert said.items() >= {"Sku": "A", "Price": 9.5, "$is_session_activity": True}.items()
    assert "$use_ip" not in said and visitor.sent("events")[-1]["data"]["attributes"]["properties"]["$use_ip"] is True


@pytest.mark.rule("6.2")
def test_calls_from_before_it_is_there_are_made_when_it_is(visitor: Visitor, shop: Shop) -> None:
    visitor.open(
        before=SNIPPET
        + """
        window.got = [];
        klaviyo.identify({$email: 'ann@example.com'}, () => got.push('called')).then(() => got.push('promised'));
        klaviyo.push(['track', 'Pushed', {}], ['track', 'Pushed Too', {}]);
        klaviyo.account().then((key) => got.push(key));
        window._learnq = [['track', 'Learned', {}]];
        _klOnsite.push(['openForm', 'AbCdEf'], ['track', 'Onsite', {}]);"""
    )
    visitor.page.wait_for_function("got.length === 3")
    assert visitor.does("got") == [shop.public_id, "called", "promised"]
    wanted = [ACTIVE, "Learned", "Onsite", "Pushed", "Pushed Too"]
    eventually(lambda: metrics_of(shop, somebody(shop, ANN)) == wanted)


@pytest.mark.rule("6.2")
def test_the_older_array_of_the_same_name_works(visitor: Visitor, shop: Shop) -> None:
    visitor.open(before="klaviyo = [['identify', {$email: 'ann@example.com'}], ['track', 'Early', {}]]")
    eventually(lambda: metrics_of(shop, somebody(shop, ANN)) == [ACTIVE, "Early"])


@pytest.mark.rule("6.2")
def test_the_legacy_arrays_keep_working_when_it_is_there(visitor: Visitor, shop: Shop) -> None:
    visitor.open()
    visitor.does("""() => {
        _learnq.push(['account', 'OTHER1'], ['identify', {$email: 'ann@example.com', $first_name: 'Ann'}]);
        _learnq.push(['track', 'Learned', {}], ['trackViewedItem', {ItemId: 1, Title: 'Hat'}]);
        _klOnsite.push(['openForm', 'AbCdEf']);
    }""")
    id = somebody(shop, ANN)
    eventually(lambda: metrics_of(shop, id) == [ACTIVE, "Learned"])
    assert read(shop, id)["properties"]["$viewed_items"][0]["Title"] == "Hat"


@pytest.mark.rule("6.2")
def test_every_method_returns_a_promise_and_takes_a_callback(visitor: Visitor, shop: Shop) -> None:
    calls = """
        account(); isIdentified(); identify({email: 'ann@example.com'}); isIdentified(); track('A', {}); trackOnce('B');
        trackViewedItem({ItemId: 1}); cookieDomain('localhost'); push(['track', 'C', {}]); openForm('AbCdEf')"""
    found = visitor.open().does(
        """async (calls) => {
        const found = [];
        for (const call of calls.split(';').map((one) => one.trim())) {
            let back = 'not called';
            const text = call.startsWith('push') ? call : call.replace(/\\)$/, (_) => ', (one) => { back = one; })');
            const made = eval('klaviyo.' + text.replace('(,', '('));
            const value = await made;
            await new Promise((done) => setTimeout(done));
            const same = call.startsWith('push') || JSON.stringify(back) === JSON.stringify(value);
            found.push([call.split('(')[0], made instanceof Promise, same, value]);
        }
        return found;
    }""",
        calls,
    )
    assert [one[1:3] for one in found] == [[True, True]] * 10
    values = [(name, value) for name, _, _, value in found]
    assert values[:2] == [("account", shop.public_id), ("isIdentified", False)]
    assert values[3:] == [
        ("isIdentified", True),
        ("track", True),
        ("trackOnce", True),
        ("trackViewedItem", True),
        ("cookieDomain", "localhost"),
        ("push", True),
        ("openForm", None),
    ]
    (kx,) = values[2][1].values()
    assert kx.endswith(f".{shop.public_id}")


@pytest.mark.rule("6.2", "1.4")
@pytest.mark.parametrize("sign", ["", "$"])
def test_names_are_taken_with_and_without_their_sign(visitor: Visitor, shop: Shop, sign: str) -> None:
    said = {"email": ANN, "phone_number": "+15005550006", "id": "x-1", "first_name": "Ann", "organization": "Hats",
            "city": "Bern", "zip": "3000"}  # fmt: skip
    given = {f"{sign}{name}": value for name, value in said.items()}
    visitor.open().does("(said) => klaviyo.identify(said)", given | {"tier": 1, "$append": {"seen": "A"}})
    _, ann = the_one(shop)
    assert (ann["email"], ann["phone_number"], ann["external_id"]) == (ANN, "+15005550006", "x-1")
    assert (ann["first_name"], ann["organization"]) == ("Ann", "Hats")
    assert (ann["location"]["city"], ann["location"]["zip"]) == ("Bern", "3000")
    assert (ann["properties"]["tier"], ann["properties"]["seen"]) == (1, ["A"])


@pytest.mark.rule("6.2", "3.1")
def test_an_event_has_a_time_a_value_and_an_id_of_its_own(visitor: Visitor, shop: Shop) -> None:
    visitor.open().does(BY_NAME)
    for number, moment in enumerate(("'2026-03-01T12:00:00Z'", "1772366400", "new Date(1772366400000)")):
        order = f"{{time: {moment}, $value: '19.5', $value_currency: 'EUR', $event_id: 'o-{number}', Sku: 'A'}}"
        for _ in range(2):
            visitor.does(f"klaviyo.track('Placed Order', {order})")
    id, _ = the_one(shop)
    orders = [one for one in events_of(shop, id) if one["metric"] == "Placed Order"]
    assert {one["datetime"] for one in orders} == {"2026-03-01T12:00:00+00:00"}
    said = {one["event_properties"]["$event_id"]: one["event_properties"] for one in orders}
    assert (len(orders), {*said}) == (3, {"o-0", "o-1", "o-2"})
    assert (said["o-0"]["$value"], said["o-0"]["$value_currency"], said["o-0"]["Sku"]) == (19.5, "EUR", "A")
    assert "time" not in said["o-0"]


@pytest.mark.rule("6.2")
def test_what_is_tracked_once_is_there_once(visitor: Visitor, shop: Shop) -> None:
    visitor.open().does(BY_NAME)
    for at in ("2026-03-01", "2026-03-02"):
        visitor.does(f"klaviyo.trackOnce('Signed Up', {{time: '{at}'}})")
    id, _ = the_one(shop)
    assert metrics_of(shop, id) == [ACTIVE, "Signed Up"]


@pytest.mark.rule("6.2", "3.6")
def test_a_page_that_is_loaded_tells_once_that_somebody_known_is_there(visitor: Visitor, shop: Shop) -> None:
    visitor.open("/a")
    assert visitor.asked == []
    visitor.does(BY_NAME)
    visitor.does("klaviyo.track('Seen', {})")
    visitor.open("/b?utm_source=mail&size=xl#top", referer="https://search.example/")
    eventually(lambda: len(visitor.sent("events")) == 2)
    names = [one["data"]["attributes"]["metric"]["data"]["attributes"]["name"] for one in visitor.sent("events")]
    assert names == ["Seen", ACTIVE]
    said = visitor.sent("events")[-1]["data"]["attributes"]["properties"]
    assert (
        said.items()
        >= {
            "page": f"{visitor.front.url}/b?utm_source=mail&size=xl#top",
            "browser": "Chrome",
            "os": "Linux",
            "utm_source": "mail",
            "size": "xl",
            "fragment": "top",
            "initial_page_path": "/b",
            "kx_present": False,
        }.items()
    )


# ---- who is not tracked


@pytest.mark.rule("6.2")
@pytest.mark.parametrize("agent", ["Mozilla/5.0 (compatible; Googlebot/2.1)", "facebookexternalhit/1.1"])
def test_bots_are_ignored(shop: Shop, front: Storefront, browser: Browser, agent: str) -> None:  # noqa: F811
    with tab(browser, agent) as page, visiting(shop, front, page) as bot:
        bot.open().does(BY_NAME)
        bot.does("klaviyo.track('Seen', {})")
        assert (bot.asked, bot.raw_cookie, bot.does("localStorage.length + sessionStorage.length")) == ([], {}, 0)


@pytest.mark.rule("6.2")
@pytest.mark.parametrize("off", ["localStorage.setItem('__kla_off', 'true')", "document.cookie = '__kla_off=true'"])
def test_tracking_can_be_switched_off_and_on(visitor: Visitor, shop: Shop, off: str) -> None:
    visitor.open("/?utm_email=ann@example.com", before=off)
    assert visitor.does(BY_NAME) is None
    assert visitor.does("klaviyo.track('Seen', {})") is None
    visitor.does("klaviyo.trackViewedItem({ItemId: 1})")
    assert visitor.does("klaviyo.isIdentified()") is False
    assert (visitor.asked, visitor.raw_cookie, visitor.does("sessionStorage.length")) == ([], {}, 0)
    visitor.does("() => { localStorage.clear(); document.cookie = '__kla_off=; max-age=0'; }")
    visitor.does(BY_NAME)
    assert visitor.does("klaviyo.track('Seen', {})") is True
    assert metrics_of(shop, the_one(shop)[0]) == [ACTIVE, "Seen"]


# ---- the cookie


def domains(visitor: Visitor) -> list[str]:
    return [one["domain"] for one in visitor.context.cookies() if one["name"] == COOKIE]


@pytest.mark.rule("6.3")
def test_the_cookie_lasts_two_years_and_can_be_read_by_the_shops_server(visitor: Visitor, shop: Shop) -> None:
    # browsers shorten it: Chromium to 400 days
    visitor.open("/~hat>?q=?", referer="https://süß.example/~", before=LISTENING).does(BY_NAME)
    assert f"max-age={730 * DAYS};" in visitor.does(f"written.findLast((one) => one.startsWith('{COOKIE}='))")
    assert set(visitor.raw_cookie["value"]) <= {*"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/="}
    said = visitor.cookie
    assert said["$exchange_id"].endswith(f".{shop.public_id}")
    assert len(b64decode(said["cid"])) == 36
    assert said["$referrer"]["first_page"].startswith(f"{visitor.front.url}/~hat")
    assert visitor.raw_cookie["expires"] > time.time() + 399 * DAYS
    assert (visitor.raw_cookie["domain"], visitor.raw_cookie["path"]) == ("localhost", "/")


@pytest.mark.rule("6.3", "6.2")
def test_the_cookie_is_of_the_whole_site_or_of_the_domain_that_the_page_says(visitor: Visitor) -> None:
    script = httpx.get(visitor.front.script).text
    html = visitor.front.html()
    visitor.context.route("**/klaviyo.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    visitor.context.route("**/*.example/", lambda route: route.fulfill(body=html, content_type="text/html"))
    visitor.open("http://www.shop.example/")
    eventually(lambda: visitor.raw_cookie.get("domain") == ".shop.example")
    assert visitor.does("klaviyo.cookieDomain('www.shop.example')") == "www.shop.example"
    eventually(lambda: domains(visitor) == [".www.shop.example"])


@pytest.mark.rule("6.3", "6.2")
def test_a_name_stays_in_the_cookie_only_until_the_server_knows_it(visitor: Visitor, shop: Shop) -> None:
    visitor.open()
    assert visitor.does("klaviyo.isIdentified()") is False
    text = visitor.does(f"() => {{ {BY_NAME}; return document.cookie; }}")
    said = json.loads(b64decode(text.partition(f"{COOKIE}=")[2]))
    assert said["$email"] == ANN and "$exchange_id" not in said
    assert visitor.does("klaviyo.isIdentified()") is True
    eventually(lambda: "$exchange_id" in visitor.cookie)
    assert ANN not in json.dumps(visitor.cookie)
    assert visitor.does("klaviyo.isIdentified()") is True
    assert {*visitor.cookie} == {"cid", "$exchange_id", "$referrer", "$last_referrer", "$last_active"}
    # what waited for the name is on its way, and kept until it has arrived
    eventually(lambda: visitor.does("Object.keys({...localStorage, ...sessionStorage})") == [])


@pytest.mark.rule("6.3")
def test_a_cookie_that_grows_too_long_is_cleared(visitor: Visitor) -> None:
    visitor.open(before=written({"cid": "x" * 1500}))
    assert visitor.cookie["cid"] == "x" * 1500
    visitor.does("() => { klaviyo.identify({$id: 'x'.repeat(1000)}); }")
    assert visitor.cookie == {}


@pytest.mark.rule("6.3")
def test_who_follows_a_link_is_known_by_it(visitor: Visitor, shop: Shop) -> None:
    kx = identified(shop, email=ANN)["exchange_id"]
    visitor.open(f"/hat?_kx={kx}")
    assert visitor.does("klaviyo.isIdentified()") is True
    assert visitor.cookie["$exchange_id"].endswith(f".{shop.public_id}")
    assert visitor.does("atob(sessionStorage.getItem('_kx'))") == kx
    id = somebody(shop, ANN)
    eventually(lambda: metrics_of(shop, id) == [ACTIVE])
    said = tracked(shop, id, ACTIVE)["event_properties"]
    assert (said["kx_present"], said["page"]) == (True, f"{visitor.front.url}/hat")
    # a browser that threw its cookies away knows it as long as the tab lives
    visitor.context.clear_cookies()
    visitor.open("/coat")
    assert visitor.does("klaviyo.isIdentified()") is True
    assert {*everybody(shop)} == {id}


@pytest.mark.rule("6.3")
def test_an_exchange_id_of_another_company_is_ignored(visitor: Visitor, shop: Shop) -> None:
    foreign = ["sealed.NOPE01", "sealed", f"a b.{shop.public_id}", f"sealed.{shop.public_id}.NOPE01"]
    links = [(f"/?_kx={one}", "") for one in foreign]
    for path, before in [*links, ("/", written({"cid": "eA==", "$exchange_id": foreign[0]}))]:
        visitor.open(path, before=before)
        assert visitor.does("klaviyo.isIdentified()") is False
        assert "$exchange_id" not in visitor.cookie
    assert visitor.asked == []


@pytest.mark.rule("6.3")
def test_addresses_in_links_count_too(visitor: Visitor, shop: Shop) -> None:
    visitor.open("/?utm_email=ann%40example.com")
    somebody(shop, ANN)
    said = b64encode(json.dumps({"kl_email": "bea@example.com", "kl_company_id": shop.public_id}).encode()).decode()
    visitor.open(f"/?_ke={said}")
    somebody(shop, "bea@example.com")
    foreign = b64encode(json.dumps({"kl_email": "eve@example.com", "kl_company_id": "NOPE01"}).encode()).decode()
    visitor.open(f"/?_ke={foreign}")
    assert visitor.does("klaviyo.isIdentified()") is True
    assert sorted(one["email"] for one in everybody(shop).values()) == [ANN, "bea@example.com"]


@pytest.mark.rule("6.4")
def test_an_exchange_id_that_means_nobody_any_more_is_forgotten(visitor: Visitor, shop: Shop) -> None:
    visitor.open(before=written({"cid": "eA==", "$exchange_id": f"sealed.{shop.public_id}"}))
    eventually(lambda: "$exchange_id" not in visitor.cookie)
    assert visitor.does("klaviyo.isIdentified()") is False


# ---- identifying


@pytest.mark.rule("6.4")
def test_what_is_said_at_once_is_sent_once(visitor: Visitor, shop: Shop) -> None:
    visitor.open().does("""() => Promise.all([
        klaviyo.identify({first_name: 'Ann'}), klaviyo.identify({email: 'ann@example.com', tier: 1}),
        klaviyo.identify({last_name: 'Lee', tier: 2}),
    ])""")
    (asked,) = visitor.sent("profiles")
    assert asked["headers"]["x-klaviyo-onsite"] == "1"
    _, ann = the_one(shop)
    assert (ann["email"], ann["first_name"], ann["last_name"], ann["properties"]["tier"]) == (ANN, "Ann", "Lee", 2)


@pytest.mark.rule("6.4")
def test_two_people_at_once_stay_two(visitor: Visitor, shop: Shop) -> None:
    visitor.open().does("""() => Promise.all([
        klaviyo.identify({email: 'ann@example.com', phone_number: '+15005550006', first_name: 'Ann'}),
        klaviyo.identify({email: 'bea@example.com', first_name: 'Bea'}),
    ])""")
    visitor.does("klaviyo.track('Seen', {})")
    ann, bea = somebody(shop, ANN), somebody(shop, "bea@example.com")
    assert [read(shop, one)["first_name"] for one in (ann, bea)] == ["Ann", "Bea"]
    assert [read(shop, one)["phone_number"] for one in (ann, bea)] == ["+15005550006", None]
    shop.wait_until_recorded()
    assert ("Seen" in metrics_of(shop, ann), "Seen" in metrics_of(shop, bea)) == (False, True)


@pytest.mark.rule("6.4", "7.8")
@pytest.mark.parametrize("refusals", [5, 6])
def test_it_comes_again_up_to_five_times_when_it_is_asked_to(visitor: Visitor, shop: Shop, refusals: int) -> None:
    left = iter([True] * refusals)
    headers = {"access-control-allow-origin": "*", "access-control-expose-headers": "retry-after", "retry-after": "0"}

    def answer(route: Route) -> None:
        if next(left, False):
            route.fulfill(status=429, headers=headers)
        else:
            route.continue_()

    visitor.context.route("**/client/profiles/**", answer)
    visitor.open().does(BY_NAME)
    assert len(visitor.sent("profiles")) == 6
    assert ("$exchange_id" in visitor.cookie, "$email" in visitor.cookie) == (refusals == 5, refusals == 6)
    if refusals == 6:
        # the next page says it again
        visitor.open("/next")
        eventually(lambda: "$exchange_id" in visitor.cookie)
    assert [one["email"] for one in everybody(shop).values()] == [ANN]


@pytest.mark.rule("6.2", "6.6")
def test_a_name_that_is_none_does_not_spoil_the_rest(visitor: Visitor, shop: Shop) -> None:
    visitor.open().does("klaviyo.identify({email: 'nope', phone_number: '+15005550006', first_name: 5})")
    visitor.does("klaviyo.identify({external_id: 'x-1', phone_number: '+999999999999'})")
    _, ann = the_one(shop)
    assert (ann["email"], ann["phone_number"], ann["external_id"]) == (None, "+15005550006", "x-1")
    assert ann["first_name"] == "5"


@pytest.mark.rule("6.4")
def test_what_is_said_on_leaving_the_page_arrives(visitor: Visitor, shop: Shop) -> None:
    visitor.open()
    visitor.does(f"() => {{ {BY_NAME}; klaviyo.track('Left', {{}}); location.href = 'about:blank'; }}")
    visitor.page.wait_for_url("about:blank")
    eventually(lambda: "Left" in metrics_of(shop, somebody(shop, ANN)))


def test_a_server_that_is_away_breaks_nothing_on_the_page(visitor: Visitor) -> None:
    visitor.context.route("**/client/**", lambda route: route.abort())
    visitor.open().does(BY_NAME)
    assert visitor.does("klaviyo.track('Seen', {})") is False
    assert visitor.does("() => { const round = {}; round.self = round; return klaviyo.track('Seen', round); }") is None
    assert visitor.does("klaviyo.account(() => { throw new Error('of the page'); })") == visitor.shop.public_id


# ---- before somebody is known


@pytest.mark.rule("6.4", "1.7")
def test_what_nobody_does_is_sent_when_they_are_somebody(visitor: Visitor, shop: Shop) -> None:
    old = kept_event("Viewed Product", age=3 * DAYS, Sku="A")
    visitor.open(before=keeping([old]))
    assert visitor.does("klaviyo.track('Added to Cart', {Sku: 'A'})") is True
    assert (len(visitor.kept()), visitor.asked) == (3, [])
    assert everybody(shop) == {}
    visitor.does(BY_NAME)
    eventually(lambda: visitor.kept() == [])
    assert {name for name, _ in visitor.asked} == {"profiles", "event-bulk-create"}
    id, _ = the_one(shop)
    assert metrics_of(shop, id) == [ACTIVE, "Added to Cart", "Viewed Product"]
    at = datetime.fromisoformat(tracked(shop, id, "Viewed Product")["datetime"])
    assert at == datetime.fromisoformat(old["time"]).replace(microsecond=0)


@pytest.mark.rule("6.4")
def test_what_is_kept_is_sent_a_thousand_at_a_time(visitor: Visitor, shop: Shop) -> None:
    visitor.open(before=keeping(kept_events(1500))).does(BY_NAME)
    eventually(lambda: visitor.kept() == [])
    sizes = [len(one["data"]["attributes"]["events"]["data"]) for one in visitor.sent("event-bulk-create")]
    assert sizes == [1000, 501]
    shop.wait_until_recorded()
    assert shop.query("SELECT count(*) FROM events WHERE account_id = %s", shop.account_id) == [(1501,)]


@pytest.mark.rule("6.4")
def test_two_tabs_that_send_what_is_kept_lose_none_of_it(visitor: Visitor, shop: Shop) -> None:
    """Both hand over the first thousand. One goes on with the rest and fails, while the other is done with what it
    sent: that is all it may take away."""
    visitor.open(before=keeping(kept_events(1500)))
    visitor.front.before = ""
    other = visitor.context.new_page()
    other.goto(visitor.front.url)
    other.wait_for_function("window._klOnsite && !Array.isArray(window._klOnsite)")
    held: list[Route] = []
    visitor.context.route("**/client/event-bulk-create/**", lambda route: held.append(route))
    for opened in (visitor.page, other):
        opened.evaluate(BY_NAME)
    eventually(lambda: (visitor.kept(), len(held) == 2)[1])
    all_there_is = len(visitor.kept())
    held[0].continue_()
    eventually(lambda: (visitor.kept(), len(held) == 3)[1])
    held[1].continue_()
    eventually(lambda: visitor.kept() == [] or len(held) == 4)
    for request in held[2:]:
        request.abort()
    other.close()
    assert len(visitor.kept()) == all_there_is - 1000
    visitor.context.unroute_all()
    visitor.open()
    eventually(lambda: visitor.kept() == [])
    shop.wait_until_recorded()
    counted = """
        SELECT count(*) FROM events e JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
        WHERE e.account_id = %s AND m.name = 'Viewed Product'"""
    assert shop.query(counted, shop.account_id) == [(1500,)]


@pytest.mark.rule("6.4")
def test_what_is_kept_is_at_most_14_days_old_and_10000_events(visitor: Visitor) -> None:
    old, young = kept_event("Old", age=14 * DAYS + 60), kept_event("Young", age=14 * DAYS - 60)
    visitor.open(before=keeping([old, young]))
    assert [one["metric"]["data"]["attributes"]["name"] for one in visitor.kept()] == ["Young", ACTIVE]
    visitor.open(before=keeping([young] * 9_999)).does("klaviyo.track('Newest', {})")
    kept = visitor.kept()
    assert len(kept) == 10_000
    assert [one["metric"]["data"]["attributes"]["name"] for one in kept[-2:]] == [ACTIVE, "Newest"]


@pytest.mark.rule("6.4")
def test_what_is_kept_is_at_most_5_mb(visitor: Visitor) -> None:
    big = kept_event("Big", text="x" * 99_000)
    before = f"localStorage.setItem('{KEPT}', JSON.stringify(Array(50).fill({json.dumps(big)})))"
    visitor.open(before=before).does("klaviyo.track('Newest', {text: 'x'.repeat(99000)})")
    assert visitor.does(f"localStorage.getItem('{KEPT}').length") <= 5_000_000
    kept = visitor.kept()
    assert len(kept) > 30 and kept[-1]["metric"]["data"]["attributes"]["name"] == "Newest"


@pytest.mark.rule("6.4")
def test_one_event_that_is_refused_holds_up_no_other(visitor: Visitor, shop: Shop) -> None:
    events = [kept_event(), kept_event("x" * 200), kept_event("Added to Cart")]
    visitor.open(before=keeping(events)).does(BY_NAME)
    eventually(lambda: visitor.kept() == [])
    id, _ = the_one(shop)
    assert metrics_of(shop, id) == [ACTIVE, "Added to Cart", "Viewed Product"]


# ---- what else it remembers


@pytest.mark.rule("6.4", "6.2")
def test_the_items_that_were_viewed_most_become_a_property(visitor: Visitor, shop: Shop) -> None:
    old = int(time.time()) - 31 * DAYS
    items = [{"item": {"ItemId": 99}, "views": 9, "last": old}]
    visitor.open(before=f"localStorage.setItem('__kla_viewed', JSON.stringify({json.dumps(items)}))")
    visitor.does("""() => {
        for (let id = 1; id <= 25; id += 1) klaviyo.trackViewedItem({ItemId: id, Title: 'Hat ' + id});
        for (const id of [13, 7, 7]) klaviyo.trackViewedItem({ItemId: id, Title: 'Hat ' + id});
        return klaviyo.identify({email: 'ann@example.com'});
    }""")
    _, ann = the_one(shop)
    viewed = ann["properties"]["$viewed_items"]
    assert len(viewed) == 20
    assert [(one["ItemId"], one["Views"]) for one in viewed[:2]] == [(7, 3), (13, 2)]
    assert 99 not in [one["ItemId"] for one in viewed]
    visitor.does("klaviyo.trackViewedItem({ItemId: 100})")
    _, ann = the_one(shop)
    assert 100 in [one["ItemId"] for one in ann["properties"]["$viewed_items"]]


@pytest.mark.rule("6.4", "1.4")
def test_where_somebody_came_from_is_known_first_and_last(visitor: Visitor, shop: Shop) -> None:
    site, search, mail = visitor.front.url, "https://search.example/", "https://mail.example/"
    visitor.open("/a?utm_email=ann%40example.com", referer=search)
    visitor.open("/b", referer=mail)
    said = read(shop, somebody(shop, ANN))["properties"]
    assert said["$referrer"] == said["$last_referrer"]
    assert (said["$referrer"]["value"], said["$referrer"]["first_page"]) == (search, f"{site}/a")
    assert abs(said["$referrer"]["ts"] - time.time()) < 60
    # after half an hour somebody comes anew
    eventually(lambda: "$exchange_id" in visitor.cookie)
    before = visitor.cookie | {"$last_active": int(time.time()) - 1801}
    visitor.page.goto("about:blank")
    visitor.open("/c", before=written(before), referer=mail)
    id = somebody(shop, ANN)
    eventually(lambda: read(shop, id)["properties"]["$last_referrer"]["value"] == mail)
    assert read(shop, id)["properties"]["$referrer"] == said["$referrer"]


@pytest.mark.rule("6.3")
def test_it_is_another_visit_but_the_same_person_in_another_tab(visitor: Visitor, shop: Shop) -> None:
    """A tab that was open before somebody was identified in another doesn't make them nobody again."""
    visitor.open("/a")
    other = visitor.context.new_page()
    other.goto(f"{visitor.front.url}/b")
    other.wait_for_function("window._klOnsite && !Array.isArray(window._klOnsite)")
    other.evaluate(BY_NAME)
    assert visitor.does("klaviyo.isIdentified()") is True
    visitor.does("klaviyo.track('Seen', {})")
    assert "Seen" in metrics_of(shop, the_one(shop)[0])
    other.close()


def test_the_snippet_of_the_documentation_is_the_one_tested_here() -> None:
    text = (Path(__file__).parents[2] / "docs/onsite.md").read_text()
    assert " ".join(SNIPPET.split()) in " ".join(text.split())
