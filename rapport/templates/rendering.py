"""What a rendering process does with templates: read them, fill them in. Nothing here knows a database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapport.templates.language import CompiledTemplate, TemplateError, TemplateSyntaxError, compile_template


@dataclass(frozen=True, slots=True)
class Part:
    """One source, and what its author knows it by; `html`: what it prints is escaped."""

    name: str
    source: str | None
    html: bool = False

    def compiled(self) -> CompiledTemplate:
        """Raises TemplateSyntaxError."""
        return compile_template(self.source or "", html=self.html)


def fault(parts: Iterable[Part]) -> tuple[str, TemplateSyntaxError] | None:
    """The first part that does not compile, by its name, and why."""
    for part in parts:
        try:
            part.compiled()
        except TemplateSyntaxError as error:
            return part.name, error
    return None


def filled(parts: Iterable[Part], context: Mapping[str, Any]) -> dict[str, str | None]:
    """Each part, by its name, filled with `context`. Raises TemplateError."""
    return {part.name: part.source and part.compiled().render(context) for part in parts}


def filled_for_each(work: tuple[Part, Sequence[Mapping[str, Any]]]) -> list[str | TemplateError]:
    """One part filled with each context, or why it can't be."""
    part, contexts = work
    try:
        template = part.compiled()
    except TemplateError as error:
        return [error for _ in contexts]
    return [_filled(template, context) for context in contexts]


def _filled(template: CompiledTemplate, context: Mapping[str, Any]) -> str | TemplateError:
    try:
        return template.render(context)
    except TemplateError as error:
        return error
