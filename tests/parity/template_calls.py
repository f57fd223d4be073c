"""Calls of templates and universal content; see `calls`."""

from collections.abc import Callable
from typing import Any

from tests.parity.world import World, resource
from tests.templates.definitions import definition, section, text

UNIVERSAL = "template-universal-content"
DRAGGED = definition(section([text("<p>Hi {{ first_name }}</p>")]))


def _universal_body(world: World) -> dict[str, Any]:
    return resource(UNIVERSAL, name=world.unique("Footer "), definition=text("<p>{% unsubscribe %}</p>"))


CALLS: dict[str, Callable[[World], Any]] = {
    "get_templates": lambda w: w.template and w.sdk.Templates.get_templates(),
    "get_template": lambda w: w.sdk.Templates.get_template(w.template),
    "create_template": lambda w: w.sdk.Templates.create_template(
        resource("template", name=w.unique("T"), editor_type="SYSTEM_DRAGGABLE", definition=DRAGGED)
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
    "get_all_universal_content": lambda w: (
        w.universal_content
        and w.sdk.Templates.get_all_universal_content(filter='equals(definition.type,"text")', sort="-updated")
    ),
    "get_universal_content": lambda w: w.sdk.Templates.get_universal_content(w.universal_content),
    "create_universal_content": lambda w: w.sdk.Templates.create_universal_content(_universal_body(w)),
    "update_universal_content": lambda w: w.sdk.Templates.update_universal_content(
        w.universal_content, resource(UNIVERSAL, w.universal_content, name=w.unique("Footer "))
    ),
    "delete_universal_content": lambda w: w.sdk.Templates.delete_universal_content(w.new_universal_content()),
    "create_template_preview_send_job": lambda w: w.sdk.Templates.create_template_preview_send_job(
        {
            "data": {
                "type": "template-preview-send-job",
                "attributes": {"recipients": ["tester@example.com"]},
                "relationships": {"template": {"data": {"type": "template", "id": w.template}}},
            }
        }
    ),
    "clone_universal_content": lambda w: w.sdk.Templates.clone_universal_content(
        resource(UNIVERSAL, w.universal_content, id=w.universal_content, name=w.unique("Copy "))
    ),
}
