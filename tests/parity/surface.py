"""What the product declares, and what the official SDK offers, both read out of the code itself."""

import re
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import openapi_client.api

from rapport.kit import db
from rapport.kit.jsonapi import Operation
from rapport.kit.jsonapi.revisions import NEWEST
from rapport.kit.rooms import Process
from rapport.kit.settings import load
from rapport.wiring import Program

# Ours, beside the reference: the web app, tests and operators need them.
EXTENSIONS = frozenset(
    {
        "advance_test_clock",
        "estimate_segment",
        "explain_attribution",
        "explain_segment",
        "get_attribution_settings",
        "get_campaign_overview",
        "get_consent_settings",
        "get_deleted_profiles",
        "get_flow_overview",
        "get_message",
        "get_message_source",
        "get_messages",
        "get_overview",
        "get_pipeline",
        "get_segment_progress",
        "get_session",
        "get_webhook_calls",
        "get_webhook_deliveries",
        "get_webhook_overview",
        "query_attribution_models",
        "replay_webhook",
        "test_webhook",
        "update_attribution_settings",
        "update_consent_settings",
    }
)

_SERIALIZED = re.compile(r"def _(\w+)_serialize\(.*?method='(\w+)',\s*resource_path='([^']+)'", re.DOTALL)


@cache
def declared() -> tuple[Operation, ...]:
    """Every operation of the product, built without a server or a database."""
    return tuple(sorted(Program().operations(_process()), key=lambda one: (one.id, one.since)))


@cache
def client_declared() -> tuple[Operation, ...]:
    """Every operation of the client API."""
    return tuple(Program().client_operations(_process()))


def _process() -> Process:
    return Process(load(data=mkdtemp(prefix="rapport-")), db.new_pool("postgresql://", size=1))


def newest() -> list[Operation]:
    """The operations of the newest revision, the one the SDK speaks, without our extensions."""
    return [one for one in declared() if one.serves(NEWEST) and one.id not in EXTENSIONS]


@cache
def official(folder: Path = Path(openapi_client.api.__path__[0])) -> dict[str, tuple[str, str]]:
    """Operation id -> (method, path), as the SDK sends it. `folder`: where its package `openapi_client.api` lies."""
    return {
        id: (method, path)
        for file in sorted(folder.glob("*_api.py"))
        for id, method, path in _SERIALIZED.findall(file.read_text())
    }


def route(method: str, path: str) -> tuple[str, str]:
    """The same for every way of naming the parameters, and of ending the path."""
    return method, re.sub(r"\{\w+\}", "{}", path.rstrip("/"))
