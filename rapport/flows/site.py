"""The page on which a recipient of alerts says that they want them. Reading it changes nothing: mail scanners follow
every link, so a GET only asks."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from rapport.accounts import service as accounts
from rapport.flows import alerts
from rapport.kit import db
from rapport.kit.pages import button, page
from rapport.kit.rooms import Process
from rapport.messages.links import not_found, shown


def routes(process: Process) -> list[BaseRoute]:
    return [Route("/alerts/{company}/{token}", _Site(process.pool).confirm, methods=["GET", "POST"])]


class _Site:
    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool

    async def confirm(self, request: Request) -> Response:
        token = request.path_params["token"]
        async with self._pool.connection() as conn:
            account = await accounts.load_by_public_id(conn, request.path_params["company"])
            address = account and await alerts.address_of(conn, account.account_id, token)
            if account is None or not address:
                return not_found(request)
            if request.method != "POST":
                text = f"{account.name} wants to send alerts about its customers to {address}."
                return shown(page(account.name, "Alerts", text, forms=[button("Yes, send them", "confirm")]))
            await alerts.confirm(conn, account.account_id, token, account.now())
        return shown(page(account.name, "Thank you", f"Alerts will be sent to {address}.", news=True))
