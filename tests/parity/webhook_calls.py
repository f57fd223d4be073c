"""Calls of operations on webhooks; see `calls`."""

from collections.abc import Callable
from typing import Any

from tests.parity.world import World, resource, webhook_body

CALLS: dict[str, Callable[[World], Any]] = {
    "get_webhooks": lambda w: w.webhook and w.sdk.Webhooks.get_webhooks(include=["webhook-topics"]),
    "get_webhook": lambda w: w.sdk.Webhooks.get_webhook(w.webhook, include=["webhook-topics"]),
    "create_webhook": lambda w: w.sdk.Webhooks.create_webhook(webhook_body(w.unique("Webhook "))),
    "update_webhook": lambda w: w.sdk.Webhooks.update_webhook(
        w.webhook, resource("webhook", w.webhook, name=w.unique("Webhook "), enabled=True)
    ),
    "delete_webhook": lambda w: w.sdk.Webhooks.delete_webhook(w.new_webhook()),
    "get_webhook_topics": lambda w: w.sdk.Webhooks.get_webhook_topics(),
    "get_webhook_topic": lambda w: w.sdk.Webhooks.get_webhook_topic("event:klaviyo.sent_sms"),
}
