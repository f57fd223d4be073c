"""The five pickers: what a person may choose from, as pairs of key and label, sorted, searched and in pages."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rapport.connect.action import REVISION, Action, Call, Input, Run, Values, connection
from rapport.connect.failures import NoAnswer, Refused
from rapport.connect.reading import an_object, attributes, literal, objects, text
from rapport.connect.session import Session
from rapport.connect.shapes import Many, names

PAGE_SIZE = 50
# What is read to sort and search what the host can't; a picker is no export.
_MOST_PAGES = 20
_SEARCH = Input("search", "Search", note="Only what holds this in its label, in whatever case.", own=True)
_CURSOR = Input("pageCursor", "Page Cursor", note="`next` of the page before.", own=True)
_SIZE = Input("pageSize", "Page Size", "number", "Choices in a page.", default=PAGE_SIZE, own=True)
INPUTS = (connection(), _SEARCH, _CURSOR, _SIZE)
OUTPUT = names("next", result=Many(names("key label")))

Choice = dict[str, str]
Resource = Mapping[str, Any]


async def _documents(session: Session, path: str, query: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """The first pages."""
    documents: list[Mapping[str, Any]] = [await session.ask("GET", path, query=query, revision=REVISION)]
    while len(documents) < _MOST_PAGES:
        onward = text(an_object(documents[-1].get("links")).get("next"))
        if not onward:
            break
        documents.append(await session.follow(onward, revision=REVISION))
    return documents


async def _pages(session: Session, path: str, query: Mapping[str, str]) -> list[Resource]:
    """Resources of the first pages."""
    return [resource for document in await _documents(session, path, query) for resource in _resources(document)]


def _resources(document: Mapping[str, Any]) -> list[Resource]:
    resources = document.get("data")
    whole = objects(resources)
    if resources != whole or not all(text(entry.get("id")) for entry in whole):
        raise NoAnswer("The host's answer holds no list.")
    return list(whole)


def _choice(resource: Resource, label: Any) -> Choice:
    return {"key": resource["id"], "label": text(label) or resource["id"]}


async def _accounts(session: Session, _values: Values) -> list[Choice]:
    accounts = await _pages(session, "/api/accounts", {})
    contacts = [(account, an_object(attributes(account).get("contact_information"))) for account in accounts]
    return [_choice(account, contact.get("organization_name")) for account, contact in contacts]


async def _campaigns(session: Session, _values: Values) -> list[Choice]:
    """A host lists campaigns of one channel at a time; one that does not know a channel has none of it."""
    campaigns: dict[str, Resource] = {}
    for channel in ("email", "sms", "mobile_push"):
        condition = f"equals(messages.channel,'{channel}')"
        try:
            listed = await _pages(session, "/api/campaigns", {"filter": condition, "fields[campaign]": "name"})
        except Refused as refused:
            if refused.status != 400 or channel == "email":
                raise
            continue
        campaigns.update((campaign["id"], campaign) for campaign in listed)
    return [_choice(campaign, attributes(campaign).get("name")) for campaign in campaigns.values()]


async def _templates(session: Session, _values: Values) -> list[Choice]:
    templates = await _pages(session, "/api/templates", {"fields[template]": "name", "sort": "name"})
    return [_choice(template, attributes(template).get("name")) for template in templates]


async def _events(session: Session, _values: Values) -> list[Choice]:
    """The latest events; a label begins with the metric's name."""
    query = {"include": "metric", "fields[metric]": "name", "fields[event]": "datetime", "sort": "-datetime"}
    documents = await _documents(session, "/api/events", query)
    included = [entry for document in documents for entry in objects(document.get("included"))]
    metrics = {text(entry.get("id")): text(attributes(entry).get("name")) for entry in included}
    return [_event(event, metrics) for document in documents for event in _resources(document)]


def _event(event: Resource, metrics: Mapping[str, str]) -> Choice:
    metric = an_object(an_object(an_object(event.get("relationships")).get("metric")).get("data"))
    name = metrics.get(text(metric.get("id"))) or "Event"
    return _choice(event, f"{name}, {attributes(event).get('datetime')}")


async def _profiles(session: Session, values: Values) -> list[Choice]:
    """The first of a large account by e-mail address; of all, those whose address holds what is searched for, where the
    host can search so."""
    fields = "email,phone_number,external_id,first_name,last_name"
    query = {"sort": "email", "page[size]": "100", "fields[profile]": fields}
    profiles = await _pages(session, "/api/profiles", query)
    if "search" in values and len(profiles) >= _MOST_PAGES * 100:
        condition = f"contains(email,{literal(values['search'])})"
        try:
            profiles += await _pages(session, "/api/profiles", {**query, "filter": condition})
        except Refused as refused:
            if refused.status != 400:
                raise
    return [_person(profile) for profile in {profile["id"]: profile for profile in profiles}.values()]


def _person(profile: Resource) -> Choice:
    shown = {name: text(value) for name, value in attributes(profile).items()}
    address = shown.get("email") or shown.get("phone_number") or shown.get("external_id") or ""
    name = " ".join(part for part in (shown.get("first_name"), shown.get("last_name")) if part)
    return _choice(profile, f"{name} ({address})" if name and address else name or address)


def _picker(choices: Callable[[Session, Values], Awaitable[list[Choice]]]) -> Run:
    async def run(session: Session, values: Values) -> dict[str, Any]:
        wanted = values.get("search", "").lower()
        fitting = [choice for choice in await choices(session, values) if wanted in choice["label"].lower()]
        return _page(sorted(fitting, key=lambda choice: (choice["label"].lower(), choice["key"])), values)

    return run


def _page(choices: list[Choice], values: Values) -> dict[str, Any]:
    """The cursor is the last choice of a page, so what is added or removed meanwhile shifts nothing."""
    size = max(1, int(values["pageSize"]))
    after = values.get("pageCursor")
    if after is not None:
        label, _, key = after.rpartition("|")
        choices = [choice for choice in choices if (choice["label"].lower(), choice["key"]) > (label, key)]
    page = choices[:size]
    onward = f"{page[-1]['label'].lower()}|{page[-1]['key']}" if len(choices) > size else None
    return {"result": page, "next": onward}


def _action(name: str, label: str, note: str, path: str, scopes: tuple[str, ...], run: Run) -> Action:
    return Action(
        name=name,
        label=label,
        note=note,
        inputs=INPUTS,
        calls=(Call("GET", path),),
        output=OUTPUT,
        run=run,
        scopes=scopes,
    )


ACTIONS = (
    _action(
        "selectAccount", "Select Account", "Choose an account.", "/api/accounts", ("accounts:read",), _picker(_accounts)
    ),
    _action(
        "selectCampaign",
        "Select Campaign",
        "Choose a campaign by its name.",
        "/api/campaigns",
        ("campaigns:read",),
        _picker(_campaigns),
    ),
    _action(
        "selectEvent",
        "Select Event",
        "Choose one of the latest events, by its metric and time.",
        "/api/events",
        ("events:read", "metrics:read"),
        _picker(_events),
    ),
    _action(
        "selectProfile",
        "Select Profile",
        "Choose a profile by name and address.",
        "/api/profiles",
        ("profiles:read",),
        _picker(_profiles),
    ),
    _action(
        "selectTemplate",
        "Select Template",
        "Choose a template by its name.",
        "/api/templates",
        ("templates:read",),
        _picker(_templates),
    ),
)
