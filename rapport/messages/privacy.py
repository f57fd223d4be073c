"""What happens to messages when a person is deleted: that they were sent stays, and what was in them goes."""

from rapport.kit import db
from rapport.profiles.privacy import Erased, NotYet

# A confirmation goes to nobody known yet, so only the address tells whose it is.
_OF_PERSON = """(m.profile_id = ANY(%(profiles)s::bigint[])
    OR m.profile_id = 0 AND lower(concat_ws(' ', m.to_address, m.cause, m.context)) LIKE ANY (%(named)s::text[]))"""
# What is still queued is not sent. The subject of a message stands in its events too, and is theirs where it was filled
# in with their data: anything but the words its author wrote.
_REDACT = f"""
    UPDATE messages m SET context = '{{}}',
        cause = CASE WHEN m.profile_id = 0 THEN 'redacted:' || m.ulid ELSE m.cause END,
        reply = CASE WHEN m.reply IS NOT NULL THEN 'redacted' END,
        subject = CASE WHEN m.subject = c.body ->> 'subject' THEN m.subject
                       WHEN m.subject IS NOT NULL THEN 'redacted' END,
        to_address = CASE WHEN m.to_address IS NULL THEN NULL WHEN m.channel = 'email' THEN %(address)s
                          ELSE 'redacted' END,
        skip_reason = CASE WHEN m.status = 'queued' THEN 'Person Deleted' ELSE m.skip_reason END,
        status = CASE WHEN m.status = 'queued' THEN 'skipped' ELSE m.status END
    FROM contents c WHERE c.account_id = %(account)s AND c.id = m.content_id
      AND m.account_id = %(account)s AND {_OF_PERSON}"""
_UNDER_WAY = f"""
    SELECT EXISTS (SELECT FROM messages m
                   WHERE m.account_id = %(account)s AND m.status = 'in_flight' AND {_OF_PERSON})"""
# What a server answered when all of a campaign failed: of the words, which may name the person, nothing is kept.
_STOPS = """
    UPDATE sending_stops s SET reply = substring(s.reply FROM '^\\d+(?: [245]\\.\\d+\\.\\d+)?')
    WHERE s.account_id = %(account)s AND s.message_id IN (
        SELECT m.message_id FROM messages m
        WHERE m.account_id = %(account)s AND m.profile_id = ANY(%(profiles)s::bigint[]))"""
# Of what the events of a message say, these two are made for each recipient: they stay where their author wrote them.
_SUBJECTS = """
    UPDATE events e SET properties = e.properties || '{"Subject": "redacted"}'
    FROM messages m JOIN contents c ON c.account_id = m.account_id AND c.id = m.content_id
    WHERE e.account_id = %(account)s AND e.profile_id = ANY(%(profiles)s::bigint[]) AND e.message_id = m.id
      AND m.account_id = %(account)s AND e.properties ? 'Subject'
      AND e.properties ->> 'Subject' IS DISTINCT FROM c.body ->> 'subject'"""
_LINKS = """
    UPDATE events e SET properties = e.properties || '{"URL": "redacted"}'
    FROM messages m JOIN contents c ON c.account_id = m.account_id AND c.id = m.content_id
    WHERE e.account_id = %(account)s AND e.profile_id = ANY(%(profiles)s::bigint[]) AND e.message_id = m.id
      AND m.account_id = %(account)s AND e.properties ? 'URL'
      AND (strpos(coalesce(c.body ->> 'html', '') || coalesce(c.body ->> 'text', '') || coalesce(c.body ->> 'body', ''),
                  split_part(e.properties ->> 'URL', '?', 1)) = 0
           OR lower(split_part(e.properties ->> 'URL', '?', 2)) LIKE ANY (%(words)s::text[]))"""


async def erase(conn: db.Connection, erased: Erased) -> None:
    """Raises NotYet while a mail server has a message to the person: its reply would be recorded after the erasure."""
    await db.execute(conn, _SUBJECTS, erased.parameters)
    await db.execute(conn, _LINKS, erased.parameters)
    await db.execute(conn, _REDACT, erased.parameters)
    await db.execute(conn, _STOPS, erased.parameters)
    # Asked after the rows are ours: whoever was about to take one has taken it by now.
    row = await db.row(conn, _UNDER_WAY, erased.parameters)
    if row and row[0]:
        raise NotYet
