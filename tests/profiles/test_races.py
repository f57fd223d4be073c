"""Writers that meet: whatever the order, one person stays one profile and every request gets an answer it can use."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.conftest import Shop, eventually
from tests.people import create, events_of, everybody, imported, made, send

PHONE = "+15005550006"
_WRITERS = 8


def together(*asks: Callable[[], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(_WRITERS) as pool:
        return [one.result() for one in [pool.submit(ask) for ask in asks]]


def statuses(answers: list[httpx.Response]) -> Counter[int]:
    return Counter(one.status_code for one in answers)


def test_of_many_that_create_a_person_one_does(shop: Shop) -> None:
    for address in ("a@example.com", "b@example.com"):
        answers = together(*[lambda: create(shop, email=address, external_id=address)] * _WRITERS)  # noqa: B023
        assert statuses(answers) == {201: 1, 409: _WRITERS - 1}
        (made_id,) = (one.json()["data"]["id"] for one in answers if one.status_code == 201)
        refusals = (one.json()["errors"][0] for one in answers if one.status_code == 409)
        assert {one["meta"]["duplicate_profile_id"] for one in refusals} == {made_id}
    assert len(everybody(shop)) == 2


def test_of_many_that_import_a_person_one_is_told_that_it_is_new(shop: Shop) -> None:
    answers = together(
        *[lambda n=n: imported(shop, email="a@example.com", properties={f"k{n}": n}) for n in range(_WRITERS)]
    )
    assert statuses(answers) == {201: 1, 200: _WRITERS - 1}
    (ann,) = everybody(shop).values()
    assert ann["properties"] == {f"k{n}": n for n in range(_WRITERS)}


def test_imports_and_events_of_one_new_person_make_one_profile(shop: Shop) -> None:
    people = [{"email": "a@example.com"}, {"email": "a@example.com", "external_id": "x"}]
    asks: list[Callable[[], httpx.Response]] = []
    for n in range(12):
        person = people[n % 2]
        asks.append(lambda person=person: imported(shop, **person))
        asks.append(lambda person=person, n=n: send(shop, person=person, unique_id=str(n)))
    assert set(statuses(together(*asks))) <= {200, 201, 202}
    shop.wait_until_recorded()
    (ann,) = everybody(shop)
    assert len(events_of(shop, ann)) == 12


def test_no_event_is_lost_while_its_profile_is_folded_away(shop: Shop) -> None:
    """Events for the number alone come in while imports fold that number's profile into the address's."""
    total = 0
    for n in range(6):
        address, number = f"a{n}@example.com", f"+1500555{n:04}"
        made(shop, phone_number=number)
        made(shop, email=address)
        asks: list[Callable[[], httpx.Response]] = [
            lambda number=number, k=k: send(shop, "Tap", person={"phone_number": number}, unique_id=str(k))
            for k in range(10)
        ]
        asks.insert(5, lambda address=address, number=number: imported(shop, email=address, phone_number=number))
        assert set(statuses(together(*asks))) <= {200, 202}
        total += 10
    shop.wait_until_recorded()
    assert len(everybody(shop)) == 6
    kept = eventually(lambda: sum(len(taps(shop, id)) for id in everybody(shop)))
    assert kept == total


def taps(shop: Shop, id: str) -> list[object]:
    return [one for one in events_of(shop, id) if one["metric"] == "Tap"]


def test_identifiers_traded_among_writers_are_never_shared(shop: Shop) -> None:
    """Whoever wins, an identifier names one profile, and that profile shows it."""
    asks = [
        lambda e=e, p=p, x=x: imported(shop, email=f"{e}@example.com", phone_number=f"+1500555000{p}", external_id=x)
        for e in "ab"
        for p in (6, 7)
        for x in ("x", "y")
    ]
    assert set(statuses(together(*asks, *asks))) <= {200, 201, 409}
    rows = everybody(shop).values()
    for name in ("email", "phone_number", "external_id"):
        held = [one[name] for one in rows if one[name] is not None]
        assert len(held) == len(set(held))
    kinds = shop.query("SELECT count(*) FROM profile_identifiers WHERE account_id = %s", shop.account_id)
    assert kinds == [(sum(one[name] is not None for one in rows for name in ("email", "phone_number", "external_id")),)]
