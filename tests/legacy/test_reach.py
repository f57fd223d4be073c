"""What an old client says reaches everything that the newer API reaches; what hostile ones say is answered."""

import json
from base64 import b64encode

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Server, Shop, eventually, new_shop
from tests.legacy.client import CALLS, got, identify, posted, taken, track
from tests.lengths import length
from tests.sink import Sink
from tests.stories import count, flow, segment, size, template

ANN = "ann@legacy.example"


def test_an_old_clients_calls_reach_profile_segment_and_flow(shop: Shop, sink: Sink) -> None:
    shop.event("Started Checkout", "first@legacy.example")
    metric = shop.metric_id("Started Checkout")
    gold = {
        "type": "profile-property",
        "property": "properties['Tier']",
        "filter": {"type": "string", "operator": "equals", "value": "gold"},
    }
    golden = segment(shop, "Golden", [gold])
    busy = segment(shop, "Checked out twice", [count(metric, "greater-than-or-equal", 2)])
    message = {
        "from_email": "shop@example.com",
        "from_label": "The shop",
        "subject_line": "Still thinking?",
        "template_id": template(shop),
    }
    action = {"temporary_id": "a", "type": "send-email", "links": {"next": None}, "data": {"message": message}}
    flow(shop, {"triggers": [{"type": "metric", "id": metric}], "entry_action_id": "a", "actions": [action]})
    taken(posted(shop, "identify", identify(shop, **{"$email": ANN, "Tier": "gold"})))
    for number in range(2):
        taken(got(shop, "track", track(shop, "Started Checkout", {"$email": ANN}, {"$event_id": f"c{number}"})))
    eventually(lambda: sink.to(ANN))
    eventually(lambda: size(shop, golden) == 1 and size(shop, busy) == 1)
    (profile,) = shop.sdk.Profiles.get_profiles(filter=f'equals(email,"{ANN}")').data
    assert profile.attributes.properties["Tier"] == "gold"


_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)
_NAMES = st.sampled_from(
    ["$email", "$id", "$phone_number", "$zip", "$append", "$unset", "$event_id", "$value", "__track_once__", "$ip", "a"]
)
_FIELDS = ("event", "customer_properties", "properties", "time", "ip")
_payloads = st.fixed_dictionaries(
    {}, optional={name: _values | st.dictionaries(_NAMES, _values, max_size=4) for name in _FIELDS}
)


def test_no_payload_gets_a_server_error(server: Server) -> None:
    with new_shop(server) as shop, httpx.Client(base_url=server.url) as client:

        @settings(max_examples=length(60, 3000), deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
        @given(st.sampled_from(CALLS), _payloads, st.booleans())
        def send(call: str, payload: dict[str, object], is_get: bool) -> None:
            body = json.dumps({**track(shop, "Viewed Page", {"$email": ANN}), **payload}).encode()
            query = {"data": b64encode(body).decode()} if is_get else {}
            answer = client.request("GET" if is_get else "POST", f"/api/{call}", params=query, content=body)
            assert (answer.status_code, answer.text in "01") == (200, True), (body, answer.text)

        send()
        shop.wait_until_recorded()
        assert shop.query("SELECT reason, body FROM inbox_refused WHERE account_id = %s", shop.account_id) == []
