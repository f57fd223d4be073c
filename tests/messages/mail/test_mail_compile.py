"""A message compiled once and rendered for a recipient."""

import time
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.messages.mail import CompiledEmail, RecipientUrls, compile_email
from rapport.templates.language import TemplateRenderError, TemplateSyntaxError, profile_context
from rapport.templates.scan import pieces

URLS = RecipientUrls(
    click=lambda number: f"https://t.example/c/{number}",
    open="https://t.example/o",
    unsubscribe="https://t.example/u",
    preferences="https://t.example/p",
    web_view="https://t.example/w",
)
EVENT = {
    "URL": "https://shop.example/cart?id=1&copy=2",
    "items": [{"name": "One", "url": "https://shop.example/1"}, {"name": "Two", "url": "https://shop.example/2"}],
}


def compiled(html: str, **options: Any) -> CompiledEmail:
    settings_: dict[str, Any] = {
        "subject": "Hi {{ first_name }}",
        "preview_text": None,
        "from_email": "news@shop.example",
        "from_label": "Shop",
        "reply_to": None,
        "text": None,
        "track_clicks": True,
        "track_opens": False,
        "utm": None,
    }
    return compile_email(html=html, **(settings_ | options))


def context(first_name: str = "Ann", event: dict[str, Any] | None = EVENT) -> dict[str, Any]:
    return profile_context(
        {"id": "p1", "first_name": first_name, "email": "ann@example.com"},
        organization={"name": "Shop"},
        event=event,
        message={"id": "m1", "name": "Big Sale"},
        now=datetime(2026, 3, 4, tzinfo=UTC),
    )


def html_of(html: str, **options: Any) -> str:
    return compiled(html, **options).render(context(), URLS).html


def text_of(html: str, **options: Any) -> str:
    return compiled(html, **options).render(context(), URLS).text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="https://x.example">x</a>', '<a href="https://t.example/c/0">x</a>'),
        ("<a class=b href='http://x.example' id=c>x</a>", "<a class=b href='https://t.example/c/0' id=c>x</a>"),
        ("<a href=https://x.example/a>x</a>", '<a href="https://t.example/c/0">x</a>'),
        ('<A\n HREF = "HTTPS://x.example">x</A>', '<A\n HREF = "https://t.example/c/0">x</A>'),
        ('<area href="https://x.example">', '<area href="https://t.example/c/0">'),
        ('<a title="a>b" href="https://x.example">x', '<a title="a>b" href="https://t.example/c/0">x'),
        (
            '<a data-href="https://y.example" href="https://x.example">x</a>',
            '<a data-href="https://y.example" href="https://t.example/c/0">x</a>',
        ),
        (
            '<!--[if mso]><a href="https://x.example">x</a><![endif]-->',
            '<!--[if mso]><a href="https://t.example/c/0">x</a><![endif]-->',
        ),
        ('<a href="{{ event.URL }}">x</a>', '<a href="https://t.example/c/0">x</a>'),
        (
            '<a href="{% if first_name == "Ann" %}https://a.example{% else %}#{% endif %}">x</a>',
            '<a href="https://t.example/c/0">x</a>',
        ),
        ('<a href="{{ missing|default:"mailto:a@b.example" }}">x</a>', '<a href="mailto:a@b.example">x</a>'),
        (
            '<a {% if first_name %}class="v"{% endif %} href="https://x.example">x</a>',
            '<a class="v" href="https://t.example/c/0">x</a>',
        ),
    ],
)
def test_it_tracks_links_and_leaves_the_rest_as_written(html: str, expected: str) -> None:
    assert html_of(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        '<a href="mailto:a@b.example">x</a>',
        '<a href="tel:+331">x</a>',
        '<a href="#top">x</a>',
        '<a href="/relative">x</a>',
        '<a name="x">x</a>',
        "<a href>x</a>",
        '<a href="javascript:alert(1)">x</a>',
        '<link href="https://x.example/a.css">',
        '<img src="https://x.example/a.png">',
        '<!-- <a href="https://x.example">x</a> -->',
        '<style>/* <a href="https://x.example"> */</style>',
        "<p>1 < 2 & 3 > 2 <b>unclosed",
        "<a href='https://x.example",
    ],
)
def test_it_leaves_everything_else_byte_for_byte(html: str) -> None:
    if "'" in html:
        html_of(html)
    else:
        assert html_of(html) == html


def test_it_leaves_the_links_of_tags_alone() -> None:
    html = (
        '<a href="{% unsubscribe_link %}">a</a><a href="{% manage_preferences_link %}?x">b</a>'
        '<a href="{% web_view_link %}">c</a>'
    )
    assert html_of(html) == (
        '<a href="https://t.example/u">a</a><a href="https://t.example/p?x">b</a><a href="https://t.example/w">c</a>'
    )
    assert compiled(html).links == ()


def test_it_leaves_an_attribute_with_half_a_block_alone() -> None:
    html = '<a href="{% if first_name %}https://a.example">1</a><a href="{% endif %}https://b.example">2</a>'
    assert html_of(html) == '<a href="https://a.example">1</a><a href="https://b.example">2</a>'


def test_it_does_not_track_inside_verbatim_and_comments() -> None:
    anchor = '<a href="https://x.example">'
    html = f"{{% verbatim %}}{anchor}{{% endverbatim %}}{{% comment %}}{anchor}{{% endcomment %}}"
    assert html_of(html) == '<a href="https://x.example">'


def test_it_numbers_links_of_a_loop_by_round_and_finds_their_targets() -> None:
    message = compiled(
        '<a href="https://a.example">a</a>{% for i in event.items %}<a href="{{ i.url }}">{{ i.name }}</a>{% endfor %}'
    )
    assert message.render(context(), URLS).html == (
        '<a href="https://t.example/c/0">a</a><a href="https://t.example/c/1">One</a><a href="https://t.example/c/3">Two</a>'
    )
    targets = [message.resolve(number, context()) for number in range(5)]
    assert targets == ["https://a.example", "https://shop.example/1", None, "https://shop.example/2", None]


def test_it_finds_targets_with_the_recipients_values() -> None:
    message = compiled(
        '<a href="https://a.example/?n={{ first_name }}&amp;copy=1">a</a><a href="{{ event.URL }}">b</a>'
    )
    assert message.resolve(0, context("Bo b")) == "https://a.example/?n=Bo%20b&copy=1"
    assert message.resolve(1, context()) == "https://shop.example/cart?id=1&copy=2"


def test_it_never_leads_to_anything_but_http() -> None:
    message = compiled('<a href="{{ event.URL }}">b</a>')
    assert message.resolve(0, context(event={"URL": "javascript:alert(1)"})) is None
    assert (
        message.resolve(0, context(event={"URL": "https://x.example/\r\nSet-Cookie: a"}))
        == "https://x.example/Set-Cookie:%20a"
    )
    assert message.resolve(-1, context()) is None
    assert compiled("no link").resolve(0, context()) is None


def test_it_finds_a_target_whose_condition_no_longer_holds() -> None:
    message = compiled('{% if event.open %}<a href="https://a.example">a</a>{% endif %}')
    assert message.resolve(0, context(event={})) == "https://a.example"


def test_it_appends_tracking_parameters_but_keeps_those_of_the_link() -> None:
    message = compiled(
        '<a href="https://a.example/p?utm_source=own&amp;x=1#part">a</a>',
        utm={"utm_source": "Rapport", "utm_campaign": "{{ message.name }}", "utm_term": "100% {{ off"},
    )
    expected = "https://a.example/p?utm_source=own&x=1&utm_campaign=Big%20Sale&utm_term=100%25%20%7B%7B%20off#part"
    assert message.resolve(0, context()) == expected


def test_it_appends_tracking_parameters_without_tracking_clicks() -> None:
    html = html_of('<a href="https://a.example/?x=1&amp;y=2">a</a>', track_clicks=False, utm={"utm_source": "R"})
    assert html == '<a href="https://a.example/?x=1&amp;y=2&amp;utm_source=R">a</a>'


@pytest.mark.parametrize(
    ("inside", "alt"),
    [
        ("<b>Red</b>\n boots", "Red boots"),
        ('<img src="x.png" alt="Red &amp; green"> and words', "Red & green"),
        ('<span><img src="x.png"></span><img alt="second">', "second"),
        ('<img src="x.png" alt=""> words', "words"),
        ("Hello {{ first_name }}{% if a %}!{% endif %}", "Hello !"),
        ('<img alt="{{ event.name }}, red">', ", red"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_tracking_parameter_may_be_the_alt_text_of_its_link(inside: str, alt: str) -> None:
    html = f'<a href="https://a.example/">{inside}</a><a href="https://b.example/">Other</a>'
    message = compiled(html, utm={"utm_term": "{{ link.alt_text }}", "utm_id": "{{ message.subject }}"})
    target = message.resolve(0, context())
    assert target is not None
    assert parse_qs(urlsplit(target).query)["utm_term"] == [alt]
    assert "utm_term=Other" in str(message.resolve(1, context()))


def test_links_that_never_end_are_found_in_no_time() -> None:
    begun = time.process_time()
    message = compiled('<a href="https://a.example/">x' * 5000, utm={"utm_term": "{{ link.alt_text }}"})
    assert len(message.links) == 5000
    assert time.process_time() - begun < 5


def test_it_changes_no_link_when_nothing_is_tracked() -> None:
    html = '<a href="https://a.example">a</a>'
    assert html_of(html, track_clicks=False) == html


@pytest.mark.parametrize(
    ("html", "before"),
    [
        (
            "<!doctype html><html><head><title>t</title></head><body class='x>y'><p>a</p></body></html>",
            "<body class='x>y'>",
        ),
        ("<html><head></head><p>a</p></html>", "</head>"),
        ("<p>a</p>", ""),
    ],
)
def test_it_hides_the_preview_text_at_the_start_of_the_body(html: str, before: str) -> None:
    shown = html_of(html, preview_text="For {{ first_name }} & <you>")
    assert shown.partition("<div")[0].endswith(before)
    assert "For Ann &amp; &lt;you&gt;" in shown
    assert shown.startswith(html.partition("<p>")[0])


def test_it_hides_no_second_preview_text_where_the_author_prints_it() -> None:
    assert html_of("<p>{% render_variable preview_text %}</p>", preview_text="P") == "<p>P</p>"


def test_it_puts_the_pixel_at_the_end_of_the_body() -> None:
    shown = html_of("<html><body><p>a</p></body></html>", track_opens=True)
    assert shown.startswith('<html><body><p>a</p><img src="https://t.example/o"')
    assert shown.endswith("></body></html>")
    assert html_of("<p>a", track_opens=True).startswith("<p>a<img ")


def test_it_makes_no_pixel_for_a_recipient_who_is_not_tracked() -> None:
    urls = RecipientUrls(URLS.click, "", URLS.unsubscribe, URLS.preferences, URLS.web_view)
    assert compiled("<p>a</p>", track_opens=True).render(context(), urls).html == "<p>a</p>"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>Hello {{ first_name }}</h1><p>One &amp; two&nbsp;three</p>", "Hello Ann\n\nOne & two three\n"),
        ('<p>See <a href="https://a.example">our <b>terms</b></a>.</p>', "See our terms (https://t.example/c/0).\n"),
        ('<a href="https://a.example">https://a.example</a>', "https://a.example (https://t.example/c/0)\n"),
        ('<a href="https://a.example"><img src="x.png" alt="Tea &lt;3"></a>', "Tea <3 (https://t.example/c/0)\n"),
        ('<a href="#top">up</a> <a href="mailto:a@b.example?subject=x">write</a>', "up write (a@b.example)\n"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two\n"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n"),
        ("<style>p{}</style><title>t</title><script>x()</script><!-- c -->a<br>b", "a\nb\n"),
        ("<!--[if mso]>outlook<![endif]--><!--[if !mso]><!-->others<!--<![endif]-->", "others\n"),
        ("{% for i in event.items %}<p>{{ i.name }}</p>{% endfor %}", "One\n\nTwo\n"),
        ("<p>{{ event.html|safe }}</p>{% unsubscribe 'Leave' %}", "Leave (https://t.example/u)\n"),
        ("<p>&#123;&#123; 1 &#125;&#125;</p>", "&#123;&#123; 1 &#125;&#125;\n"),
        ("<p>Hi &zwnj;&#847;there</p>", "Hi there\n"),
    ],
)
def test_it_derives_the_text_part(html: str, text: str) -> None:
    assert text_of(html) == text


def test_it_renders_a_text_of_the_authors_own_as_written() -> None:
    assert text_of("<p>x</p>", text="Hi {{ first_name }},\n\n\n  <you> & me") == "Hi Ann,\n\n\n  <you> & me"


def test_it_escapes_in_html_but_not_in_text_and_subject() -> None:
    message = compiled("<p>{{ first_name }}</p>").render(context("A<b>&"), URLS)
    assert (message.html, message.text, message.subject) == ("<p>A&lt;b&gt;&amp;</p>", "A<b>&\n", "Hi A<b>&")


def test_it_keeps_line_breaks_out_of_subject_and_sender() -> None:
    message = compiled("x", from_label="{{ first_name }}", from_email=" {{ email }} ", reply_to="r@x.example")
    shown = message.render(context("A\r\nBcc: b@x.example"), URLS)
    assert (shown.subject, shown.from_label) == ("Hi A Bcc: b@x.example", "A Bcc: b@x.example")
    assert (shown.from_email, shown.reply_to) == ("ann@example.com", "r@x.example")


def test_it_names_the_line_of_the_authors_mistake() -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        compiled('<body>\n<a href="https://x.example">\n{{ x|nosuch }}', preview_text="p")
    assert caught.value.line == 3


def test_it_raises_what_cannot_be_rendered() -> None:
    with pytest.raises(TemplateRenderError):
        compiled("{{ 1|divisibleby:0 }}").render(context(), URLS)


_snippets = st.sampled_from(
    [
        "<a href=",
        '"',
        "'",
        "https://x.example",
        ">",
        "<",
        "</a>",
        "{{ first_name }}",
        "<!--",
        "-->",
        "<!--[if mso]>",
        " ",
        "\n",
        "<![endif]-->",
        "<style>",
        "</style>",
        "<body>",
        "</body>",
        "href",
        "=",
        "&amp;",
        "ä",
        "{% if x %}",
        "{% endif %}",
        "/",
        "{% verbatim %}",
        "{% endverbatim %}",
        "<p>",
        "<area ",
        "{{",
        "}}",
        "text",
        "<img alt='",
        "<li>",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_snippets, max_size=30).map("".join))
def test_the_pieces_of_any_source_make_up_the_source(source: str) -> None:
    assert "".join(piece.source for piece in pieces(source)) == source


@settings(max_examples=300, deadline=None)
@given(st.lists(_snippets, max_size=30).map("".join))
def test_any_source_compiles_or_is_refused(source: str) -> None:
    try:
        message = compiled(source, track_opens=True, preview_text="p")
        message.render(context(), URLS)
        message.resolve(0, context())
    except (TemplateSyntaxError, TemplateRenderError) as error:
        assert error.message


class _Targets(HTMLParser):
    """Collects what a reader's client would see as targets."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.targets += [value or "" for name, value in attributes if tag == "a" and name == "href"]


_paths = st.text("abc/?=;#%ä '", max_size=12)


@settings(max_examples=200, deadline=None)
@given(st.lists(_paths, max_size=5))
def test_every_link_of_wellformed_html_is_tracked_and_found_again(paths: list[str]) -> None:
    urls = [f"https://x.example/{path}" for path in paths]
    message = compiled("".join(f'<p><a class="b" href="{url}">x</a></p>' for url in urls))
    parser = _Targets()
    parser.feed(message.render(context(), URLS).html)
    assert parser.targets == [f"https://t.example/c/{number}" for number in range(len(urls))]
    found = [message.resolve(number, context()) for number in range(len(urls))]
    assert found == [url.strip().replace(" ", "%20").replace("ä", "%C3%A4") for url in urls]


@pytest.mark.parametrize(
    "source",
    [
        "<a<" * 100_000,
        "<!--" * 100_000,
        "<style" * 60_000,
        '<a href="' * 40_000,
        "<a '" * 60_000,
        "<a {{ x }}" * 30_000,
    ],
)
def test_it_reads_hostile_html_in_no_time(source: str) -> None:
    assert sum(len(piece.source) for piece in pieces(source)) == len(source)


@pytest.mark.parametrize(
    "source",
    [
        "<a " + "x " * 100_000 + ">",
        "<p>" + "{% if x %}{% endif %}<div>" * 8_000,
        "<tr>" * 50_000,
        "<a>" + "</a>" * 50_000,
    ],
)
def test_it_compiles_hostile_html_in_no_time(source: str) -> None:
    assert compiled(source, track_opens=True, preview_text="p").links == ()
