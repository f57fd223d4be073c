"""Attribution: who earned what."""

from rapport.attribution import api, dimensions, explain_api, held, react
from rapport.events import api as events_api
from rapport.events.aggregates.dimensions import SOURCES
from rapport.events.reactions import REACTIONS, ReactionOf
from rapport.kit.rooms import Include, Room
from rapport.profiles.held import HELD
from rapport.profiles.merge import MOVES


def _includes() -> list[Include]:
    return [
        Include(shown, "attributions", api.load_attributions) for shown in (events_api.get_events, events_api.get_event)
    ]


ROOM = Room(
    name="attribution",
    operations=(api, explain_api),
    includes=_includes,
    adds=(
        MOVES.add(*react.MOVES),
        HELD.add(held.HELD),
        SOURCES.add(dimensions.SOURCE),
        REACTIONS.add(ReactionOf("attribution", lambda: react.react, after=("engagement", "feedback"))),
    ),
)
