"""Words for tests of the client API: a browser that knows nothing but a shop's public key."""

from typing import Any

import httpx

from tests.conftest import Shop, eventually
from tests.parity.world import resource
from tests.people import everybody

Json = dict[str, Any]
METRIC = "Viewed Product"


def asked(shop: Shop, path: str, body: Any, *, company: str | None = None, **options: Any) -> httpx.Response:
    """A request without any private key."""
    url = f"{shop.server.url}/client/{path}"
    query = {"company_id": shop.public_id if company is None else company}
    return httpx.post(url, params=query, **({"json": body} | options))


def accepted(shop: Shop, path: str, body: Json, **options: Any) -> None:
    """A request that is taken, and says nothing but that."""
    answer = asked(shop, path, body, **options)
    assert (answer.status_code, answer.content) == (202, b""), answer.text


def profile_body(*, id: str | None = None, meta: Json | None = None, **attributes: Any) -> Json:
    body = resource("profile", id, **attributes)
    if meta is not None:
        body["data"]["meta"] = meta
    return body


def identified(shop: Shop, **attributes: Any) -> Json:
    """What the script on a page is told when it identifies somebody."""
    answer = asked(shop, "profiles/", profile_body(**attributes), headers={"x-klaviyo-onsite": "1"})
    assert answer.status_code == 202, answer.text
    return dict(answer.json()["meta"])


def tracked(name: str = METRIC, /, *, person: Json, **attributes: Any) -> Json:
    known = {key: value for key, value in person.items() if key != "id"}
    return resource(
        "event",
        properties=attributes.pop("properties", {}),
        metric=resource("metric", name=name),
        profile=resource("profile", person.get("id"), **known),
        **attributes,
    )


def bulk(person: Json, *events: Json, **attributes: Any) -> Json:
    """The cached events of one person."""
    rows = [
        resource("event", **({"properties": {}, "metric": resource("metric", name=METRIC)} | one))["data"]
        for one in events
    ]
    return resource("event-bulk-create", profile=resource("profile", **person), events={"data": rows}, **attributes)


def error_of(answer: httpx.Response, status: int = 400) -> Json:
    assert answer.status_code == status, answer.text
    (error,) = answer.json()["errors"]
    assert error["id"] == answer.headers["x-klaviyo-req-id"]
    return dict(error)


def the_one(shop: Shop) -> tuple[str, Json]:
    """The only profile there is."""
    shop.wait_until_recorded()
    (found,) = everybody(shop).items()
    return found


def somebody(shop: Shop, email: str) -> str:
    """The id of the profile with this address, once it is there."""

    def found() -> list[str]:
        return [id for id, one in everybody(shop).items() if one["email"] == email]

    return str(eventually(found)[0])
