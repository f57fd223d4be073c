"""Allowing an application, in a real browser (behaviour-people 7.4). With `--basetemp` pictures are kept."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accounts.dance import App, opens, registered
from tests.conftest import Shop
from tests.web.entering import enter
from tests.web.test_consent_pages import looks_right

_NAME = "Orders & Returns to <Sheets> of a name that is quite long"
_SCOPES = ("profiles:read", "profiles:write", "lists:read", "events:write", "data-privacy:write")


@dataclass
class Application:
    """An application's web server: it takes the answer and sends the person on to another host of its own."""

    answers: list[dict[str, list[str]]] = field(default_factory=list)
    port: int = 0

    @property
    def callback(self) -> str:
        return f"http://127.0.0.1:{self.port}/callback"


@pytest.fixture
def application() -> Iterator[Application]:
    made = Application()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            where = urlsplit(self.path)
            if where.path == "/callback":
                made.answers.append(parse_qs(where.query))
                self.send_response(302)
                self.send_header("Location", f"http://localhost:{made.port}/done")
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>Done</title><h1>Connected</h1>")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()


@pytest.fixture
def app(shop: Shop, application: Application) -> App:
    return registered(shop.server, name=_NAME, redirect_uris=(application.callback,), scopes=_SCOPES)


@pytest.mark.rule("7.4")
def test_a_person_allows_an_application(
    page: Page, app: App, application: Application, shop: Shop, tmp_path: Path
) -> None:
    page.goto(app.question(scope=None))
    expect(page.get_by_role("heading", name=f"“{_NAME}” wants access to Test shop")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_text(
        [
            "Read and change profiles of people",
            "Read lists and who is on them",
            "Change events",
            "Delete people and what is known of them",
        ]
    )
    looks_right(page, tmp_path, "oauth")
    page.get_by_role("button", name="Allow").press("Enter")
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    (answer,) = application.answers
    assert answer["state"] == ["a state/1 & 2"]
    tokens = app.exchange(answer["code"][0]).json()
    assert opens(shop.server, tokens["access_token"])


@pytest.mark.rule("7.4")
def test_a_person_refuses_an_application(page: Page, app: App, application: Application) -> None:
    page.goto(app.question(scope=None))
    page.get_by_role("button", name="Refuse").click()
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    (answer,) = application.answers
    assert answer["error"] == ["access_denied"]


@pytest.mark.rule("7.4")
@pytest.mark.long
def test_a_person_signs_in_first(browser: Browser, app: App, shop: Shop, tmp_path: Path) -> None:
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(app.question(scope=None))
    expect(page.get_by_role("heading", name="Sign in first")).to_be_visible()
    looks_right(page, tmp_path, "oauth-sign-in")
    beside = context.new_page()
    enter(beside, shop)
    page.reload()
    expect(page.get_by_role("button", name="Allow")).to_be_visible()
    context.close()
