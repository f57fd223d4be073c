"""Accounts: the company, its keys, OAuth, signing in, the test clock."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from rapport.accounts import api, sign_in, tasks
from rapport.accounts.auth import Authenticator
from rapport.accounts.oauth import site
from rapport.accounts.oauth import tasks as oauth_tasks
from rapport.kit.rooms import Process, Room


def _pages(process: Process) -> Sequence[BaseRoute]:
    forget = process.once(Authenticator.of).forget
    return [
        *site.routes(process.pool, process.settings, forget),
        *sign_in.routes(process.pool, process.settings, forget),
    ]


ROOM = Room(
    name="accounts",
    operations=(api,),
    pages=_pages,
    jobs={"accounts": tasks.tasks, "oauth": oauth_tasks.tasks},
)
