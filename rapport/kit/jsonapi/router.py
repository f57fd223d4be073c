"""Routing: exact paths by one look-up, the others by walking their segments."""

from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from .errors import ApiError, invalid, missing
from .operations import Operation

_ORDER = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Route:
    """One path: its operations by method, each method in the order of declaration."""

    def __init__(self) -> None:
        self.operations: dict[str, list[Operation]] = {}
        self.allow = ""

    def add(self, operation: Operation) -> None:
        known = self.operations.setdefault(operation.method, [])
        for other in known:
            if other.since <= operation.until and operation.since <= other.until:
                raise ValueError(f"{operation.id} and {other.id} are declared for one route and revision")
        known.append(operation)
        methods = [method for method in _ORDER if method in self.operations]
        self.allow = ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])

    def choose(self, method: str, revision: str) -> Operation | None:
        """The operation of this revision, or None when the method is not served at all. Raises ApiError 404."""
        candidates = self.operations.get("GET" if method == "HEAD" else method)
        if candidates is None:
            return None
        for operation in candidates:
            if operation.since <= revision <= operation.until:
                return operation
        raise missing("No valid revisions found for method")


class _Node:
    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.route: Route | None = None


class Router:
    """Finds the route of a path and the texts of its parameters."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.exact: dict[str, Route] = {}
        self._root = _Node()
        for operation in operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        segments = _segments(operation.path)
        node = self._root
        for segment in segments:
            node = _child(node, segment)
        node.route = node.route or Route()
        node.route.add(operation)
        if not any(_is_parameter(segment) for segment in segments):
            self.exact[operation.path] = self.exact[operation.path + "/"] = node.route

    def find(self, raw_path: str) -> tuple[Route, list[str]] | None:
        """`raw_path` is still percent-encoded, so that an id may hold a slash. Raises ApiError 400 if it is broken."""
        route = self.exact.get(raw_path)
        if route is not None:
            return route, []
        values: list[str] = []
        matched_route = _walk(self._root, [_decode(segment) for segment in _segments(raw_path)], 0, values)
        return None if matched_route is None else (matched_route, values)


def _segments(path: str) -> list[str]:
    return path.removeprefix("/").removesuffix("/").split("/")


def _decode(segment: str) -> str:
    if "%" not in segment and segment.isascii():
        return segment
    try:
        text = unquote(segment, errors="strict")
        text.encode()
    except UnicodeError:
        raise invalid("The URL is not percent-encoded UTF-8.", parameter="path") from None
    if "\x00" in text:
        raise _nul()
    return text


def _nul() -> ApiError:
    return invalid("The character NUL is not allowed in the URL.", parameter="path")


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{")


def _child(node: _Node, segment: str) -> _Node:
    if _is_parameter(segment):
        node.any = node.any or _Node()
        return node.any
    return node.children.setdefault(segment, _Node())


def _walk(node: _Node, segments: Sequence[str], at: int, values: list[str]) -> Route | None:
    """Fixed segments win over parameters; a dead end backs up."""
    if at == len(segments):
        return node.route
    fixed = node.children.get(segments[at])
    if fixed is not None and (route := _walk(fixed, segments, at + 1, values)) is not None:
        return route
    if node.any is None or not segments[at]:
        return None
    values.append(segments[at])
    route = _walk(node.any, segments, at + 1, values)
    if route is None:
        values.pop()
    return route


def parameter_names(path: str) -> tuple[str, ...]:
    """Names of the parameters in a declared path, in order."""
    return tuple(segment[1:-1] for segment in _segments(path) if _is_parameter(segment))
