"""After a deletion nothing of the person is left anywhere, and every number is what it was (behaviour-people 1.9)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx
import psycopg
import pytest
from psycopg import sql

from rapport.events.lake import seal
from rapport.events.lake.sealer import Sealer
from rapport.kit import clock, db
from rapport.kit.files import Files
from tests import stories
from tests.conftest import Server, Shop, eventually, new_shop, run
from tests.onsite.world import accepted
from tests.parity.world import resource
from tests.people import events_of, eventually_gone, sent
from tests.profiles.test_bulk_import import done, one
from tests.profiles.test_deletion import deleted
from tests.receiver import Receiver
from tests.sink import Sink

Json = dict[str, Any]
EMAIL, PHONE, OTHER = "quilwyxanna@trace-mail.example", "+12025550143", "bea@other.example"
# Every text that is hers holds one of these.
TRACES = ("quilwyx", "quillfeather", "12025550143")
PERSON = {
    "email": EMAIL, "phone_number": PHONE, "external_id": "quilwyx-77", "anonymous_id": "quilwyx-device",
    "first_name": "Quilwyxanna", "last_name": "Quillfeather", "organization": "Quilwyx Ltd", "title": "Quilwyxologist",
    "image": "https://img.example/quilwyx.png", "location": {"city": "Quilwyxburg", "address1": "1 Quilwyx Road"},
    "properties": {"favourite": "quilwyxword", "nested": {"deep": ["quilwyxdeep"]}},
}  # fmt: skip


@dataclass
class Scene:
    """A shop in which one person did everything that can be done, beside somebody else."""

    shop: Shop
    ann: str
    campaign: str
    flow: str

    def post(self, path: str, body: Json) -> Json:
        answer = self.shop.http.post(path, json=body)
        assert answer.status_code < 300, answer.text
        return dict(answer.json()) if answer.content else {}


def subscribe(shop: Shop, *, to: str | None = None, historical: bool = True, **profile: Any) -> None:
    marketing = {"consent": "SUBSCRIBED"} | ({"consented_at": "2024-01-01T00:00:00Z"} if historical else {})
    said = {"email": {"marketing": marketing}} | (
        {"sms": {"marketing": marketing}} if "phone_number" in profile else {}
    )
    data = [resource("profile", **profile, subscriptions=said)["data"]]
    body = resource(
        "profile-subscription-bulk-create-job",
        profiles={"data": data},
        historical_import=historical,
        custom_source="Import of quilwyx" if historical else "Web",
    )
    if to:
        body["data"]["relationships"] = {"list": {"data": {"type": "list", "id": to}}}
    answer = shop.http.post("/api/profile-subscription-bulk-create-jobs", json=body)
    assert answer.status_code == 202, answer.text


def flow_of(shop: Shop, metric: str, hook: str) -> str:
    def email(name: str, then: str | None) -> Json:
        message = {
            "from_email": "shop@example.com",
            "from_label": "The shop",
            "smart_sending_enabled": False,
            "subject_line": "{{ first_name }}, {{ event.Item }}",
            "template_id": stories.template(shop),
        }
        return {"temporary_id": name, "type": "send-email", "links": {"next": then}, "data": {"message": message}}

    body = '{"who": "{{ email }}", "favourite": "{{ person.favourite }}"}'
    actions = [
        email("first", "hook"),
        {
            "temporary_id": "hook",
            "type": "send-webhook",
            "links": {"next": "wait"},
            "data": {"message": {"url": f"{hook}/small", "body": body, "headers": {}}},
        },
        {
            "temporary_id": "wait",
            "type": "time-delay",
            "links": {"next": "second"},
            "data": {"unit": "days", "value": 2},
        },
        email("second", None),
    ]
    definition = {"triggers": [{"type": "metric", "id": metric}], "entry_action_id": "first", "actions": actions}
    return stories.flow(shop, definition)


def played(shop: Shop, sink: Sink, hook: str) -> Scene:
    """Profiles, consent, lists, segments, a campaign with its opens and clicks, orders, a flow under way, imports."""
    sent(
        shop,
        "Placed Order",
        person=PERSON,
        value=30.5,
        unique_id="quilwyx-order",
        properties={"Item": "quilwyxhat", "Size": 7},
    )
    sent(shop, "Placed Order", person={"email": OTHER}, value=10, unique_id="order-2", properties={"Item": "hat"})
    sent(shop, "Started Checkout", person={"email": OTHER}, properties={"Item": "hat"})
    news = stories.list_of(shop, [EMAIL, OTHER])
    double = str(shop.sdk.Lists.create_list(resource("list", name="Double", opt_in_process="double_opt_in")).data.id)
    subscribe(shop, to=news, email=EMAIL, phone_number=PHONE)
    subscribe(shop, to=double, historical=False, email=EMAIL)
    stories.segment(shop, "Buyers", [stories.count(shop.metric_id("Placed Order"), "greater-than", 0)])
    whose = resource("profile", email=EMAIL)
    accepted(
        shop, "push-tokens", resource("push-token", token="quilwyxtoken", platform="ios", vendor="apns", profile=whose)
    )
    campaign, _ = stories.campaign(shop, included=[news], subject="{{ first_name|default:'you' }}, look")
    stories.send(shop, campaign)
    for address, item in ((EMAIL, "quilwyxshoe"), (OTHER, "shoe")):
        (letter,) = eventually(lambda to=address: [one for one in sink.to(to) if "look" in str(one.message["Subject"])])
        httpx.get(stories.pixel(letter))
        httpx.get(stories.links(letter)[0])
        shop.wait_until_recorded()
        sent(
            shop,
            "Placed Order",
            person={"email": address},
            value=20,
            properties={"Item": item, "$extra": {"a": 1}},
        )
    flow = flow_of(shop, shop.metric_id("Started Checkout"), hook)
    sent(shop, "Started Checkout", person={"email": EMAIL}, properties={"Item": "quilwyxhat"})
    calls = "SELECT 1 FROM webhook_calls WHERE account_id = %s AND status IN ('done', 'failed')"
    eventually(lambda: shop.query(calls, shop.account_id))
    letters = "SELECT 1 FROM messages WHERE account_id = %s AND source = 'flow' AND status = 'sent'"
    eventually(lambda: shop.query(letters, shop.account_id))
    done(shop, one(email=EMAIL, phone_number="quilwyx-broken"), one(email=EMAIL, properties={"more": "quilwyxmore"}))
    body = {"person": {"email": EMAIL}, "metric": "quilwyxbroken"}
    shop.query(
        """INSERT INTO inbox_refused (account_id, id, kind, body, reason, refused)
           VALUES (%s, 1, 'event', %s, 'quilwyxreason', now()) RETURNING 1""",
        shop.account_id,
        json.dumps(body),
    )
    shop.wait_until_recorded()
    found = shop.query("SELECT ulid FROM profiles WHERE account_id = %s AND email = %s", shop.account_id, EMAIL)
    return Scene(shop, found[0][0], campaign, flow)


@pytest.fixture(scope="module")
def scene(server: Server, sink: Sink) -> Iterator[Scene]:
    with new_shop(server) as shop, Receiver() as receiver:
        yield played(shop, sink, receiver.url)


def tables(shop: Shop) -> list[str]:
    """Every table there is, also those of rooms that this test knows nothing of."""
    rows = shop.query("""
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname = 'public' ORDER BY 1""")
    return [row[0] for row in rows]


def traces(shop: Shop) -> dict[str, str]:
    """Tables with a row in which a trace stands in any column, and such a row; every shop of the server is looked
    through."""
    found = {}
    with psycopg.connect(shop.server.database_url, autocommit=True) as conn:
        for table in tables(shop):
            query = sql.SQL("SELECT t::text FROM {} AS t WHERE lower(t::text) LIKE ANY (%s) LIMIT 1")
            patterns = [f"%{one}%" for one in TRACES]
            for row in conn.execute(query.format(sql.Identifier(table)), (patterns,)):
                found[table] = row[0]
    return found


def traces_in_files(data: Path) -> list[Path]:
    """Files of the data folder, but for the database's own, that hold a trace. Parquet is read as what it says."""
    files = [file for file in data.rglob("*") if file.is_file() and "postgres" not in file.relative_to(data).parts]
    return [file for file in files if any(trace in _text(file) for trace in TRACES)]


def _text(file: Path) -> str:
    if file.suffix == ".parquet":
        return str(duckdb.execute("SELECT * FROM read_parquet(?)", [str(file)]).fetchall()).lower()
    return file.read_bytes().decode("utf-8", "replace").lower()


async def sealed(shop: Shop) -> None:
    """Every closed day of the account in files, and replaced files gone as they are after their time of grace."""
    files = Files(shop.server.data / "lake")
    async with db.new_pool(shop.server.database_url, size=4) as pool:
        sealer = Sealer(pool, files, every=0)
        while await sealer.step(shop.account_id):
            pass
        async with seal.locked(pool, shop.account_id) as conn:
            assert conn is not None
            await seal.clean(conn, files, shop.account_id, clock.utcnow() + seal.GRACE + timedelta(seconds=1))


def renewed(shop: Shop) -> None:
    """As if the quarter of an hour were over for which changes are gathered, and the hour that replaced files stay."""
    earlier = "UPDATE lake_changes SET noted = noted - interval '1 hour' WHERE account_id = %s RETURNING 1"
    shop.query(earlier, shop.account_id)
    run(sealed(shop))


def numbers(scene: Scene) -> Json:
    """Every kind of number the product shows, as its API and its tables of sums have them."""
    shop, order = scene.shop, scene.shop.metric_id("Placed Order")
    values = {
        "statistics": ["recipients", "opens", "opens_unique", "clicks", "clicks_unique", "conversions",
                       "conversion_uniques", "conversion_value"],
        "timeframe": {"key": "last_30_days"}, "conversion_metric_id": order,
    }  # fmt: skip
    shown = {
        kind: scene.post(f"/api/{kind}-reports", resource(f"{kind}-report", **values))["data"]["attributes"]
        for kind in ("campaign-values", "flow-values")
    }
    names = [row[0] for row in shop.query("SELECT name FROM metrics WHERE account_id = %s", shop.account_id)]
    for name in sorted(names):
        shown[name] = aggregated(scene, shop.metric_id(name))
    for name, by in (("Opened Email", "Campaign Name"), ("Received Email", "Email Domain"), ("Placed Order", "$flow")):
        shown[f"{name} by {by}"] = aggregated(scene, shop.metric_id(name), by=[by])
    for path in (f"/api/campaigns/{scene.campaign}/overview", f"/api/flows/{scene.flow}/overview"):
        attributes = shop.http.get(path).json()["data"]["attributes"]
        # how many are on their way is not a count of what happened
        for moving in ("active", "finished", "steps"):
            attributes.pop(moving, None)
        shown[path] = attributes
    for table in ("message_totals", "credit_totals", "event_totals", "attributions"):
        # credits that are worked out anew have another version
        rows = f"SELECT to_jsonb(t) - 'version' FROM {table} t WHERE account_id = %s ORDER BY 1"
        shown[table] = shop.query(rows, shop.account_id)
    return shown


def aggregated(scene: Scene, metric: str, **more: Any) -> Json:
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    since, until = now - timedelta(days=300), now + timedelta(days=30)
    year = [f"greater-or-equal(datetime,{since:%Y-%m}-01T00:00:00)", f"less-than(datetime,{until:%Y-%m}-28T00:00:00)"]
    question = resource(
        "metric-aggregate",
        metric_id=metric,
        measurements=["count", "unique", "sum_value"],
        interval="month",
        filter=year,
        **more,
    )
    return dict(scene.post("/api/metric-aggregates", question)["data"]["attributes"])


@pytest.fixture(scope="module")
def erased(scene: Scene) -> tuple[Json, Json]:
    """The person deleted: the numbers before and after."""
    assert {"profiles", "messages", "optins", "webhook_calls", "import_errors", "inbox_refused"} <= traces(
        scene.shop
    ).keys()
    before = numbers(scene)
    deleted(scene.shop, email=EMAIL)
    eventually_gone(scene.shop, scene.ann)
    return before, numbers(scene)


@pytest.mark.rule("1.9")
def test_no_column_of_no_table_holds_a_trace_of_the_person(scene: Scene, erased: Any) -> None:
    assert traces(scene.shop) == {}


@pytest.mark.rule("1.9")
def test_no_file_holds_a_trace_of_the_person(scene: Scene, erased: Any) -> None:
    renewed(scene.shop)
    assert traces_in_files(scene.shop.server.data) == []


@pytest.mark.rule("1.9")
def test_every_number_is_what_it_was(erased: tuple[Json, Json]) -> None:
    before, after = erased
    assert before["campaign-values"]["results"]
    for name, shown in before.items():
        assert after[name] == shown, name


@pytest.mark.rule("1.9")
def test_the_events_stay_with_the_persons_data_redacted(scene: Scene, erased: Any) -> None:
    rows = scene.shop.query(
        """SELECT m.name, e.properties, e.value FROM events e
           JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
           JOIN deleted_profiles d ON d.account_id = e.account_id AND d.profile_id = e.profile_id
           WHERE e.account_id = %s ORDER BY e.recorded""",
        scene.shop.account_id,
    )
    found = {name: (properties, value) for name, properties, value in rows}
    assert {"Placed Order", "Started Checkout", "Received Email", "Opened Email", "Clicked Email"} <= found.keys()
    properties, value = found["Placed Order"]
    assert properties["Item"] == "redacted" and value == 20
    received = found["Received Email"][0]
    assert received["Email Domain"] == "trace-mail.example" and received["$message"]
    assert (received["Subject"], found["Clicked Email"][0]["URL"]) == ("redacted", "redacted")
    subscribed = found["Subscribed to Email Marketing"][0]
    assert subscribed["email_address"].startswith("redacted.") and subscribed["email_address"].endswith("@example.com")


@pytest.mark.rule("1.9")
def test_what_was_sent_stays_with_another_address(scene: Scene, erased: Any) -> None:
    rows = scene.shop.query(
        """SELECT to_address, context::text FROM messages WHERE account_id = %s
           AND profile_id IN (SELECT profile_id FROM deleted_profiles WHERE account_id = %s)""",
        scene.shop.account_id,
        scene.shop.account_id,
    )
    assert len(rows) == 2
    for address, context in rows:
        assert address.startswith("redacted.") and address.endswith("@example.com") and context == "{}"
    listed = scene.shop.http.get("/api/messages").json()["data"]
    assert len(listed) >= 3
    for message in listed:
        assert scene.shop.http.get(f"/api/messages/{message['id']}").status_code == 200


@pytest.mark.rule("1.9")
def test_a_flow_under_way_ends_for_the_deleted(scene: Scene, erased: Any) -> None:
    under_way = "SELECT 1 FROM enrolments WHERE account_id = %s AND action_id IS NOT NULL"
    assert not scene.shop.query(under_way, scene.shop.account_id)
    scene.shop.advance(days=3)
    scene.shop.wait_until_recorded()
    queued = "SELECT count(*) FROM messages WHERE account_id = %s AND source = 'flow'"
    assert scene.shop.query(queued, scene.shop.account_id) == [(1,)]


@pytest.mark.rule("1.9")
def test_others_are_untouched(scene: Scene, erased: Any) -> None:
    (bea,) = scene.shop.http.get("/api/profiles").json()["data"]
    assert bea["attributes"]["email"] == OTHER
    happened = events_of(scene.shop, bea["id"])
    assert {"hat"} <= {one["event_properties"].get("Item") for one in happened}
    clicked = next(one for one in happened if one["metric"] == "Clicked Email")
    assert clicked["event_properties"]["URL"].startswith("https://shop.example/new")


@pytest.mark.rule("1.9")
def test_events_of_the_deleted_can_still_be_read(scene: Scene, erased: Any) -> None:
    listed = scene.shop.sdk.Events.get_events(include=["metric", "profile"]).data
    assert sum(one.relationships.profile.data is None for one in listed) >= 5


@pytest.mark.rule("1.9")
def test_credits_worked_out_anew_are_what_they_were(scene: Scene, erased: tuple[Json, Json]) -> None:
    """Attribution asks the events, which still tell whose they were and what they were worth."""
    days = {"email_click": {"value": 4, "unit": "days"}}
    body = resource("attribution-settings", windows=days)
    assert scene.shop.http.patch("/api/attribution-settings", json=body).status_code == 200
    settings = lambda: scene.shop.http.get("/api/attribution-settings").json()["data"]["attributes"]  # noqa: E731
    eventually(lambda: not settings()["recomputing"])
    # rows of the version before are gone
    scene.shop.wait_until_recorded()
    before, again = erased[0], numbers(scene)
    for name in ("attributions", "credit_totals", "campaign-values"):
        assert before[name] and again[name] == before[name]
