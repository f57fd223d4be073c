"""Consent: double opt-in, preferences, subscribe jobs, and the pages for all of it."""

from rapport.consent import api, site
from rapport.kit.rooms import Room

ROOM = Room(name="consent", operations=(api,), pages=site.routes)
