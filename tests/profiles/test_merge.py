"""Merging two profiles by the API (behaviour-people 1.6), rule by rule."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from rapport.profiles.merge import RECORDING_LOCK
from tests.conftest import Shop, eventually
from tests.lists.test_lists import add, members, new_list
from tests.people import Json, event_body, events_of, everybody, gone, made, metrics_of, read, send, sent
from tests.profiles.everything import key_of, left, plant, tables

PHONE, OTHER_PHONE = "+15005550006", "+15005550007"
NOBODY = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
rule = pytest.mark.rule("1.6")


def body(into: Any, *sources: Any, kind: str = "profile-merge", of: str = "profile") -> Json:
    data = [{"type": of, "id": one} for one in sources]
    return {"data": {"type": kind, "id": into, "relationships": {"profiles": {"data": data}}}}


def merge(shop: Shop, into: str, source: str) -> httpx.Response:
    return shop.http.post("/api/profile-merge", json=body(into, source))


def merged(shop: Shop, into: str, source: str) -> Json:
    """The destination afterwards."""
    answer = merge(shop, into, source)
    assert answer.status_code == 202, answer.text
    return read(shop, into)


@rule
def test_it_answers_202_with_the_destination_and_nothing_about_it(shop: Shop) -> None:
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    answer = merge(shop, ann, bea)
    assert answer.status_code == 202
    data = answer.json()["data"]
    assert data == {
        "type": "profile",
        "id": ann,
        "attributes": {},
        "links": {"self": f"{shop.server.url}/api/profiles/{ann}/"},
    }


@rule
def test_the_source_is_gone_and_the_destination_keeps_its_id(shop: Shop) -> None:
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    merged(shop, ann, bea)
    answer = shop.http.get(f"/api/profiles/{bea}")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["detail"] == f"A profile with id {bea} does not exist."
    assert [*everybody(shop)] == [ann]


@rule
def test_the_destination_wins_and_the_source_fills_the_gaps(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com", first_name="Ann", properties={"both": 1, "own": {"a": 1}})
    bea = made(
        shop,
        email="bea@example.com",
        phone_number=PHONE,
        external_id="x",
        first_name="Bea",
        last_name="Lee",
        organization="Acme",
        title="Dr",
        locale="en-GB",
        image="https://example.com/i.png",
        properties={"both": 2, "own": {"b": 2}, "more": [1]},
    )
    found = merged(shop, ann, bea)
    assert (found["email"], found["first_name"], found["last_name"]) == ("ann@example.com", "Ann", "Lee")
    assert (found["phone_number"], found["external_id"]) == (PHONE, "x")
    assert (found["organization"], found["title"], found["locale"]) == ("Acme", "Dr", "en-GB")
    assert found["image"] == "https://example.com/i.png"
    assert found["properties"] == {"both": 1, "own": {"a": 1}, "more": [1]}


@rule
@pytest.mark.parametrize(
    ("into", "source", "wanted"),
    [
        ({"city": "Bern"}, {"city": "Rome", "country": "Italy"}, {"city": "Rome", "country": "Italy"}),
        ({"city": "Bern", "zip": "3000"}, {"country": "Italy"}, {"city": "Bern", "zip": "3000"}),
        ({"city": "Bern"}, {"city": "Rome"}, {"city": "Bern"}),
        ({}, {"city": "Rome"}, {"city": "Rome"}),
        ({"city": "Bern"}, {}, {"city": "Bern"}),
        (
            {"city": "Bern", "timezone": "Europe/Zurich"},
            {"timezone": "Europe/Rome"},
            {"city": "Bern", "timezone": "Europe/Rome"},
        ),
        (
            {"timezone": "Europe/Zurich"},
            {"city": "Rome", "timezone": "Europe/Rome"},
            {"city": "Rome", "timezone": "Europe/Rome"},
        ),
        ({"timezone": "Europe/Zurich"}, {"city": "Rome"}, {"city": "Rome", "timezone": "Europe/Zurich"}),
    ],
)
def test_the_location_is_whose_has_more_of_it_and_the_time_zone_the_sources(
    shop: Shop, into: Json, source: Json, wanted: Json
) -> None:
    """A time zone that only the destination has stays."""
    ann = made(shop, email="ann@example.com", location=into)
    bea = made(shop, email="bea@example.com", location=source)
    found = merged(shop, ann, bea)["location"]
    assert {name: value for name, value in found.items() if value is not None} == wanted


@rule
def test_events_move_with_their_own_times_and_the_merge_is_an_event_of_its_own(shop: Shop) -> None:
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    sent(shop, "Call", person={"id": bea}, time="2024-03-01T10:00:00Z")
    sent(shop, "Visit", person={"id": ann}, time="2024-02-01T10:00:00Z")
    found = merged(shop, ann, bea)
    shop.wait_until_recorded()
    assert metrics_of(shop, ann) == ["Call", "Merged Profile", "Visit"]
    times = {one["metric"]: one["datetime"] for one in events_of(shop, ann)}
    assert times["Call"] == "2024-03-01T10:00:00+00:00"
    assert found["last_event_date"] == "2024-03-01T10:00:00+00:00"
    assert shop.http.get("/api/events", params={"filter": f'equals(profile_id,"{bea}")'}).json()["data"] == []


@rule
def test_the_lists_are_those_of_both(shop: Shop) -> None:
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    own, both, theirs = (new_list(shop, name) for name in ("own", "both", "theirs"))
    add(shop, own, ann)
    add(shop, both, ann, bea)
    add(shop, theirs, bea)
    merged(shop, ann, bea)
    assert [members(shop, id) for id in (own, both, theirs)] == [[ann]] * 3


def consent(shop: Shop, ulid: str, channel: str, status: str, at: str) -> None:
    shop.query(
        """INSERT INTO consents (account_id, profile_id, channel, status, consented_at, updated)
           SELECT account_id, id, %s, %s, %s, %s FROM profiles WHERE account_id = %s AND ulid = %s RETURNING 1""",
        channel,
        status,
        at,
        at,
        shop.account_id,
        ulid,
    )


def email_consent(shop: Shop, ulid: str) -> tuple[str, str | None]:
    answer = shop.http.get(f"/api/profiles/{ulid}", params={"additional-fields[profile]": "subscriptions"}).json()
    marketing = answer["data"]["attributes"]["subscriptions"]["email"]["marketing"]
    return marketing["consent"], (marketing["consent_timestamp"] or "")[:10] or None


SUBSCRIBED, UNSUBSCRIBED = "SUBSCRIBED", "UNSUBSCRIBED"
_EARLY, _LATE = "2024-01-01", "2024-06-01"


@rule
@pytest.mark.parametrize(
    ("into", "source", "wanted"),
    [
        (None, (SUBSCRIBED, _EARLY), (SUBSCRIBED, _EARLY)),
        ((SUBSCRIBED, _EARLY), None, (SUBSCRIBED, _EARLY)),
        ((SUBSCRIBED, _EARLY), (SUBSCRIBED, _LATE), (SUBSCRIBED, _EARLY)),
        ((SUBSCRIBED, _LATE), (SUBSCRIBED, _EARLY), (SUBSCRIBED, _EARLY)),
        ((SUBSCRIBED, _EARLY), (UNSUBSCRIBED, _LATE), (UNSUBSCRIBED, _LATE)),
        ((SUBSCRIBED, _LATE), (UNSUBSCRIBED, _EARLY), (SUBSCRIBED, _LATE)),
        ((UNSUBSCRIBED, _LATE), (SUBSCRIBED, _EARLY), (UNSUBSCRIBED, _LATE)),
        ((UNSUBSCRIBED, _EARLY), (SUBSCRIBED, _EARLY), (SUBSCRIBED, _EARLY)),
    ],
)
def test_of_two_consents_the_older_of_one_status_and_the_newer_of_two_stays(
    shop: Shop, into: Any, source: Any, wanted: Any
) -> None:
    """Of two that differ and are equally old it is the source's."""
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    for id, given in ((ann, into), (bea, source)):
        if given:
            consent(shop, id, "email", *given)
    merged(shop, ann, bea)
    assert email_consent(shop, ann) == wanted


def suppress(shop: Shop, ulid: str, reason: str, at: str) -> None:
    shop.query(
        """INSERT INTO suppressions (account_id, profile_id, reason, at)
           SELECT account_id, id, %s, %s FROM profiles WHERE account_id = %s AND ulid = %s RETURNING 1""",
        reason,
        at,
        shop.account_id,
        ulid,
    )


def suppressed(shop: Shop, ulid: str) -> tuple[bool, dict[str, str]]:
    answer = shop.http.get(f"/api/profiles/{ulid}", params={"additional-fields[profile]": "subscriptions"}).json()
    marketing = answer["data"]["attributes"]["subscriptions"]["email"]["marketing"]
    reasons = {one["reason"]: one["timestamp"][:10] for one in marketing["suppression"]}
    return marketing["can_receive_email_marketing"], reasons


@rule
@pytest.mark.parametrize(
    ("into", "source", "wanted"),
    [
        ({}, {"HARD_BOUNCE": _LATE}, {"HARD_BOUNCE": _LATE}),
        ({"HARD_BOUNCE": _LATE}, {}, {"HARD_BOUNCE": _LATE}),
        ({"UNSUBSCRIBE": _LATE}, {"UNSUBSCRIBE": _EARLY}, {"UNSUBSCRIBE": _EARLY}),
        ({"UNSUBSCRIBE": _EARLY}, {"UNSUBSCRIBE": _LATE}, {"UNSUBSCRIBE": _EARLY}),
    ],
)
def test_whoever_was_suppressed_the_result_is_and_of_one_kind_the_older_record_stays(
    shop: Shop, into: Json, source: Json, wanted: Json
) -> None:
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    for id, given in ((ann, into), (bea, source)):
        for reason, at in given.items():
            suppress(shop, id, reason, at)
    merged(shop, ann, bea)
    assert suppressed(shop, ann) == (False, wanted)


@rule
def test_of_two_kinds_of_suppression_the_sources_is_kept_and_nothing_is_lifted(shop: Shop) -> None:
    """The live system has one record and lets the destination's go; we keep both, so that lifting one can't write to
    somebody who left by the other."""
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    suppress(shop, ann, "UNSUBSCRIBE", _EARLY)
    suppress(shop, bea, "USER_SUPPRESSED", _LATE)
    merged(shop, ann, bea)
    assert suppressed(shop, ann) == (False, {"UNSUBSCRIBE": _EARLY, "USER_SUPPRESSED": _LATE})


def enrol(shop: Shop, ulid: str, flow: str, state: str) -> None:
    """A run in a flow: waiting, completed or cancelled."""
    waiting = state == "waiting"
    shop.query(
        f"""INSERT INTO enrolments (account_id, flow_id, profile_id, cause, entered, action_id, due, waiting, finished)
            SELECT p.account_id, f.id, p.id, %s, now() - interval '2 days', {"1" if waiting else "NULL"},
                {"now() + interval '9 days'" if waiting else "NULL"}, {waiting},
                {"NULL" if waiting else "now() - interval '1 day'"}
            FROM profiles p JOIN flows f ON f.account_id = p.account_id AND f.public_id = %s
            WHERE p.account_id = %s AND p.ulid = %s RETURNING 1""",
        f"{ulid}:{state}",
        flow,
        shop.account_id,
        ulid,
    )


def runs(shop: Shop, ulid: str) -> list[tuple[str, bool]]:
    """(the cause of each run of a profile, whether it still waits)."""
    return sorted(
        shop.query(
            """SELECT e.cause, e.action_id IS NOT NULL FROM enrolments e
           JOIN profiles p ON p.account_id = e.account_id AND p.id = e.profile_id
           WHERE e.account_id = %s AND p.ulid = %s""",
            shop.account_id,
            ulid,
        )
    )


def new_flow(shop: Shop) -> str:
    from tests.flows.test_definition import example

    template = {"name": "T", "editor_type": "CODE", "html": "<p>Hi</p>"}
    made_template = shop.sdk.Templates.create_template({"data": {"type": "template", "attributes": template}})
    definition = example(new_list(shop), str(made_template.data.id))
    flow = {"data": {"type": "flow", "attributes": {"name": "Welcome", "definition": definition}}}
    return str(shop.sdk.Flows.create_flow(flow).data.id)


@rule
@pytest.mark.parametrize(
    ("into", "source", "waits"),
    [
        (None, "waiting", "source"),
        ("waiting", None, "into"),
        ("waiting", "waiting", "into"),
        ("completed", "waiting", None),
        ("waiting", "completed", None),
        ("completed", "completed", None),
    ],
)
def test_who_waits_in_a_flow_goes_on_once_at_most(
    shop: Shop, into: str | None, source: str | None, waits: str | None
) -> None:
    """The source's place is taken over where the destination was never in the flow; where both wait, the source's run
    ends; where either is through, no run goes on. A cancelled run is over as a completed one is."""
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    flow, ids = new_flow(shop), {"into": ann, "source": bea}
    for id, state in ((ann, into), (bea, source)):
        if state:
            enrol(shop, id, flow, state)
    merged(shop, ann, bea)
    going = [cause for cause, going in runs(shop, ann) if going]
    assert going == ([f"{ids[waits]}:waiting"] if waits else [])
    assert len(runs(shop, ann)) == sum(one is not None for one in (into, source))


@rule
def test_messages_move_and_so_do_the_skipped_ones(shop: Shop) -> None:
    """Sent or skipped, each is found under the destination afterwards: the walk over the schema holds it as well."""
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    plant(shop, key_of(shop, bea), but=frozenset(tables(shop)) - {"messages"})
    shop.query("UPDATE messages SET status = 'skipped' WHERE account_id = %s RETURNING 1", shop.account_id)
    merged(shop, ann, bea)
    statement = "SELECT status FROM messages WHERE account_id = %s AND profile_id = %s"
    assert shop.query(statement, shop.account_id, key_of(shop, ann)) == [("skipped",)]


@rule
def test_no_table_is_left_with_a_row_about_the_source(shop: Shop) -> None:
    """Every table with a profile_id is walked, so a new one fails here until its room says what becomes of its rows."""
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    sent(shop, person={"email": "cyd@example.com"})
    source = key_of(shop, bea)
    assert "profile_identifiers" in left(shop, source)
    planted = plant(shop, source)
    assert {"consents", "events", "list_members", "push_tokens", "suppressions"} <= {*planted}
    merged(shop, ann, bea)
    assert left(shop, source) == []


@rule
def test_rows_that_both_have_do_not_stand_in_the_way(shop: Shop) -> None:
    """Where the same row of both would be one afterwards, one of them stays."""
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    sent(shop, person={"email": "cyd@example.com"})
    # what is unique in an account whoever it belongs to can't be there twice
    of_one = frozenset({"profile_identifiers", "push_tokens", "messages", "enrolments", "engagements", "events"})
    source = key_of(shop, bea)
    for profile in (source, key_of(shop, ann)):
        plant(shop, profile, but=of_one | _unique_without_profile(shop))
    merged(shop, ann, bea)
    assert left(shop, source) == []


def _unique_without_profile(shop: Shop) -> set[str]:
    """Tables in which two rows may not differ by their profile alone."""
    statement = """
        SELECT i.indrelid::regclass::text FROM pg_index i WHERE i.indisunique AND NOT EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
            AND a.attname = 'profile_id') AND NOT EXISTS (
            SELECT FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
            AND (a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval%%'))"""
    return {row[0] for row in shop.query(statement)}


@rule
def test_to_say_it_again_changes_nothing(shop: Shop) -> None:
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com", properties={"a": 1})
    first = merged(shop, ann, bea)
    shop.wait_until_recorded()
    again = merged(shop, ann, bea)
    shop.wait_until_recorded()
    assert {**again, "last_event_date": None, "updated": None} == {**first, "last_event_date": None, "updated": None}
    assert metrics_of(shop, ann) == ["Merged Profile"]


@rule
def test_a_chain_of_merges_ends_in_the_last(shop: Shop) -> None:
    ann, bea, cyd = (made(shop, email=f"{name}@example.com") for name in ("ann", "bea", "cyd"))
    merged(shop, bea, ann)
    merged(shop, cyd, bea)
    assert [*everybody(shop)] == [cyd]
    sent(shop, "Late", person={"id": ann})
    assert "Late" in metrics_of(shop, cyd)
    assert merge(shop, cyd, ann).status_code == 202
    assert gone(shop, ann)
    assert merge(shop, bea, ann).status_code == 404


@rule
def test_what_comes_in_for_the_address_of_the_source_makes_a_new_profile(shop: Shop) -> None:
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    merged(shop, ann, bea)
    sent(shop, person={"email": "bea@example.com"})
    assert {one["email"] for one in everybody(shop).values()} == {"ann@example.com", "bea@example.com"}
    assert not gone(shop, ann)


@rule
def test_merges_that_meet_leave_one_profile_and_every_answer_is_one_to_use(shop: Shop) -> None:
    people = [made(shop, email=f"p{n}@example.com") for n in range(4)]
    pairs = [(one, other) for one in people for other in people if one != other]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda pair: merge(shop, *pair), pairs))
    assert {one.status_code for one in answers} <= {202, 404}
    eventually(lambda: len(everybody(shop)) == 1)


@contextmanager
def held(shop: Shop) -> Iterator[None]:
    """Nothing of the account is recorded meanwhile; afterwards everything is."""
    with psycopg.connect(shop.server.database_url) as conn:
        conn.execute("SELECT pg_advisory_xact_lock(%s, %s)", (RECORDING_LOCK, shop.account_id))
        yield
    shop.wait_until_recorded()


@rule
def test_events_accepted_before_it_go_with_the_source_and_later_ones_are_of_somebody_new(shop: Shop) -> None:
    """The source keeps answering until then; nothing that was accepted before makes a new profile."""
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    with held(shop):
        assert send(shop, "Before", person={"email": "bea@example.com"}).status_code == 202
        assert merge(shop, ann, bea).status_code == 202
        assert send(shop, "After", person={"email": "bea@example.com"}).status_code == 202
        assert not gone(shop, bea)
    assert gone(shop, bea)
    assert metrics_of(shop, ann) == ["Before", "Merged Profile"]
    (new,) = everybody(shop).keys() - {ann}
    assert metrics_of(shop, new) == ["After"]


@rule
def test_said_twice_while_it_waits_it_is_done_once(shop: Shop) -> None:
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    with held(shop):
        send(shop, "Before", person={"email": "bea@example.com"})
        assert [merge(shop, ann, bea).status_code for _ in range(2)] == [202, 202]
    assert metrics_of(shop, ann) == ["Before", "Merged Profile"]
    assert [*everybody(shop)] == [ann]


@rule
@pytest.mark.parametrize(
    ("pairs", "left"),
    [
        ([("bea", "ann"), ("cyd", "bea")], "cyd"),
        ([("cyd", "bea"), ("bea", "ann")], "cyd"),
        ([("ann", "bea"), ("bea", "ann"), ("ann", "cyd")], "ann"),
        ([("ann", "cyd"), ("bea", "cyd")], "bea"),
    ],
)
def test_merges_that_wait_together_are_done_in_their_order(shop: Shop, pairs: list[tuple[str, str]], left: str) -> None:
    """(destination, source) each. Of who was folded by one of them, the next means the one that is left."""
    ids = {name: made(shop, email=f"{name}@example.com") for name in ("ann", "bea", "cyd")}
    with held(shop):
        for name in ids:
            send(shop, "Before", person={"email": f"{name}@example.com"})
        for into, source in pairs:
            assert merge(shop, ids[into], ids[source]).status_code == 202
    assert [*everybody(shop)] == [ids[left]]
    assert metrics_of(shop, ids[left]) == ["Before"] * 3 + ["Merged Profile"] * 2


@rule
@pytest.mark.rule("1.5")
def test_an_event_before_it_that_folds_the_source_away_does_not_undo_it(shop: Shop) -> None:
    """Accepted is done: the merge then means who the source became."""
    ann, bea, number = (
        made(shop, email="ann@example.com"),
        made(shop, email="b@example.com"),
        made(shop, phone_number=PHONE),
    )
    with held(shop):
        send(shop, "Both", person={"email": "b@example.com", "phone_number": PHONE})
        assert merge(shop, ann, number).status_code == 202
    assert gone(shop, number) and gone(shop, bea)
    assert metrics_of(shop, ann) == ["Both", "Merged Profile", "Merged Profile"]


def ask_deletion(shop: Shop, ulid: str) -> None:
    attributes = {"profile": {"data": {"type": "profile", "id": ulid}}}
    job = {"data": {"type": "data-privacy-deletion-job", "attributes": attributes}}
    assert shop.http.post("/api/data-privacy-deletion-jobs", json=job).status_code == 202


@rule
@pytest.mark.rule("1.9")
def test_a_deletion_asked_for_after_it_waits_for_it(shop: Shop) -> None:
    """And then deletes the one that is left, as it does after a merge that is done."""
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    with held(shop):
        send(shop, "Before", person={"email": "bea@example.com"})
        assert merge(shop, ann, bea).status_code == 202
        ask_deletion(shop, bea)
    eventually(lambda: everybody(shop) == {})


@rule
@pytest.mark.rule("1.9")
def test_who_is_deleted_while_it_waits_is_not_merged(shop: Shop) -> None:
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    shop.wait_until_recorded()
    waits = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND NOT granted"
    with held(shop):
        ask_deletion(shop, bea)
        eventually(lambda: shop.query(waits, RECORDING_LOCK, shop.account_id))
        send(shop, "After", person={"email": "bea@example.com"})
        assert merge(shop, ann, bea).status_code == 202
    assert gone(shop, bea)
    assert metrics_of(shop, ann) == []
    (new,) = everybody(shop).keys() - {ann}
    assert metrics_of(shop, new) == ["After"]


@rule
def test_who_waits_for_what_follows_reads_it_done(shop: Shop) -> None:
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    for number in range(20):
        send(shop, "Before", person={"email": "bea@example.com"}, unique_id=str(number))
    answer = shop.http.post("/api/profile-merge", json=body(ann, bea), headers={"Prefer": "wait=20"})
    assert (answer.status_code, answer.headers["preference-applied"]) == (202, "wait=20")
    assert gone(shop, bea)
    assert metrics_of(shop, ann) == ["Before"] * 20 + ["Merged Profile"]


@rule
def test_nobody_is_told_202_for_who_is_not_there_while_events_wait(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    with held(shop):
        shop.http.post("/api/events", json=event_body(person={"email": "ann@example.com"}))
        assert merge(shop, ann, NOBODY).status_code == 404
        assert merge(shop, NOBODY, ann).status_code == 404


@rule
@pytest.mark.parametrize(
    ("given", "status", "pointer"),
    [
        (lambda a, b: body(a), 400, "/data/relationships/profiles/data"),
        (lambda a, b: body(a, b, b), 400, "/data/relationships/profiles/data"),
        (lambda a, b: body(a, a), 400, "/data/relationships/profiles/data/0/id"),
        (lambda a, b: body(a, b, kind="profile"), 400, "/data/type"),
        (lambda a, b: body(a, b, of="list"), 400, "/data/relationships/profiles/data/0/type"),
        (lambda a, b: {"data": {"type": "profile-merge", "id": a}}, 400, "/data/relationships/profiles/data"),
        (
            lambda a, b: {"data": {"type": "profile-merge", "relationships": body(a, b)["data"]["relationships"]}},
            400,
            "/data/id",
        ),
        (lambda a, b: body(NOBODY, b), 404, "/data/"),
        (lambda a, b: body(a, NOBODY), 404, "/data/"),
    ],
)
def test_it_says_what_is_wrong_and_merges_nobody(shop: Shop, given: Any, status: int, pointer: str) -> None:
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    answer = shop.http.post("/api/profile-merge", json=given(ann, bea))
    assert answer.status_code == status, answer.text
    assert answer.json()["errors"][0]["source"]["pointer"] == pointer
    assert len(everybody(shop)) == 2


@rule
@pytest.mark.rule("1.5")
def test_an_automatic_merge_follows_the_same_rules(shop: Shop) -> None:
    """The location, a suppression and the event, for one that an import makes."""
    ann = made(shop, email="ann@example.com", location={"city": "Bern"})
    device = made(shop, phone_number=PHONE, location={"city": "Rome", "country": "Italy"})
    suppress(shop, device, "HARD_BOUNCE", _EARLY)
    sent(shop, person={"email": "ann@example.com", "phone_number": PHONE})
    assert gone(shop, device)
    assert read(shop, ann)["location"]["city"] == "Rome"
    assert suppressed(shop, ann) == (False, {"HARD_BOUNCE": _EARLY})
    assert "Merged Profile" in metrics_of(shop, ann)
