"""Every room's tables, gathered so that Alembic can compare them with the database."""

import rapport.accounts.oauth.tables
import rapport.accounts.tables
import rapport.attribution.tables
import rapport.brands.tables
import rapport.bulk.tables
import rapport.campaigns.tables
import rapport.events.lake.tables
import rapport.events.tables
import rapport.exports.tables
import rapport.flows.tables
import rapport.images.tables
import rapport.inbox.tables
import rapport.lists.tables
import rapport.messages.tables
import rapport.notifications.tables
import rapport.profiles.tables
import rapport.reports.tables
import rapport.segments.places.tables
import rapport.segments.tables
import rapport.subscriptions.tables
import rapport.tags.tables
import rapport.templates.tables
import rapport.texts.tables
import rapport.webhooks.tables  # noqa: F401
from rapport.kit.db import metadata

__all__ = ["metadata"]
