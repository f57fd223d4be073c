"""What is told of events in the file of a person."""

from rapport.kit.ids import event_text_postgresql
from rapport.profiles.held import Held

HELD = Held(
    "events",
    f"""SELECT jsonb_build_object('id', {event_text_postgresql("e.id")}, 'metric', m.name, 'time', e.time,
            'value', e.value, 'value_currency', e.value_currency, 'unique_id', e.unique_id, 'properties', e.properties)
        FROM events e LEFT JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
        WHERE e.account_id = %(account)s AND e.profile_id = ANY(%(profiles)s) ORDER BY e.time, e.id""",
)
