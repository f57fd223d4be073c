"""Important notifications by mail, to those whom they concern and who have not switched that off."""

from rapport.accounts import roles
from rapport.accounts import service as accounts
from rapport.accounts.users import letters, people
from rapport.kit import clock, db
from rapport.kit.settings import Settings
from rapport.notifications.kinds import Kind, words

# Of this process; None where the installation sends no mail.
_settings: list[Settings] = []


def use(settings: Settings) -> None:
    """Called once in each process."""
    _settings[:] = [settings] if settings.smtp_url is not None else []


async def mail(conn: db.Connection, account_id: int, kind: Kind, target: str, facts: dict[str, str | int]) -> None:
    """A letter to each member, in the transaction of the cause."""
    for settings in _settings:
        title, detail, page = words(kind, target, facts)
        members = await people.mailed(conn, account_id)
        concerned = [
            user for user, role in members if kind.needs in roles.held_by(role, is_administrator=user.is_administrator)
        ]
        if not concerned:
            return
        account = await accounts.load(conn, account_id)
        # a name may have line breaks, which a subject can't
        letter = letters.notification(account, " ".join(title.split()), detail, f"{settings.base_url}{page}")
        for user in concerned:
            assert user.email is not None, "only those with an address are asked for"
            await letters.write(conn, settings.secret, account, user.email, letter, clock.utcnow())
