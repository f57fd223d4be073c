"""The addresses under which images are shown, to everybody who knows one."""

import re
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from rapport.images.service import Images
from rapport.kit.rooms import Process
from rapport.kit.storage import Storage, StorageFailed

_NAME = re.compile(r"[0-9A-Z]{6}/(?:thumbnails/)?(?P<file>[0-9a-f]{32})\.(?P<format>jpeg|png|gif)")
# What lies at an address never changes. Whoever follows it sees a picture and nothing that runs.
_HEADERS = {
    "cache-control": "public, max-age=31536000, immutable",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "cross-origin",
    "access-control-allow-origin": "*",
}


def routes(process: Process) -> Sequence[BaseRoute]:
    site = _Site(process.once(Images.of).storage)
    return [Route("/images/{company}/{file:path}", site.image, methods=["GET"])]


class _Site:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def image(self, request: Request) -> Response:
        name = _NAME.fullmatch("{company}/{file}".format(**request.path_params))
        try:
            content = await self._storage.read(name[0]) if name else None
        except StorageFailed:
            return PlainTextResponse("Not available for a moment. Try again.", 503, {"retry-after": "1"})
        if name is None or content is None:
            return PlainTextResponse("There is no such image.", 404, {"cache-control": "no-store"})
        headers = {**_HEADERS, "etag": f'"{name["file"]}"'}
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=f"image/{name['format']}")
