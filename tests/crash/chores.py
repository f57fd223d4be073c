"""What a shop's people do beside sending events, through every crash: subscribe, import, merge. Each call is repeated
until it is answered, as any client would; afterwards what was answered must have happened, and once."""

import threading
import time
from collections import Counter
from typing import Any

import httpx

from tests.conftest import REVISION, Shop, eventually

Json = dict[str, Any]
PEOPLE_A_JOB = 120


class Chore(threading.Thread):
    """One kind of work, again and again. `done` counts what was answered."""

    def __init__(self, shop: Shop, until: threading.Event, pause: float) -> None:
        super().__init__(daemon=True)
        self.shop, self._until, self._pause = shop, until, pause
        self.done = 0
        headers = {"Authorization": f"Klaviyo-API-Key {shop.private_key}", "revision": REVISION}
        self._client = httpx.Client(base_url=shop.server.url, headers=headers, timeout=15)

    def run(self) -> None:
        while not self._until.is_set():
            self.work(self.done)
            self.done += 1
            time.sleep(self._pause)

    def work(self, number: int) -> None:
        raise NotImplementedError

    def call(self, path: str, body: Json, *, also: tuple[int, ...] = (), recorded: bool = False) -> Json:
        """`also`: answers of a repeated call whose first attempt was done and not answered. `recorded`: what follows
        has to be there as well."""
        headers = {"Prefer": "wait=8"} if recorded else {}
        while True:
            try:
                answer = self._client.post(path, json={"data": body}, headers=headers)
            except httpx.HTTPError:
                time.sleep(0.05)
                continue
            if answer.status_code in also or (answer.status_code < 300 and _applied(answer) == recorded):
                return dict(answer.json()) if answer.content else {}
            assert answer.status_code >= 500 or recorded, answer.text
            time.sleep(0.05)


class Subscribing(Chore):
    """Subscription jobs of ten new people each, for a list."""

    def __init__(self, shop: Shop, until: threading.Event, pause: float) -> None:
        super().__init__(shop, until, pause)
        attributes = {"name": "Through crashes", "opt_in_process": "single_opt_in"}
        self._list = str(shop.sdk.Lists.create_list({"data": {"type": "list", "attributes": attributes}}).data.id)

    def addresses(self, number: int) -> list[str]:
        return [f"subscriber{number}-{n}@example.com" for n in range(10)]

    def work(self, number: int) -> None:
        consent = {"email": {"marketing": {"consent": "SUBSCRIBED"}}}
        profiles = [
            {"type": "profile", "attributes": {"email": address, "subscriptions": consent}}
            for address in self.addresses(number)
        ]
        self.call(
            "/api/profile-subscription-bulk-create-jobs",
            {
                "type": "profile-subscription-bulk-create-job",
                "attributes": {"profiles": {"data": profiles}, "historical_import": False},
                "relationships": {"list": {"data": {"type": "list", "id": self._list}}},
            },
        )

    def check(self) -> None:
        """Everybody is on the list with consent, and was told of once."""
        wanted = {address for number in range(self.done) for address in self.addresses(number)}
        rows = self.shop.query(
            """SELECT p.email, c.status, EXISTS (SELECT FROM list_members m WHERE m.account_id = p.account_id
                    AND m.profile_id = p.id) FROM profiles p
               JOIN consents c ON c.account_id = p.account_id AND c.profile_id = p.id AND c.channel = 'email'
               WHERE p.account_id = %s AND p.email LIKE 'subscriber%%'""",
            self.shop.account_id,
        )
        assert wanted <= {row[0] for row in rows}
        assert {row[1:] for row in rows} <= {("SUBSCRIBED", True)}
        for metric in ("Subscribed to Email Marketing", "Subscribed to List"):
            told = _events(self.shop, metric, "subscriber")
            assert wanted <= set(told)
            assert set(told.values()) <= {1}


class Importing(Chore):
    """Bulk imports; every second one says something new of the people of the one before."""

    def addresses(self, number: int) -> list[str]:
        return [f"imported{number // 2}-{n}@example.com" for n in range(PEOPLE_A_JOB)]

    def work(self, number: int) -> None:
        profiles = [
            {"type": "profile", "attributes": {"email": address, "properties": {"job": number}}}
            for address in self.addresses(number)
        ]
        attributes = {"profiles": {"data": profiles}}
        self.call("/api/profile-bulk-import-jobs", {"type": "profile-bulk-import-job", "attributes": attributes})

    def finished(self) -> bool:
        query = "SELECT FROM import_jobs WHERE account_id = %s AND status IN ('queued', 'processing') LIMIT 1"
        return not self.shop.query(query, self.shop.account_id)

    def check(self) -> None:
        """Every job is complete, nobody is there twice or half, and the later job's word stands."""
        eventually(self.finished, seconds=120)
        jobs = self.shop.query(
            "SELECT status, completed, failed FROM import_jobs WHERE account_id = %s", self.shop.account_id
        )
        assert len(jobs) >= self.done
        assert set(jobs) <= {("complete", PEOPLE_A_JOB, 0)}
        rows = self.shop.query(
            "SELECT email, (properties ->> 'job')::int FROM profiles WHERE account_id = %s AND email LIKE 'imported%%'",
            self.shop.account_id,
        )
        said = dict(rows)
        assert len(said) == len(rows)
        for number in range(self.done):
            later = number | 1 if (number | 1) < self.done else number
            for address in self.addresses(number):
                assert said[address] in (later, later | 1), "the last one may be done and not answered"
        assert not self.shop.query("SELECT FROM import_rows WHERE account_id = %s", self.shop.account_id)


class Merging(Chore):
    """Two new people with an event each become one."""

    def work(self, number: int) -> None:
        ids = [self._person(f"merged{number}-{which}@example.com") for which in ("stays", "goes")]
        relationships = {"profiles": {"data": [{"type": "profile", "id": ids[1]}]}}
        body = {"type": "profile-merge", "id": ids[0], "relationships": relationships}
        self.call("/api/profile-merge", body)

    def _person(self, address: str) -> str:
        attributes = {"email": address, "properties": {address.split("-")[1][:4]: True}}
        made = self.call("/api/profile-import", {"type": "profile", "attributes": attributes})
        event = {
            "metric": {"data": {"type": "metric", "attributes": {"name": "Before merging"}}},
            "profile": {"data": {"type": "profile", "attributes": {"email": address}}},
            "properties": {}, "unique_id": address,
        }  # fmt: skip
        # a merge frees the address of who goes, but what was accepted before it is theirs
        self.call("/api/events", {"type": "event", "attributes": event})
        return str(made["data"]["id"])

    def check(self) -> None:
        """One of each two is left with what both had, and with one event that says so."""
        rows = self.shop.query(
            """SELECT p.email, p.properties ? 'stay' AND p.properties ? 'goes', array(
                    SELECT m.name FROM events e JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
                    WHERE e.account_id = p.account_id AND e.profile_id = p.id ORDER BY m.name)
               FROM profiles p WHERE p.account_id = %s AND p.email LIKE 'merged%%'""",
            self.shop.account_id,
        )
        found = {row[0]: row[1:] for row in rows}
        for number in range(self.done):
            assert f"merged{number}-goes@example.com" not in found
            both, names = found[f"merged{number}-stays@example.com"]
            assert both
            assert names == ["Before merging", "Before merging", "Merged Profile"]


def _applied(answer: httpx.Response) -> bool:
    return "preference-applied" in answer.headers


def _events(shop: Shop, metric: str, prefix: str) -> Counter[str]:
    """How many events of a metric each address has."""
    rows = shop.query(
        """SELECT p.email FROM events e JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
           JOIN profiles p ON p.account_id = e.account_id AND p.id = e.profile_id
           WHERE e.account_id = %s AND m.name = %s AND p.email LIKE %s""",
        shop.account_id,
        metric,
        f"{prefix}%",
    )
    return Counter(row[0] for row in rows)
