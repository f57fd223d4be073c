"""The reaction: who earned what. It runs after the one that writes engagements."""

from collections.abc import Sequence
from datetime import datetime

from rapport.attribution import credit, recompute
from rapport.attribution.models import Model, model_of
from rapport.attribution.windows import settings_of
from rapport.events.reactions import Batch
from rapport.events.record import Recorded
from rapport.messages.engagement import KINDS, is_touch

# Rows follow their people when profiles are folded; the change that tells of it has them worked out anew.
MOVES = ("UPDATE attributions SET profile_id = %(into)s WHERE account_id = %(account)s AND profile_id = %(source)s",)


async def react(batch: Batch) -> None:
    model = model_of(settings_of(batch.account), batch.account.account_id)
    await credit.recorded(batch.conn, model, [event for event in batch.events if credit.is_conversion(event)])
    await credit.after_touches(batch.conn, model, _touches(batch.events, model))
    await credit.of_profiles(batch.conn, model, batch.profiles("event"))
    await recompute.react(batch)


def _touches(events: Sequence[Recorded], model: Model) -> list[tuple[int, datetime]]:
    counted = model.kinds
    return [(event.profile_id, event.time) for event in events if is_touch(event) and _touch(event) in counted]


def _touch(event: Recorded) -> tuple[str, str]:
    kind, channel = KINDS[event.metric.name]
    return channel, kind
