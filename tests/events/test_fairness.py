"""One account that is busy delays no other: single events of a shop are there at once while another one imports."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.conftest import Server, Shop, new_shop
from tests.people import event_body

CALLS, SIZE = 24, 1000
PROFILES = 10_000


def bulk(call: int) -> dict[str, Any]:
    groups = [
        {
            "type": "event-bulk-create",
            "attributes": {
                "profile": {"data": {"type": "profile", "attributes": {"email": f"p{call}-{number}@example.com"}}},
                "events": {
                    "data": [
                        {
                            "type": "event",
                            "attributes": {
                                "metric": {"data": {"type": "metric", "attributes": {"name": "Imported"}}},
                                "properties": {},
                            },
                        }
                    ]
                },
            },
        }
        for number in range(SIZE)
    ]
    return {"data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": groups}}}}


def waiting(shop: Shop) -> int:
    return int(shop.query("SELECT count(*) FROM inbox WHERE account_id = %s", shop.account_id)[0][0])


def seen_after(shop: Shop, number: int) -> float:
    """Seconds from the call to the event being readable."""
    begun = time.monotonic()
    body = event_body("Call", person={"email": "ann@example.com"}, unique_id=str(number))
    answer = shop.http.post("/api/events", json=body, headers={"Prefer": "wait=20"}, timeout=40)
    assert answer.headers["preference-applied"] == "wait=20"
    return time.monotonic() - begun


def measured(busy: Shop, quiet: Shop, is_busy: Any) -> list[float]:
    found = []
    while is_busy() and len(found) < 200:
        found.append(seen_after(quiet, len(found)))
    return found


def test_bulk_events_of_one_shop_do_not_delay_the_events_of_another(server: Server) -> None:
    with new_shop(server) as busy, new_shop(server) as quiet, ThreadPoolExecutor(3) as pool:
        seen_after(quiet, -1)
        sending = [pool.submit(busy.http.post, "/api/event-bulk-create-jobs", json=bulk(call)) for call in range(CALLS)]
        while not waiting(busy):
            time.sleep(0.01)
        delays = measured(busy, quiet, lambda: waiting(busy) > 0)
        assert {one.result().status_code for one in sending} == {202}
        check(delays)
        # while the quiet one's were there, the busy one's still waited: they did not stand in one line
        assert len(delays) >= 3


def test_a_bulk_import_of_profiles_does_not_either(server: Server) -> None:
    with new_shop(server) as busy, new_shop(server) as quiet:
        seen_after(quiet, -1)
        profiles = [
            {"type": "profile", "attributes": {"email": f"p{number}@example.com", "properties": {"n": number}}}
            for number in range(PROFILES)
        ]
        attributes = {"profiles": {"data": profiles}}
        answer = busy.http.post(
            "/api/profile-bulk-import-jobs",
            json={"data": {"type": "profile-bulk-import-job", "attributes": attributes}},
        )
        assert answer.status_code == 202
        job = f"/api/profile-bulk-import-jobs/{answer.json()['data']['id']}"

        def is_busy() -> bool:
            status = busy.http.get(job).json()["data"]["attributes"]["status"]
            return status != "complete" or waiting(busy) > 0

        check(measured(busy, quiet, is_busy))


def check(delays: list[float]) -> None:
    """About a second at the most; where the machine is busy with other things too, in most cases."""
    print(f"{len(delays)} events seen after {statistics.median(delays):.2f} s, at most {max(delays):.2f} s")
    assert statistics.median(delays) < 1
    assert max(delays) < 5
