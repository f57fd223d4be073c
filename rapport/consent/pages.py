"""The pages a recipient sees: leaving, choosing, confirming, signing up, and what went wrong (behaviour-people 2.9).

Plain HTML that works without scripts and asks nothing of other hosts. Every text is escaped here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from rapport.kit.pages import button, link, page


@dataclass(frozen=True)
class Box:
    """One thing to say yes or no to. `name` goes into the form."""

    name: str
    label: str
    on: bool
    note: str = ""


# ---- leaving


def ask_unsubscribe(shop: str, address: str, preferences: str, one_list: str | None, *, ends_all: bool) -> str:
    """`one_list`: the name of the list, when the message went to that alone. `ends_all`: leaving it leaves all."""
    about = f"You get this e-mail because you are on the list “{one_list}”." if one_list else ""
    forms = [button("Unsubscribe", "unsubscribe")]
    if one_list and not ends_all:
        title, text = f"Unsubscribe from “{one_list}”?", f"{address} will get no more e-mails of this list from {shop}."
        forms.append(button("Unsubscribe from all e-mails", "unsubscribe_all", quiet=True))
    else:
        title, text = "Unsubscribe?", f"{address} will get no more marketing e-mails from {shop}."
    return page(shop, title, *filter(None, (about, text)), forms=[*forms, link("Choose what you get", preferences)])


def unsubscribed(shop: str, address: str, preferences: str, *, news: bool = False) -> str:
    text = f"{address} gets no marketing e-mails from {shop}."
    forms = [button("Subscribe again", "subscribe", quiet=True), link("Choose what you get", preferences)]
    return page(shop, "You are unsubscribed", text, forms=forms, news=news)


def left(shop: str, address: str, preferences: str, one_list: str, *, news: bool = False) -> str:
    """Who left one list stays reachable through others."""
    text = f"{address} gets no e-mails of the list “{one_list}” from {shop}. Other e-mails may still come."
    forms = [
        button("Unsubscribe from all e-mails", "unsubscribe_all"),
        button("Subscribe again", "subscribe", quiet=True),
        link("Choose what you get", preferences),
    ]
    return page(shop, f"You left “{one_list}”", text, forms=forms, news=news)


# ---- choosing


def preferences(shop: str, channels: Sequence[Box], lists: Sequence[Box]) -> str:
    groups = [_group("How we may write to you", channels)]
    if lists:
        groups.append(_group("E-mails you get", lists))
    form = f'<form method="post">{"".join(groups)}<button type="submit" name="action" value="save">Save</button></form>'
    intro = f"What you get from {shop}. Nothing changes until you save."
    nothing = button("Unsubscribe from everything", "unsubscribe_all", quiet=True)
    return page(shop, "Your preferences", intro, forms=[form, nothing])


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


def saved(shop: str, address: str, gets: Sequence[str], preferences: str) -> str:
    """`gets`: what the person gets from now on, in words."""
    text = f"{address} gets: {', '.join(gets)}." if gets else f"{address} gets nothing more from {shop}."
    title = "Your preferences are saved"
    return page(shop, title, text, forms=[link("Change them again", preferences)], news=True)


def moved(shop: str) -> str:
    """The message went to an address that is no longer this person's: it may end things, but not begin any."""
    text = "This e-mail went to another address than the one we write to now. Open the link from a newer e-mail to "
    more = "choose what you get, or stop everything here."
    forms = [button("Unsubscribe from everything", "unsubscribe_all")]
    return page(shop, "This link is an old one", text + more, forms=forms)


# ---- confirming and signing up


def ask_confirmation(shop: str, address: str) -> str:
    forms = [button("Yes, subscribe me", "confirm")]
    return page(shop, "Confirm your subscription", f"{address} will get e-mails from {shop}.", forms=forms)


def subscribed(shop: str, address: str) -> str:
    return page(shop, "You are subscribed", f"{address} gets e-mails from {shop}.", news=True)


def expired(shop: str) -> str:
    return page(shop, "This link is too old", f"It worked for 72 hours. Please sign up with {shop} again.")


def sign_up(shop: str, name: str, *, wrong: str = "", typed: str = "") -> str:
    """The page of one list. `wrong`: what was wrong with the address `typed`."""
    fault = f'<p role="alert" id="wrong">{escape(wrong)}</p>' if wrong else ""
    described = ' aria-describedby="wrong" aria-invalid="true"' if wrong else ""
    form = (
        f'<form method="post">{fault}<label class="field">Your e-mail address'
        f'<input type="email" name="email" required maxlength="100" autocomplete="email" value="{escape(typed)}"'
        f'{described}></label><button type="submit" name="action" value="sign_up">Subscribe</button></form>'
    )
    return page(shop, name, f"E-mails from {shop}. You can leave at any time.", forms=[form])


def look_into_mail(shop: str, address: str) -> str:
    """Between signing up and confirming."""
    text = f"We wrote to {address}. Open the link in that e-mail within 72 hours, and you are subscribed."
    return page(shop, "One more step", text, news=True)
