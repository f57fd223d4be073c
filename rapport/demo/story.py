"""What the demo's marketer did: lists, segments, a flow, a campaign that was sent, opened, clicked and bought from."""

import email
import random
import re
import time
from collections.abc import Callable, Iterator
from email import policy
from typing import Any

import httpx
from rich.progress import Progress

from rapport.demo import letters
from rapport.demo.load import DemoFailed, post
from rapport.demo.store import CATALOGUE, SEED

_OPENED, _CLICKED, _BOUGHT = 0.46, 0.17, 0.07
_WAIT_SECONDS = 60


def prepare(client: httpx.Client, progress: Progress) -> None:
    """A list, two segments and a live flow. Raises DemoFailed."""
    task = progress.add_task("Lists, segments and a flow", total=4)
    orders = _eventually(lambda: _metrics(client).get("Placed Order"))
    _eventually(lambda: client.get("/api/pipeline").json()["data"]["attributes"]["waiting"] == 0)
    newsletter(client)
    progress.advance(task)
    repeat = [_count(orders, "greater-than-or-equal", 2)]
    _segment(client, "Repeat customers", [repeat])
    progress.advance(task)
    _segment(client, "Lapsed regulars", [repeat, [_count(orders, "equals", 0, days=30)]])
    progress.advance(task)
    _flow(client, orders)
    progress.advance(task)


def newsletter(client: httpx.Client) -> str:
    """A list with everybody on it; its id."""
    made = post(
        client, "/api/lists", {"type": "list", "attributes": {"name": "Newsletter", "opt_in_process": "single_opt_in"}}
    )
    people = [{"type": "profile", "id": one["id"]} for one in _every(client, "/api/profiles?page[size]=100")]
    for first in range(0, len(people), 1000):
        answer = client.post(
            f"/api/lists/{made['id']}/relationships/profiles", json={"data": people[first : first + 1000]}
        )
        if answer.is_error:
            raise DemoFailed(answer.text[:300])
    return str(made["id"])


def send(client: httpx.Client, progress: Progress) -> None:
    """Send the autumn letter to the newsletter, and let recipients do what recipients do. Raises DemoFailed."""
    groups = {one["attributes"]["name"]: one["id"] for one in client.get("/api/lists").json()["data"]}
    task = progress.add_task("A campaign, and what its recipients did", total=None)
    made = _campaign(client, groups["Newsletter"])
    post(client, "/api/campaign-send-jobs", {"type": "campaign-send-job", "id": made})
    _eventually(lambda: client.get(f"/api/campaigns/{made}/overview").json()["data"]["attributes"]["status"] == "Sent")
    messages = list(
        _every(client, f'/api/messages?filter=equals(campaign_id,"{made}"),equals(status,"sent")&page[size]=100')
    )
    progress.update(task, total=len(messages))
    chance = random.Random(SEED)
    for message in messages:
        _react(client, chance, message)
        progress.advance(task)


def _react(client: httpx.Client, chance: random.Random, message: dict[str, Any]) -> None:
    """Open, perhaps click, perhaps buy: through the links of the message as it went out."""
    fate = chance.random()
    if fate > _OPENED:
        return
    source = client.get(f"/api/messages/{message['id']}/source").content
    body = email.message_from_bytes(source, policy=policy.default).get_body(("html",))
    html = str(body.get_content()) if body else ""
    _visit(client, re.search(r'src="([^"]+/o/[^"]+)"', html))
    if fate < _CLICKED:
        _visit(client, re.search(r'href="([^"]+/c/[^"]+)"', html))
    if fate < _BOUGHT:
        _buy(client, chance, message)


def _visit(client: httpx.Client, link: "re.Match[str] | None") -> None:
    """Over the client's own address: RAPPORT_BASE_URL may be one that only the outside world reaches."""
    if link:
        path = httpx.URL(link[1]).raw_path.decode()
        client.get(path, headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"})


def _buy(client: httpx.Client, chance: random.Random, message: dict[str, Any]) -> None:
    product = chance.choice(CATALOGUE)
    line = {
        "SKU": product.sku,
        "ProductName": product.name,
        "Quantity": 1,
        "ItemPrice": product.price,
        "RowTotal": product.price,
    }
    attributes = {
        "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
        "profile": {"data": {"type": "profile", "id": message["attributes"]["profile_id"], "attributes": {}}},
        "properties": {"OrderId": f"autumn-{message['id'][-6:]}", "ItemNames": [product.name], "Items": [line]},
        "unique_id": f"autumn-{message['id']}",
        "value": product.price,
        "value_currency": "USD",
    }
    post(client, "/api/events", {"type": "event", "attributes": attributes})


def _campaign(client: httpx.Client, list_id: str) -> str:
    details = {
        "channel": "email",
        "subject": "New {{ person|lookup:'Favorite Category'|lower|default:'things' }} for autumn",
        "preview_text": "Wool, wax and a candle that smells of the forest",
        "from_email": "hello@juniper-and-pine.example",
        "from_label": "Juniper & Pine",
    }
    message = {
        "audience_temporary_id": "all",
        "name": "Autumn letter",
        "variations": [{"definition": {"name": "A", "details": details}}],
    }
    attributes = {
        "definition": {"name": "Autumn letter", "builder": "wizard"},
        "audiences": [{"temporary_id": "all", "name": "Newsletter", "included": [list_id]}],
        "messages": [message],
    }
    made = post(client, "/api/campaigns", {"type": "campaign", "attributes": attributes})
    first = client.get(f"/api/campaigns/{made['id']}/campaign-messages").json()["data"][0]["id"]
    relationships = {
        "template": {"data": {"type": "template", "id": _template(client, "Autumn letter", letters.AUTUMN)}}
    }
    post(
        client,
        "/api/campaign-message-assign-template",
        {"type": "campaign-message", "id": first, "relationships": relationships},
    )
    return str(made["id"])


def _flow(client: httpx.Client, metric: str) -> None:
    spent = _count(metric, "greater-than", 200, measurement="sum")
    actions = [
        _email("thanks", "Thank you for {{ event.OrderId }}", _template(client, "Thank you", letters.THANKS), "wait"),
        {
            "temporary_id": "wait",
            "type": "time-delay",
            "links": {"next": "split"},
            "data": {"unit": "days", "value": 2},
        },
        {
            "temporary_id": "split",
            "type": "conditional-split",
            "links": {"next_if_true": "regulars", "next_if_false": None},
            "data": {"profile_filter": {"condition_groups": [{"conditions": [spent]}]}},
        },
        _email("regulars", "Something for our regulars", _template(client, "For regulars", letters.REGULARS), None),
    ]
    definition = {"triggers": [{"type": "metric", "id": metric}], "entry_action_id": "thanks", "actions": actions}
    made = post(
        client, "/api/flows", {"type": "flow", "attributes": {"name": "After an order", "definition": definition}}
    )
    live = {"data": {"type": "flow", "id": made["id"], "attributes": {"status": "live"}}}
    if client.patch(f"/api/flows/{made['id']}", json=live).is_error:
        raise DemoFailed("the flow could not be set live")


def _email(temporary: str, subject: str, template: str, following: str | None) -> dict[str, Any]:
    message = {
        "name": subject.partition(" {{")[0],
        "from_email": "hello@juniper-and-pine.example",
        "from_label": "Juniper & Pine",
        "subject_line": subject,
        "template_id": template,
        "smart_sending_enabled": False,
    }
    return {"temporary_id": temporary, "type": "send-email", "links": {"next": following}, "data": {"message": message}}


def _template(client: httpx.Client, name: str, html: str) -> str:
    attributes = {"name": name, "editor_type": "CODE", "html": html}
    return str(post(client, "/api/templates", {"type": "template", "attributes": attributes})["id"])


def _segment(client: httpx.Client, name: str, groups: list[list[dict[str, Any]]]) -> None:
    definition = {"condition_groups": [{"conditions": group} for group in groups]}
    post(client, "/api/segments", {"type": "segment", "attributes": {"name": name, "definition": definition}})


def _count(
    metric: str, operator: str, value: int, *, days: int | None = None, measurement: str = "count"
) -> dict[str, Any]:
    timeframe: dict[str, Any] = {"type": "date", "operator": "alltime"}
    if days is not None:
        timeframe = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": days}
    return {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": measurement,
        "measurement_filter": {"type": "numeric", "operator": operator, "value": value},
        "timeframe_filter": timeframe,
        "metric_filters": None,
    }


def _metrics(client: httpx.Client) -> dict[str, str]:
    return {one["attributes"]["name"]: one["id"] for one in client.get("/api/metrics").json()["data"]}


def _every(client: httpx.Client, path: str) -> Iterator[dict[str, Any]]:
    following: str | None = path
    while following:
        page = client.get(following).json()
        yield from page["data"]
        following = page["links"]["next"]


def _eventually(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise DemoFailed("the demo store did not get ready in time; see the log lines above")
        time.sleep(0.05)
    return found
