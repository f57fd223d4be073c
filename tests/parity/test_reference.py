"""Each declared operation against the reference's own facts about it (behaviour-people 7.3, 7.8 to 7.10).

We may offer more (a filter, a sort) than the reference, never less.
"""

import pytest

from rapport.kit.jsonapi import Operation, PropertiesField
from rapport.kit.jsonapi.operations import BODY_LIMIT
from tests.parity.matrix import label
from tests.parity.reference import REVISION, reference
from tests.parity.surface import EXTENSIONS, client_declared, declared

_FACTS = reference()
# Resources that are not built yet: asking for one is a 400.
_LATER = frozenset({"image"})
_DECLARED = [*declared(), *client_declared()]
_KNOWN = [one for one in _DECLARED if one.id in _FACTS and one.serves(REVISION)]
_LISTED = [one for one in _KNOWN if _FACTS[one.id].page]


@pytest.mark.rule("7.1")
@pytest.mark.parametrize("operation", _KNOWN, ids=label)
def test_it_has_the_method_and_path_of_the_reference(operation: Operation) -> None:
    fact = _FACTS[operation.id]
    assert (operation.method, operation.path) == (fact.method, fact.path)


@pytest.mark.rule("7.3")
@pytest.mark.parametrize("operation", _KNOWN, ids=label)
def test_it_asks_for_the_scopes_of_the_reference(operation: Operation) -> None:
    assert operation.scopes == _FACTS[operation.id].scopes


@pytest.mark.rule("7.8")
@pytest.mark.parametrize("operation", _KNOWN, ids=label)
def test_it_has_the_limits_of_the_reference(operation: Operation) -> None:
    assert tuple(limit for _, limit in operation.rate.windows) == _FACTS[operation.id].rate


# Limits on top, of operations that offer a costly parameter.
_COSTLY = {
    "get_profiles": ("additional-fields[profile]=predictive_analytics", 10, 150),
    "get_profile": ("additional-fields[profile]=predictive_analytics", 10, 150),
    "get_profiles_for_list": ("additional-fields[profile]=predictive_analytics", 10, 150),
    "get_profiles_for_segment": ("additional-fields[profile]=predictive_analytics", 10, 150),
    "get_list": ("additional-fields[list]=profile_count", 1, 15),
    "get_segment": ("additional-fields[segment]=profile_count", 1, 15),
}


@pytest.mark.rule("7.8")
@pytest.mark.parametrize("id", _COSTLY)
def test_its_costly_parameters_have_the_limits_of_the_reference(id: str) -> None:
    (operation,) = [one for one in _KNOWN if one.id == id]
    found = {
        (f"{extra.parameter}={value}", extra.rate.burst, extra.rate.steady)
        for extra in operation.extra_rates
        for value in extra.values
    }
    assert _COSTLY[id] in found
    if id == "get_profile":
        assert {("include=lists", 1, 15), ("include=segments", 1, 15)} <= found


@pytest.mark.rule("7.10")
@pytest.mark.parametrize("operation", _LISTED, ids=label)
def test_it_has_the_page_sizes_of_the_reference(operation: Operation) -> None:
    assert operation.sized
    assert (operation.page.default, operation.page.maximum) == _FACTS[operation.id].page


@pytest.mark.rule("7.9")
@pytest.mark.parametrize("operation", [one for one in _KNOWN if _FACTS[one.id].filters], ids=label)
def test_it_takes_every_filter_of_the_reference(operation: Operation) -> None:
    offered = operation.filters or {}
    missing = {
        f"{name} {sorted(operators - _operators(offered.get(name)))}"
        for name, operators in _FACTS[operation.id].filters.items()
        if operators - _operators(offered.get(name))
    }
    assert not missing


def _operators(field: object) -> frozenset[str]:
    return frozenset() if field is None or isinstance(field, PropertiesField) else frozenset(field.operators)  # type: ignore[attr-defined]


@pytest.mark.rule("7.9")
@pytest.mark.parametrize("operation", [one for one in _KNOWN if _FACTS[one.id].sorts], ids=label)
def test_it_sorts_by_everything_that_the_reference_does(operation: Operation) -> None:
    assert {*operation.sorts} >= _FACTS[operation.id].sorts


@pytest.mark.rule("7.6")
@pytest.mark.parametrize("operation", [one for one in _KNOWN if _FACTS[one.id].includes], ids=label)
def test_it_includes_everything_that_the_reference_does(operation: Operation) -> None:
    assert operation.includes.keys() >= _FACTS[operation.id].includes - _LATER


@pytest.mark.rule("7.6")
@pytest.mark.parametrize("operation", [one for one in _KNOWN if _FACTS[one.id].additional], ids=label)
def test_it_shows_every_additional_field_of_the_reference(operation: Operation) -> None:
    assert operation.answers is not None
    shown = {one.answers.type: {*one.answers.additional} for one in _DECLARED if one.answers is not None}
    for kind, names in _FACTS[operation.id].additional.items():
        assert shown.get(kind, set()) >= names


@pytest.mark.rule("7.1")
@pytest.mark.parametrize("operation", _DECLARED, ids=label)
def test_its_success_and_its_body_limit_are_among_those_of_the_reference(operation: Operation) -> None:
    assert operation.status in (200, 201, 202, 204)
    # an image of 5 MB lies in a form that is somewhat larger, or in base64; a file of people may have 50 MB
    of_files = {"upload_image_from_file": 7_100_000, "upload_image_from_url": 7_100_000, "upload_import": 50_100_000}
    assert operation.limit <= of_files.get(operation.id, BODY_LIMIT)
    assert BODY_LIMIT == 5_000_000


@pytest.mark.rule("7.5")
def test_what_the_reference_has_is_served_under_its_revision() -> None:
    """An operation that only newer revisions have is not answered under an older one."""
    older = {one.id for one in _DECLARED if one.serves(REVISION)}
    assert older - EXTENSIONS >= {one.id for one in _KNOWN}
