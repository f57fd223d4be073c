"""The reaction: who earned what. It runs after the one that writes engagements."""

from collections.abc import Sequence
from datetime import datetime

from rapport.attribution import credit, recompute, refunds, versions
from rapport.attribution.credit import Writer
from rapport.attribution.models import Model
from rapport.events.reactions import Batch
from rapport.events.record import Recorded
from rapport.messages.engagement import KINDS, is_touch

# Rows follow their people when profiles are folded; the change that tells of it has them worked out anew.
MOVES = ("UPDATE attributions SET profile_id = %(into)s WHERE account_id = %(account)s AND profile_id = %(source)s",)


async def react(batch: Batch) -> None:
    if batch.events or batch.profiles("event"):
        metrics = await refunds.metrics_of(batch.conn, batch.account.account_id)
        for model in versions.models_of(batch.account):
            await _credit(batch, model, Writer(batch.conn, model, batch.account.currency, metrics))
    await recompute.react(batch)


async def _credit(batch: Batch, model: Model, writer: Writer) -> None:
    await writer.recorded([event for event in batch.events if credit.is_conversion(event)])
    await writer.after_touches(_touches(batch.events, model))
    await writer.refunded({event.profile_id for event in batch.events if _concerns_refunds(event)})
    await writer.of_profiles(batch.profiles("event"))


def _concerns_refunds(event: Recorded) -> bool:
    return event.metric.name == refunds.ORDER or refunds.is_refund(event)


def _touches(events: Sequence[Recorded], model: Model) -> list[tuple[int, datetime]]:
    counted = model.kinds
    return [(event.profile_id, event.time) for event in events if is_touch(event) and _touch(event) in counted]


def _touch(event: Recorded) -> tuple[str, str]:
    kind, channel = KINDS[event.metric.name]
    return channel, kind
