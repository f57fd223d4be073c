"""What is told of attribution in the file of a person."""

from rapport.kit.ids import event_text_postgresql
from rapport.messages.credits import VERSION_READ
from rapport.profiles.held import Held

HELD = Held(
    "attributions",
    f"""SELECT jsonb_build_object('event', {event_text_postgresql("a.event_id")},
            'touch', {event_text_postgresql("a.touch_event_id")}, 'time', a.event_time, 'kind', a.touch_kind,
            'channel', a.channel, 'value', a.value, 'share', a.share)
        FROM attributions a
        WHERE a.account_id = %(account)s AND a.version = {VERSION_READ} AND a.profile_id = ANY(%(profiles)s)
        ORDER BY a.event_time, a.event_id, a.touch_event_id""",
)
