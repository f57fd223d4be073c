"""Attribution: who earned what."""

from rapport.attribution import api, dimensions, explain_api, react
from rapport.events.aggregates.dimensions import SOURCES
from rapport.events.reactions import REACTIONS, ReactionOf
from rapport.kit.rooms import Room
from rapport.profiles.merge import MOVES

ROOM = Room(
    name="attribution",
    operations=(api, explain_api),
    adds=(
        MOVES.add(*react.MOVES),
        SOURCES.add(dimensions.SOURCE),
        REACTIONS.add(ReactionOf("attribution", lambda: react.react, after=("engagement", "feedback"))),
    ),
)
