"""A shop's website on an origin of its own, and a browser that visits it."""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import quote, unquote

from playwright.sync_api import Browser, Page

from tests.conftest import Shop
from tests.onsite.world import Json

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
COOKIE = "__kla_id"
KEPT = "kl-post-identification-sync"
_LOADED = "window._klOnsite && !Array.isArray(window._klOnsite)"


class Storefront:
    """Answers every path with the same page, which loads the script behind what `before` says."""

    def __init__(self) -> None:
        self.before = ""
        self.script = ""
        front = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(front.html().encode())

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def html(self) -> str:
        return f"""<!doctype html><title>Shop</title><link rel="icon" href="data:,">
            <script>{self.before}</script><script async src="{self.script}"></script>"""

    def close(self) -> None:
        self._server.shutdown()


class Visitor:
    """Somebody's browser on the pages of a shop."""

    def __init__(self, shop: Shop, front: Storefront, page: Page) -> None:
        self.shop, self.front, self.context, self.page = shop, front, page.context, page
        self.asked: list[tuple[str, Json]] = []
        self.problems: list[str] = []
        page.on("pageerror", self._problem)
        page.context.on("request", self._note)
        front.script = f"{shop.server.url}/onsite/js/{shop.public_id}/klaviyo.js"

    def leave(self) -> None:
        """The browser as it was before."""
        self.page.remove_listener("pageerror", self._problem)
        self.context.remove_listener("request", self._note)
        self.context.unroute_all()
        if not self.page.url.startswith(self.front.url):
            self.front.script = "data:text/javascript,"
            self.page.goto(self.front.url)
        self.does("() => { localStorage.clear(); sessionStorage.clear(); }")
        self.context.clear_cookies()
        assert self.problems == []

    def _problem(self, error: Any) -> None:
        self.problems.append(str(error))

    def _note(self, request: Any) -> None:
        if request.method == "POST" and self.shop.public_id in request.url:
            path = re.sub(r".*/client/([^/?]*).*", r"\1", request.url)
            self.asked.append((path, {"headers": request.headers, **json.loads(request.post_data or "{}")}))

    def open(self, path: str = "/", *, before: str = "", loaded: bool = True, **options: Any) -> "Visitor":
        self.front.before = before
        self.page.goto(path if "://" in path else f"{self.front.url}{path}", **options)
        if loaded:
            self.page.wait_for_function(_LOADED)
        return self

    def does(self, script: str, argument: Any = None) -> Any:
        """What a page's own script gets: the value of an expression, waited for when it is a promise."""
        return self.page.evaluate(script, argument)

    def sent(self, path: str) -> list[Json]:
        return [body for one, body in self.asked if one == path]

    @property
    def raw_cookie(self) -> Json:
        """The cookie as the browser keeps it, a moment after it was written; {} when there is none."""
        return next((dict(one) for one in self.context.cookies() if one.get("name") == COOKIE), {})

    @property
    def cookie(self) -> Json:
        """What is in the cookie, read as a server of the shop would."""
        found = re.search(rf"(?:^|; ){COOKIE}=([^;]*)", self.does("document.cookie"))
        return dict(json.loads(b64decode(unquote(found[1])))) if found else {}

    def kept(self) -> list[Json]:
        return list(json.loads(self.does(f"localStorage.getItem('{KEPT}')") or "[]"))


def cookie_text(said: Json) -> str:
    return b64encode(json.dumps(said).encode()).decode()


def written(said: Json) -> str:
    """A page's script that writes the cookie before the onsite script is there."""
    return f"document.cookie = '{COOKIE}={quote(cookie_text(said))}; path=/'"


@contextmanager
def tab(browser: Browser, agent: str = AGENT) -> Iterator[Page]:
    """A browser of nobody, open at nothing."""
    context = browser.new_context(user_agent=agent)
    yield context.new_page()
    context.close()


@contextmanager
def visiting(shop: Shop, front: Storefront, page: Page) -> Iterator[Visitor]:
    visitor = Visitor(shop, front, page)
    yield visitor
    visitor.leave()


# What docs/onsite.md tells pages to put before the script.
SNIPPET = """
    window.klaviyo = window.klaviyo || new Proxy({}, {
        get: (_, name) => (...args) => new Promise((done) => {
            window._klOnsite = window._klOnsite || [];
            window._klOnsite.push(...(name === "push" ? args : [[name, ...args, done]]));
        }),
    });"""
