"""A file that is being brought in when its worker is killed: no row is left out, and none counts twice."""

import os
import signal

from tests.conftest import Shop, eventually
from tests.crash.test_workers import workers_of
from tests.imports.served import changed, handed_over, shown
from tests.imports.test_served_people import FAIR
from tests.lengths import length

PEOPLE = length(2500, 60_000)
RECORDED = """
    SELECT count(*), count(DISTINCT e.profile_id) FROM events e
    JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
    WHERE e.account_id = %s AND m.name = 'Subscribed to Email Marketing'"""


def test_a_killed_import_goes_on_and_nobody_joins_or_agrees_twice(shop: Shop) -> None:
    """Of the shared server only a worker dies, which its program starts again."""
    draft = handed_over(shop, "email\n" + "".join(f"p{n}@x.example\n" for n in range(PEOPLE)))
    changed(shop, draft["id"], options={"new_list": "Fair", "consent": FAIR})
    assert shop.http.post(f"/api/imports/{draft['id']}/start").status_code == 202
    eventually(lambda: shown(shop, draft["id"])["rows"] > 0)
    for worker in workers_of(shop.server):
        os.kill(worker, signal.SIGKILL)
    assert 0 < shown(shop, draft["id"])["rows"] < PEOPLE
    done = eventually(lambda: (now := shown(shop, draft["id"]))["status"] == "complete" and now, seconds=60)
    assert (done["rows"], done["refused"], done["position"]) == (PEOPLE, 0, draft["size"])
    counts = done["counts"]
    assert (counts["added"], counts["updated"]) == (PEOPLE, 0)
    assert (counts["joined"], counts["subscribed"]) == (PEOPLE, PEOPLE)
    shop.wait_until_recorded()
    assert shop.query(RECORDED, shop.account_id) == [(PEOPLE, PEOPLE)]
