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
        "back_populate_flow",
        "cancel_import",
        "choose_campaign_winner",
        "check_import",
        "create_campaign_recipient_list",
        "create_flow_rehearsal",
        "decide_flow_reviews",
        "delete_flow_draft",
        "estimate_segment",
        "explain_attribution",
        "explain_segment",
        "get_api_calls",
        "get_attribution_settings",
        "get_campaign_draft",
        "get_campaign_overview",
        "get_campaign_readiness",
        "get_campaign_recipients",
        "get_campaign_settings",
        "get_consent_settings",
        "get_consent_text",
        "get_consent_texts",
        "get_data_retention",
        "get_deleted_profiles",
        "get_event_bulk_export_jobs",
        "get_first_steps",
        "get_flow_draft",
        "get_flow_overview",
        "get_flow_numbers",
        "get_flow_library",
        "begin_library_flow",
        "get_flow_readiness",
        "get_flow_rehearsal",
        "get_flow_reviews",
        "get_flow_runs",
        "get_flow_tests",
        "get_flow_version",
        "get_flow_versions",
        "export_profile_data",
        "export_campaign_recipients",
        "export_suppressed_addresses",
        "get_import",
        "get_import_refused_rows",
        "get_imports",
        "get_message",
        "get_message_source",
        "get_messages",
        "get_overview",
        "get_pipeline",
        "get_references_for_list",
        "get_references_for_segment",
        "get_profile_bulk_export_jobs",
        "get_profile_deletion_jobs",
        "get_segment_progress",
        "get_template_starter",
        "get_template_starters",
        "get_sender_settings",
        "get_templates_for_universal_content",
        "get_session",
        "get_webhook_calls",
        "get_webhook_deliveries",
        "get_webhook_overview",
        "preview_template",
        "query_attribution_models",
        "preview_campaign",
        "publish_flow_draft",
        "restore_flow_draft",
        "replay_webhook",
        "search",
        "send_template_tests",
        "start_import",
        "test_webhook",
        "update_account",
        "update_attribution_settings",
        "update_campaign_draft",
        "update_campaign_settings",
        "preview_consent_text",
        "update_consent_settings",
        "update_consent_text",
        "update_data_retention",
        "update_first_steps",
        "update_flow_draft",
        "update_import",
        "update_sender_settings",
        "upload_import",
    }
)

# Of the reference's betas, which the SDK lacks.
BETA = frozenset(
    {
        "create_event_bulk_export_job",
        "create_profile_bulk_export_job",
        "get_api_key",
        "get_api_keys",
        "get_applications",
        "get_download_for_event_bulk_export_job",
        "get_download_for_profile_bulk_export_job",
        "get_event_bulk_export_job",
        "get_profile_bulk_export_job",
        "update_api_key",
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
    """The operations of the newest revision, the one the SDK speaks, without betas, our extensions and what only people
    may call."""
    beside = EXTENSIONS | BETA
    return [one for one in declared() if one.serves(NEWEST) and not one.personal and one.id not in beside]


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
