"""Random histories of consent, and a campaign after each stretch of them: who may not be written to at that moment gets
nothing, and everybody else of the audience gets it exactly once. The oracle is the plain model of people; what was sent
is read from the mail server."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import stories
from tests.campaigns.composing import written
from tests.conftest import Server, eventually, new_shop
from tests.lengths import length
from tests.sink import Sink
from tests.subscriptions.test_model import Life, _step
from tests.subscriptions.world import single

_DONE = ("Sent", "Cancelled: No Recipients")


@pytest.mark.rule("2.1", "2.5", "2.6")
@settings(
    max_examples=length(1, 20),
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(stretches=st.lists(st.lists(_step, min_size=1, max_size=8), min_size=2, max_size=3))
def test_nobody_gets_what_they_may_not_and_everybody_else_gets_it_once(
    server: Server, sink: Sink, stretches: list[list[Any]]
) -> None:
    with new_shop(server) as shop:
        life = Life(shop, [single(shop, "A"), single(shop, "B")])
        for who in (0, 1):
            shop.profile(life.address(who), phone_number=life.number(who))
        for steps in stretches:
            for step in steps:
                life.take(*step)
            shop.wait_until_recorded()
            _send_and_compare(life, sink)


def _send_and_compare(life: Life, sink: Sink) -> None:
    audience = life.lists[0]
    before = [len(sink.to(life.address(who))) for who in (0, 1)]
    campaign, _ = stories.campaign(life.shop, included=[audience])
    # else whoever got the one before would be passed over
    written(life.shop, campaign, smart_sending=False)
    stories.send(life.shop, campaign, wait=False)
    eventually(lambda: stories.status(life.shop, campaign) in _DONE, seconds=60)
    for who, person in enumerate(life.people):
        may = audience in person.lists and person.may_get_mail((audience,), transactional=False)
        assert len(sink.to(life.address(who))) - before[who] == int(may), (who, person)
