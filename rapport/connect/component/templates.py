"""Templates."""

from rapport.connect.action import Action, Body, Call, Input
from rapport.connect.component.common import CONNECTION, CURSOR, FIELDS, PAGE, an_id, fields
from rapport.connect.shapes import TEMPLATE, listed, resource, single

_ID = an_id("templateId", "Template ID", "123456")
_EDITOR = Input(
    "editorType", "Editor Type", "choice", "CODE is the only one.", example="CODE", choices=("CODE",), default="CODE"
)
_HTML = ("templateHtml", "Template HTML", "text", "Its HTML.", "<html><body><p>Hello, world!</p></body></html>")
_NAME = ("templateName", "Template Name", "text", "What it is called.", "Monthly Newsletter Template")
_TEXT = Input("templateText", "Template Text", note="Its plain text.", example="Hello, world!")
_ATTRIBUTES = {"name": "templateName", "html": "templateHtml", "text": "templateText"}
_ONE = resource(TEMPLATE)

ACTIONS = (
    Action(
        name="component.createTemplate",
        label="Create Template",
        note="Create a template of HTML.",
        inputs=(CONNECTION, _EDITOR, Input(*_HTML, required=True), Input(*_NAME, required=True), _TEXT),
        calls=(Call("POST", "/api/templates", body=Body("template", {**_ATTRIBUTES, "editor_type": "editorType"})),),
        output=single(_ONE),
        writes=True,
        scopes=("templates:write",),
    ),
    Action(
        name="component.deleteTemplate",
        label="Delete Template",
        note="Delete a template.",
        inputs=(CONNECTION, _ID),
        calls=(Call("DELETE", "/api/templates/{templateId}"),),
        done="Template deleted successfully.",
        writes=True,
        scopes=("templates:write",),
    ),
    Action(
        name="component.getTemplate",
        label="Get Template",
        note="One template.",
        inputs=(CONNECTION, FIELDS, _ID),
        calls=(Call("GET", "/api/templates/{templateId}", fields("template")),),
        output=single(_ONE),
        scopes=("templates:read",),
    ),
    Action(
        name="component.listTemplates",
        label="List Templates",
        note="The account's templates.",
        inputs=(CONNECTION, FIELDS, CURSOR),
        calls=(Call("GET", "/api/templates", {**fields("template"), **PAGE}),),
        output=listed(_ONE),
        scopes=("templates:read",),
    ),
    Action(
        name="component.updateTemplate",
        label="Update Template",
        note="Change a template.",
        inputs=(CONNECTION, Input(*_HTML), _ID, Input(*_NAME), _TEXT),
        calls=(Call("PATCH", "/api/templates/{templateId}", body=Body("template", _ATTRIBUTES, id="templateId")),),
        output=single(_ONE),
        writes=True,
        scopes=("templates:write",),
    ),
)
