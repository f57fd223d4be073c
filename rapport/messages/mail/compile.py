"""A message compiled once, rendered for each recipient."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rapport.messages.mail.frame import with_pixel, with_preview
from rapport.messages.mail.links import (
    ALT_TEXT,
    SCOPE_KEY,
    Link,
    LinkScope,
    mark_links,
    of_link,
    redirect_target,
    unescape_attribute,
    with_parameters,
)
from rapport.messages.mail.plain import text_template, tidy
from rapport.templates.language import CompiledTemplate, TemplateSyntaxError, compile_template


@dataclass(frozen=True, slots=True)
class RecipientUrls:
    """A recipient's own addresses. `click` makes the short address of link N; None leaves links as they are. An empty
    `open` means no pixel."""

    click: Callable[[int], str] | None
    open: str
    unsubscribe: str
    preferences: str
    web_view: str
    # where bounces return to; None = to the sender
    return_path: str | None = None
    # a header that the mail provider names the message by: its name and value
    header: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    """A message as one recipient gets it. `reply_to`, `from_label` and `preview_text` may be empty."""

    subject: str
    html: str
    text: str
    from_email: str
    from_label: str
    reply_to: str
    preview_text: str


@dataclass(frozen=True, slots=True)
class CompiledEmail:
    """The templates of a message, links numbered. Made by `compile_email`; safe to share between tasks and threads."""

    links: tuple[Link, ...]
    track_clicks: bool
    subject: CompiledTemplate
    preview_text: CompiledTemplate
    from_email: CompiledTemplate
    from_label: CompiledTemplate
    reply_to: CompiledTemplate
    html: CompiledTemplate
    text: CompiledTemplate | None
    text_is_derived: bool
    utm: tuple[tuple[str, CompiledTemplate], ...]

    def render(self, context: Mapping[str, Any], urls: RecipientUrls) -> RenderedEmail:
        """The message for one recipient, whose `context` comes from `profile_context`. Raises TemplateRenderError."""
        preview = one_line(self.preview_text.render(context))
        own = {**context, **_own_links(urls), "_preview_text": preview}
        utm = self._utm(own)
        html = self.html.render(self._scope(own, utm, urls))
        return RenderedEmail(
            subject=one_line(self.subject.render(own)),
            html=html,
            text=self._text(self._scope(own, utm, urls), html),
            from_email=self.from_email.render(own).strip(),
            from_label=one_line(self.from_label.render(own)),
            reply_to=self.reply_to.render(own).strip(),
            preview_text=preview,
        )

    def _scope(self, context: dict[str, Any], utm: Mapping[str, str], urls: RecipientUrls) -> dict[str, Any]:
        """A context whose links count from the start: HTML and text number their rounds alike."""
        return {**context, SCOPE_KEY: LinkScope(self.links, utm, urls.click if self.track_clicks else None)}

    def _text(self, context: dict[str, Any], html: str) -> str:
        if self.text is None:
            return tidy(text_template(html))
        text = self.text.render(context)
        return tidy(text) if self.text_is_derived else text

    def _utm(self, context: Mapping[str, Any]) -> dict[str, str]:
        if not self.utm:
            return {}
        about = {**context.get("message", {}), "subject": one_line(self.subject.render(context))}
        scope = {**context, "message": about, "link": {"alt_text": ALT_TEXT}}
        return {key: value.render(scope).strip() for key, value in self.utm}

    def resolve(self, number: int, context: Mapping[str, Any]) -> str | None:
        """The address that link `number` leads to for the recipient of `context`; None where there is no such link.

        Tracking parameters are appended, the link's own win. Raises TemplateRenderError.
        """
        if number < 0 or not self.links:
            return None
        utm = self._utm(context)
        target = redirect_target(self._target(number, context, utm) or "")
        link = self.links[number % len(self.links)]
        return with_parameters(target, of_link(utm, link)) if target else None

    def _target(self, number: int, context: Mapping[str, Any], utm: Mapping[str, str]) -> str | None:
        scope = LinkScope(self.links, utm, wanted=number)
        self.html.render({**context, SCOPE_KEY: scope})
        if scope.target is None and number < len(self.links):
            # A condition around the link may have changed since it was sent; what it led to has not.
            return compile_template(unescape_attribute(self.links[number].target), html=False).render(context)
        return scope.target


def compile_email(
    *,
    subject: str,
    preview_text: str | None,
    from_email: str,
    from_label: str | None,
    reply_to: str | None,
    html: str,
    text: str | None,
    track_clicks: bool,
    track_opens: bool,
    utm: Mapping[str, str] | None,
) -> CompiledEmail:
    """Compiles a message; every text may hold template tags. Raises TemplateSyntaxError.

    `text` None or blank: derived from the HTML. `utm`: parameters for links, values may hold tags
    (`{{ message.name }}`); one that is no template is taken as it is, since a campaign may be called anything.
    """
    compile_template(html)  # so that an error names the line of the author's source
    marked, links = mark_links(html) if track_clicks or utm else (html, ())
    framed = with_preview(marked) if preview_text else marked
    return CompiledEmail(
        links=links,
        track_clicks=track_clicks,
        subject=_line(subject),
        preview_text=_line(preview_text),
        from_email=_line(from_email),
        from_label=_line(from_label),
        reply_to=_line(reply_to),
        html=compile_template(with_pixel(framed) if track_opens else framed),
        text=compile_template(text, html=False) if text and text.strip() else _derived(marked),
        text_is_derived=not (text and text.strip()),
        utm=tuple((key, _lenient(value)) for key, value in (utm or {}).items()),
    )


def _line(source: str | None) -> CompiledTemplate:
    return compile_template(source or "", html=False)


def _lenient(source: str) -> CompiledTemplate:
    try:
        return compile_template(source, html=False)
    except TemplateSyntaxError:
        return compile_template("{% verbatim literal %}" + source + "{% endverbatim literal %}", html=False)


def _derived(html: str) -> CompiledTemplate | None:
    """The text part's template; None where tags and markup cross in a way that only rendering can untangle."""
    try:
        return compile_template(text_template(html), html=False)
    except TemplateSyntaxError:
        return None


def one_line(text: str) -> str:
    """Line breaks and runs of white space become one space."""
    return " ".join(text.split())


def _own_links(urls: RecipientUrls) -> dict[str, str]:
    return {
        "_unsubscribe_link": urls.unsubscribe,
        "_preferences_link": urls.preferences,
        "_web_view_link": urls.web_view,
        "_open_url": urls.open,
    }
