"""A posted form of OAuth's: fields in application/x-www-form-urlencoded."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from rapport.accounts.oauth.authorization_request import Fault, Parameters
from rapport.kit.forms import read_at_most

_TYPE = "application/x-www-form-urlencoded"
_LIMIT = 20_000  # bytes
_FIELDS = 50


async def read_form(request: Request) -> Parameters:
    """Raises Fault for what is no form, is too long, or says a thing twice."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        raise Fault("invalid_request", f"The body has to be {_TYPE}.")
    body = await read_at_most(request, _LIMIT)
    if body is None:
        raise Fault("invalid_request", f"The body may hold at most {_LIMIT} bytes.")
    try:
        parameters = Parameters(
            parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
        )
    except ValueError as error:
        raise Fault("invalid_request", "The body can't be read as a form.") from error
    if parameters.repeated:
        raise Fault("invalid_request", "A parameter may be given once.")
    return parameters
