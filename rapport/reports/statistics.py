"""The statistics of campaign and flow reports (behaviour-messaging 6.3).

Open, click, unsubscribe, complaint and conversion rates are fractions of the delivered; bounce, failure and delivery
rates are fractions of the recipients. What has a denominator of zero is 0.0.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from decimal import Decimal

Number = int | float


@dataclass
class Counts:
    """Sums from which every statistic follows; they add up over messages and intervals."""

    recipients: int = 0
    bounced: int = 0
    failed: int = 0
    opens: int = 0
    opens_unique: int = 0
    clicks: int = 0
    clicks_unique: int = 0
    unsubscribes: int = 0
    unsubscribe_uniques: int = 0
    spam_complaints: int = 0
    # of several touches that share an order, each has its part of it
    conversions: Decimal = Decimal(0)
    conversion_uniques: int = 0
    conversion_value: Decimal = Decimal(0)

    def add(self, other: "Counts") -> None:
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def delivered(self) -> int:
        return max(0, self.recipients - self.bounced - self.failed)


COUNTED = tuple(field.name for field in fields(Counts))


def _rate(part: Number | Decimal, total: int | Decimal) -> float:
    return float(part) / float(total) if total else 0.0


def _count(shares: Decimal) -> Number:
    return int(shares) if shares == int(shares) else float(shares)


# Nothing is sent by text message here yet, so its volume and cost are nothing.
_STATISTICS: dict[str, Callable[[Counts], Number]] = {
    "recipients": lambda c: c.recipients,
    "delivered": lambda c: c.delivered,
    "delivery_rate": lambda c: _rate(c.delivered, c.recipients),
    "bounced": lambda c: c.bounced,
    "bounce_rate": lambda c: _rate(c.bounced, c.recipients),
    "failed": lambda c: c.failed,
    "failed_rate": lambda c: _rate(c.failed, c.recipients),
    "bounced_or_failed": lambda c: c.bounced + c.failed,
    "bounced_or_failed_rate": lambda c: _rate(c.bounced + c.failed, c.recipients),
    "opens": lambda c: c.opens,
    "opens_unique": lambda c: c.opens_unique,
    "open_rate": lambda c: _rate(c.opens_unique, c.delivered),
    "clicks": lambda c: c.clicks,
    "clicks_unique": lambda c: c.clicks_unique,
    "click_rate": lambda c: _rate(c.clicks_unique, c.delivered),
    "click_to_open_rate": lambda c: _rate(c.clicks_unique, c.opens_unique),
    "unsubscribes": lambda c: c.unsubscribes,
    "unsubscribe_uniques": lambda c: c.unsubscribe_uniques,
    "unsubscribe_rate": lambda c: _rate(c.unsubscribe_uniques, c.delivered),
    "spam_complaints": lambda c: c.spam_complaints,
    "spam_complaint_rate": lambda c: _rate(c.spam_complaints, c.delivered),
    "conversions": lambda c: _count(c.conversions),
    "conversion_uniques": lambda c: c.conversion_uniques,
    "conversion_rate": lambda c: _rate(c.conversion_uniques, c.delivered),
    "conversion_value": lambda c: float(c.conversion_value),
    "average_order_value": lambda c: _rate(c.conversion_value, c.conversions),
    "revenue_per_recipient": lambda c: _rate(c.conversion_value, c.delivered),
    "message_segment_count_sum": lambda c: 0,
    "text_message_credit_usage_amount": lambda c: 0,
    "text_message_spend": lambda c: 0.0,
    "text_message_roi": lambda c: 0.0,
}
NAMES = tuple(_STATISTICS)


def statistic(name: str, counts: Counts) -> Number:
    """Raises KeyError for what is no statistic."""
    return _STATISTICS[name](counts)
