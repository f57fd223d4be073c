"""What is told of messages in the file of a person: each with what it was made of and what it was filled with."""

from rapport.profiles.held import Held

HELD = Held(
    "messages",
    """SELECT jsonb_build_object('id', m.ulid, 'channel', m.channel, 'status', m.status, 'skip_reason', m.skip_reason,
           'to', m.to_address, 'subject', m.subject, 'source', m.source, 'message_id', m.message_id,
           'created', m.created, 'sent', m.sent, 'reply', m.reply, 'content', c.body, 'context', m.context)
       FROM messages m JOIN contents c ON c.account_id = m.account_id AND c.id = m.content_id
       WHERE m.account_id = %(account)s AND m.profile_id = ANY(%(profiles)s) ORDER BY m.id""",
)
