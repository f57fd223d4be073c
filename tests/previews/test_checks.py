"""What is found in a finished mail."""

from dataclasses import replace

import pytest

from rapport.previews.checks import Mail, check, contrast

GOOD = """<html><head><title>t</title><style>.x{color:#fff}</style></head><body style="background-color:#ffffff">
<p style="color:#222222">Hello from 12 Main Street</p><a href="https://shop.example/">Shop</a>
<img src="https://shop.example/a.png" alt=""><!--[if mso]><img src="outlook.png"><![endif]--></body></html>"""
MAIL = Mail("Hello", GOOD, "Hello from 12  Main Street", True, False, {"address1": "12 Main Street"})


def found(mail: Mail) -> dict[str, str]:
    return {finding.check: finding.severity for finding in check(mail)}


def with_html(html: str) -> Mail:
    return replace(MAIL, html=GOOD.replace("</body>", f"{html}</body>"))


def test_in_a_good_mail_nothing_is_found() -> None:
    assert found(MAIL) == {}


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<img src="https://shop.example/b.png">', {"alt-text": "problem"}),
        ('<a href="https://shop.example/x"><img src="b.png" alt=""></a>', {"link-text": "problem"}),
        ('<a href="https://shop.example/x"><img src="b.png" alt="The hat"></a>', {}),
        ('<a href="https://shop.example/x" aria-label="Instagram"><b> </b></a>', {}),
        ('<a href="">Hat</a>', {"link-target": "problem"}),
        ('<a href="https://">Hat</a>', {"link-target": "problem"}),
        ('<a href="#unsubscribe">Leave</a>', {}),
        ('<p style="color:#aaaaaa">Faint</p>', {"contrast": "warning"}),
        ('<p style="color:#767676">Just enough</p>', {}),
        ('<h1 style="color:#949494;font-size:30px">Large</h1>', {}),
        ('<p style="color:#949494">Not large</p>', {"contrast": "warning"}),
        ('<td style="background:#222222"><p style="color:#222222;display:none">Hidden</p></td>', {}),
        ('<td style="background:url(a.png)"><p style="color:#ffffff">On a picture</p></td>', {}),
        ('<table bgcolor="#000000"><tr><td><p>Black on black</p></td></tr></table>', {"contrast": "warning"}),
        ("<video src='a.mp4'></video>", {"element": "problem"}),
        ("<form><input></form>", {"element": "problem"}),
        ("<p>" + "x" * 105_000 + "</p>", {"size": "problem"}),
        ("<p>" + "x" * 90_000 + "</p>", {"size": "warning"}),
    ],
)
def test_it_finds(html: str, expected: dict[str, str]) -> None:
    assert found(with_html(html)) == expected


def test_what_the_law_wants_is_asked_of_marketing_mail_alone() -> None:
    bare = replace(MAIL, text="Hello", has_way_out=False)
    assert found(bare) == {"postal-address": "problem", "unsubscribe": "warning"}
    assert found(replace(bare, address={})) == {"postal-address": "problem", "unsubscribe": "warning"}
    assert found(replace(bare, transactional=True)) == {}


def test_a_mail_has_a_subject() -> None:
    assert found(replace(MAIL, subject=" ")) == {"subject": "problem"}


def test_one_cause_is_told_once_with_how_often_it_occurs() -> None:
    (finding,) = check(with_html('<img src="b.png"><img src="c.png">'))
    assert (finding.count, finding.sample) == (2, "b.png")


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.01)
    assert contrast("papayawhip", "#fff") is None
