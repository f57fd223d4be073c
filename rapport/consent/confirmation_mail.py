"""The mail of a double opt-in, from an account's texts."""

from dataclasses import replace
from html import escape

from rapport.texts.service import Texts

_BUTTON = (
    "display:inline-block;padding:12px 24px;background:#1c5fd4;color:#ffffff;border-radius:8px;text-decoration:none"
)


def template(texts: Texts) -> tuple[str, str]:
    """Subject and HTML as templates, which are filled in for each recipient. `event.link`: where the button leads.

    The organization is left to the template too: a shop's name may look like something of the template language.
    """
    named = replace(texts, organization={name: f"{{{{ {name} }}}}" for name in texts.organization})
    foot = f"{{% if organization.imprint %}}{_foot('{{ organization.imprint }}')}{{% endif %}}"
    return _written(named, "{{ email }}", "{{ event.link }}", foot)


def rendered(texts: Texts, address: str, link: str) -> tuple[str, str]:
    """Subject and HTML of one recipient's."""
    return _written(texts, address, link, _foot(" · ".join(texts.imprint)) if texts.imprint else "")


def _foot(imprint: str) -> str:
    return f'<p style="font-size:12px;color:#5b6270">{escape(imprint)}</p>\n'


def _written(texts: Texts, address: str, link: str, foot: str) -> tuple[str, str]:
    mail = texts.words.confirmation_mail

    def said(text: str) -> str:
        return escape(texts.fill(text, email=address))

    html = f"""<!doctype html>
<html lang="{texts.language}"><body style="font-family:sans-serif;font-size:16px;line-height:1.5">
<h1 style="font-size:20px">{said(mail.heading)}</h1>
<p>{said(mail.text)}</p>
<p><a href="{escape(link)}" style="{_BUTTON}">{said(mail.button)}</a></p>
<p>{said(mail.closing)}</p>
{foot}</body></html>"""
    return texts.fill(mail.subject, email=address), html
