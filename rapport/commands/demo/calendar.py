"""The marketer's calendar: campaigns, and the moments at which the demo looks what happened."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapport.commands.demo import letters
from rapport.commands.demo.store import DAYS, SEED

_HOUR = timedelta(hours=1)
# Hours after a campaign at which its readers are looked after.
_AFTERWARDS = (*range(1, 13), 14, 22, 26, 34, 46)
# Until that day the clock stops every third day; the days that the home page shows are told one by one.
_EVERY_DAY_FROM = 60


@dataclass(frozen=True)
class Campaign:
    """`day` of the story and hour in UTC at which it is sent. `audience`: a list's or segment's name.

    Shares are of the recipients: who opens it, and who of all clicks.
    """

    day: int
    hour: int
    name: str
    subject: str
    preview: str
    audience: str
    html: str
    opens: float
    clicks: float

    def send_time(self, first: datetime) -> datetime:
        return first + timedelta(days=self.day, hours=self.hour)


# The day on which segments and flows are made: there were orders by then.
SET_UP_ON = 4
NEWSLETTER, REPEAT, LAPSED = "Newsletter", "Repeat customers", "Lapsed customers"
CAMPAIGNS = (
    Campaign(
        6, 9, "Hello from the workshop", "Where your coat comes from", "Four people, two looms and a dog", NEWSLETTER,
        letters.WORKSHOP, 0.38, 0.035,
    ),
    Campaign(
        17, 10, "Lambswool is back", "The lambswool crew is back", "In five colours, while it lasts", NEWSLETTER,
        letters.LAMBSWOOL, 0.37, 0.05,
    ),
    Campaign(
        32, 10, "A week for the home", "Blankets, candles, mugs", "Everything for the house, a tenth less", NEWSLETTER,
        letters.HOME, 0.38, 0.045,
    ),
    Campaign(
        47, 9, "How to care for wool", "Wash it less, wear it longer", "A short guide, worth keeping", NEWSLETTER,
        letters.CARE, 0.45, 0.03,
    ),
    Campaign(
        58, 11, "We kept your size", "It has been a while", "Come and see what is new", LAPSED,
        letters.LAPSED, 0.42, 0.08,
    ),
    Campaign(
        69, 8, "Early access for regulars", "{{ first_name|default:'Friend' }}, you go first",
        "Two days before everybody else", REPEAT, letters.REGULARS, 0.46, 0.05,
    ),
    Campaign(
        76, 9, "New season", "New {{ person|lookup:'Favorite Category'|lower|default:'things' }} for the season",
        "Wool, wax and a candle that smells of the forest", NEWSLETTER, letters.SEASON, 0.46, 0.06,
    ),
    Campaign(
        84, 10, "Gifts under fifty", "Gifts under fifty dollars", "Small things that last", NEWSLETTER, letters.GIFTS,
        0.4, 0.055,
    ),
)  # fmt: skip
# Scheduled, and called off the day before.
CANCELLED = Campaign(
    62, 10, "Weekend sale", "Three days, a fifth off", "Until Sunday night", NEWSLETTER, letters.HOME, 0, 0
)
DRAFT = Campaign(88, 9, "First look at the coats", "The coats are here", "", REPEAT, letters.REGULARS, 0, 0)


def first_day(end: datetime) -> datetime:
    """Midnight of the day the story begins on."""
    return end.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)


def moments(begin: datetime, end: datetime) -> list[tuple[datetime, bool]]:
    """When the clock stops on its way from `begin` to `end`, and whether everything is done then or mail is read
    only: daily or nearly so, when a campaign is sent, and hours and days after it."""
    first = first_day(end)
    times = [campaign.send_time(first) for campaign in CAMPAIGNS]
    hours = {at + hour * _HOUR: False for at in times for hour in _AFTERWARDS}
    stops = hours | dict.fromkeys((*_daily(first), *times), True)
    return sorted((at, is_full) for at, is_full in stops.items() if begin < at < end)


def _daily(first: datetime) -> Iterator[datetime]:
    chance = random.Random(SEED)
    for day in (*range(0, _EVERY_DAY_FROM, 3), *range(_EVERY_DAY_FROM, DAYS + 1)):
        yield first + timedelta(days=day, minutes=chance.randint(6 * 60, 8 * 60))
