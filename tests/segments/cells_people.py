"""Cells about consent, permissions and places; see `cells`."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from tests.segments.cells import EMPTY, FULL, MOMENTS, OTHER, Cell, Json, dated, muted, relative


def consent(channel: str, can: bool, status: str, filters: list[Json] | None = None) -> Json:
    consent = {
        "channel": channel,
        "can_receive_marketing": can,
        "consent_status": {"subscription": status, "filters": filters},
    }
    return {"type": "profile-marketing-consent", "consent": consent}


# FULL said yes on every channel, OTHER no, EMPTY nothing; OTHER is suppressed.
ROWS = (
    ("email", True, "any", FULL, OTHER), ("email", True, "subscribed", FULL, EMPTY),
    ("email", True, "never_subscribed", EMPTY, FULL), ("email", False, "any", OTHER, FULL),
    ("email", False, "unsubscribed", OTHER, FULL), ("sms", True, "subscribed", FULL, OTHER),
    ("sms", False, "any", OTHER, FULL), ("sms", False, "unsubscribed", OTHER, EMPTY),
    ("sms", False, "never_subscribed", EMPTY, OTHER), ("push", True, "any", FULL, EMPTY),
    ("push", False, "any", EMPTY, FULL),
)  # fmt: skip
SUPPRESSED = (
    ("bounce_date", "HARD_BOUNCE"),
    ("manual_suppression_date", "USER_SUPPRESSED"),
    ("invalid_email_date", "INVALID_EMAIL"),
)
EMAIL_YES = (
    "form",
    "preference_page",
    "api",
    "inbound_message",
    "back_in_stock",
    "sftp",
    "manual_import",
    "manual_add",
    "integration",
)
EMAIL_NO = ("manual_remove", "spam_complaint", "mailbox_provider", "preference_page", "one_click_unsubscribe",
            "inbound_message", "manual_import", "data_warehouse_import", "profile_modification", "api", "integration",
            "sftp")  # fmt: skip
SMS_YES = ("form", "preference_page", "api", "inbound_message", "sftp", "manual_import", "manual_add", "checkout")
SMS_NO = (
    "manual_remove",
    "bulk_remove",
    "carrier_deactivation",
    "provided_landline",
    "message_blocked",
    "provided_no_age",
    "failed_age_gate",
)
# One person each whose consent on every channel came, and one whose consent went, in this way, with the detail "d".
PERMISSION_METHODS = (
    "api", "back_in_stock", "bigcommerce", "bulk_remove", "campaign_monitor", "carrier_deactivation", "checkout",
    "constant_contact", "exact_target", "facebook", "failed_age_gate", "form", "inbound_message", "integration",
    "mad_mimi", "magento_two", "mailbox_provider", "manual_add", "manual_import", "manual_remove", "message_blocked",
    "netsuite", "preference_page", "provided_landline", "provided_no_age", "sftp", "shopify",
    "social_instagram_message", "spam_complaint", "square", "wix", "woocommerce",
)  # fmt: skip
METHODS = tuple(dict.fromkeys((*EMAIL_YES, *EMAIL_NO, *SMS_YES, *SMS_NO, *PERMISSION_METHODS)))
BY_METHOD = {method: f"by_{method}" for method in METHODS}


def consents() -> Iterator[Cell]:
    for channel, can, status, meets, fails in ROWS:
        name = f"consent-{channel}-{can}-{status}"
        yield Cell(name, ("4.3",), consent(channel, can, status), (meets,), (fails,))
    for channel, can, status in (("email", True, "subscribed"), ("sms", True, "subscribed"), ("push", True, "any")):
        asked = partial(_consent_date, channel, can, status, "status_date")
        yield from dated(f"consent-{channel}-status_date", ("4.3",), asked, *ALL_DATES)
    yield from _suppressions()
    yield from _details()
    yield from _methods()


ALL_DATES = ("static", "relative", "yearly", "calendar")


def _consent_date(channel: str, can: bool, status: str, field: str, span: Json) -> Json:
    return consent(channel, can, status, [{"field": field, "filter": span}])


def _suppressions() -> Iterator[Cell]:
    """The three dates under each row that takes them; two rows need one."""
    there = {"type": "existence", "operator": "is-set"}
    for field, _ in SUPPRESSED:
        for status, who in (
            ("any", muted("third")),
            ("never_subscribed", "quiet"),
            ("subscribed", muted("third")),
            ("unsubscribed", OTHER),
        ):
            condition = consent("email", False, status, [{"field": field, "filter": there}])
            yield Cell(f"consent-email-{status}-{field}-is-set", ("4.3",), condition, (who,), (FULL, EMPTY))
        asked = partial(_consent_date, "email", False, "any", field)
        for cell in dated(f"consent-email-{field}", ("4.3",), asked, *ALL_DATES):
            twins = [muted(name) if name in MOMENTS else name for name in cell.fails]
            yield replace(cell, meets=[muted(name) for name in cell.meets], fails=[*twins, *cell.meets])


def _details() -> Iterator[Cell]:
    for value, meets, fails in ((True, FULL, "by_api_yes"), (False, "by_api_yes", FULL)):
        wanted = {"type": "boolean", "operator": "equals", "value": value}
        condition = consent("email", True, "subscribed", [{"field": "is_double_opt_in", "filter": wanted}])
        yield Cell(f"consent-is_double_opt_in-{value}", ("4.3",), condition, (meets,), (fails,))
    wanted = {"type": "string", "operator": "equals", "value": "Fair"}
    condition = consent("email", True, "subscribed", [{"field": "custom_source", "filter": wanted}])
    yield Cell("consent-custom_source", ("4.3",), condition, (FULL,), ("by_api_yes",))
    no_date = [{"field": "status_date", "filter": relative("in-the-last", 400, "day")}]
    yield Cell(
        "consent-email-unsubscribed-status_date",
        ("4.3",),
        consent("email", False, "unsubscribed", no_date),
        (OTHER,),
        (FULL,),
    )
    yield Cell(
        "consent-sms-unsubscribed-status_date",
        ("4.3",),
        consent("sms", False, "unsubscribed", no_date),
        (OTHER,),
        (FULL,),
    )


def _methods() -> Iterator[Cell]:
    rows = (
        ("email", True, "subscribed", EMAIL_YES), ("email", False, "unsubscribed", EMAIL_NO),
        ("sms", True, "subscribed", SMS_YES), ("sms", False, "unsubscribed", SMS_NO),
    )  # fmt: skip
    for channel, can, status, methods in rows:
        for method in methods:
            condition = consent(channel, can, status, [_method(method)])
            suffix = "yes" if can else "no"
            meets = f"{BY_METHOD[method]}_{suffix}"
            fails = (f"by_{'api' if method != 'api' else 'sftp'}_{suffix}", EMPTY)
            yield Cell(f"consent-{channel}-{status}-method-{method}", ("4.3",), condition, (meets,), fails)
    for wanted in ({"operator": "in", "value": ["d", "x"]}, {"operator": "equals", "value": "d"}):
        condition = consent("email", True, "subscribed", [_method("form", {"type": "string", **wanted})])
        yield Cell(f"consent-method-detail-{wanted['operator']}", ("4.3",), condition, ("by_form_yes",), (FULL,))


def _method(method: str, detail: Json | None = None) -> Json:
    if method == "integration":
        detail = {"type": "string", "operator": "in", "value": ["d"]}
    return {"field": "method", "method": method} | ({"filter": detail} if detail else {})


def _permission(channel: str, status: str, *filters: Json) -> Json:
    permission = {"reachable_status": status} | ({"filters": list(filters)} if status.startswith("explicitly") else {})
    return {"type": "profile-permissions", "channel": channel, "permission": permission}


# Nobody is reachable without a word on record: no cell can have somebody who is
# (tests/segments/conditions/test_permissions.py).
STATUSES = (
    ("explicitly_reachable", FULL, OTHER),
    ("implicitly_or_explicitly_reachable", FULL, EMPTY),
    ("explicitly_unreachable", OTHER, EMPTY),
    ("implicitly_unreachable", EMPTY, OTHER),
    ("implicitly_or_explicitly_unreachable", EMPTY, FULL),
)


def permissions() -> Iterator[Cell]:
    for channel in ("whatsapp_marketing", "whatsapp_transactional"):
        for status, meets, fails in STATUSES:
            yield Cell(f"permissions-{channel}-{status}", ("4.4",), _permission(channel, status), (meets,), (fails,))
        for field in ("effective_date", "recorded_date"):
            yield from dated(
                f"permissions-{channel}-{field}", ("4.4",), partial(_permission_date, channel, field), *ALL_DATES
            )
    for method in PERMISSION_METHODS:
        for status, suffix in (("explicitly_reachable", "yes"), ("explicitly_unreachable", "no")):
            condition = _permission("whatsapp_marketing", status, {"field": "subscribe_method", "method": method})
            meets, fails = f"by_{method}_{suffix}", (f"by_{method}_{'no' if suffix == 'yes' else 'yes'}", FULL, EMPTY)
            yield Cell(f"permissions-{status}-{method}", ("4.4",), condition, (meets,), fails)
    form = {"field": "subscribe_method", "method": "form"}
    form["filter"] = {"type": "string", "operator": "in", "value": ["d"]}
    yield Cell(
        "permissions-form-in",
        ("4.4",),
        _permission("whatsapp_marketing", "explicitly_reachable", form),
        ("by_form_yes",),
        ("by_api_yes",),
    )


def _permission_date(channel: str, field: str, span: Json) -> Json:
    return _permission(channel, "explicitly_reachable", {"field": field, "filter": span})


def places() -> Iterator[Cell]:
    """`full` lives in New York, `other` in Berlin."""
    for region, home, away in (("united_states", FULL, OTHER), ("european_union", OTHER, FULL)):
        for inside, meets, fails in ((True, home, away), (False, away, home)):
            condition = {"type": "profile-region", "region": region, "in_region": inside}
            yield Cell(f"region-{region}-{inside}", ("4.2", "4.6"), condition, (meets,), (fails, EMPTY))
    for country, code, home, away in (("USA", "10001", FULL, OTHER), ("DEU", "10115", OTHER, FULL)):
        for unit in ("kilometers", "miles"):
            for operator, meets, fails in (("less-than", home, away), ("greater-than", away, home)):
                condition = {
                    "type": "profile-postal-code-distance", "country_code": country, "postal_code": code, "unit": unit,
                    "filter": {"type": "numeric", "operator": operator, "value": 100},
                }  # fmt: skip
                yield Cell(f"distance-{country}-{unit}-{operator}", ("4.2", "4.6"), condition, (meets,), (fails, EMPTY))


def cells_people() -> list[Cell]:
    return [*consents(), *permissions(), *places()]
