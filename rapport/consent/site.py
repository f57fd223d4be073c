"""Consent pages: leaving, preferences, confirming a double opt-in and signing up to a list (behaviour-people 2.8, 2.9).

Reading a page changes nothing: mail scanners follow every link, so a GET only asks.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.consent import optin, pages, preferences, subscribing
from rapport.consent.preferences import Preferences
from rapport.consent.subscribing import Through
from rapport.inbox.service import append
from rapport.kit import db
from rapport.kit.forms import Fields, read_form
from rapport.kit.jsonapi import ApiError
from rapport.kit.rooms import Process
from rapport.kit.settings import Settings
from rapport.lists import service as lists
from rapport.messages import recorded
from rapport.messages.composed import Composed
from rapport.messages.links import MessageLinks, not_found, shown
from rapport.profiles.checks import check_email
from rapport.profiles.consent import EMAIL, SMS, WHATSAPP
from rapport.profiles.identity import Person
from rapport.subscriptions import service as consent
from rapport.subscriptions.people import profiles_of
from rapport.subscriptions.service import Grant, How
from rapport.subscriptions.settings import leaves_one_list, the_one_list
from rapport.texts.service import Texts
from rapport.texts.service import load as load_texts

FOLLOWED = "Clicked Email to Unsubscribe"
_PAGE = "PREFERENCE_PAGE"


def routes(process: Process) -> list[BaseRoute]:
    site, endpoint = _Site(process.pool, process.settings), process.once(MessageLinks.of).endpoint
    return [
        Route("/u/{token}", endpoint(site.ask), methods=["GET"]),
        Route("/u/{token}", endpoint(site.leave), methods=["POST"]),
        Route("/p/{token}", endpoint(site.choose), methods=["GET"]),
        Route("/p/{token}", endpoint(site.save), methods=["POST"]),
        Route("/s/{token}", site.confirmation, methods=["GET", "POST"]),
        Route("/l/{company}/{list}", site.sign_up, methods=["GET", "POST"]),
    ]


class _Site:
    def __init__(self, pool: db.Pool, settings: Settings) -> None:
        self._pool = pool
        self._base = settings.base_url

    # ---- leaving

    async def ask(self, request: Request, account: Account, composed: Composed) -> Response:
        """Whoever has left already can undo it here."""
        async with self._pool.connection() as conn:
            person = await preferences.load(conn, account, composed.message.profile_id)
            if person is None:
                return not_found(request)
            return shown(await _leaving_page(conn, account, composed, person))

    async def leave(self, request: Request, account: Account, composed: Composed) -> Response:
        """The page's buttons, or a mail program's one-click request (RFC 8058)."""
        fields = await read_form(request)
        action = _first(fields, "action")
        one_click = _first(fields, "list-unsubscribe").lower() == "one-click"
        async with self._pool.connection() as conn:
            person = await preferences.load(conn, account, composed.message.profile_id)
            if person is None:
                return not_found(request)
            if one_click:
                await self._leave(conn, account, composed, How("one_click_unsubscribe"))
                return Response(status_code=200)
            if action == "subscribe":
                return await self._back(conn, account, composed, person)
            await self._leave(conn, account, composed, self._how("u"), everything=action == "unsubscribe_all")
            await append(conn, account.account_id, [_followed(account, composed)])
            after = await preferences.load(conn, account, person.profile_id)
            return shown(await _leaving_page(conn, account, composed, after or person, news=True))

    async def _leave(
        self, conn: db.Connection, account: Account, composed: Composed, how: How, *, everything: bool = False
    ) -> None:
        """From the one list the message went to, where that is the rule; else from everything (2.6)."""
        through = _through(composed)
        one_list = await the_one_list(conn, account, composed.message.options.groups)
        if one_list is not None and leaves_one_list(account, one_list) and not everything:
            await subscribing.leave(conn, account, [composed.message.profile_id], how, one_list, through=through)
            return
        await consent.unsubscribe(
            conn, account, [composed.message.profile_id], how, message=through.message, about=through.about
        )

    async def _back(self, conn: db.Connection, account: Account, composed: Composed, person: Preferences) -> Response:
        if not person.belongs_to(composed.message.to_address):
            return shown(pages.moved(person.texts, composed.message.to_address))
        one_list = await the_one_list(conn, account, composed.message.options.groups)
        to = one_list if leaves_one_list(account, one_list) else None
        await subscribing.subscribe(conn, account, [Grant(person.profile_id, EMAIL)], self._how("u"), to=to)
        return shown(pages.subscribed(person.texts, composed.message.to_address))

    # ---- choosing

    async def choose(self, request: Request, account: Account, composed: Composed) -> Response:
        async with self._pool.connection() as conn:
            person = await preferences.load(conn, account, composed.message.profile_id)
        if person is None:
            return not_found(request)
        if not person.belongs_to(composed.message.to_address):
            return shown(pages.moved(person.texts, composed.message.to_address))
        return shown(pages.preferences(person.texts, composed.message.to_address, person.channels, person.lists))

    async def save(self, request: Request, account: Account, composed: Composed) -> Response:
        fields = await read_form(request)
        address = composed.message.to_address
        async with self._pool.connection() as conn:
            person = await preferences.load(conn, account, composed.message.profile_id)
            if person is None:
                return not_found(request)
            everything = _first(fields, "action") == "unsubscribe_all"
            if not person.belongs_to(address) and not everything:
                return shown(pages.moved(person.texts, address))
            offered = [box.name for box in person.channels] if everything else fields.get("offered", [])
            wanted = [] if everything else fields.get("wanted", [])
            await preferences.save(conn, account, person, offered, wanted, self._how("p"), _through(composed))
            after = await preferences.load(conn, account, person.profile_id)
        return shown(pages.saved(person.texts, address, _choices(after or person), composed.urls.preferences))

    # ---- confirming and signing up

    async def confirmation(self, request: Request) -> Response:
        """The link of a double opt-in: reading it asks, its button confirms."""
        async with self._pool.connection() as conn:
            pending = await optin.find(conn, request.path_params["token"])
            if pending is None:
                return not_found(request)
            if request.method == "POST":
                await optin.confirm(conn, pending)
            texts = await optin.texts_for(conn, pending.account, pending.waiting)
        return shown(_confirmation_page(texts, pending, done=request.method == "POST"))

    async def sign_up(self, request: Request) -> Response:
        """A list's own page. Signing up goes the way of the list: at once, or after a confirmation."""
        fields = await read_form(request) if request.method == "POST" else {}
        async with self._pool.connection() as conn:
            account = await accounts.load_by_public_id(conn, request.path_params["company"])
            to = account and await lists.by_public_id(conn, account.account_id, request.path_params["list"])
            if account is None or not to:
                return not_found(request)
            texts = await load_texts(conn, account)
            if request.method != "POST":
                return shown(pages.sign_up(texts, to["name"]))
            return await self._signed_up(conn, account, texts, to, _first(fields, "email").strip())

    async def _signed_up(
        self, conn: db.Connection, account: Account, texts: Texts, to: dict[str, Any], address: str
    ) -> Response:
        try:
            check_email(address, "")
        except ApiError:
            return shown(pages.sign_up(texts, to["name"], is_wrong=True, typed=address), 400)
        how = How(_PAGE, f"{self._base}/l/{account.public_id}/{to['public_id']}", double_optin=False)
        if optin.needs_confirmation(account, to):
            await optin.ask(conn, account, [address], self._base, to=to, how=how, by_stranger=True)
            return shown(pages.look_into_mail(texts, address))
        [profile] = await profiles_of(conn, account.account_id, [Person(email=address)], account.now())
        assert profile is not None, "an address always has a profile"
        await subscribing.subscribe(conn, account, [Grant(profile, EMAIL)], how, to=to)
        return shown(pages.subscribed(texts, address))

    def _how(self, place: str) -> How:
        """The page without its token, which is the person's own."""
        return How(_PAGE, f"{self._base}/{place}")


async def _leaving_page(
    conn: db.Connection, account: Account, composed: Composed, person: Preferences, *, news: bool = False
) -> str:
    """The page of the list where the message went to exactly one, else that of the account (2.9)."""
    texts, address, choose = person.texts, composed.message.to_address, composed.urls.preferences
    if person.unsubscribed:
        return pages.unsubscribed(texts, address, choose, news=news)
    one_list = await the_one_list(conn, account, composed.message.options.groups)
    apart = leaves_one_list(account, one_list)
    if one_list is None:
        return pages.ask_unsubscribe(texts, address, choose, None, ends_all=True)
    row = person.rows.get(f"list:{one_list['public_id']}")
    if apart and row is not None and not row["on_it"]:
        return pages.left(texts, address, choose, one_list["name"], news=news)
    return pages.ask_unsubscribe(texts, address, choose, one_list["name"], ends_all=not apart)


def _choices(person: Preferences) -> list[str]:
    """What somebody gets, as the page tells it when it was saved."""
    texts, words = person.texts, person.texts.words.preference_page
    channels = {EMAIL: words.saved_email, SMS: words.saved_sms, WHATSAPP: words.whatsapp}
    on = [box.name for box in person.channels if box.on]
    lists = [texts.fill(words.saved_list, list_name=box.label) for box in person.lists if box.on and EMAIL in on]
    return [*(texts.fill(channels[name]) for name in on), *lists]


def _confirmation_page(texts: Texts, pending: optin.Optin, *, done: bool) -> str:
    if pending.confirmed or (done and not pending.expired):
        return pages.subscribed(texts, pending.email)
    return pages.expired(texts, pending.email) if pending.expired else pages.ask_confirmation(texts, pending.email)


def _through(composed: Composed) -> Through:
    subject = composed.message.subject or composed.content.body.get("subject") or ""
    return Through(composed.message.id, recorded.properties(composed.message, subject, composed.message.sent))


def _followed(account: Account, composed: Composed) -> Any:
    """Through the link in the message, which is an event of its own (2.7)."""
    now = account.now()
    return consent.fact(
        composed.message.profile_id, FOLLOWED, now, now, _through(composed).about, message=composed.message.id
    )


def _first(fields: Fields, name: str) -> str:
    return fields.get(name, [""])[0]
