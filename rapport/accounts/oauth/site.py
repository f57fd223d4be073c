"""The routes of OAuth, all under `/oauth`."""

from collections.abc import Callable

from starlette.routing import BaseRoute, Route

from rapport.accounts.oauth.authorize import Authorize
from rapport.accounts.oauth.endpoints import Endpoints
from rapport.kit import db
from rapport.kit.proxies import Proxies
from rapport.kit.settings import Settings

# A method that a path does not serve is answered here, or the web app, which serves every other page, would.
_EVERY = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def routes(pool: db.Pool, settings: Settings, forget: Callable[[], None]) -> list[BaseRoute]:
    """`forget`: makes this process ask anew whom a token stands for. A slash at the end is optional."""
    endpoints = Endpoints(pool, rate_limits=settings.rate_limits, forget=forget)
    authorize = Authorize(pool, settings.secret, Proxies(settings.trusted_proxies))
    both = ("", "/")
    return [
        *(Route(f"/oauth/authorize{slash}", authorize.page, methods=["GET", "POST"]) for slash in both),
        *(Route(f"/oauth/token{slash}", endpoints.token, methods=_EVERY) for slash in both),
        *(Route(f"/oauth/revoke{slash}", endpoints.revoke, methods=_EVERY) for slash in both),
    ]
