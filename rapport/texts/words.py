"""The texts by group, and what each language says for them (`languages/*.toml`)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import msgspec

Language = Literal["en", "de", "fr", "es", "it"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
ENGLISH: Language = "en"


class ConfirmationMail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mail of a double opt-in. `closing`: below the button."""

    subject: str
    heading: str
    text: str
    button: str
    closing: str


class ConfirmationPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where that mail's button leads: asking, done, and too late."""

    heading: str
    text: str
    button: str
    done_heading: str
    done_text: str
    expired_heading: str
    expired_text: str


class SignUpPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list's own page, whose heading is the list's name. `next_…`: a confirmation was mailed."""

    text: str
    field: str
    button: str
    wrong_address: str
    next_heading: str
    next_text: str


class UnsubscribePage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`reason`, `list_…`: of a message to one list. `left_…`: one list was left, and others stay."""

    heading: str
    text: str
    reason: str
    list_heading: str
    list_text: str
    button: str
    all_button: str
    choose_link: str
    done_heading: str
    done_text: str
    left_heading: str
    left_text: str
    again_button: str


class PreferencePage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`saved_email`, `saved_sms`, `saved_list`: what `choices` in `saved_text` is put together from. `moved_…`: the
    link came to an address that is no longer the person's."""

    heading: str
    text: str
    channels: str
    lists: str
    email: str
    sms: str
    whatsapp: str
    button: str
    nothing_button: str
    saved_heading: str
    saved_text: str
    saved_nothing: str
    saved_email: str
    saved_sms: str
    saved_list: str
    again_link: str
    moved_heading: str
    moved_text: str


class MailLinks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the tags `unsubscribe`, `manage_preferences` and `web_view` say where the template says nothing else."""

    unsubscribe: str
    preferences: str
    web_view: str


class TextAnswers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is answered to a text that is a keyword: STOP, HELP, START and their like."""

    stop: str
    help: str
    start: str


class BrokenLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A link that names nobody and no account; so no account says it otherwise."""

    heading: str
    text: str


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every text, by group. Accounts may change those of `GROUPS`."""

    confirmation_mail: ConfirmationMail
    confirmation_page: ConfirmationPage
    sign_up_page: SignUpPage
    unsubscribe_page: UnsubscribePage
    preference_page: PreferencePage
    mail_links: MailLinks
    text_answers: TextAnswers
    broken_link: BrokenLink


Group = Literal[
    "confirmation_mail",
    "confirmation_page",
    "sign_up_page",
    "unsubscribe_page",
    "preference_page",
    "mail_links",
    "text_answers",
]
GROUPS: tuple[Group, ...] = get_args(Group)


@cache
def usual(language: Language) -> Words:
    """What a language says where an account says nothing else."""
    source = files("rapport.texts").joinpath("languages", f"{language}.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(source), Words)


def usual_texts(language: Language, group: Group) -> dict[str, str]:
    """One group as text by name, in the order in which they are met."""
    return dict(msgspec.structs.asdict(getattr(usual(language), group)))


def with_changes(language: Language, changes: Mapping[str, Mapping[str, str]]) -> Words:
    """`changes`: texts by name, by group."""
    words = msgspec.to_builtins(usual(language))
    for group, texts in changes.items():
        words[group] |= texts
    return msgspec.convert(words, Words)
