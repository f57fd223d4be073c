"""Plain pages that the server itself shows: one frame and one style for all, without scripts.

They ask nothing of other hosts. Every text is escaped here.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape

_STYLE = """
:root { color-scheme: light dark; --line: #8885; --accent: #1c5fd4; --on-accent: #fff; --muted: #5b6270; }
@media (prefers-color-scheme: dark) { :root { --accent: #8db4ff; --on-accent: #10203d; --muted: #a9b0bd; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; align-content: center; justify-items: center; padding: 1.5rem 1rem;
  font: 1rem/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText; }
main { width: 100%; max-width: 32rem; border: 1px solid var(--line); border-radius: .75rem; padding: 1.75rem; }
.shop { margin: 0 0 1.25rem; font-weight: 600; color: var(--muted); overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
p { margin: 0 0 1.25rem; overflow-wrap: anywhere; }
ul { margin: 0 0 1.25rem; padding-left: 1.25rem; overflow-wrap: anywhere; }
p:last-child, form:last-child { margin-bottom: 0; }
form { margin: 0 0 1rem; }
footer { width: 100%; max-width: 32rem; padding: 1rem 1.75rem 0; font-size: .8125rem; color: var(--muted);
  overflow-wrap: anywhere; }
fieldset { border: 0; border-top: 1px solid var(--line); margin: 0; padding: 1rem 0 .75rem; min-width: 0; }
legend { float: left; width: 100%; padding: 0 0 .25rem; font-weight: 600; }
.choice { clear: both; display: grid; grid-template-columns: auto 1fr; gap: 0 .75rem; align-items: start;
  padding: .6rem 0; cursor: pointer; }
.choice input { width: 1.25rem; height: 1.25rem; margin: .125rem 0 0; accent-color: var(--accent); }
.choice span { overflow-wrap: anywhere; min-width: 0; }
.choice small { display: block; color: var(--muted); font-size: .875rem; }
label.field { display: block; font-weight: 600; margin: 0 0 1rem; }
label.field input { display: block; width: 100%; font: inherit; padding: .7rem .75rem; margin-top: .35rem;
  border: 1px solid var(--muted); border-radius: .5rem; background: Field; color: FieldText; }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .6rem 1.4rem; border: 1px solid var(--accent);
  border-radius: .5rem; background: var(--accent); color: var(--on-accent); cursor: pointer; }
button.quiet { background: transparent; color: var(--accent); }
a { color: var(--accent); }
:focus-visible { outline: 3px solid #e08a00; outline-offset: 2px; }
@media (max-width: 30rem) { body { align-content: start; } main { padding: 1.25rem; } button { width: 100%; } }
"""
_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
{foot}</body>
</html>
"""
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
# Nothing is loaded, nothing runs, nobody frames it.
_BARE = f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
# And forms go to this host only.
POLICY = f"{_BARE}; form-action 'self'"
# Browsers hold a form's whole chain of redirects to its `form-action`, and that of a person who comes back to an
# application leads wherever the application sends them.
POLICY_LEADING_AWAY = _BARE


def page(
    shop: str,
    title: str,
    *paragraphs: str,
    forms: Iterable[str] = (),
    news: bool = False,
    language: str = "en",
    foot: Iterable[str] = (),
) -> str:
    """A page in the shop's name ("" where nobody knows whose it is). `news`: the heading is read out when it loads.
    `foot`: lines below the page."""
    head = f'<p class="shop">{escape(shop)}</p>' if shop else ""
    role = ' role="status"' if news else ""
    texts = [f"<p>{escape(text)}</p>" for text in paragraphs]
    body = "\n".join(part for part in (head, f"<h1{role}>{escape(title)}</h1>", *texts, *forms) if part)
    lines = "<br>".join(escape(line) for line in foot)
    name = f"{title} · {shop}" if shop else title
    return _PAGE.format(
        language=escape(language),
        title=escape(name),
        style=_STYLE,
        body=body,
        foot=f"<footer>{lines}</footer>\n" if lines else "",
    )


def button(label: str, action: str, *, quiet: bool = False, hidden: Mapping[str, str] | None = None) -> str:
    """A form that posts one action to the page's own address, and the `hidden` fields with it."""
    kind = ' class="quiet"' if quiet else ""
    beside = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in (hidden or {}).items()
    )
    return (
        f'<form method="post">{beside}<button type="submit" name="action" value="{escape(action)}"{kind}>'
        f"{escape(label)}</button></form>"
    )


def bullets(texts: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"


def link(label: str, address: str) -> str:
    return f'<p><a href="{escape(address)}">{escape(label)}</a></p>'
