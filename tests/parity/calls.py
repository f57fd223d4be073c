"""One call through the official SDK for each operation, by operation id.

The SDK parses every answer with strict models, so a call that returns is a contract that held. Whoever declares an
operation adds a line here; `tests/test_parity.py` fails until then.
"""

from collections.abc import Callable
from typing import Any

from tests.images import pictures
from tests.parity import (
    brand_calls,
    campaign_calls,
    consent_calls,
    flow_calls,
    job_calls,
    metric_calls,
    people_calls,
    segment_calls,
    tag_calls,
    template_calls,
    webhook_calls,
)
from tests.parity.world import METRIC, World, bulk_body, event_body, identifiers, resource

Call = Callable[[World], Any]


def consent_body(kind: str, address: str) -> dict[str, Any]:
    """The address in a job of this kind."""
    return resource(kind, profiles={"data": [resource("profile", email=address)["data"]]})


def report_body(world: World, kind: str, **more: Any) -> dict[str, Any]:
    month = {"key": "last_30_days"}
    return resource(
        kind, statistics=["recipients", "open_rate"], timeframe=month, conversion_metric_id=world.metric, **more
    )


CALLS: dict[str, Call] = {
    # images
    "get_images": lambda w: (
        w.image and w.sdk.Images.get_images(filter="greater-than(size,0)", sort="-updated_at", page_size=5)
    ),
    "get_image": lambda w: w.sdk.Images.get_image(w.image),
    "update_image": lambda w: w.sdk.Images.update_image(
        w.image, resource("image", w.image, name=w.unique("Picture "), hidden=False)
    ),
    "upload_image_from_url": lambda w: w.sdk.Images.upload_image_from_url(
        resource("image", name="logo", import_from_url=pictures.uri(pictures.png()))
    ),
    "upload_image_from_file": lambda w: w.sdk.Images.upload_image_from_file(pictures.path(), name="photo"),
    # accounts
    "get_accounts": lambda w: w.sdk.Accounts.get_accounts(),
    "get_account": lambda w: w.sdk.Accounts.get_account(w.shop.public_id),
    # billing
    "list_billing_usage": lambda w: w.sdk.Billing.list_billing_usage(filter="any(id,['email_sends'])"),
    "get_billing_usage": lambda w: w.sdk.Billing.get_billing_usage("email_sends"),
    # tracking settings
    "get_tracking_settings": lambda w: w.sdk.Tracking_Settings.get_tracking_settings(),
    "get_tracking_setting": lambda w: w.sdk.Tracking_Settings.get_tracking_setting(w.shop.public_id),
    "update_tracking_setting": lambda w: w.sdk.Tracking_Settings.update_tracking_setting(
        w.shop.public_id,
        resource(
            "tracking-setting",
            w.shop.public_id,
            auto_add_parameters=False,
            utm_id={"campaign": {"type": "dynamic", "value": "campaign_id"}},
            custom_parameters=[{"name": "via", "flow": {"type": "static", "value": "mail"}}],
        ),
    ),
    # profiles
    "get_profiles": lambda w: w.sdk.Profiles.get_profiles(additional_fields_profile=["subscriptions"], page_size=5),
    "get_profile": lambda w: w.sdk.Profiles.get_profile(
        w.profile, additional_fields_profile=["subscriptions", "predictive_analytics"]
    ),
    "create_profile": lambda w: w.sdk.Profiles.create_profile(
        resource("profile", email=w.address(), location={"city": "Bern"}, properties={"tier": 1})
    ),
    "create_or_update_profile": lambda w: w.sdk.Profiles.create_or_update_profile(
        resource("profile", email=w.address(), first_name="Bo")
    ),
    "update_profile": lambda w: w.sdk.Profiles.update_profile(
        w.profile, resource("profile", w.profile, first_name="Ann", properties={"seen": True})
    ),
    # lists
    "get_lists": lambda w: w.sdk.Lists.get_lists(filter=f"any(id,['{w.list}'])", sort="-created"),
    "get_list": lambda w: w.sdk.Lists.get_list(w.list, additional_fields_list=["profile_count"]),
    "create_list": lambda w: w.sdk.Lists.create_list(
        resource("list", name=w.unique("List "), opt_in_process="single_opt_in")
    ),
    "update_list": lambda w: w.sdk.Lists.update_list(w.list, resource("list", w.list, name=w.unique("List "))),
    "delete_list": lambda w: w.sdk.Lists.delete_list(w.new_list()),
    "get_profiles_for_list": lambda w: w.sdk.Lists.get_profiles_for_list(w.list, sort="joined_group_at"),
    "get_profile_ids_for_list": lambda w: w.sdk.Lists.get_profile_ids_for_list(w.list),
    "add_profiles_to_list": lambda w: w.sdk.Lists.add_profiles_to_list(w.new_list(), identifiers("profile", w.profile)),
    "remove_profiles_from_list": lambda w: w.sdk.Lists.remove_profiles_from_list(
        w.new_list(), identifiers("profile", w.profile)
    ),
    "get_lists_for_profile": lambda w: w.sdk.Profiles.get_lists_for_profile(w.profile),
    "get_list_ids_for_profile": lambda w: w.sdk.Profiles.get_list_ids_for_profile(w.profile),
    "get_flows_triggered_by_list": lambda w: w.flow and w.sdk.Lists.get_flows_triggered_by_list(w.list),
    "get_ids_for_flows_triggered_by_list": lambda w: w.flow and w.sdk.Lists.get_ids_for_flows_triggered_by_list(w.list),
    # events and metrics
    "create_event": lambda w: w.sdk.Events.create_event(event_body(METRIC, w.address(), value=1.5)),
    "bulk_create_events": lambda w: w.sdk.Events.bulk_create_events(
        bulk_body(METRIC, w.address(), {"unique_id": w.unique("b")}, {"unique_id": w.unique("b")})
    ),
    "get_events": lambda w: w.sdk.Events.get_events(
        filter=f'equals(profile_id,"{w.profile}")', include=["metric", "profile"], sort="-datetime", page_size=10
    ),
    "get_event": lambda w: w.sdk.Events.get_event(w.event, include=["metric", "profile"]),
    "get_metric_for_event": lambda w: w.sdk.Events.get_metric_for_event(w.event),
    "get_metric_id_for_event": lambda w: w.sdk.Events.get_metric_id_for_event(w.event),
    "get_profile_for_event": lambda w: w.sdk.Events.get_profile_for_event(w.event),
    "get_profile_id_for_event": lambda w: w.sdk.Events.get_profile_id_for_event(w.event),
    "get_metrics": lambda w: w.metric and w.sdk.Metrics.get_metrics(filter='equals(integration.name,"API")'),
    "get_metric": lambda w: w.sdk.Metrics.get_metric(w.metric),
    "get_flows_triggered_by_metric": lambda w: w.sdk.Metrics.get_flows_triggered_by_metric(w.metric),
    "get_ids_for_flows_triggered_by_metric": lambda w: w.sdk.Metrics.get_ids_for_flows_triggered_by_metric(w.metric),
    # segments
    "get_segments": lambda w: w.sdk.Segments.get_segments(filter=f"any(id,['{w.segment}'])"),
    "get_segment": lambda w: w.sdk.Segments.get_segment(w.segment, additional_fields_segment=["profile_count"]),
    "create_segment": lambda w: w.sdk.Segments.create_segment(
        resource("segment", name=w.unique("Segment "), definition=w.definition(), is_starred=True)
    ),
    "update_segment": lambda w: w.sdk.Segments.update_segment(
        w.segment, resource("segment", w.segment, name=w.unique("Segment "))
    ),
    "delete_segment": lambda w: w.sdk.Segments.delete_segment(w.new_segment()),
    "get_profiles_for_segment": lambda w: w.sdk.Segments.get_profiles_for_segment(w.segment, sort="-joined_group_at"),
    "get_profile_ids_for_segment": lambda w: w.sdk.Segments.get_profile_ids_for_segment(w.segment),
    "get_segments_for_profile": lambda w: w.segment and w.sdk.Profiles.get_segments_for_profile(w.profile),
    "get_segment_ids_for_profile": lambda w: w.segment and w.sdk.Profiles.get_segment_ids_for_profile(w.profile),
    "get_flows_triggered_by_segment": lambda w: w.sdk.Segments.get_flows_triggered_by_segment(w.segment),
    "get_ids_for_flows_triggered_by_segment": lambda w: w.sdk.Segments.get_ids_for_flows_triggered_by_segment(
        w.segment
    ),
    # consent
    "bulk_suppress_profiles": lambda w: w.sdk.Profiles.bulk_suppress_profiles(
        consent_body("profile-suppression-bulk-create-job", w.address())
    ),
    "bulk_unsuppress_profiles": lambda w: w.sdk.Profiles.bulk_unsuppress_profiles(
        consent_body("profile-suppression-bulk-delete-job", w.address())
    ),
    "get_bulk_suppress_profiles_jobs": lambda w: w.sdk.Profiles.get_bulk_suppress_profiles_jobs(),
    "get_bulk_suppress_profiles_job": lambda w: w.sdk.Profiles.get_bulk_suppress_profiles_job(w.suppression_job),
    "get_bulk_unsuppress_profiles_jobs": lambda w: w.sdk.Profiles.get_bulk_unsuppress_profiles_jobs(),
    "get_bulk_unsuppress_profiles_job": lambda w: w.sdk.Profiles.get_bulk_unsuppress_profiles_job(w.unsuppression_job),
    # reports
    "query_campaign_values": lambda w: w.sdk.Reporting.query_campaign_values(report_body(w, "campaign-values-report")),
    "query_flow_values": lambda w: w.sdk.Reporting.query_flow_values(report_body(w, "flow-values-report")),
    "query_flow_series": lambda w: w.sdk.Reporting.query_flow_series(
        report_body(w, "flow-series-report", interval="daily")
    ),
}

for more in (
    brand_calls.CALLS,
    campaign_calls.CALLS,
    consent_calls.CALLS,
    flow_calls.CALLS,
    job_calls.CALLS,
    metric_calls.CALLS,
    tag_calls.CALLS,
    template_calls.CALLS,
    people_calls.CALLS,
    segment_calls.CALLS,
    webhook_calls.CALLS,
):
    CALLS |= more
