"""Attribution worked out the plain way: every pair of order and touch is looked at, and shares are fractions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, getcontext
from fractions import Fraction
from typing import Any

getcontext().prec = 40
DIGITS = {"JPY": 0, "BHD": 3}
# metric -> field of windows, rank among touches of the same second
KINDS = {
    "Clicked Email": ("email_click", 3), "Opened Email": ("email_open", 2), "Clicked SMS": ("sms_click", 3),
    "Opened Text": ("sms_open", 2), "Received SMS": ("sms_receipt", 1), "Opened Push": ("push_open", 2),
    "Clicked WhatsApp": ("whatsapp_click", 3), "Opened WhatsApp": ("whatsapp_open", 2),
}  # fmt: skip
MOST_TOUCHES = 200
REFUNDS = ("Cancelled Order", "Refunded Order")


@dataclass(frozen=True)
class Happened:
    """An event as it lies in the log. `time`: seconds; `message`: place in the list of messages."""

    id: int
    metric: str
    person: str
    time: int
    unique_id: str
    value: Decimal | None = None
    currency: str = "USD"
    message: int | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)


Credits = dict[tuple[str, str], tuple[Fraction, Decimal | None]]


def credits(
    log: Sequence[Happened], settings: Mapping[str, Any], model: str, transactional: frozenset[int] = frozenset()
) -> Credits:
    """(order, touch), both by unique_id -> share and value."""
    by_person: dict[str, list[Happened]] = defaultdict(list)
    for event in log:
        by_person[event.person].append(event)
    return {
        (order.unique_id, touch.unique_id): part
        for events in by_person.values()
        for order, value in _left(events, settings)
        for touch, part in _parts(order, value, _path(order, events, settings, transactional), settings, model)
    }


def _left(events: Sequence[Happened], settings: Mapping[str, Any]) -> list[tuple[Happened, Decimal | None]]:
    """Orders with what is left of their values, without those taken back as a whole."""
    orders = [event for event in events if event.metric == "Placed Order"]
    taken: dict[str, list[Decimal | None]] = defaultdict(list)
    for refund in events if settings["subtract_refunds"] else ():
        if refund.metric in REFUNDS and (order := _order_of(refund, orders)):
            taken[order.unique_id].append(None if refund.value is None else abs(refund.value))
    left = []
    for order in orders:
        back = taken[order.unique_id]
        total = sum((part for part in back if part is not None), Decimal(0))
        whole = None in back or (bool(back) and order.value is not None and total >= order.value)
        if not whole:
            left.append((order, order.value - total if order.value is not None and order.value > 0 else order.value))
    return left


def _order_of(refund: Happened, orders: Sequence[Happened]) -> Happened | None:
    key = refund.properties.get("OrderId")
    named = [
        (order.properties.get("OrderId") == key and key is not None, order.time, order.id, order)
        for order in orders
        if order.time <= refund.time
        and order.currency == refund.currency
        and {key, refund.unique_id} & {order.properties.get("OrderId"), order.unique_id} - {None}
    ]
    return max(named, key=lambda entry: entry[:3])[3] if named else None


def _path(
    order: Happened, events: Sequence[Happened], settings: Mapping[str, Any], transactional: frozenset[int]
) -> list[Happened]:
    """Touches that take part, from the first to the last."""

    def counts(touch: Happened) -> bool:
        name, _ = KINDS[touch.metric]
        window = settings["windows"][name]
        excluded = (
            (settings["exclude_bot_clicks"] and touch.properties.get("Bot Click") is True)
            or (settings["exclude_machine_opens"] and touch.properties.get("machine_open") is True)
            or (settings["exclude_transactional"] and touch.message in transactional)
        )
        if window is None or excluded:
            return False
        return touch.time <= order.time <= touch.time + seconds(window)

    path = sorted(
        (event for event in events if event.metric in KINDS and counts(event)),
        key=lambda touch: (touch.time, KINDS[touch.metric][1], touch.id),
    )
    return path[-MOST_TOUCHES:]


def seconds(window: Mapping[str, Any]) -> int:
    return int(timedelta(**{window["unit"]: window["value"]}).total_seconds())


def _parts(
    order: Happened, value: Decimal | None, path: Sequence[Happened], settings: Mapping[str, Any], model: str
) -> list[tuple[Happened, tuple[Fraction, Decimal | None]]]:
    weights = weights_of([touch.time for touch in path], settings, model)
    shares = apportioned(Decimal(1), weights, 6)
    values = apportioned(value, weights, DIGITS.get(order.currency, 2)) if value is not None else [None] * len(path)
    return [
        (touch, (Fraction(share or 0), part))
        for touch, weight, share, part in zip(path, weights, shares, values, strict=True)
        if weight
    ]


def weights_of(times: Sequence[int], settings: Mapping[str, Any], model: str) -> list[Fraction]:
    """What each touch of a path weighs; times from the first to the last."""
    n = len(times)
    if n == 0:
        return []
    if model == "last-touch":
        return [Fraction(0)] * (n - 1) + [Fraction(1)]
    if model == "first-touch":
        return [Fraction(1)] + [Fraction(0)] * (n - 1)
    if model == "linear":
        return [Fraction(1)] * n
    if model == "time-decay":
        half = seconds(settings["time_decay_half_life"])
        exact = [Decimal(2) ** (Decimal(time - times[-1]) / half) for time in times]
        return [Fraction(int((weight * 10**12).to_integral_value())) for weight in exact]
    assert model == "position-based"
    parts = settings["position_weights"]
    first, middle, last = (Fraction(parts[name]) for name in ("first", "middle", "last"))
    if n == 1:
        return [Fraction(1)]
    if n == 2:
        return [first, last] if first + last else [Fraction(1)] * 2
    return [first, *[middle / (n - 2)] * (n - 2), last]


def apportioned(whole: Decimal, weights: Sequence[Fraction], digits: int) -> list[Decimal]:
    """The whole by weights in steps of its last digit, by largest remainder, a later one before an equal one; what is
    left below a step goes with the largest remainder."""
    step = Decimal(1).scaleb(-digits)
    steps = int(abs(whole) / step)
    total = sum(weights)
    exact = [steps * weight / total for weight in weights] if total else []
    parts = [int(part) for part in exact]
    weighing = [at for at in range(len(weights)) if weights[at]]
    order = sorted(weighing, key=lambda at: (exact[at] - parts[at], at), reverse=True)
    for at in order[: steps - sum(parts)]:
        parts[at] += 1
    values = [part * step for part in parts]
    if order:
        values[order[0]] += abs(whole) - steps * step
    return [value if whole >= 0 else -value for value in values]
