"""`rapport demo`: serve, and fill an empty installation with the demo store."""

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from rapport.demo import story
from rapport.demo.load import load
from rapport.demo.show import show
from rapport.first_account import Access
from rapport.kit.settings import Settings

_REVISION = "2026-10-15"
console = Console()


def ready(settings: Settings, access: Access, sign_in: str) -> None:
    """Called when the server answers: load once, then say where everything is."""
    marker = settings.data / "demo-loaded"
    # a live account was filled by its owner
    if access.private_key and access.account.is_test and not marker.exists():
        headers = {"Authorization": f"Klaviyo-API-Key {access.private_key}", "revision": _REVISION}
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with (
            httpx.Client(base_url=settings.base_url, headers=headers, timeout=60) as client,
            Progress(*columns, console=console) as progress,
        ):
            load(client, access.account.now(), progress)
            story.prepare(client, progress)
            # A real mail server is not asked to deliver to people who do not exist.
            if settings.smtp_url is None:
                story.send(client, progress)
        marker.touch()
    show(console, settings, access, sign_in)
