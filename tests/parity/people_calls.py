"""Calls of operations on profiles, their devices and conversations; see `calls`."""

from collections.abc import Callable
from typing import Any

from tests.parity.world import World, identifiers


def _merge(world: World) -> Any:
    source, into = (world.shop.profile(world.address()) for _ in range(2))
    body = {
        "data": {"type": "profile-merge", "id": into, "relationships": {"profiles": identifiers("profile", source)}}
    }
    return world.sdk.Profiles.merge_profiles(body)


def _whole_profile(world: World) -> Any:
    """With everything that can be asked for beside it, so that the models see each kind."""
    assert world.list and world.segment and world.push_token
    return world.sdk.Profiles.get_profile(
        world.profile,
        additional_fields_profile=["subscriptions", "predictive_analytics"],
        include=["lists", "segments", "push-tokens", "conversations"],
    )


CALLS: dict[str, Callable[[World], Any]] = {
    "get_profile": _whole_profile,
    "merge_profiles": _merge,
    "create_push_token": lambda w: w.sdk.Profiles.create_push_token(w.push_token_body(w.unique("token-"))),
    "get_push_tokens": lambda w: w.sdk.Profiles.get_push_tokens(
        filter=f'equals(id,"{w.push_token}"),equals(platform,"ios")', include=["profile"], page_size=10
    ),
    "get_push_token": lambda w: w.sdk.Profiles.get_push_token(w.push_token, include=["profile"]),
    "delete_push_token": lambda w: w.sdk.Profiles.delete_push_token(w.new_push_token()),
    "get_profile_for_push_token": lambda w: w.sdk.Profiles.get_profile_for_push_token(
        w.push_token, additional_fields_profile=["subscriptions"]
    ),
    "get_profile_id_for_push_token": lambda w: w.sdk.Profiles.get_profile_id_for_push_token(w.push_token),
    "get_push_tokens_for_profile": lambda w: w.push_token and w.sdk.Profiles.get_push_tokens_for_profile(w.profile),
    "get_push_token_ids_for_profile": lambda w: (
        w.push_token and w.sdk.Profiles.get_push_token_ids_for_profile(w.profile)
    ),
    "get_conversation_for_profile": lambda w: w.sdk.Profiles.get_conversation_for_profile(w.profile),
    "get_conversation_id_for_profile": lambda w: w.sdk.Profiles.get_conversation_id_for_profile(w.profile),
    "get_conversations_for_profile": lambda w: w.sdk.Profiles.get_conversations_for_profile(w.profile),
    "get_conversation_ids_for_profile": lambda w: w.sdk.Profiles.get_conversation_ids_for_profile(w.profile),
}
