"""The template language: Django's, with the tags and filters of a message. No files, no database."""

from rapport.templates.language.context import event_of, person_of, profile_context
from rapport.templates.language.engine import CompiledTemplate, compile_template
from rapport.templates.language.errors import TemplateError, TemplateRenderError, TemplateSyntaxError

__all__ = [
    "CompiledTemplate",
    "TemplateError",
    "TemplateRenderError",
    "TemplateSyntaxError",
    "compile_template",
    "event_of",
    "person_of",
    "profile_context",
]
