"""What a rendering process does with templates: read them, draw them, fill them in. Nothing here knows a database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from rapport.templates.definition.blocks import Block
from rapport.templates.definition.layout import Section, TemplateDefinition
from rapport.templates.definition.sources import sources
from rapport.templates.language import CompiledTemplate, TemplateError, TemplateSyntaxError, compile_template

_PART: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Block | Section)


@dataclass(frozen=True, slots=True)
class Part:
    """One source, and what its author knows it by; `html`: what it prints is escaped."""

    name: str
    source: str | None
    html: bool = False

    def compiled(self) -> CompiledTemplate:
        """Raises TemplateSyntaxError."""
        return compile_template(self.source or "", html=self.html)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A definition drawn as `html`, or the pointer of what is wrong with it, and why."""

    html: str = ""
    fault: tuple[str, TemplateSyntaxError] | None = None


def drawn(definition: bytes, universal: Mapping[str, bytes], pointer: str) -> Drawn:
    """A definition and the universal content it may show, all as JSON, drawn as a template of HTML."""
    # Read here: the drawing and its compiler are of no use to whoever only fills templates in.
    from rapport.templates.mjml.page import html_of

    template = msgspec.json.decode(definition, type=TemplateDefinition)
    wrong = first_fault(template, pointer)
    if wrong is not None:
        return Drawn(fault=wrong)
    html = html_of(template, {id: part_of(content) for id, content in universal.items()})
    try:
        compile_template(html)
    except TemplateSyntaxError as error:
        # Each text alone is right: all together are too much.
        return Drawn(fault=(pointer, TemplateSyntaxError(error.message)))
    return Drawn(html)


def first_fault(part: Any, pointer: str) -> tuple[str, TemplateSyntaxError] | None:
    """The first text or expression of a definition that is no template, by its pointer, and why."""
    return fault(Part(place, source) for place, source in sources(part, pointer))


def part_fault(part: bytes, pointer: str) -> tuple[str, TemplateSyntaxError] | None:
    """The first text of universal content that is no template, by its pointer, and why."""
    return first_fault(part_of(part), pointer)


def part_of(part: bytes) -> Block | Section:
    """Universal content as its shape says."""
    decoded: Block | Section = _PART.decode(part)
    return decoded


def with_universal(html: str, universal: Mapping[str, bytes]) -> str:
    """HTML that somebody wrote, with universal content where its placeholders stand."""
    from rapport.templates.mjml.placeholders import filled_in

    return filled_in(html, {id: part_of(content) for id, content in universal.items()})


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
