"""The script for shops' pages: `web/onsite`, built, with the account it speaks for (behaviour-people 6.2)."""

from hashlib import sha256
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from rapport.accounts import service as accounts
from rapport.kit import db
from rapport.kit.settings import Settings

SCRIPT = Path(__file__).parents[2] / "web" / "dist" / "onsite" / "klaviyo.js"
_SHARED = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
# Long enough for the pages of one visit; a new version is everywhere soon after.
_SECONDS = 300
_UNBUILT = "The script is not built: run `make web`."
_UNKNOWN = "No account has this public key. GET /api/accounts shows yours."


def routes(pool: db.Pool, settings: Settings) -> list[BaseRoute]:
    """Both addresses of the script: with the public key in the path, and the older one with `company_id`."""
    site = _Script(pool, settings.base_url)
    return [
        Route("/onsite/js/klaviyo.js", site.asked_for, methods=["GET"]),
        Route("/onsite/js/{company}/klaviyo.js", site.named, methods=["GET"]),
    ]


class _Script:
    def __init__(self, pool: db.Pool, base_url: str) -> None:
        self._pool = pool
        self._base = base_url
        self._built = SCRIPT.read_text() if SCRIPT.exists() else None

    async def named(self, request: Request) -> Response:
        return await self._answer(request, request.path_params["company"])

    async def asked_for(self, request: Request) -> Response:
        return await self._answer(request, request.query_params.get("company_id", ""))

    async def _answer(self, request: Request, company: str) -> Response:
        if self._built is None:
            return _comment(_UNBUILT, 503)
        async with self._pool.connection() as conn:
            account = await accounts.load_by_public_id(conn, company) if company.isalnum() else None
        if account is None:
            return _comment(_UNKNOWN, 404)
        return _cached(request, started(self._built, account.public_id, self._base))


def started(built: str, company: str, server: str) -> str:
    """The script in a scope of its own, told whose it is and where to send to."""
    options = msgspec.json.encode({"company": company, "server": server}).decode()
    return f"(function(){{\n{built}\nRapportOnsite.start({options});\n}})();\n"


def _cached(request: Request, text: str) -> Response:
    tag = f'"{sha256(text.encode()).hexdigest()[:16]}"'
    headers = {"etag": tag, "cache-control": f"public, max-age={_SECONDS}"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={**_SHARED, **headers})
    return _script(text, 200, headers)


def _comment(text: str, status: int) -> Response:
    return _script(f"// {text}\n", status, {"cache-control": "no-store"})


def _script(text: str, status: int, headers: dict[str, str]) -> Response:
    shared = {**_SHARED, "x-content-type-options": "nosniff", **headers}
    return Response(text, status, shared, media_type="text/javascript")
