"""What a flow can be live with, but hardly says what its author meant."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from rapport.flows.action_types import SendWebhook
from rapport.flows.activation import Problem
from rapport.flows.definition import Step
from rapport.flows.plan import Flow
from rapport.templates import scan

_TEXTS = {"subject_line": "subject", "preview_text": "preview text"}


def of_flow(flow: Flow) -> Iterator[Problem]:
    for action in flow.actions.values():
        for message in action.messages:
            yield from _of_texts(message.content, message.name, str(action.id))
        yield from _of_call(action.typed, str(action.id))


def of_steps(steps: Iterable[Step]) -> Iterator[Problem]:
    """Of a definition that is not a flow's yet."""
    for step in steps:
        for part in step.every:
            message = getattr(part.data, "message", None)
            if message is not None:
                yield from _of_texts(msgspec.structs.asdict(message), getattr(message, "name", None), step.name)
            yield from _of_call(part.data, step.name)


def _of_texts(content: dict[str, Any], name: str | None, action: str) -> Iterator[Problem]:
    for key, what in _TEXTS.items():
        if scan.has_half_tag(str(content.get(key) or "")):
            detail = f"The {what} of “{name or 'a message'}” has braces of a tag that is not closed: sent as they are."
            yield Problem(detail, action)


def _of_call(data: Any, action: str) -> Iterator[Problem]:
    """A tag may stand for a number, so that what is no JSON with one in its place can't become any. What blocks of
    tags make can't be known before."""
    body = data.message.body if isinstance(data, SendWebhook) else None
    if not body or "{%" in body:
        return
    try:
        msgspec.json.decode(scan.without_tags(body, "1"))
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        yield Problem(f"The body of a webhook is not JSON, so that none is called: {error}", action)
