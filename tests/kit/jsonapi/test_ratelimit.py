"""Rate limits: fixed windows, their headers and their refusal (behaviour-people 7.8)."""

from datetime import timedelta

import pytest

from rapport.kit.ratelimit import DEFINITIONS, REPORTS, XL, XS, L, M, Rate, RateLimiter, S, limit_header

from .world import World


@pytest.mark.rule("7.8")
def test_it_knows_the_tiers_of_the_reference() -> None:
    tiers = [(one.burst, one.steady) for one in (XS, S, M, L, XL)]
    assert tiers == [(1, 15), (3, 60), (10, 150), (75, 750), (350, 3500)]
    assert REPORTS.windows == ((1, 1), (60, 2), (86_400, 225))
    assert DEFINITIONS.daily == 100


@pytest.mark.rule("7.8")
def test_it_refuses_when_a_window_is_full_and_recovers_with_the_next() -> None:
    limiter = RateLimiter()
    rate = Rate(2, 3)
    assert [limiter.take("k", rate, 100.0).allowed for _ in range(3)] == [True, True, False]
    assert limiter.take("k", rate, 101.0).allowed
    refused = limiter.take("k", rate, 101.5)
    assert (refused.allowed, refused.retry_after) == (False, 19)
    assert limiter.take("k", rate, 120.0).allowed


@pytest.mark.rule("7.8")
def test_it_counts_callers_apart() -> None:
    limiter = RateLimiter()
    assert limiter.take("a", XS, 0.0).allowed
    assert limiter.take("b", XS, 0.0).allowed
    assert not limiter.take("a", XS, 0.9).allowed


@pytest.mark.rule("7.2")
@pytest.mark.parametrize(
    ("rate", "before", "header", "remaining", "reset"),
    [
        (L, 0, "75, 75;w=1, 750;w=60", 74, 0),
        (XL, 0, "350, 350;w=1, 3500;w=60", 349, 0),
        (Rate(75, 10), 0, "10, 75;w=1, 10;w=60", 9, 59),
        (Rate(10, 150, 5), 0, "5, 10;w=1, 150;w=60, 5;w=86400", 4, 86_399),
    ],
)
def test_it_names_the_window_nearest_its_limit(
    rate: Rate, before: int, header: str, remaining: int, reset: int
) -> None:
    standing = RateLimiter().take("k", rate, 0.5)
    assert (limit_header(standing, rate), standing.remaining, standing.reset) == (header, remaining, reset)


@pytest.mark.rule("7.2", "7.7", "7.8")
async def test_it_sends_the_headers_and_an_integer_retry_after(limited_world: World) -> None:
    client = limited_world.client
    headers = (await client.get("/api/words")).headers
    assert headers["ratelimit-limit"] == "75, 75;w=1, 750;w=60"
    assert (headers["ratelimit-remaining"], headers["ratelimit-reset"]) == ("74", "1")
    url, body = "/api/score-reports", {"data": {"type": "score-report"}}
    assert (await client.post(url, json=body)).status_code == 200
    refused = await client.post(url, json=body)
    error = refused.json()["errors"][0]
    assert (refused.status_code, error["code"], error["title"]) == (429, "throttled", "Request was throttled.")
    assert error["detail"] == "Request was throttled. Expected available in 1 second."
    assert refused.headers["retry-after"] == "1"
    assert "ratelimit-limit" not in refused.headers


async def test_it_follows_the_clock_of_the_account(limited_world: World) -> None:
    url, body = "/api/score-reports", {"data": {"type": "score-report"}}
    for _ in range(3):
        assert (await limited_world.client.post(url, json=body)).status_code == 200
        limited_world.key.moment += timedelta(seconds=1)


@pytest.mark.rule("7.8")
async def test_it_limits_a_costly_parameter_on_top(limited_world: World) -> None:
    url = "/api/people?additional-fields[person]=secret_sauce"
    statuses = [(await limited_world.client.get(url)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert (await limited_world.client.get("/api/people")).status_code == 200


@pytest.mark.rule("7.8")
async def test_a_costly_parameter_has_one_limit_for_all_who_offer_it(limited_world: World) -> None:
    """Over every operation that offers it, and apart from what the operation itself allows."""
    await limited_world.add(1)
    costly = "additional-fields[person]=secret_sauce"
    for path in ("/api/people", "/api/people/p0"):
        assert (await limited_world.client.get(f"{path}?{costly}")).status_code == 200
    refused = await limited_world.client.get(f"/api/people/p0?{costly}&fields[person]=email")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert (await limited_world.client.get("/api/people/p0")).status_code == 200
    limited_world.key.moment += timedelta(seconds=1)
    assert (await limited_world.client.get(f"/api/people/p0?{costly}")).status_code == 200


@pytest.mark.rule("7.8")
async def test_operations_and_accounts_are_counted_apart(limited_world: World) -> None:
    url, body = "/api/score-reports", {"data": {"type": "score-report"}}
    assert [(await limited_world.client.post(url, json=body)).status_code for _ in range(2)] == [200, 429]
    assert (await limited_world.client.get("/api/words")).status_code == 200
    limited_world.key.account_id = 2
    assert (await limited_world.client.post(url, json=body)).status_code == 200


async def test_it_counts_nothing_when_switched_off(world: World) -> None:
    url, body = "/api/score-reports", {"data": {"type": "score-report"}}
    answers = [await world.client.post(url, json=body) for _ in range(3)]
    assert {one.status_code for one in answers} == {200}
    assert "ratelimit-limit" not in answers[0].headers
