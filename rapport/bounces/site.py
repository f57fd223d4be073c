"""`POST /feedback/{provider}/{key}`: what a mail provider tells of messages that it took over.

The key is this installation's own, and what is told counts only for a message that the provider gives our signature of:
whoever knows the address can still say nothing of messages that they never had.
"""

import hmac
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from rapport.bounces.providers import PROVIDERS, Told
from rapport.kit import crypto, db, log, outgoing
from rapport.kit.forms import read_at_most
from rapport.kit.rooms import Process
from rapport.kit.settings import Settings
from rapport.messages import return_path, returned

_PURPOSE = "feedback"
_LARGEST = 1_000_000
# of an answer to the visit that confirms an address
_CONFIRMATION = 64 << 10
_logger = log.logger("bounces")


def address(settings: Settings) -> str | None:
    """Where the provider is to call; None where none is known."""
    provider = settings.mail_provider
    return f"{settings.base_url}/feedback/{provider}/{_key(settings, provider)}" if provider else None


def routes(process: Process) -> Sequence[BaseRoute]:
    return [Route("/feedback/{provider}/{key}", _Site(process).told, methods=["POST"])]


def _key(settings: Settings, provider: str) -> str:
    return crypto.word(settings.secret, _PURPOSE, provider)


class _Site:
    def __init__(self, process: Process) -> None:
        self._pool, self._settings = process.pool, process.settings
        self._client = process.once(outgoing.Client.of)

    async def told(self, request: Request) -> Response:
        provider, key = request.path_params["provider"], request.path_params["key"]
        expected = _key(self._settings, provider)
        if provider != self._settings.mail_provider or not hmac.compare_digest(key.encode(), expected.encode()):
            return _answer(404, "There is nothing here. `rapport doctor` shows the address for the mail provider.")
        body = await read_at_most(request, _LARGEST)
        if body is None:
            return _answer(413, f"At most {_LARGEST} bytes are read.")
        try:
            told = PROVIDERS[provider](body)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            return _answer(400, f"This is no webhook of the provider: {error}")
        return await self._confirm(told.confirm) if told.confirm else await self._record(told)

    async def _confirm(self, at: str) -> Response:
        """Visit the address by which the provider learns that it may call here."""
        try:
            await self._client.get(at, limit=_CONFIRMATION)
        except (outgoing.Unsendable, outgoing.Unanswered) as error:
            _logger.warning("a mail provider could not be told that it may call", host=urlsplit(at).hostname)
            return _later(f"The address could not be visited: {error}")
        return _answer(200, "Confirmed")

    async def _record(self, told: Told) -> Response:
        message = return_path.read_local(self._settings, told.message) if told.report else None
        if told.report is None or message is None:
            return _answer(200, "Read, and nothing to do")
        report = told.report
        try:
            done = await returned.record(self._pool, self._settings, *message, report.kind, report.code, report.text)
        except Exception as error:
            if not db.is_lost(error) and not db.is_transient(error):
                _logger.exception("what a provider told could not be recorded", account_id=message[0])
            return _later("It could not be written down.")
        return _answer(200, "Recorded") if done else _later("The message is still on its way.")


def _answer(status: int, detail: str) -> Response:
    return JSONResponse({"detail": detail}, status)


def _later(detail: str) -> Response:
    return JSONResponse({"detail": f"{detail} Call again."}, 503, {"retry-after": "30"})
