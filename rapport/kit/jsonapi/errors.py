"""Errors as the API shows them (behaviour-people 7.7), and how bad JSON becomes one."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from rapport.kit.refusals import NotThere, Refused

Json = dict[str, Any]


class ApiError(Exception):
    """One JSON:API error object with its HTTP status.

    `source` is {"pointer": "/data/…"} or {"parameter": "filter"}; `headers` are sent with the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        *,
        pointer: str | None = None,
        parameter: str | None = None,
        meta: Mapping[str, Any] | None = None,
        links: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status, self.code, self.title, self.detail = status, code, title, detail
        self.source = {"parameter": parameter} if parameter is not None else {"pointer": pointer or "/data"}
        self.meta, self.links, self.headers = dict(meta or {}), dict(links or {}), dict(headers or {})

    def document(self, request_id: str) -> Json:
        """The whole answer body. `request_id` is also sent as X-Klaviyo-Req-Id."""
        error: Json = {"id": request_id, "status": self.status, "code": self.code, "title": self.title}
        error |= {"detail": self.detail, "source": self.source, "links": self.links, "meta": self.meta}
        return {"errors": [error]}


def invalid(detail: str, *, pointer: str | None = None, parameter: str | None = None) -> ApiError:
    """400: the input is wrong; point at the part that is."""
    return ApiError(400, "invalid", "Invalid input.", detail, pointer=pointer, parameter=parameter)


def not_found(kind: str, id: str) -> ApiError:
    """404 for a resource: 'A profile with id NOPE01 does not exist.'"""
    article = "An" if kind[:1] in "aeiou" else "A"
    return missing(f"{article} {kind} with id {id} does not exist.")


def missing(detail: str) -> ApiError:
    """404 with a text of one's own."""
    return ApiError(404, "not_found", "Not found.", detail, pointer="/data/")


def conflict(
    detail: str,
    *,
    code: str = "conflict",
    pointer: str = "/data/attributes",
    meta: Mapping[str, Any] | None = None,
) -> ApiError:
    """409: a duplicate, or a state that does not allow the change."""
    return ApiError(409, code, "Conflict.", detail, pointer=pointer, meta=meta)


def precondition_failed(detail: str, *, meta: Mapping[str, Any]) -> ApiError:
    """412: what the request is built on has changed meanwhile."""
    return ApiError(412, "precondition_failed", "Precondition failed.", detail, meta=meta)


def permission_denied(detail: str = "You do not have permission to perform this action.") -> ApiError:
    """403: the key lacks a scope, or the account may not do this."""
    title = "You do not have permission to perform this action."
    return ApiError(403, "permission_denied", title, detail, pointer="/data/")


_CHALLENGE = {"www-authenticate": "Bearer, Klaviyo-API-Key"}


def not_authenticated(detail: str = "Missing or invalid private key.") -> ApiError:
    """401: no credentials, or not of a key's form (behaviour-people 7.3)."""
    title = "Authentication credentials were not provided."
    return ApiError(401, "not_authenticated", title, detail, pointer="/data/", headers=_CHALLENGE)


def authentication_failed() -> ApiError:
    """401: well-formed but unknown credentials (behaviour-people 7.3)."""
    text = "Incorrect authentication credentials."
    return ApiError(401, "authentication_failed", text, text, pointer="/data/", headers=_CHALLENGE)


def method_not_allowed(method: str, allow: str) -> ApiError:
    detail = f'Method "{method}" not allowed. Use one of: {allow}.'
    return ApiError(405, "method_not_allowed", "Method not allowed.", detail, headers={"allow": allow})


def gone(detail: str) -> ApiError:
    """410: a retired API or revision."""
    return ApiError(410, "gone", "Gone.", detail)


def payload_too_large(limit: int) -> ApiError:
    detail = f"The request body may hold at most {limit} bytes after decompression."
    return ApiError(413, "payload_too_large", "Payload too large.", detail)


def unsupported_media_type(detail: str) -> ApiError:
    return ApiError(415, "unsupported_media_type", "Unsupported media type.", detail)


def throttled(seconds: int) -> ApiError:
    """429 with an integer Retry-After: clients parse it with int()."""
    unit = "second" if seconds == 1 else "seconds"
    detail = f"Request was throttled. Expected available in {seconds} {unit}."
    headers = {"retry-after": str(seconds)}
    return ApiError(429, "throttled", "Request was throttled.", detail, headers=headers)


def server_error() -> ApiError:
    """500 without internals; the log holds the reason under the same request id."""
    detail = "Something went wrong on our side. Retry later; quote the error id if it happens again."
    return ApiError(500, "error", "Internal server error.", detail)


_AWAY_SECONDS = 1


def unavailable() -> ApiError:
    """503 with an integer Retry-After: the database is away for a moment. What was asked for may or may not be done."""
    detail = "The service is not available for a moment. Send the request again."
    headers = {"retry-after": str(_AWAY_SECONDS)}
    return ApiError(503, "service_unavailable", "Service unavailable.", detail, headers=headers)


_AT = re.compile(r" - at (?:`key` in )?`\$(.*)`$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_UNKNOWN = re.compile(r"^Object contains unknown field `(.*?)`", re.DOTALL)
_LENGTH = re.compile(r"^Expected `(str|array|object)` of length <= (\d+)")
_REQUIRED = re.compile(r"^Object missing required field `(.*?)`", re.DOTALL)


def bad_json(error: Exception, kind: str = "request", base: str = "") -> ApiError:
    """What msgspec refused, as a 400 with a JSON pointer.

    `kind` names the resource in texts, `base` is put before the pointer when only a part of a document was decoded.
    """
    if not isinstance(error, msgspec.ValidationError):
        return invalid(f"The request body is not valid JSON: {_json_reason(error)}.", pointer=base or "/")
    text = str(error)
    pointer = base + _pointer(text)
    plain = _AT.sub("", text)
    if unknown := _UNKNOWN.match(plain):
        name = unknown[1]
        return invalid(f"'{name}' is not a valid field for the resource '{kind}'.", pointer=f"{pointer}/{name}")
    if required := _REQUIRED.match(plain):
        name = required[1]
        return invalid(f"'{name}' is a required field for the resource '{kind}'.", pointer=f"{pointer}/{name}")
    if length := _LENGTH.match(plain):
        kind_of, most = ("characters", length[2]) if length[1] == "str" else ("entries", length[2])
        return invalid(f"At most {int(most):,} {kind_of} are taken here.", pointer=pointer or "/")
    return invalid(plain.replace("`", "'") + ".", pointer=pointer or "/")


def _json_reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    reason = str(error)
    # msgspec raises an error of its own for it from 0.23 on, in other words
    return "it is not UTF-8" if "UTF-8" in reason else reason.removeprefix("JSON is malformed: ")


def _pointer(text: str) -> str:
    """`$.data.items[0].email` at the end of msgspec's text as /data/items/0/email."""
    at = _AT.search(text)
    if at is None:
        return ""
    return "".join(f"/{name or index}" for name, index in _STEP.findall(at[1]))


def of_refused(error: Refused) -> ApiError:
    """A service's refusal as an answer."""
    if isinstance(error, NotThere):
        return not_found(error.kind, error.id)
    if error.status == 403:
        return permission_denied(str(error))
    if error.status == 404:
        return missing(str(error))
    if error.status == 409:
        return conflict(str(error), code=error.code or "conflict", pointer=error.pointer or "/data", meta=error.meta)
    return invalid(str(error), pointer=error.pointer)
