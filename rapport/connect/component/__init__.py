"""The 38 actions of the integration component, a file a noun."""

from rapport.connect.component import (
    accounts,
    campaigns,
    events,
    images,
    lists,
    profiles,
    raw,
    segments,
    subscriptions,
    templates,
)

ACTIONS = (
    *accounts.ACTIONS,
    *campaigns.ACTIONS,
    *events.ACTIONS,
    *images.ACTIONS,
    *lists.ACTIONS,
    *profiles.ACTIONS,
    *raw.ACTIONS,
    *segments.ACTIONS,
    *subscriptions.ACTIONS,
    *templates.ACTIONS,
)
