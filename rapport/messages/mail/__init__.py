"""E-mail: compiled once per message, rendered and put into bytes once per recipient."""

from rapport.messages.mail.address import AddressError, wire_address, wire_domain
from rapport.messages.mail.compile import CompiledEmail, RecipientUrls, RenderedEmail, compile_email
from rapport.messages.mail.links import Link, with_parameters
from rapport.messages.mail.mime import MimeError, mime_bytes

__all__ = [
    "AddressError",
    "CompiledEmail",
    "Link",
    "MimeError",
    "RecipientUrls",
    "RenderedEmail",
    "compile_email",
    "mime_bytes",
    "wire_address",
    "wire_domain",
    "with_parameters",
]
