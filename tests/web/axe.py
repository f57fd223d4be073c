"""What axe-core finds wrong on a page, in both schemes of colours."""

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

_AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
# A table's rows are alike: those from the tenth on tell nothing new, and take most of the time.
_RUN = """
    (rules) => axe.run(
        {exclude: [["tbody tr:nth-child(n+10)"]]}, {resultTypes: ["violations"], ...rules && {runOnly: rules}}
    ).then(({violations}) => violations.flatMap(({id, nodes}) =>
        nodes.map(({target, html, failureSummary}) => {
            const text = document.querySelector(target[0])?.innerText.slice(0, 200)
            return `${id}: ${html.slice(0, 200)} (${text}) ${failureSummary}`
        })))"""
_SETTLED = """async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    await Promise.allSettled(document.getAnimations().map((each) => each.finished));
}"""
# Colours are all that the schemes differ in.
_RULES_BY_SCHEME = {"dark": ["color-contrast", "link-in-text-block"], "light": None}


@cache
def _script() -> str:
    return _AXE.read_text()


def findings(page: Page) -> list[str]:
    """One line for each element with something wrong; the page keeps its state and ends up light."""
    # what lies under the pointer may say more about itself, above the page
    page.mouse.move(0, 0)
    if not page.evaluate("'axe' in window"):
        page.evaluate(_script())
    lines: list[str] = []
    for scheme, rules in _RULES_BY_SCHEME.items():
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        # the app hears of the scheme a moment later; what fades in or out is read by its last colour
        page.evaluate(_SETTLED)
        lines += [f"{scheme}: {line}" for line in page.evaluate(_RUN, rules)]
    return lines
