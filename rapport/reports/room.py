"""Reports on campaigns, flows and segments."""

from rapport.events.reactions import REACTIONS, ReactionOf
from rapport.kit.rooms import Room
from rapport.reports import api, first_steps_api, message_totals, models_api, overview_api, segments_api

ROOM = Room(
    name="reports",
    operations=(api, first_steps_api.first_steps, models_api, overview_api, segments_api),
    adds=(
        REACTIONS.add(
            ReactionOf("report-totals", lambda: message_totals.react, after=("engagement", "feedback", "attribution"))
        ),
    ),
)
