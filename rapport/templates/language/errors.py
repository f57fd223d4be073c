"""What can go wrong with a template. Nothing else ever leaves this room."""


class TemplateError(Exception):
    """Base of both; `message` is fit to be shown to the template's author."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class TemplateSyntaxError(TemplateError):
    """The source cannot be compiled. `line` and `column` count from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line, self.column = line, column


class TemplateRenderError(TemplateError):
    """The source compiled, but not with this context (or it asked for too much work)."""
