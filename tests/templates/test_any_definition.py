"""Whatever the types of a definition allow is kept as it is, and drawn."""

from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings

from rapport.templates.definition.layout import TemplateDefinition
from rapport.templates.language import compile_template
from rapport.templates.mjml.page import html_of
from rapport.templates.rendering import first_fault
from tests.lengths import length
from tests.templates.generated import definitions

_UNCHECKED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@settings(max_examples=length(20, 1000), deadline=None, suppress_health_check=_UNCHECKED)
@given(definitions())
def test_any_definition_is_kept_and_drawn(data: dict[str, Any]) -> None:
    definition = msgspec.convert(data, TemplateDefinition)
    assert msgspec.to_builtins(definition) == data
    html = html_of(definition, {})
    assert html.startswith("<!doctype html>") and html.endswith("</body></html>")
    # the same each time, for messages are stored by what they are made of
    assert html_of(definition, {}) == html
    # what is right piece by piece is right as a whole, so that every error can be told where it stands
    if first_fault(definition, "") is None:
        compile_template(html)
