"""What every page stands on: the pure modules' own tests, the weight of downloads, and the way to the content."""

import gzip
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from rapport.server import WEB
from tests.conftest import Shop
from tests.web.axe import findings
from tests.web.entering import enter
from tools import pictures

_ROOT = Path(__file__).parents[2]
_KB = 1000
# What may be downloaded, compressed, in kB. Whoever raises a figure says why.
# the entry knows every address and place of the navigation, of which templates, images and a calendar are new; all of
# it has a flow's versions, tests of messages and what another changed in settings;
# the styles have a navigation that is a rail beside an editor
_ENTRY_JS, _ENTRY_CSS, _ALL_JS = 187, 37, 1_030
# The code of one page, or what several share; and libraries that come with the page that draws with them.
_PAGE, _LIBRARIES = 30, {"FlowGraph": 65, "Canvas": 185, "Editor": 200}


def test_the_pure_modules_do_what_their_own_tests_say() -> None:
    if not (_ROOT / "web/node_modules/vitest").exists():
        pytest.skip("the web app's packages are not installed: run `make web`")
    command = [sys.executable, str(_ROOT / "tools/node.py"), "--prefix", "web", "run", "--silent", "test"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Tests .*\d+ passed", done.stdout), done.stdout


def test_no_chunk_weighs_more_than_it_may() -> None:
    if not (WEB / "index.html").exists():
        pytest.skip("the web app is not built: run `make web`")
    weights = {file.name: len(gzip.compress(file.read_bytes(), 9)) / _KB for file in (WEB / "assets").iterdir()}
    first = set(re.findall(r"/assets/([^\"]+)", (WEB / "index.html").read_text()))
    scripts = {file: weight for file, weight in weights.items() if file.endswith(".js")}
    assert sum(weights[file] for file in first if file.endswith(".js")) <= _ENTRY_JS
    assert sum(weights[file] for file in first if file.endswith(".css")) <= _ENTRY_CSS
    assert sum(scripts.values()) <= _ALL_JS
    later = {file: weight for file, weight in scripts.items() if file not in first}
    assert {file: weight for file, weight in later.items() if weight > _budget(file)} == {}
    assert {file.split("-")[0] for file in later} >= _LIBRARIES.keys()


def test_make_pictures_knows_what_every_page_shows() -> None:
    routes = pictures.routes_shown()
    assert len(routes) > 40
    assert pictures.unknown(routes) == []


def _budget(file: str) -> int:
    return _LIBRARIES.get(file.split("-")[0], _PAGE)


def test_a_keyboard_skips_the_navigation_and_goes_on_from_a_new_page_s_heading(browser: Browser, shop: Shop) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    enter(page, shop)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.get_by_role("link", name="Events").click()
    expect(page.get_by_role("heading", level=1, name="Events")).to_be_focused()
    assert findings(page) == []
    context.close()
