"""What each group of texts looks like to an invented person."""

from collections.abc import Callable, Iterable, Mapping
from html import escape

from rapport.consent import confirmation_mail, pages
from rapport.consent.pages import Box
from rapport.kit.pages import page
from rapport.profiles.consent import EMAIL, SMS, WHATSAPP
from rapport.texts.service import Texts
from rapport.texts.words import Group

_ADDRESS, _NUMBER, _LIST, _LINK = "ann@example.com", "+1 ••• 06", "News", "#"

# Name, document, and the subject of a mail.
Seen = tuple[str, str] | tuple[str, str, str]


def _confirmation_mail(texts: Texts) -> Iterable[Seen]:
    subject, html = confirmation_mail.rendered(texts, _ADDRESS, _LINK)
    yield "mail", html, subject


def _confirmation_page(texts: Texts) -> Iterable[Seen]:
    yield "asking", pages.ask_confirmation(texts, _ADDRESS)
    yield "done", pages.subscribed(texts, _ADDRESS)
    yield "expired", pages.expired(texts, _ADDRESS)


def _sign_up_page(texts: Texts) -> Iterable[Seen]:
    yield "asking", pages.sign_up(texts, _LIST)
    yield "wrong_address", pages.sign_up(texts, _LIST, is_wrong=True, typed="ann")
    yield "next", pages.look_into_mail(texts, _ADDRESS)


def _unsubscribe_page(texts: Texts) -> Iterable[Seen]:
    yield "asking", pages.ask_unsubscribe(texts, _ADDRESS, _LINK, None, ends_all=True)
    yield "asking_of_list", pages.ask_unsubscribe(texts, _ADDRESS, _LINK, _LIST, ends_all=False)
    yield "done", pages.unsubscribed(texts, _ADDRESS, _LINK)
    yield "left_list", pages.left(texts, _ADDRESS, _LINK, _LIST)


def _preference_page(texts: Texts) -> Iterable[Seen]:
    words = texts.words.preference_page
    channels = [
        Box(EMAIL, texts.fill(words.email), True, _ADDRESS),
        Box(SMS, texts.fill(words.sms), False, _NUMBER),
        Box(WHATSAPP, texts.fill(words.whatsapp), False, _NUMBER),
    ]
    choices = [texts.fill(words.saved_email), texts.fill(words.saved_list, list_name=_LIST)]
    yield "asking", pages.preferences(texts, _ADDRESS, channels, [Box(f"list:{_LIST}", _LIST, True)])
    yield "saved", pages.saved(texts, _ADDRESS, choices, _LINK)
    yield "saved_nothing", pages.saved(texts, _ADDRESS, [], _LINK)
    yield "moved", pages.moved(texts, _ADDRESS)


def _mail_links(texts: Texts) -> Iterable[Seen]:
    words = texts.words.mail_links
    links = " · ".join(
        f'<a href="{_LINK}">{escape(texts.fill(word))}</a>'
        for word in (words.unsubscribe, words.preferences, words.web_view)
    )
    line = f'<p style="text-align:center;font-family:sans-serif;font-size:12px">{links}</p>'
    yield "mail", f'<!doctype html><html lang="{texts.language}"><body>{line}</body></html>'


def _text_answers(texts: Texts) -> Iterable[Seen]:
    words, shop = texts.words.text_answers, texts.organization["organization.name"]
    for name, word in (("stop", words.stop), ("help", words.help), ("start", words.start)):
        yield name, page(shop, "SMS", texts.fill(word), language=texts.language)


VIEWS: Mapping[Group, Callable[[Texts], Iterable[Seen]]] = {
    "confirmation_mail": _confirmation_mail,
    "confirmation_page": _confirmation_page,
    "sign_up_page": _sign_up_page,
    "unsubscribe_page": _unsubscribe_page,
    "preference_page": _preference_page,
    "mail_links": _mail_links,
    "text_answers": _text_answers,
}
