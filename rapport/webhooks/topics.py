"""What a webhook can be told of.

Topics of events: `event:<integration>.<metric>`, one for each metric of the account and each of the platform's own.
Happenings: those of profiles, events and lists, by a word each.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from rapport.events.metrics import PLATFORM, Metric
from rapport.kit import db

PROFILE_CREATED, PROFILE_UPDATED, PROFILE_MERGED = "profile.created", "profile.updated", "profile.merged"
EVENT_CREATED = "event.created"
LIST_ADDED, LIST_REMOVED = "list.member.added", "list.member.removed"
# A call about one of these tells of one happening; topics of events share a call.
HAPPENINGS = (PROFILE_CREATED, PROFILE_UPDATED, PROFILE_MERGED, EVENT_CREATED, LIST_ADDED, LIST_REMOVED)
# Metrics of the platform, which an account can ask for before their first event (behaviour-people 7.11).
_SYSTEM = (
    "bounced_email", "bounced_push", "clicked_email", "clicked_email_to_unsubscribe", "clicked_sms",
    "clicked_text_message", "dropped_email", "failed_to_deliver_automated_response_sms", "failed_to_deliver_sms",
    "manually_suppressed_from_email_marketing", "manually_unsuppressed_from_email_marketing", "marked_email_as_spam",
    "merged_profile", "opened_email", "opened_push", "opened_text", "ready_to_review",
    "received_automated_response_sms", "received_email", "received_push", "received_sms", "relayed_text_message",
    "sent_sms", "sent_text_message", "skipped_send", "social_comment", "social_dm", "social_ugc", "submitted_rating",
    "submitted_review", "subscribed_to_back_in_stock", "subscribed_to_email_marketing", "subscribed_to_list",
    "subscribed_to_sms_marketing", "unsubscribed_from_email_marketing", "unsubscribed_from_list",
    "unsubscribed_from_sms_marketing", "updated_email_preferences",
)  # fmt: skip
SYSTEM = tuple(f"event:{PLATFORM}.{name}" for name in _SYSTEM)
_METRICS = "SELECT id, public_id, service, name FROM metrics WHERE account_id = %s"


def is_batched(topic: str) -> bool:
    return topic.startswith("event:")


@lru_cache(4096)
def topic_of(metric: Metric) -> str:
    """`event:api.placed_order`. Letters of any script stay; a name without any goes by the metric's id."""
    name = _slug(metric.name) or metric.public_id
    return f"event:{_slug(metric.service) or metric.service}.{name}"


def _slug(name: str) -> str:
    return re.sub(r"\W+", "_", name.lower()).strip("_")


async def every(conn: db.Connection, account_id: int) -> list[str]:
    """The topics that the account can ask for, in order."""
    metrics = [Metric(*row) for row in await db.rows(conn, _METRICS, (account_id,))]
    return sorted({*SYSTEM, *HAPPENINGS, *(topic_of(metric) for metric in metrics)})


async def unknown(conn: db.Connection, account_id: int, topics: Iterable[str]) -> list[str]:
    """Those that the account can't ask for."""
    missing = {*topics} - {*SYSTEM, *HAPPENINGS}
    return sorted(missing - {*await every(conn, account_id)}) if missing else []
