"""The demo's ninety days: the account's clock is moved through them, and everything happens on its day.

The shop's events, the newsletter's readers and the marketer's campaigns come from a calendar; what campaigns and flows
send, the product sends; recipients answer through the links of their messages.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from rich.progress import Progress

from rapport.commands.demo import calendar, store
from rapport.commands.demo.client import Client
from rapport.commands.demo.marketer import Marketer
from rapport.commands.demo.readers import Readers
from rapport.commands.demo.shop import Shop
from rapport.commands.demo.store import DAYS, Customer, Event

# Readers who follow their links at the same moment.
_AT_ONCE = 4
_SOON = timedelta(minutes=1)
_JOIN_TOGETHER = 4


def tell(client: Client, progress: Progress, *, sends: bool, people: int) -> None:
    """Everything, up to the present, with so many people. `sends`: otherwise campaigns and flows stay drafts. Raises
    DemoFailed."""
    task = progress.add_task(f"Demo store: {DAYS} days of visits, orders, campaigns and flows", total=DAYS)
    # A step that tells a filling that broke off from one that never began.
    client.advance(client.now + _SOON)
    end = client.now - client.offset
    with ThreadPoolExecutor(1 + _AT_ONCE) as pool:
        story = _Story(client, pool, end, store.customers(calendar.first_day(end), people), sends=sends)
        for moment, is_full in calendar.moments(client.now, end):
            story.go_on(moment) if is_full else story.read_on(moment)
            progress.update(task, completed=(moment - story.first).days)
        story.finish()
    progress.update(task, completed=DAYS)


class _Story:
    def __init__(
        self, client: Client, pool: ThreadPoolExecutor, end: datetime, people: Sequence[Customer], *, sends: bool
    ) -> None:
        self._client = client
        self._pool = pool
        self._sends = sends
        self.first = calendar.first_day(end)
        self._joins = sorted((person.joins, person.address) for person in people if person.joins is not None)
        self._shop = Shop(client, people)
        self._expect(store.visits(people, self.first))
        self._marketer = Marketer(client)
        self._marketer.open_newsletter()
        self._deeds = self._calendar()
        self._readers = Readers(client, pool)

    def go_on(self, moment: datetime) -> None:
        """Up to `moment`: what became due is sent by the product, and everybody does what they do by then."""
        self._client.advance(moment)
        answers = self._pool.submit(self._answers, moment)
        self._shop.send(moment)
        if self._subscribe(moment) or self._market_is_due(moment):
            # Welcomes are sent before the clock goes on, and segments know of the orders.
            self._client.advance(moment + _SOON)
        self._expect(answers.result())
        if self._market_is_due(moment):
            self._market(moment)
            self._readers.look(moment)

    def read_on(self, moment: datetime) -> None:
        """Up to `moment`, and mail is read only."""
        self._client.advance(moment, wait=False)
        self._expect(self._readers.answer(moment))

    def _answers(self, moment: datetime) -> list[Event]:
        self._readers.look(moment)
        return self._readers.answer(moment)

    def _expect(self, events: list[Event]) -> None:
        for event in events:
            self._shop.expect(event)

    def finish(self) -> None:
        """The account's clock is the world's from now on."""
        self._client.catch_up()
        self._shop.send(self._client.now)

    def _subscribe(self, moment: datetime) -> bool:
        """Whether anybody joined. Some do a day or two after they decided to, for each time costs a wait."""
        due = [address for joins, address in self._joins if joins <= moment]
        if len(due) < _JOIN_TOGETHER:
            return False
        del self._joins[: len(due)]
        self._marketer.subscribe(due)
        return True

    def _market_is_due(self, moment: datetime) -> bool:
        return bool(self._deeds) and self._deeds[0][0] <= moment

    def _market(self, moment: datetime) -> None:
        while self._market_is_due(moment):
            self._deeds.pop(0)[1]()

    def _calendar(self) -> list[tuple[datetime, Callable[[], object]]]:
        """What the marketer does, in order."""
        send = self._marketer.send if self._sends else self._marketer.draft
        deeds: list[tuple[datetime, Callable[[], object]]] = [
            (self.first + timedelta(days=calendar.SET_UP_ON), partial(self._marketer.set_up, live=self._sends)),
            (calendar.CANCELLED.send_time(self.first), partial(self._marketer.call_off, calendar.CANCELLED)),
            (calendar.DRAFT.send_time(self.first), partial(self._marketer.draft, calendar.DRAFT)),
            *((campaign.send_time(self.first), partial(send, campaign)) for campaign in calendar.CAMPAIGNS),
        ]
        return sorted(deeds, key=lambda deed: deed[0])
