"""One call through the official SDK for each operation, by operation id.

The SDK parses every answer with strict models, so a call that returns is a contract that held. Whoever declares an
operation adds a line here; `tests/test_parity.py` fails until then.
"""

from collections.abc import Callable
from typing import Any

from tests.parity.world import ADDRESS, METRIC, World, bulk_body, event_body, identifiers, resource

Call = Callable[[World], Any]

CALLS: dict[str, Call] = {
    # accounts
    "get_accounts": lambda w: w.sdk.Accounts.get_accounts(),
    "get_account": lambda w: w.sdk.Accounts.get_account(w.shop.public_id),
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
    # templates
    "get_templates": lambda w: w.template and w.sdk.Templates.get_templates(),
    "get_template": lambda w: w.sdk.Templates.get_template(w.template),
    "create_template": lambda w: w.sdk.Templates.create_template(
        resource("template", name=w.unique("T"), editor_type="CODE", html="<p>Hello</p>", text="Hello")
    ),
    "update_template": lambda w: w.sdk.Templates.update_template(
        w.template, resource("template", w.template, name=w.unique("T"))
    ),
    "delete_template": lambda w: w.sdk.Templates.delete_template(w.new_template()),
    "clone_template": lambda w: w.sdk.Templates.clone_template(
        resource("template", w.template, name=w.unique("Copy "))
    ),
    "render_template": lambda w: w.sdk.Templates.render_template(
        resource("template", w.template, context={"first_name": "Ann"})
    ),
}

assert ADDRESS  # the profile every call may rely on
