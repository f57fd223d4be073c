"""The pages a recipient sees: leaving, choosing, confirming, signing up, and what went wrong (behaviour-people 2.9).

Plain HTML that works without scripts and asks nothing of other hosts. Words come from `texts`; all are escaped here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape

from rapport.kit.pages import button, link, page
from rapport.texts.service import Texts


@dataclass(frozen=True)
class Box:
    """One thing to say yes or no to. `name` goes into the form."""

    name: str
    label: str
    on: bool
    note: str = ""


def _page(texts: Texts, title: str, *paragraphs: str, forms: Iterable[str] = (), news: bool = False) -> str:
    shop = texts.organization["organization.name"]
    return page(
        shop, title, *filter(None, paragraphs), forms=forms, news=news, language=texts.language, foot=texts.imprint
    )


# ---- leaving


def ask_unsubscribe(texts: Texts, address: str, preferences: str, one_list: str | None, *, ends_all: bool) -> str:
    """`one_list`: the name of the list, when the message went to that alone. `ends_all`: leaving it leaves all."""
    words = texts.words.unsubscribe_page
    fill = _filling(texts, address, one_list or "")
    forms = [button(fill(words.button), "unsubscribe")]
    title, text = words.heading, words.text
    if one_list and not ends_all:
        title, text = words.list_heading, words.list_text
        forms.append(button(fill(words.all_button), "unsubscribe_all", quiet=True))
    about = fill(words.reason) if one_list else ""
    forms.append(link(fill(words.choose_link), preferences))
    return _page(texts, fill(title), about, fill(text), forms=forms)


def unsubscribed(texts: Texts, address: str, preferences: str, *, news: bool = False) -> str:
    words, fill = texts.words.unsubscribe_page, _filling(texts, address)
    forms = [
        button(fill(words.again_button), "subscribe", quiet=True),
        link(fill(words.choose_link), preferences),
    ]
    return _page(texts, fill(words.done_heading), fill(words.done_text), forms=forms, news=news)


def left(texts: Texts, address: str, preferences: str, one_list: str, *, news: bool = False) -> str:
    """Who left one list stays reachable through others."""
    words, fill = texts.words.unsubscribe_page, _filling(texts, address, one_list)
    forms = [
        button(fill(words.all_button), "unsubscribe_all"),
        button(fill(words.again_button), "subscribe", quiet=True),
        link(fill(words.choose_link), preferences),
    ]
    return _page(texts, fill(words.left_heading), fill(words.left_text), forms=forms, news=news)


# ---- choosing


def preferences(texts: Texts, address: str, channels: Sequence[Box], lists: Sequence[Box]) -> str:
    words, fill = texts.words.preference_page, _filling(texts, address)
    groups = [_group(fill(words.channels), channels)]
    if lists:
        groups.append(_group(fill(words.lists), lists))
    save = f'<button type="submit" name="action" value="save">{escape(fill(words.button))}</button>'
    form = f'<form method="post">{"".join(groups)}{save}</form>'
    nothing = button(fill(words.nothing_button), "unsubscribe_all", quiet=True)
    return _page(texts, fill(words.heading), fill(words.text), forms=[form, nothing])


def _group(legend: str, boxes: Sequence[Box]) -> str:
    return f"<fieldset><legend>{escape(legend)}</legend>{''.join(_box(box) for box in boxes)}</fieldset>"


def _box(box: Box) -> str:
    """`offered` says what was on the page, so that saving an old page leaves alone what it did not show."""
    checked = " checked" if box.on else ""
    note = f"<small>{escape(box.note)}</small>" if box.note else ""
    name = escape(box.name)
    return (
        f'<input type="hidden" name="offered" value="{name}"><label class="choice">'
        f'<input type="checkbox" name="wanted" value="{name}"{checked}><span>{escape(box.label)}{note}</span></label>'
    )


def saved(texts: Texts, address: str, choices: Sequence[str], preferences: str) -> str:
    """`choices`: what the person gets from now on, in words."""
    words = texts.words.preference_page
    text = words.saved_text if choices else words.saved_nothing
    said = texts.fill(text, email=address, choices=", ".join(choices))
    fill = _filling(texts, address)
    return _page(texts, fill(words.saved_heading), said, forms=[link(fill(words.again_link), preferences)], news=True)


def moved(texts: Texts, address: str) -> str:
    """The message went to an address that is no longer this person's: it may end things, but not begin any."""
    words, fill = texts.words.preference_page, _filling(texts, address)
    forms = [button(fill(words.nothing_button), "unsubscribe_all")]
    return _page(texts, fill(words.moved_heading), fill(words.moved_text), forms=forms)


# ---- confirming and signing up


def ask_confirmation(texts: Texts, address: str) -> str:
    words, fill = texts.words.confirmation_page, _filling(texts, address)
    return _page(texts, fill(words.heading), fill(words.text), forms=[button(fill(words.button), "confirm")])


def subscribed(texts: Texts, address: str) -> str:
    words, fill = texts.words.confirmation_page, _filling(texts, address)
    return _page(texts, fill(words.done_heading), fill(words.done_text), news=True)


def expired(texts: Texts, address: str) -> str:
    words, fill = texts.words.confirmation_page, _filling(texts, address)
    return _page(texts, fill(words.expired_heading), fill(words.expired_text))


def sign_up(texts: Texts, name: str, *, is_wrong: bool = False, typed: str = "") -> str:
    """The page of one list. `is_wrong`: what was `typed` is no address."""
    words, fill = texts.words.sign_up_page, _filling(texts, typed, name)
    fault = f'<p role="alert" id="wrong">{escape(fill(words.wrong_address))}</p>' if is_wrong else ""
    described = ' aria-describedby="wrong" aria-invalid="true"' if is_wrong else ""
    form = (
        f'<form method="post">{fault}<label class="field">{escape(fill(words.field))}'
        f'<input type="email" name="email" required maxlength="100" autocomplete="email" value="{escape(typed)}"'
        f'{described}></label><button type="submit" name="action" value="sign_up">{escape(fill(words.button))}</button>'
        "</form>"
    )
    return _page(texts, name, fill(words.text), forms=[form])


def look_into_mail(texts: Texts, address: str) -> str:
    """Between signing up and confirming."""
    words, fill = texts.words.sign_up_page, _filling(texts, address)
    return _page(texts, fill(words.next_heading), fill(words.next_text), news=True)


def _filling(texts: Texts, address: str, list_name: str = "") -> Callable[[str], str]:
    """Fills in texts of a page that is about one person, and at most one list."""
    return partial(texts.fill, email=address, list_name=list_name)
