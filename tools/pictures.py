"""Write a picture of every page of the web app: `make pictures`. At 1280 and 390 pixels, light and dark, over the demo.

Ends with a sentence where a page scrolls sideways or logs an error, and where a route has no address here.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

OUT = Path("build/pictures")
ROUTES = Path("web/src/app/routes.tsx")
SECTIONS = Path("web/src/features/settings")
_KEY = "pk_" + "ab" * 16
_SIZES = ((1280, 900), (390, 844))
_SCHEMES = ("light", "dark")
_READY_SECONDS = 120
# Where the first resource that a page shows is found.
_FIRST = {
    "messages": "/api/messages",
    "campaigns": "/api/campaigns",
    "profiles": "/api/profiles",
    "audiences/lists": "/api/lists",
    "audiences/segments": "/api/segments",
    "flows": "/api/flows",
    "events": "/api/events",
    "settings/webhooks": "/api/webhooks",
}
_NEW = {
    "/api/webhooks": {
        "type": "webhook",
        "attributes": {
            "name": "Warehouse",
            "endpoint_url": "https://warehouse.example/hooks/rapport",
            "secret_key": "a key for pictures alone",
        },
        "relationships": {"webhook-topics": {"data": [{"type": "webhook-topic", "id": "profile.created"}]}},
    }
}


@dataclass(frozen=True)
class Demo:
    """A running demo: where, and the link that signs in (once)."""

    url: str
    http: httpx.Client
    data: Path

    def link(self) -> str:
        command = [
            sys.executable,
            "-m",
            "rapport.cli",
            "sign-in",
            "--data",
            str(self.data),
            "--port",
            self.url.rpartition(":")[2],
        ]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        return self.url + "/sign-in" + printed.partition("/sign-in")[2]


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    faults: list[str] = []
    with _demo() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox", "--disable-gpu"])
        addresses = _addresses(demo)
        for width, height in _SIZES:
            for scheme in _SCHEMES:
                faults += _drawn(browser, demo, addresses, (width, height), scheme)
        browser.close()
    print(f"{len(list(OUT.glob('*.png')))} pictures in {OUT}")
    if faults:
        sys.exit("\n".join(faults))


def _chromium() -> str:
    names = ("chromium-headless-shell", "chromium", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), "") or sys.exit(
        "No Chromium: `make browser`."
    )


@contextlib.contextmanager
def _demo() -> Iterator[Demo]:
    """Filled, and stopped afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        data, log = Path(folder) / "data", Path(folder) / "log"
        command = [sys.executable, "-m", "rapport.cli", "demo", "--data", str(data), "--port", str(port)]
        environment = {**os.environ, "RAPPORT_PRIVATE_KEY": _KEY}
        with log.open("w") as out:
            running = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        headers = {"authorization": f"Klaviyo-API-Key {_KEY}", "revision": "2026-10-15"}
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as http:
                _await(running, log)
                yield Demo(f"http://127.0.0.1:{port}", http, data)
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(60)


def _await(running: "subprocess.Popen[bytes]", log: Path) -> None:
    """Until the demo says where it is."""
    deadline = time.monotonic() + _READY_SECONDS
    while "Ctrl-C stops it" not in log.read_text():
        if running.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"The demo did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.2)


def routes_shown() -> list[str]:
    """The paths of the route table, without those that only say that there is no such page."""
    return re.findall(r'path: "([^"*]+)"', ROUTES.read_text())


def unknown(routes: list[str]) -> list[str]:
    """Those of which nothing here knows what they show."""
    nouns = {route: route.partition("/:id")[0] for route in routes if ":id" in route}
    return [route for route, noun in nouns.items() if noun not in _MADE and noun not in _FIRST]


def _addresses(demo: Demo) -> dict[str, str]:
    """Each route of the web app with an address that it shows something at."""
    routes = routes_shown()
    if missing := unknown(routes):
        sys.exit(f"tools/pictures.py does not know what {', '.join(missing)} show: add them to _FIRST or _MADE.")
    found = {"home": "/"}
    if "settings/:section" in routes:
        routes.remove("settings/:section")
        routes += [f"settings/{file.parent.name}" for file in sorted(SECTIONS.glob("*/section.ts"))]
    for route in (route for route in routes if route != "/"):
        address = route.replace(":id", _first(demo, route))
        if ":profile" in address:
            address = address.replace(":profile", _inside(demo, address.split("/")[1]))
        if ":version" in address:
            versions = demo.http.get(f"/api/{address.partition('/:')[0]}").raise_for_status().json()["data"]
            address = address.replace(":version", str(versions[0]["id"]))
        found[route.replace("/", "-").replace(":", "")] = f"/{address}"
    return found


def _first(demo: Demo, route: str) -> str:
    if ":id" not in route:
        return ""
    noun = route.partition("/:id")[0]
    if noun in _MADE:
        return _MADE[noun](demo)
    path = _FIRST[noun]
    listed = demo.http.get(path).raise_for_status().json()["data"]
    if not listed and path in _NEW:
        listed = [demo.http.post(path, json={"data": _NEW[path]}).raise_for_status().json()["data"]]
    return str(listed[0]["id"])


def _template(demo: Demo) -> str:
    """One made by drag and drop, begun with the first starter."""
    starter = demo.http.get("/api/template-starters").raise_for_status().json()["data"][0]["attributes"]
    attributes = {
        "name": starter["name"],
        "editor_type": "SYSTEM_DRAGGABLE",
        "definition": starter["definition"],
    }
    answer = demo.http.post("/api/templates", json={"data": {"type": "template", "attributes": attributes}})
    return str(answer.raise_for_status().json()["data"]["id"])


def _inside(demo: Demo, flow: str) -> str:
    """Somebody who went through the flow."""
    runs = demo.http.get("/api/flow-runs", params={"filter": f'equals(flow_id,"{flow}")'}).raise_for_status().json()
    return str(runs["data"][0]["attributes"]["profile_id"])


def _universal(demo: Demo) -> str:
    """The first section of the first starter, kept for all templates."""
    starter = demo.http.get("/api/template-starters").raise_for_status().json()["data"][0]["attributes"]
    attributes = {"name": "Header", "definition": starter["definition"]["body"]["sections"][0]}
    body = {"data": {"type": "template-universal-content", "attributes": attributes}}
    return str(demo.http.post("/api/template-universal-content", json=body).raise_for_status().json()["data"]["id"])


def _import(demo: Demo) -> str:
    """A file whose columns were recognised, before it is begun."""
    file = ("people.csv", b"E-mail,First name,Town\nann@example.com,Ann,Bern\nbob@example.com,Bob,Basel\n", "text/csv")
    answer = demo.http.post("/api/imports", files={"file": file})
    return str(answer.raise_for_status().json()["data"]["id"])


def _order(demo: Demo) -> str:
    """One that a message earned: among the latest, most were earned by none."""
    metrics = demo.http.get("/api/metrics").json()["data"]
    metric = next(metric["id"] for metric in metrics if metric["attributes"]["name"] == "Placed Order")
    question = {
        "filter": f'equals(metric_id,"{metric}")',
        "sort": "-datetime",
        "include": "attributions",
        "page[size]": "200",
    }
    orders = demo.http.get("/api/events", params=question).raise_for_status().json()["data"]
    earned = [order for order in orders if order["relationships"].get("attributions", {}).get("data")]
    return str((earned or orders)[0]["id"])


# Without its token the page says so, and that is its picture.
_REFUSED = ("/invitation",)
# What the demo has none of is made.
_MADE = {"orders": _order, "templates": _template, "templates/universal": _universal, "imports": _import}


def _drawn(
    browser: Browser, demo: Demo, addresses: dict[str, str], size: tuple[int, int], scheme: str
) -> Iterator[str]:
    """What is wrong with the pages at this size."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(demo.link())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{demo.url}/")
    for name, address in addresses.items():
        problems.clear()
        _show(page, demo.url + address)
        page.screenshot(path=OUT / f"{name}_{width}_{scheme}.png", full_page=True)
        if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
            yield f"{address} scrolls sideways at {width} pixels."
        if address not in _REFUSED:
            yield from (f"{address} at {width} pixels: {problem}" for problem in problems)
    context.close()


def _show(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    # charts and drawers end their movement
    page.wait_for_timeout(400)


if __name__ == "__main__":
    main()
