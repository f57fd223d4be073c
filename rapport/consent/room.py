"""Consent: double opt-in, preferences, subscribe jobs, and the pages for all of it."""

from rapport.consent import api, site, texts_api
from rapport.kit.rooms import Room

ROOM = Room(name="consent", operations=(api, texts_api), pages=site.routes)
