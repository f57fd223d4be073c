"""`rapport demo`: serve, and fill an empty installation with the demo store."""

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from rapport.commands.demo import story
from rapport.commands.demo.client import Client, DemoFailed
from rapport.commands.demo.show import show
from rapport.commands.demo.store import PEOPLE
from rapport.first_account import DEMO, Access
from rapport.kit.settings import Settings

_REVISION = "2026-10-15"
_BROKEN_OFF = (
    "The demo store is not complete: filling it was interrupted{why}, and its clock stays in the past. "
    "To fill it anew, stop, remove {data} and start again."
)
_NOT_SENT = (
    "RAPPORT_SMTP_URL is set, and the demo's customers do not exist: campaigns and flows were made as drafts, "
    "and nothing was sent."
)
console = Console()


def ready(settings: Settings, access: Access, sign_in: str, *, people: int = PEOPLE) -> None:
    """Called when the server answers: fill once, then say where everything is.

    An account that waits to be filled has the clock it was founded with; one that is full, or that its owner filled,
    has the world's or is ahead of it.
    """
    offset = access.account.clock.offset
    if access.private_key and offset == -DEMO.behind:
        # A real mail server is not asked to deliver to people who do not exist.
        sends = settings.smtp_url is None
        try:
            _fill(settings, access, sends=sends, people=people)
        except httpx.TransportError:
            # the server is being stopped
            _say_broken_off(settings)
            return
        except DemoFailed as error:
            _say_broken_off(settings, f" ({error})")
        else:
            if not sends:
                console.print(_NOT_SENT, soft_wrap=True, highlight=False)
    elif offset.total_seconds() < 0:
        _say_broken_off(settings)
    show(console, settings, access, sign_in)


def _say_broken_off(settings: Settings, why: str = "") -> None:
    where = settings.data if settings.database_url is None else f"{settings.data} and what is in its database"
    text = _BROKEN_OFF.format(why=why, data=where)
    console.print(text, soft_wrap=True, highlight=False, markup=False, style="red")


def _fill(settings: Settings, access: Access, *, sends: bool, people: int) -> None:
    headers = {"Authorization": f"Klaviyo-API-Key {access.private_key}", "revision": _REVISION}
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with (
        httpx.Client(base_url=settings.base_url, headers=headers, timeout=60) as http,
        Progress(*columns, console=console) as progress,
    ):
        story.tell(Client(http, access.account.clock.offset), progress, sends=sends, people=people)
