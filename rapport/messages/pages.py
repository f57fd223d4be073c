"""The small pages a recipient sees: unsubscribing, and what went wrong. Plain HTML that works without scripts."""

from html import escape

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; box-sizing: border-box;
  font: 1rem/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText; }}
main {{ max-width: 28rem; text-align: center; }}
h1 {{ font-size: 1.5rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }}
p {{ margin: 0 0 1.5rem; overflow-wrap: anywhere; }}
button {{ font: inherit; padding: .75rem 1.5rem; border: 0; border-radius: .5rem; background: #1c5fd4; color: #fff;
  cursor: pointer; }}
button:focus-visible {{ outline: 3px solid #f5a623; outline-offset: 2px; }}
</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def page(title: str, *paragraphs: str, form: str = "") -> str:
    """A page with a heading, text and at most one form. Everything but `form` is escaped here."""
    parts = [f"<h1>{escape(title)}</h1>", *(f"<p>{escape(text)}</p>" for text in paragraphs), form]
    return _PAGE.format(title=escape(title), body="\n".join(part for part in parts if part))


def button(label: str, name: str, value: str) -> str:
    """A form that posts one field to the page's own address."""
    field = f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
    return f'<form method="post">{field}<button type="submit">{escape(label)}</button></form>'


def unknown_link() -> str:
    return page(
        "This link leads nowhere", "It may have been cut off by the mail program. Open it from the message again."
    )


def ask_confirmation(shop: str, address: str) -> str:
    form = button("Yes, subscribe me", "action", "confirm")
    return page("Confirm your subscription", f"{address} will get e-mails from {shop}.", form=form)


def expired(shop: str) -> str:
    return page("This link is too old", f"It worked for 72 hours. Please sign up with {shop} again.")


def ask_unsubscribe(shop: str, address: str) -> str:
    form = button("Unsubscribe", "action", "unsubscribe")
    return page("Unsubscribe?", f"{address} will get no more marketing e-mails from {shop}.", form=form)


def ask_resubscribe(shop: str, address: str) -> str:
    form = button("Subscribe again", "action", "subscribe")
    return page("You are unsubscribed", f"{address} gets no marketing e-mails from {shop}.", form=form)


def subscribed(shop: str, address: str) -> str:
    return page("You are subscribed", f"{address} gets e-mails from {shop}.")
