"""Any call of the host's API, as it is."""

import base64
import re
from collections.abc import Mapping
from typing import Any

from rapport.connect.action import Action, Call, Input, Values
from rapport.connect.component.common import CONNECTION
from rapport.connect.failures import BadInput, Failed, NoAnswer, Refused
from rapport.connect.inputs import File, converted
from rapport.connect.session import Answer, Session

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
# Without an input: a call that nobody waits for longer than this.
_TIMEOUT_MS = 30_000
_MOST_RETRIES, _LONGEST_MS = 20, 600_000
# Said by the client itself, or naming another host.
_NOT_THEIRS = frozenset(("host", "content-length", "transfer-encoding", "connection"))
_FIRST_BACKOFF_MS = 500
# RFC 9110, 5.1 and 5.5
_NAME, _VALUE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"), re.compile(r"[!-~](?:[ -~\t]*[!-~])?|")

_METHOD = Input("method", "Method", "choice", "The HTTP method.", example="GET", choices=METHODS, required=True)
_PATH = Input("url", "URL", note="The path alone, such as /api/accounts.", example="/api/accounts", required=True)
_FILE = Input("fileData", "File Data", "file")


async def _run(session: Session, values: Values) -> dict[str, Any]:
    session.connection.url(values["url"])
    for key, most in (("maxRetryCount", _MOST_RETRIES), ("retryDelay", _LONGEST_MS), ("timeout", _LONGEST_MS)):
        if not 0 <= values[key] <= most:
            raise BadInput(key, f"'{key}' lies between 0 and {most:,}.")
    options = await _options(session, values)
    answer = await _tried(session, values, options)
    return {"data": _read(answer, values["responseType"])}


async def _options(session: Session, values: Values) -> dict[str, Any]:
    headers = {name: str(value) for name, value in values.get("header", {}).items()}
    theirs = {name.lower() for name in headers}
    if theirs & _NOT_THEIRS:
        raise BadInput("header", f"'{min(theirs & _NOT_THEIRS)}' can't be set: the client says it itself.")
    if "revision" not in theirs:
        headers["revision"] = ACTION.revision
    if "authorization" not in theirs and not values.get("excludeAuthorization"):
        headers["authorization"] = await session.authorization()
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise BadInput("header", f"'{name[:80]}: {value[:80]}' can't be sent as a header: use plain ASCII.")
    if isinstance(values.get("data"), str) and "content-type" not in theirs:
        headers["content-type"] = "application/json"
    options: dict[str, Any] = {"headers": headers, **_content(values)}
    if "queryParameter" in values:
        options["params"] = {name: _text(value) for name, value in values["queryParameter"].items()}
    return options


def _content(values: Values) -> dict[str, Any]:
    """A body, or the parts of a form."""
    if "formData" in values or "fileData" in values:
        if "data" in values:
            raise BadInput("data", "Send either 'data', or 'formData' and 'fileData'.")
        return {"files": [*_form(values.get("formData", {})), *_files(values)]}
    if "data" not in values:
        return {}
    data = values["data"]
    if isinstance(data, str):
        return {"content": data.encode()}
    return {"json": data}


def _form(fields: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, (None, _text(value).encode())) for name, value in fields.items()]


def _files(values: Values) -> list[tuple[str, Any]]:
    file_names = values.get("fileDataFileNames", {})
    unknown = set(file_names) - set(values.get("fileData", {}))
    if unknown:
        raise BadInput("fileDataFileNames", f"'{min(unknown)}' is no key of 'fileData'.")
    return [(name, _file(name, value, file_names)) for name, value in values.get("fileData", {}).items()]


def _file(name: str, value: Any, file_names: Mapping[str, Any]) -> tuple[str, bytes, str]:
    """A text is the file's contents; what is binary comes as `{"data": BASE64, "contentType": …}`."""
    file = converted(_FILE, value) if isinstance(value, dict | bytes) else File(_text(value).encode())
    return str(file_names.get(name, name)), file.content, file.content_type or "application/octet-stream"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise BadInput("data", "Values of parameters and forms are texts and numbers.")
    return str(value)


async def _tried(session: Session, values: Values, options: Mapping[str, Any]) -> Answer:
    """Tries until an answer is good, or as often as was asked."""
    tries = 1 + int(values["maxRetryCount"])
    seconds = values["timeout"] / 1000 if values["timeout"] else None
    for attempt in range(1, tries + 1):
        try:
            answer = await session.send(values["method"], values["url"], seconds=seconds, **options)
            failure = _failure(answer)
        except NoAnswer as nothing:
            failure = nothing
        if failure is None:
            return answer
        if attempt == tries or not _again(failure, values["retryOnAllErrors"]):
            break
        await session.pause(delay_ms(values, attempt) / 1000)
    assert failure is not None
    raise failure


def _failure(answer: Answer) -> Failed | None:
    if answer.status < 300:
        return None
    if answer.status >= 500:
        return NoAnswer(f"The host answered {answer.status}, an error of its own: {answer.shown()}")
    try:
        errors = answer.document().get("errors")
    except NoAnswer:
        errors = None
    whole = isinstance(errors, list) and all(isinstance(error, dict) for error in errors)
    return Refused(answer.status, errors if whole and errors else [{"detail": f"{answer.status}: {answer.shown()}"}])


def _again(failure: Failed, on_all: bool) -> bool:
    return on_all or isinstance(failure, NoAnswer)


def delay_ms(values: Values, attempt: int) -> float:
    """Milliseconds before the try after this one."""
    if values["useExponentialBackoff"]:
        return float(_FIRST_BACKOFF_MS * 2 ** (attempt - 1))
    return float(values["retryDelay"])


def _read(answer: Answer, kind: str) -> Any:
    """JSON as it came, without a change of names; a text; or base64."""
    if kind == "json":
        return answer.json() if answer.content.strip() else None
    if kind == "text":
        return answer.content.decode("utf-8", "replace")
    return base64.b64encode(answer.content).decode()


ACTION = Action(
    name="component.rawRequest",
    label="Raw Request",
    note="Make any call of the API.",
    inputs=(
        CONNECTION,
        Input("data", "Data", "any", "The body.", example={"exampleKey": "Example Data"}),
        Input(
            "excludeAuthorization",
            "Exclude Authorization",
            "boolean",
            "Send no credential, for /client with its company_id.",
            example=False,
            default=False,
        ),
        Input(
            "fileData", "File Data", "pairs", "Files of a form.", example=[{"key": "example.txt", "value": "Contents"}]
        ),
        Input(
            "fileDataFileNames",
            "File Data File Names",
            "pairs",
            "Names of these files, by the same keys.",
            example=[{"key": "example.txt", "value": "my file.txt"}],
        ),
        Input(
            "formData", "Form Data", "pairs", "Fields of a form.", example=[{"key": "Example Key", "value": "Hello"}]
        ),
        Input("header", "Header", "pairs", "Headers to send.", example="User-Agent: curl/7.64.1"),
        Input("maxRetryCount", "Max Retry Count", "number", "How often to try again.", example=0, default=0),
        _METHOD,
        Input(
            "queryParameter", "Query Parameter", "pairs", "Parameters, added to the path.", example={"page[size]": 10}
        ),
        Input(
            "responseType",
            "Response Type",
            "choice",
            "What the answer is read as; binary is given as base64.",
            example="json",
            choices=("json", "text", "binary"),
            default="json",
        ),
        Input(
            "retryOnAllErrors",
            "Retry On All Errors",
            "boolean",
            "Also after 3xx and 4xx, not only after 5xx and where no answer came.",
            example=False,
            default=False,
        ),
        Input("retryDelay", "Retry Delay (ms)", "number", "Milliseconds between tries.", example=0, default=0),
        Input("timeout", "Timeout", "number", "Milliseconds that a try may take.", example=2000, default=_TIMEOUT_MS),
        _PATH,
        Input(
            "useExponentialBackoff",
            "Use Exponential Backoff",
            "boolean",
            "Wait half a second, then twice as long each time, instead of the delay.",
            example=False,
            default=False,
        ),
    ),
    calls=(Call("{method}", "{url}"),),
    run=_run,
    writes=True,
)
ACTIONS = (ACTION,)
