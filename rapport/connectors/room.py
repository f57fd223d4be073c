"""Connector actions under /connect."""

from rapport.connectors import site
from rapport.kit.rooms import Room

ROOM = Room(name="connectors", pages=site.routes)
