"""Words for tests about consent: jobs as the API takes them, and what became of people."""

import re
from typing import Any

import httpx

from tests import stories
from tests.conftest import Shop, eventually
from tests.sink import Sink

Json = dict[str, Any]
SUBSCRIBE, UNSUBSCRIBE = "profile-subscription-bulk-create-job", "profile-subscription-bulk-delete-job"
EMAIL = {"email": {"marketing": {"consent": "SUBSCRIBED"}}}
SMS = {"sms": {"marketing": {"consent": "SUBSCRIBED"}}}
NO_EMAIL = {"email": {"marketing": {"consent": "UNSUBSCRIBED"}}}
NO_SMS = {"sms": {"marketing": {"consent": "UNSUBSCRIBED"}}}
NUMBER = "+15005550006"


def place(at: int = 0) -> str:
    return f"/data/attributes/profiles/data/{at}/attributes"


def job(kind: str, people: list[Json], list_id: str | None = None, **more: Any) -> Json:
    """`people`: attributes of profiles, with `id` for the profile's id."""
    rows: list[Json] = []
    for one in people:
        known = {name: value for name, value in one.items() if name != "id"}
        rows.append({"type": "profile", "attributes": known} | ({"id": one["id"]} if "id" in one else {}))
    data: Json = {"type": kind, "attributes": {"profiles": {"data": rows}, **more}}
    if list_id:
        data["relationships"] = {"list": {"data": {"type": "list", "id": list_id}}}
    return {"data": data}


def ask(
    shop: Shop, kind: str, people: list[Json], list_id: str | None = None, *, revision: str | None = None, **more: Any
) -> httpx.Response:
    headers = {"revision": revision} if revision else {}
    return shop.http.post(f"/api/{kind}s", json=job(kind, people, list_id, **more), headers=headers)


def refused(answer: httpx.Response) -> tuple[str, str]:
    """Detail and pointer of a 400."""
    assert answer.status_code == 400, answer.text
    error = answer.json()["errors"][0]
    return error["detail"], error["source"]["pointer"]


def subscribe(
    shop: Shop,
    email: str | None = None,
    said: Json = EMAIL,
    list_id: str | None = None,
    *,
    phone: str | None = None,
    job: Json | None = None,
    **more: Any,
) -> None:
    """One profile. `more` are fields of the profile, `job` of the job."""
    given = {"email": email, "phone_number": phone, "subscriptions": said, **more}
    answer = ask(shop, SUBSCRIBE, [{k: v for k, v in given.items() if v is not None}], list_id, **(job or {}))
    assert (answer.status_code, answer.content) == (202, b""), answer.text


def unsubscribe(
    shop: Shop, email: str | None = None, said: Json = NO_EMAIL, list_id: str | None = None, *, phone: str | None = None
) -> None:
    given = {"email": email, "phone_number": phone, "subscriptions": said}
    answer = ask(shop, UNSUBSCRIBE, [{k: v for k, v in given.items() if v is not None}], list_id)
    assert (answer.status_code, answer.content) == (202, b""), answer.text


def found(shop: Shop, filter: str) -> Json | None:
    """Attributes of the first profile that matches, with `id` and `subscriptions`."""
    parameters = {"filter": filter, "additional-fields[profile]": "subscriptions"}
    rows = shop.http.get("/api/profiles", params=parameters).json()["data"]
    return {**rows[0]["attributes"], "id": rows[0]["id"]} if rows else None


def subscriptions(shop: Shop, email: str | None = None, *, phone: str | None = None) -> Json:
    """The object, after the SDK's strict models took it too."""
    filter = f'equals(email,"{email}")' if email else f'equals(phone_number,"{phone}")'
    shop.sdk.Profiles.get_profiles(filter=filter, additional_fields_profile=["subscriptions"])
    person = found(shop, filter)
    assert person is not None
    return dict(person["subscriptions"])


def marketing(shop: Shop, email: str) -> Json:
    return dict(subscriptions(shop, email)["email"]["marketing"])


def reasons(shop: Shop, email: str) -> list[str]:
    return [one["reason"] for one in marketing(shop, email)["suppression"]]


def single(shop: Shop, name: str = "News", opt_in: str = "single_opt_in") -> str:
    """A list's id."""
    body = {"data": {"type": "list", "attributes": {"name": name, "opt_in_process": opt_in}}}
    return str(shop.http.post("/api/lists", json=body).json()["data"]["id"])


def members(shop: Shop, list_id: str) -> list[str]:
    rows = shop.http.get(f"/api/lists/{list_id}/profiles").json()["data"]
    return sorted(row["attributes"]["email"] or row["attributes"]["phone_number"] for row in rows)


def add(shop: Shop, list_id: str, email: str) -> None:
    """A plain membership, without consent."""
    person = found(shop, f'equals(email,"{email}")')
    assert person
    body = {"data": [{"type": "profile", "id": person["id"]}]}
    assert shop.http.post(f"/api/lists/{list_id}/relationships/profiles", json=body).status_code == 204


def settings(shop: Shop, **changes: Any) -> Json:
    body = {"data": {"type": "consent-settings", "attributes": changes}}
    answer = shop.http.patch("/api/consent-settings", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"]["attributes"])


def told(shop: Shop, metric: str | None = None) -> list[tuple[str, Json]]:
    """(metric, properties) of the platform's own events, oldest first."""
    shop.wait_until_recorded()
    rows = shop.query(
        """SELECT m.name, e.properties FROM events e JOIN metrics m ON m.account_id = e.account_id
           AND m.id = e.metric_id WHERE e.account_id = %s AND m.service = 'klaviyo' ORDER BY e.id""",
        shop.account_id,
    )
    return [(row[0], row[1]) for row in rows if metric in (None, row[0])]


def names(shop: Shop) -> list[str]:
    return sorted(name for name, _ in told(shop))


def report(shop: Shop, metric: str, email: str, **properties: Any) -> None:
    """An event of the platform, as a sender elsewhere reports it; recorded with all that follows."""
    shop.event(metric, email, service="klaviyo", properties=properties)
    shop.wait_until_recorded()


def letter(shop: Shop, sink: Sink, included: list[str], address: str) -> dict[str, str]:
    """Send a campaign to these lists and segments; the links of what came to `address`: u, p, v, o."""
    before = len(sink.to(address))
    html = "<p>Hi</p>{% unsubscribe 'Leave' %} {% manage_preferences 'Choose' %} {% web_view %}"
    stories.send(shop, stories.campaign(shop, included=included, html=html)[0])
    received = eventually(lambda: sink.to(address)[before:])[0]
    found = re.findall(r'(?:href|src)="([^"]+/([upvo])/[^"]+)"', received.part("html"))
    return {kind: link for link, kind in found}


def confirmation(sink: Sink, address: str, number: int = 1) -> str:
    """The link of the newest confirmation mail, once there are so many."""
    mail = eventually(lambda: sink.to(address) if len(sink.to(address)) >= number else None)[-1]
    link = re.search(r'href="([^"]+/s/[^"]+)"', mail.part("html"))
    assert link
    return link[1]
