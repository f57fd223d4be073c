"""What an action is: its name, its inputs, the calls it makes and the shape of its output, all as data."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rapport.connect.shapes import Shape

if TYPE_CHECKING:
    from rapport.connect.session import Session

# What an action is run with: values by the keys of its inputs, checked and converted; what was not sent is not there.
Values = Mapping[str, Any]
Run = Callable[["Session", Values], Awaitable[Any]]
# The revision whose answers have the shapes that the published guides show.
REVISION = "2024-10-15"
CONNECTION = "connection"


@dataclass(frozen=True)
class Input:
    """One input. `key` is its name in JSON; what names it by its `label` is understood too.

    type: text, number, seconds, boolean, time (ISO 8601), choice (one of `choices`), list (of texts, or one text with
    commas), object and array (keys in snake_case or camelCase), properties (an object whose keys are the shop's own),
    pairs (an object, or a list of `{key, value}`), file (base64, or an object with `data` and `contentType`), any, and
    connection (host and credential, which don't travel with the other inputs). Objects and arrays may be JSON text.
    own: not in the published guides.
    """

    key: str
    label: str
    type: str = "text"
    note: str = ""
    example: Any = None
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    own: bool = False


@dataclass(frozen=True)
class Body:
    """A JSON:API body. attributes: name in the request, dots for nested ones -> key of the input. id: key of an input.
    fixed: attributes that are always the same."""

    type: str
    attributes: Mapping[str, str]
    id: str | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One call. Names in braces, in `path` and in values of `query`, are keys of inputs; a parameter whose input was
    not sent is left out."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None


@dataclass(frozen=True, kw_only=True)
class Action:
    """name: `lead.getProfiles`, `component.getList`, or a picker's key.

    calls: what it asks the host. output: the shape of what it answers, None where that is text or free. done: a fixed
    answer. run: how the calls are put together where there is more to it than making one. writes: whether it changes
    anything. scopes: what a credential needs. is_new: it makes something, which is related to nothing yet. related: a
    call that reads what a write's answer does not name, the ids of what is related; they are null where it fails.
    """

    name: str
    label: str
    note: str
    inputs: tuple[Input, ...]
    calls: tuple[Call, ...]
    output: Shape = None
    done: str | None = None
    run: Run | None = None
    writes: bool = False
    scopes: tuple[str, ...] = ()
    revision: str = REVISION
    is_new: bool = False
    related: Call | None = None

    @property
    def group(self) -> str:
        """lead, component or picker."""
        return self.name.split(".")[0] if "." in self.name else "picker"


def connection() -> Input:
    return Input(
        CONNECTION, "Connection", "connection", "The host, and an API key or an OAuth 2.0 grant.", required=True
    )
