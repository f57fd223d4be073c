"""What goes wrong with one account stops no other: its neighbours' segments, campaigns and flows go on."""

from collections.abc import Iterator

import psycopg
import pytest

from tests import stories
from tests.conftest import Server, Shop, eventually, new_shop
from tests.sink import Sink

WAIT = {"temporary_id": "wait", "type": "time-delay", "links": {"next": "mail"}, "data": {"unit": "days", "value": 1}}
# What the loops write when they go on.
TABLES = ("segments", "campaign_messages", "enrolments", "messages")


def delayed(list_id: str, template_id: str) -> dict[str, object]:
    """A flow: a day after joining the list, an e-mail."""
    message = {"from_email": "shop@example.com", "subject_line": "Welcome", "template_id": template_id}
    mail = {
        "temporary_id": "mail", "type": "send-email", "links": {"next": None},
        "data": {"status": "live", "message": message},
    }  # fmt: skip
    return {"triggers": [{"type": "list", "id": list_id}], "entry_action_id": "wait", "actions": [WAIT, mail]}


def scheduled(shop: Shop, list_id: str) -> str:
    """A campaign that leaves tomorrow."""
    made, message = stories.campaign(shop, included=[list_id])
    at = shop.query("SELECT now() + interval '1 day'")[0][0].isoformat()
    times = [{"message_id": message, "strategy": "static", "send_time": at}]
    body = {"type": "campaign-schedule", "attributes": {"message_schedules": times},
            "relationships": {"campaign": {"data": {"type": "campaign", "id": made}}}}  # fmt: skip
    shop.sdk.Campaigns.schedule_campaign({"data": body})
    return made


def buyers(shop: Shop) -> str:
    """A segment that somebody is in for three days."""
    shop.event("Bought", f"buyer@{shop.public_id.lower()}.example.com")
    return stories.segment(shop, "Buyers", [stories.count(shop.metric_id("Bought"), "greater-than", 0, days=3)])


@pytest.fixture(scope="module")
def broken(server: Server) -> Iterator[Shop]:
    """An account that has something due in every loop, and of which nothing can be written."""
    with new_shop(server) as shop:
        address = stories.people(shop, 1)
        news = stories.list_of(shop, address)
        stories.flow(shop, delayed(news, stories.template(shop)))
        stories.list_of(shop, address, "Others")
        buyers(shop)
        scheduled(shop, news)
        eventually(
            lambda: shop.query("SELECT 1 FROM segments WHERE account_id = %s AND built IS NOT NULL", shop.account_id)
        )
        shop.sdk.Lists.add_profiles_to_list(
            news, {"data": [{"type": "profile", "id": shop.profile("late@example.com")}]}
        )
        eventually(lambda: shop.query("SELECT 1 FROM enrolments WHERE account_id = %s", shop.account_id))
        _refuse(shop)
        shop.query(
            "UPDATE accounts SET clock_offset = interval '9 years' WHERE account_id = %s RETURNING 1", shop.account_id
        )
        yield shop
        _refuse_no_more(shop)


def _refuse(shop: Shop) -> None:
    """Whatever a worker writes of this account is refused by the database."""
    with psycopg.connect(shop.server.database_url, autocommit=True) as conn:
        conn.execute("""
            CREATE FUNCTION refuse_one_account() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'this row can not be written'; END $$""")
        for table in TABLES:
            conn.execute(f"""
                CREATE TRIGGER refuse_one_account BEFORE UPDATE ON {table} FOR EACH ROW
                WHEN (OLD.account_id = {shop.account_id}) EXECUTE FUNCTION refuse_one_account()""")  # type: ignore[arg-type]


def _refuse_no_more(shop: Shop) -> None:
    with psycopg.connect(shop.server.database_url, autocommit=True) as conn:
        # one table after the other: all at once waits for whoever reads two of them
        for table in TABLES:
            conn.execute(f"DROP TRIGGER refuse_one_account ON {table}")  # type: ignore[arg-type]
        conn.execute("DROP FUNCTION refuse_one_account")


def test_a_window_closes_beside_it(broken: Shop, shop: Shop) -> None:
    bought = buyers(shop)
    assert stories.size(shop, bought) == 1
    shop.advance(days=4)
    eventually(lambda: stories.size(shop, bought) == 0, seconds=10)


def test_a_segment_that_nobody_uses_goes_to_sleep_beside_it(broken: Shop, shop: Shop) -> None:
    unused = buyers(shop)
    shop.advance(days=47)
    statement = "SELECT 1 FROM segments WHERE account_id = %s AND public_id = %s AND NOT is_active"
    eventually(lambda: shop.query(statement, shop.account_id, unused), seconds=10)


def test_a_campaign_leaves_beside_it(broken: Shop, shop: Shop, sink: Sink) -> None:
    [address] = stories.people(shop, 1)
    made = scheduled(shop, stories.list_of(shop, [address]))
    shop.advance(days=2)
    eventually(lambda: stories.status(shop, made) == "Sent", seconds=10)
    assert len(sink.to(address)) == 1


def test_a_flow_goes_on_beside_it(broken: Shop, shop: Shop, sink: Sink) -> None:
    [address] = stories.people(shop, 1)
    news = stories.list_of(shop, [])
    stories.flow(shop, delayed(news, stories.template(shop)))
    found = shop.query("SELECT ulid FROM profiles WHERE account_id = %s", shop.account_id)[0][0]
    shop.sdk.Lists.add_profiles_to_list(news, {"data": [{"type": "profile", "id": found}]})
    eventually(lambda: shop.query("SELECT 1 FROM enrolments WHERE account_id = %s", shop.account_id))
    shop.advance(days=2)
    eventually(lambda: len(sink.to(address)) == 1, seconds=10)
