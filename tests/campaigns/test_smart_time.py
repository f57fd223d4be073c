"""Smart send time from 12,000 recipients on: it explores, compares, and then knows (behaviour-messaging 2.4)."""

from datetime import UTC, datetime

import psycopg

from rapport.accounts import service as accounts
from rapport.campaigns import smart_time
from rapport.campaigns.smart_time import Choice
from tests import messages_world
from tests.conftest import Shop, run

# At each hour of a day of the account's clock somebody got it, and at 20 o'clock more of them opened it than at others.
_SENT = """
    INSERT INTO messages (account_id, ulid, channel, profile_id, status, source, campaign_id, message_id, content_id,
        context, options, cause, due, created, sent)
    SELECT %(account)s, %(message)s || p.id, 'email', p.id, 'sent', 'campaign', %(campaign)s, %(message)s, 0, '{}',
        '{}', %(message)s || p.id, %(day)s, %(day)s,
        (%(day)s::date + (p.id %% 24) * interval '1 hour') AT TIME ZONE a.timezone
    FROM profiles p JOIN accounts a USING (account_id) WHERE p.account_id = %(account)s RETURNING id"""
_OPENED = """
    INSERT INTO engagements (account_id, event_id, kind, channel, profile_id, time, message_id, flags)
    SELECT m.account_id, nextval('test_engagements'), 'opened', 'email', m.profile_id, m.sent + interval '1 minute',
        m.id, CASE WHEN m.profile_id %% 24 = 3 THEN '{"machine_open": true}'::jsonb ELSE '{}' END
    FROM messages m WHERE m.account_id = %(account)s AND m.message_id = %(message)s
        AND (m.profile_id / 24) %% 10 < CASE m.profile_id %% 24 WHEN 20 THEN 6 WHEN 3 THEN 10 ELSE 2 END
    RETURNING 1"""


def _choose(shop: Shop, recipients: int) -> Choice:
    async def work() -> Choice:
        async with await psycopg.AsyncConnection.connect(shop.server.database_url) as conn:
            account = await accounts.load(conn, shop.account_id)
            return await smart_time.choose(conn, account, "01K", recipients)

    return run(work())


def _send(shop: Shop, phase: str) -> None:
    now = datetime.now(UTC)
    sender = messages_world.campaign(shop, now=now)
    scope = {"account": shop.account_id, "message": sender.message_id, "campaign": sender.id, "day": now}
    with psycopg.connect(shop.server.database_url) as conn:
        conn.execute("CREATE SEQUENCE IF NOT EXISTS test_engagements")
        conn.execute(_SENT, scope)
        conn.execute(_OPENED, scope)
        conn.execute(
            "UPDATE campaign_messages SET options = jsonb_build_object('smart', jsonb_build_object("
            "'phase', %(phase)s::text, 'hour', 20)) WHERE account_id = %(account)s AND ulid = %(message)s",
            {**scope, "phase": phase},
        )


def test_it_explores_as_often_as_the_size_asks_then_compares_then_knows(shop: Shop) -> None:
    with psycopg.connect(shop.server.database_url) as conn:
        conn.execute(
            "INSERT INTO profiles (account_id, id, ulid, created, updated) SELECT %s, n, 'S' || n, now(), now()"
            " FROM generate_series(1, 720) AS n",
            (shop.account_id,),
        )
    assert _choose(shop, 80_000).phase == "explore"
    _send(shop, "explore")
    # one is enough for many, and says the best hour; machines open at three, but that is no sign
    assert _choose(shop, 80_000) == Choice("compare", 20)
    assert _choose(shop, 50_000).phase == "explore"
    assert _choose(shop, 12_000).phase == "explore"
    _send(shop, "compare")
    assert _choose(shop, 80_000) == Choice("best", 20)
    # so few never explore
    assert _choose(shop, 11_999) == Choice("own", 20)
