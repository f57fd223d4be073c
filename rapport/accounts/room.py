"""Accounts: the company, its users and what they may, its keys, OAuth, the audit log, the test clock."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from rapport.accounts import (
    account_api,
    api,
    applications_api,
    installation_api,
    keys_api,
    own_keys_api,
    sender_api,
    sign_out,
    tasks,
)
from rapport.accounts.audit import api as audit_api
from rapport.accounts.auth import Authenticator
from rapport.accounts.oauth import api as oauth_api
from rapport.accounts.oauth import site
from rapport.accounts.oauth import tasks as oauth_tasks
from rapport.accounts.users import api as users_api
from rapport.accounts.users import own_api, ways_in
from rapport.kit.rooms import Process, Room


def _pages(process: Process) -> Sequence[BaseRoute]:
    forget = process.once(Authenticator.of).forget
    pages = [
        *site.routes(process.pool, process.settings, forget),
        *sign_out.routes(process.pool, process.settings, forget),
        *ways_in.routes(process.pool, process.settings),
    ]
    if process.settings.oidc is not None:
        # read only where it is used, for what it stands on takes a tenth of a second to read
        from rapport.accounts.users import oidc

        pages += oidc.routes(process.pool, process.settings, process.settings.oidc)
    return pages


ROOM = Room(
    name="accounts",
    operations=(
        api,
        account_api,
        keys_api,
        own_keys_api,
        sender_api,
        applications_api,
        oauth_api,
        installation_api,
        users_api,
        users_api.with_links,
        own_api,
        own_api.with_secrets,
        audit_api,
    ),
    pages=_pages,
    jobs={"accounts": tasks.tasks, "oauth": oauth_tasks.tasks},
)
