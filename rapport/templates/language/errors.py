"""What can go wrong with a template. Nothing else ever leaves this room."""


class TemplateError(Exception):
    """Base of all; `message` is fit to be shown to the template's author. `reason`: why a message that needs the
    template is not sent (behaviour-messaging 1.16)."""

    reason = "Email Syntax Error"

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


class CouponUnavailable(TemplateRenderError):
    """A code of a coupon that is not there: the recipient is passed over (behaviour-messaging 1.16)."""

    reason = "Coupon Category Unavailable"


class CatalogItemUnavailable(TemplateRenderError):
    """An item that no catalogue has: the recipient is passed over (1.16)."""

    reason = "Catalog Item Unavailable"
