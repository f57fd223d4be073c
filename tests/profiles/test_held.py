"""All that is held of one person, as one file."""

import re

from rapport.kit.db import metadata
from rapport.profiles.held import HELD, OWN
from tests.conftest import Shop, eventually
from tests.people import Json
from tests.stories import campaign, count, list_of, segment, send
from tests.subscriptions.world import subscribe

ANN = "ann@held.example"
PARTS = {
    "profile_id", "made", "profile", "identifiers", "merged_profiles", "consent", "suppressions", "list_suppressions",
    "sign_ups", "devices", "lists", "segments", "events", "messages", "flows", "attributions",
}  # fmt: skip


# What the program keeps about people for its own work: made from what the file tells, and made anew from it.
DERIVED = {
    "event_keys": "known by its event",
    "event_totals": "counts of events",
    "engagements": "opens and clicks, which are events",
    "segment_touched": "whom a segment's build looks at again",
    "import_profiles": "which bulk import brought somebody in, for a week",
    "webhook_deliveries": "what the account's own webhooks are to be told",
    "webhook_attempts": "what they were told",
    "flow_appointments": "when flows of dates begin, by a date of the profile",
    "deleted_profiles": "nobody is left to be told",
}


def everything(shop: Shop, id: str) -> Json:
    answer = shop.http.get(f"/api/profiles/{id}/everything")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="profile-{id}.json"'
    return dict(answer.json())


def test_the_file_holds_everything_of_a_person_and_nothing_of_others(shop: Shop) -> None:
    ann, _ = shop.profile(ANN, first_name="Ann"), shop.profile("bea@held.example", first_name="Bea")
    subscribe(shop, ANN)
    news = list_of(shop, [ANN, "bea@held.example"])
    for number in range(3):
        shop.event("Placed Order", ANN, unique_id=f"o{number}", value=12.5, properties={"Item": f"Tea {number}"})
    shop.event("Placed Order", "bea@held.example", properties={"Item": "Coffee"})
    buyers = segment(shop, "Buyers", [count(shop.metric_id("Placed Order"), "greater-than-or-equal", 3)])
    send(shop, campaign(shop, included=[news])[0])
    events = eventually(
        lambda: len(found := [e for e in everything(shop, ann)["events"] if e["metric"] == "Received Email"]) and found
    )
    held = everything(shop, ann)
    assert held.keys() == PARTS
    assert (held["profile_id"], held["profile"]["first_name"]) == (ann, "Ann")
    assert {"kind": "email", "value": ANN} in held["identifiers"]
    assert [(one["channel"], one["status"]) for one in held["consent"]] == [("email", "SUBSCRIBED")]
    assert ([one["id"] for one in held["lists"]], [one["id"] for one in held["segments"]]) == ([news], [buyers])
    orders = [event for event in held["events"] if event["metric"] == "Placed Order"]
    assert [(one["unique_id"], one["value"], one["properties"]["Item"]) for one in orders] == [
        (f"o{number}", 12.5, f"Tea {number}") for number in range(3)
    ]
    assert shop.http.get(f"/api/events/{events[0]['id']}").status_code == 200
    (message,) = held["messages"]
    assert (message["to"], message["status"], message["content"]["subject"]) == (ANN, "sent", "Hello {{ first_name }}")
    assert "bea@" not in str(held) and "Coffee" not in str(held)


def test_every_table_about_people_is_told_or_said_to_be_made_from_what_is() -> None:
    told = " ".join(held.statement for held in (*OWN, *HELD))
    about = {
        table.name
        for table in metadata.tables.values()
        if any(column.name in ("profile_id", "profiles", "profile") for column in table.columns)
    }
    untold = {name for name in about if not re.search(rf"\b{name}\b", told)}
    assert untold == DERIVED.keys()


def test_nobody_is_answered_for_whom_there_is_no_profile(shop: Shop) -> None:
    assert shop.http.get("/api/profiles/01ARZ3NDEKTSV4RRFFQ69G5FAV/everything").status_code == 404
