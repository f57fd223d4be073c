"""A browser: the system's Chromium, started once a module."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from rapport.server import WEB
from tests.conftest import Shop
from tests.web.entering import enter

_HERE = Path(__file__).parent
_NAMES = ("chromium-headless-shell", "chromium", "google-chrome")
_CHROMIUM = next((path for name in _NAMES if (path := shutil.which(name))), None)
# As root Chromium has no sandbox; the rest keeps it from calling home.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# What a page shows on a busy machine comes late; the library gives up after five seconds.
expect.set_options(timeout=30_000)


# Of the module, because the driver keeps an event loop running in this thread, which no other test could then do.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if _CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install the package chromium")
    if not (WEB / "index.html").exists():
        pytest.skip("the web app is not built: run `make web`")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        yield running
        running.close()


# What a phone shows of each page is looked at in one test each time (`test_every_page_has_an_empty_state`).


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == _HERE and "[phone" in item.name:
            item.add_marker(pytest.mark.long)


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, shop: Shop) -> Iterator[Page]:
    """A page signed in to the shop by its link; fails the test on an error in the console or a failed request."""
    width, height = request.param
    context = browser.new_context(reduced_motion="reduce", viewport={"width": width, "height": height})
    made = context.new_page()
    problems: list[str] = []
    made.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    made.on(
        "response", lambda answer: problems.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
    )
    enter(made, shop)
    yield made
    context.close()
    assert not problems
