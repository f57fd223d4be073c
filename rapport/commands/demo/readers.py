"""What recipients do with a message: read it hours or days later or never, click, buy, leave."""

import email
import email.message
import random
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from math import log
from typing import Any

import httpx

from rapport.commands.demo.calendar import CAMPAIGNS
from rapport.commands.demo.client import Client
from rapport.commands.demo.store import CATALOGUE, SEED, Event, event, line

_BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"}
# Shares of recipients who open, and who click.
_CAMPAIGNS = {campaign.name: (campaign.opens, campaign.clicks) for campaign in CAMPAIGNS}
_FLOWS = (0.48, 0.08)
# Of those who click, who buy; of those who open, who unsubscribe, and of these, who call it spam besides.
_BUYS, _LEAVES, _COMPLAINS = 0.55, 0.018, 0.35
# Nobody buys an overcoat because of one letter.
_DEAR = 150
# Half have opened after three hours, nearly all after four days.
_HALF_HOURS, _SPREAD, _LATEST = 3.0, 1.4, timedelta(days=4)
# What was queued just before the last look may have been sent after it.
_OVERLAP = timedelta(hours=1)


@dataclass(frozen=True, order=True)
class Reading:
    """Somebody will open a message at `at`."""

    at: datetime
    address: str
    mailing: str
    message: str
    clicks: bool
    leaves: bool
    complains: bool
    # minutes from the click to the order; None = nothing is bought
    buys_after: int | None


class Readers:
    """All recipients: looks for new messages, and answers them when their time has come."""

    def __init__(self, client: Client, pool: ThreadPoolExecutor) -> None:
        self._client = client
        self._pool = pool
        # a heap, the earliest first
        self._readings: list[Reading] = []
        self._seen: set[str] = set()
        self._looked = client.now

    def look(self, now: datetime) -> None:
        """Whoever will open what was sent since the last look. Raises DemoFailed."""
        for message, sent in self._new(now):
            if reading := _reading(message, sent):
                heappush(self._readings, reading)

    def answer(self, now: datetime) -> list[Event]:
        """Everything that recipients do until `now`. Returns what follows: orders, and what their mail providers
        tell. Raises DemoFailed."""
        due = []
        while self._readings and self._readings[0].at <= now:
            due.append(heappop(self._readings))
        for _ in self._pool.map(partial(_read, self._client), due):
            pass
        follows = [*(_order(reading, now) for reading in due), *(_complaint(reading, now) for reading in due)]
        return [event for event in follows if event is not None]

    def _new(self, now: datetime) -> list[tuple[dict[str, Any], datetime]]:
        """Messages that were sent since the last look, each with the moment of the story at which it was."""
        before, self._looked = self._looked, now
        since = (before - _OVERLAP).isoformat().replace("+00:00", "Z")
        query = f'and(greater-or-equal(created,{since}),equals(status,"sent"))'
        messages = self._client.every(f"/api/messages?filter={query}&page[size]=100")
        fresh = [message for message in messages if message["id"] not in self._seen]
        self._seen |= {message["id"] for message in fresh}
        return [
            (message, now if datetime.fromisoformat(message["attributes"]["sent_at"]) >= now else before)
            for message in fresh
        ]


def _reading(message: dict[str, Any], sent: datetime) -> Reading | None:
    """What becomes of a message; None when nobody opens it. The same each time for a person and a
    mailing."""
    attributes = message["attributes"]
    source, address = attributes["source"], attributes["to"]
    chance = _chance(source["name"], address)
    opens, clicks = _CAMPAIGNS.get(source["name"], _FLOWS) if source["kind"] == "campaign" else _FLOWS
    fate = chance.random()
    if fate > opens:
        return None
    after = min(timedelta(hours=chance.lognormvariate(log(_HALF_HOURS), _SPREAD)), _LATEST)
    is_buying = chance.random() < _BUYS
    return Reading(
        sent + after,
        address,
        source["name"],
        message["id"],
        clicks=fate < clicks,
        leaves=(is_leaving := fate >= clicks and chance.random() < _LEAVES),
        complains=is_leaving and chance.random() < _COMPLAINS,
        buys_after=chance.randint(6, 150) if fate < clicks and is_buying else None,
    )


def _read(client: Client, reading: Reading) -> None:
    """Open, perhaps click or leave: through the links of the message as it went out. Raises DemoFailed."""
    source = email.message_from_bytes(client.source(reading.message))
    html = next(_text(part) for part in source.walk() if part.get_content_type() == "text/html")
    _visit(client, re.search(r'src="([^"]+/o/[^"]+)"', html))
    if reading.clicks:
        _visit(client, re.search(r'href="([^"]+/c/[^"]+)"', html))
    if reading.leaves and (link := re.search(r"<(http[^>]+/u/[^>]+)>", source["List-Unsubscribe"])):
        client.http.post(_path(link[1]), data={"List-Unsubscribe": "One-Click"})


def _order(reading: Reading, now: datetime) -> Event | None:
    """What somebody buys who clicked just `now`."""
    if reading.buys_after is None:
        return None
    chance = _chance("order", reading.mailing, reading.address)
    affordable = [product for product in CATALOGUE if product.price < _DEAR]
    products = chance.sample(affordable, k=chance.randint(1, 2))
    number = f"o-{chance.randint(10_000, 99_999)}-{reading.address[8:11]}"
    properties = {
        "OrderId": number,
        "ItemNames": [product.name for product in products],
        "Categories": sorted({product.category for product in products}),
        "Items": [line(product) for product in products],
    }
    total = round(sum(product.price for product in products), 2)
    at = now + timedelta(minutes=reading.buys_after)
    return event(reading.address, "Placed Order", number, at, properties, total)


def _complaint(reading: Reading, now: datetime) -> Event | None:
    """As the person's mail provider reports it."""
    if not reading.complains:
        return None
    about = {"Campaign Name": reading.mailing}
    at = now + timedelta(minutes=9)
    key = f"spam-{reading.mailing}-{reading.address}"
    return event(reading.address, "Marked Email as Spam", key, at, about, service="klaviyo")


def _chance(*of: str) -> random.Random:
    return random.Random(":".join((str(SEED), *of)))


def _text(part: email.message.Message) -> str:
    return bytes(part.get_payload(decode=True)).decode()


def _visit(client: Client, link: "re.Match[str] | None") -> None:
    if link:
        client.http.get(_path(link[1]), headers=_BROWSER)


def _path(link: str) -> str:
    """Over the client's own address: RAPPORT_BASE_URL may be one that only the outside world reaches."""
    return httpx.URL(link).raw_path.decode()
