"""Starters over the API, an extension, and their pictures on the site."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from rapport.kit.jsonapi import AnyCall, Page, Record, Resource, getting, operation, page_of
from rapport.kit.ratelimit import M
from rapport.kit.rooms import Process
from rapport.templates import starters
from rapport.templates.api import READ
from rapport.templates.starters import Starter

STARTER = Resource("template-starter", "/api/template-starters", Starter, self_link=False)
_KEPT = {"Cache-Control": "public, max-age=604800", "X-Content-Type-Options": "nosniff"}


@operation("get_template_starters", "GET", STARTER.path, scopes=READ, rate=M, answers=STARTER, many=True)
async def get_template_starters(call: AnyCall) -> Page:
    """Every template to begin with; its definition makes a template of one's own."""
    return page_of(call, [record for id in starters.ids() if (record := _record(id, call))])


def _record(id: str, call: AnyCall) -> Record | None:
    starter = starters.starter(id, call.base_url)
    return None if starter is None else Record(id, starter)


async def _load(call: AnyCall) -> Record | None:
    return _record(call.path["id"], call)


get_template_starter = getting("get_template_starter", STARTER, scopes=READ, rate=M, load=_load)


def routes(process: Process) -> list[BaseRoute]:
    """Pictures of starters: mails that were begun with one show them."""
    return [Route(f"{starters.PATH}/{{name}}", _picture, methods=["GET"])]


async def _picture(request: Request) -> Response:
    content = starters.pictures().get(request.path_params["name"])
    if content is None:
        return Response("There is no such picture.", 404, media_type="text/plain")
    return Response(content, media_type="image/png", headers=_KEPT)
