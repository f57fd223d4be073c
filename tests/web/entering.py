"""How a test's browser gets in."""

from playwright.sync_api import Page

from tests.accounts.dance import signed_in
from tests.conftest import Shop


def enter(page: Page, shop: Shop, path: str = "/") -> None:
    """Signed in as the shop's owner, on one of its pages."""
    client = signed_in(shop)
    session = client.cookies["rapport_session"]
    client.close()
    page.context.add_cookies([{"name": "rapport_session", "value": session, "url": shop.server.url}])
    page.goto(f"{shop.server.url}{path}")
