"""A file that is being brought in when its worker is killed: no row is left out, and none counts twice."""

import os
import signal

from tests.conftest import Shop, eventually
from tests.crash.test_workers import workers_of
from tests.imports.served import Json, changed, handed_over, shown
from tests.imports.test_served_people import FAIR
from tests.lengths import length

PEOPLE = length(2500, 60_000)
RECORDED = """
    SELECT count(*), count(DISTINCT e.profile_id) FROM events e
    JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
    WHERE e.account_id = %s AND m.name = 'Subscribed to Email Marketing'"""


def killed_and_gone_on(shop: Shop, id: str) -> Json:
    """The import at its end. Of the shared server only the workers die, which its program starts again."""
    eventually(lambda: shown(shop, id)["rows"] > 0)
    for worker in workers_of(shop.server):
        os.kill(worker, signal.SIGKILL)
    assert 0 < shown(shop, id)["rows"] < PEOPLE
    return dict(eventually(lambda: (now := shown(shop, id))["status"] == "complete" and now, seconds=60))


def test_a_killed_import_goes_on_and_nobody_joins_or_agrees_twice(shop: Shop) -> None:
    draft = handed_over(shop, "email\n" + "".join(f"p{n}@x.example\n" for n in range(PEOPLE)))
    changed(shop, draft["id"], options={"new_list": "Fair", "consent": FAIR})
    assert shop.http.post(f"/api/imports/{draft['id']}/start").status_code == 202
    done = killed_and_gone_on(shop, draft["id"])
    assert (done["rows"], done["refused"], done["position"]) == (PEOPLE, 0, draft["size"])
    counts = done["counts"]
    assert (counts["added"], counts["updated"]) == (PEOPLE, 0)
    assert (counts["joined"], counts["subscribed"]) == (PEOPLE, PEOPLE)
    shop.wait_until_recorded()
    assert shop.query(RECORDED, shop.account_id) == [(PEOPLE, PEOPLE)]


def test_a_killed_import_of_orders_knows_the_numbers_of_before_and_counts_each_order_once(shop: Shop) -> None:
    rows = [f"{n},p{n % 50}@x.example,2024-01-01,5\n" for n in range(PEOPLE - 1)]
    text = "order_id,email,date,amount\n" + "".join([*rows, rows[0]])
    draft = handed_over(shop, text, "orders", "orders.csv")
    assert shop.http.post(f"/api/imports/{draft['id']}/start").status_code == 202
    done = killed_and_gone_on(shop, draft["id"])
    assert (done["rows"], done["refused"], done["counts"]["events"]) == (PEOPLE, 1, PEOPLE - 1)
    reason = "the order number 0 is on line 2 already"
    assert done["refused_rows"] == [{"line": PEOPLE + 1, "reason": reason}]
    shop.wait_until_recorded()
    assert shown(shop, draft["id"])["recorded"] == PEOPLE - 1
