"""Rendering: messages to e-mails, in processes beside this one.

Rendering and encoding are more than half of the work of a campaign, and what an account wrote runs in it: a second core
helps, and a template that takes too long is ended without holding up anything but itself.
"""

from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar

from rapport.kit import compute, log
from rapport.kit.pieces import SECONDS, Pieces
from rapport.messages import rendering_job
from rapport.messages.composed import Batch, Composed
from rapport.messages.rendering_job import Made
from rapport.templates.language import TemplateRenderError

P = ParamSpec("P")
T = TypeVar("T")

_TOO_SLOW = "The template took too long."

_logger = log.logger("messages")


async def render(
    account_id: int,
    composed: Composed,
    function: Callable[Concatenate[Batch, P], T],
    *args: P.args,
    **named: P.kwargs,
) -> T:
    """`function` of `rendering_job` for one message. Raises TemplateRenderError for one that takes too long."""
    try:
        return await compute.run(account_id, SECONDS, function, Batch.of([composed]), *args, **named)
    except compute.NOT_ANSWERED:
        raise TemplateRenderError(_TOO_SLOW) from None


class Renderer:
    """Renders batches, and remembers which contents took too long."""

    def __init__(self) -> None:
        self._pieces = Pieces(rendering_job.make, packed=Batch.of, cause=lambda composed: composed.message.content_id)

    async def render(self, account_id: int, batch: Sequence[Composed]) -> list[Made]:
        answers = await self._pieces.run(account_id, batch)
        results = [
            answer or Made(composed.message.id, None, "", "Email Syntax Error", _TOO_SLOW)
            for composed, answer in zip(batch, answers, strict=True)
        ]
        for result in results:
            if result.reason:
                _logger.info("message not made", account_id=account_id, message=result.id, error=result.error)
        return results
