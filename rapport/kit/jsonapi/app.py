"""The ASGI application made from declared operations: route, check, limit, call, answer."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from urllib.parse import quote
from uuid import uuid4

import msgspec
import structlog
from psycopg_pool import PoolTimeout

from rapport.kit.clock import monotonic
from rapport.kit.db import is_away, is_transient, is_unstorable
from rapport.kit.proxies import Proxies
from rapport.kit.ratelimit import RateLimiter, limit_header
from rapport.kit.refusals import Refused

from .answers import reply_to, request_url
from .call import AnyCall, Audit, Call, Pool, Principal
from .documents import Resource
from .errors import (
    ApiError,
    bad_json,
    invalid,
    method_not_allowed,
    missing,
    of_refused,
    permission_denied,
    server_error,
    throttled,
    unavailable,
    unsupported_media_type,
)
from .operations import Operation, made_id
from .prefer import PreferWait, wait_of
from .query import Kind, parse_query, read_query
from .revisions import RELEASES, resolve_revision, retirement_date
from .router import Route, Router, parameter_names
from .wire import ClientGone, Receive, Reply, Scope, Send, accepts_gzip, read_body, send_reply

Authenticate = Callable[[Mapping[str, str], Mapping[str, str]], Awaitable[Principal]]
Headers = list[tuple[bytes, bytes]]
# Who called, method, path, status, the error it was refused with, and the seconds it took.
NoteCall = Callable[[Principal, str, str, int, ApiError | None, float], None]
log = structlog.get_logger(__name__)

_ALWAYS: Headers = [
    (b"vary", b"Accept, Accept-Encoding, Accept-Language, Cookie, Origin"),
    (b"content-language", b"en-us"),
    (b"x-content-type-options", b"nosniff"),
]
# The key_id of a principal that is a signed-in person.
SESSION = "session"
_EXPOSED = (
    b"x-klaviyo-req-id, x-klaviyo-api-revision, ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after"
)
_READS = ("GET", "HEAD")
_PARAMETER = re.compile(r"\{\w+\}")
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError)


class _Exchange:
    """What is known of a request so far; headers of any answer, also of an error, come from here."""

    __slots__ = (
        "address",
        "error",
        "head",
        "headers",
        "id",
        "limits",
        "method",
        "operation",
        "path",
        "principal",
        "query",
        "revision",
        "route",
    )

    def __init__(self, scope: Scope) -> None:
        self.id = str(uuid4())
        self.address = ""
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.method: str = scope["method"]
        self.head = self.method == "HEAD"
        self.path = _raw_path(scope)
        self.query: Mapping[str, str] = {}
        self.revision: str | None = None
        self.route: Route | None = None
        self.operation: Operation | None = None
        self.principal: Principal | None = None
        self.limits: Headers = []
        self.error: ApiError | None = None


def _raw_path(scope: Scope) -> str:
    raw: bytes | None = scope.get("raw_path")
    if not raw:
        return quote(scope["path"])
    return raw.partition(b"?")[0].decode("utf-8", "surrogateescape")


class JsonApi:
    """An ASGI application. `authenticate(headers, query)` gives the principal or raises ApiError 401.

    base_url: how everybody reaches it, for what is stored or mailed; the links of an answer follow the caller's own
    Host header, or what `proxies` forwarded of it.
    pool: what `call.transaction()` takes connections from. readers: the same for GET, in autocommit, which saves the
    two trips of a transaction around one query. rate_limits: whether requests are counted. by_address: whether they
    are counted for each client's address apart. cors: whether any website may call it. prefer_wait: waits for what
    follows from a call, for clients that prefer to. audit: is told of every change; with it, an operation that writes
    and is guarded by nothing is refused here, when the program starts. note_call: told of every call whose principal
    is known.
    """

    def __init__(
        self,
        operations: Iterable[Operation],
        *,
        authenticate: Authenticate,
        base_url: str,
        pool: Pool | None = None,
        readers: Pool | None = None,
        rate_limits: bool = True,
        cors: bool = False,
        proxies: Proxies | None = None,
        by_address: bool = False,
        prefer_wait: PreferWait | None = None,
        audit: Audit | None = None,
        note_call: NoteCall | None = None,
    ) -> None:
        self.operations = list(operations)
        self._audit = audit
        if audit is not None:
            for operation in self.operations:
                operation.check_guarded()
        self._router = Router(self.operations)
        self._parameters = {operation: parameter_names(operation.path) for operation in self.operations}
        self._authenticate, self._pool = authenticate, pool
        self._readers = readers or pool
        self._base_url = base_url.rstrip("/")
        self._limiter = RateLimiter() if rate_limits else None
        self._cors = cors
        self._prefer_wait = prefer_wait
        self._note_call = note_call
        self._proxies, self._by_address = proxies or Proxies(()), by_address
        self._resources, self._kinds = _learn(self.operations)
        self._readable = {revision: _readable(self.operations, revision) for revision in RELEASES}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        exchange, began = _Exchange(scope), monotonic()
        reply = await self._guarded(exchange, scope, receive)
        reply.headers += self._headers(exchange)
        if self._note_call is not None and (caller := exchange.principal or await self._misled(exchange)) is not None:
            took = monotonic() - began
            self._note_call(caller, exchange.method, exchange.path, reply.status, exchange.error, took)
        compress = accepts_gzip(exchange.headers.get("accept-encoding"))
        await send_reply(send, reply, head=exchange.head, compress=compress)

    async def _guarded(self, exchange: _Exchange, scope: Scope, receive: Receive) -> Reply:
        """Every failure as an answer: bad input as a 4xx, a database that can't answer now as a 503, the unexpected as
        a 500 that says nothing of our insides."""
        try:
            return await self._answered(exchange, scope, receive)
        except ApiError as error:
            return _error_reply(error, exchange)
        except Refused as error:
            return _error_reply(of_refused(error), exchange)
        except RecursionError as error:
            return _error_reply(bad_json(error), exchange)
        except ClientGone:
            # also where the connection is still there: the chunks of a body may be none
            return _error_reply(invalid("The request body ended early, or its chunks can't be read."), exchange)
        except Exception as error:
            if is_unstorable(error):
                log.warning("value out of range", request_id=exchange.id, error=str(error))
                return _error_reply(invalid("A value is out of the range that can be stored."), exchange)
            if isinstance(error, _UNREADABLE) and exchange.operation and exchange.operation.raw:
                return _error_reply(bad_json(error), exchange)
            if is_away(error) or is_transient(error):
                log.warning("the database could not answer", request_id=exchange.id, error=str(error))
                return _error_reply(unavailable(), exchange)
            log.exception("request failed", request_id=exchange.id, method=exchange.method, path=exchange.path)
            return _error_reply(server_error(), exchange)

    async def _misled(self, exchange: _Exchange) -> Principal | None:
        """Who called an operation that there is not, which nobody was asked about before."""
        if exchange.error is None or exchange.operation is not None or "authorization" not in exchange.headers:
            return None
        try:
            return await self._authenticate(exchange.headers, {})
        except Exception:
            return None

    async def _answered(self, exchange: _Exchange, scope: Scope, receive: Receive) -> Reply:
        """A read whose connection was lost under it is done again, once."""
        try:
            return await self._answer(exchange, scope, receive)
        except Exception as error:
            if exchange.method not in _READS or not is_away(error) or isinstance(error, PoolTimeout):
                raise
        return await self._answer(exchange, scope, receive)

    async def _answer(self, exchange: _Exchange, scope: Scope, receive: Receive) -> Reply:
        operation, values = self._route(exchange)
        if operation is None:
            return Reply(200, media_type=None)
        exchange.operation = operation
        raw_query: bytes = scope.get("query_string", b"")
        exchange.query = parse_query(raw_query)
        if self._by_address:
            exchange.address = self._proxies((scope.get("client") or ("",))[0], exchange.headers)
        principal = exchange.principal = await self._authenticate(exchange.headers, exchange.query)
        if principal.key_id == SESSION and exchange.method not in _READS:
            self._check_page(exchange, scope)
        _check_scopes(operation, principal)
        # A person in the web app is not an integration: what a page asks is not counted.
        if self._limiter is not None and principal.key_id != SESSION:
            self._count(exchange, operation, principal, self._limiter)
        call = self._call(exchange, operation, principal, values, scope, raw_query)
        if operation.takes_body:
            call.raw = await read_body(receive, exchange.headers, operation.limit, operation.accepts)
            _read_body_into(call)
        reply = await self._handled(call)
        if self._prefer_wait is not None and "prefer" in exchange.headers and operation.method != "GET":
            seconds = wait_of(scope["headers"])
            if seconds is not None and reply.status < 300 and await self._prefer_wait(call, seconds):
                reply.headers.append((b"preference-applied", b"wait=%d" % seconds))
        return reply

    async def _handled(self, call: AnyCall) -> Reply:
        """The handler's answer. A change leaves a line in the audit log, in the transaction that makes it."""
        operation = call.operation
        if self._audit is None or not operation.is_audited or (operation.stream and call.principal.key_id != SESSION):
            return await reply_to(call, await operation.handler(call), self._resources)
        call.audit = self._audit
        try:
            answer = await operation.handler(call)
        except (ApiError, Refused) as error:
            if call.audit_line:
                async with call.pool.connection() as conn:
                    await self._audit.complete(conn, call, call.audit_line, target=None, status=error.status)
            raise
        made = made_id(answer) if operation.method == "POST" else None
        if not call.audit_line or made is not None:
            async with call.transaction() as conn:
                # where the handler wrote by other ways, the line is left here
                if call.audit_line:
                    await self._audit.complete(conn, call, call.audit_line, target=made, status=operation.status)
        return await reply_to(call, answer, self._resources)

    def _check_page(self, exchange: _Exchange, scope: Scope) -> None:
        """A write by cookie comes from a page of ours, and says that its body is JSON, which no form can. Raises
        ApiError 403, 415."""
        if not self._proxies.is_own_page(scope, exchange.headers):
            raise permission_denied(
                "With a session's cookie, only a page of this server may write: the header Origin has to be its scheme "
                "and host. Behind a proxy, RAPPORT_TRUSTED_PROXIES has to name it. Programs use a private key."
            )
        if "content-type" not in exchange.headers and exchange.operation and exchange.operation.takes_body:
            raise unsupported_media_type("With a session's cookie, the header Content-Type is required.")

    def _route(self, exchange: _Exchange) -> tuple[Operation | None, list[str]]:
        """The operation asked for and its path values; None for OPTIONS. Raises ApiError 400, 404, 405, 410."""
        headers = exchange.headers
        opt_out = headers.get("x-klaviyo-revision-fall-forward-opt-out") == "1"
        revision = exchange.revision = resolve_revision(headers.get("revision"), opt_out=opt_out)
        route_and_values = self._router.find(exchange.path)
        if route_and_values is None:
            raise _no_such_path(exchange.path)
        exchange.route = route = route_and_values[0]
        if exchange.method == "OPTIONS":
            return None, []
        operation = route.choose(exchange.method, revision)
        if operation is None:
            raise method_not_allowed(exchange.method, route.allow)
        return operation, route_and_values[1]

    def _count(self, exchange: _Exchange, operation: Operation, principal: Principal, limiter: RateLimiter) -> None:
        """Count the request against its operation and against each parameter that has a limit of its own."""
        now = principal.now().timestamp()
        for extra in operation.extra_rates:
            if extra.applies(exchange.query):
                key = (principal.counted_as, extra.parameter, extra.values, exchange.address)
                if not (standing := limiter.take(key, extra.rate, now)).allowed:
                    raise throttled(standing.retry_after)
        standing = limiter.take((principal.counted_as, operation.id, exchange.address), operation.rate, now)
        if not standing.allowed:
            raise throttled(standing.retry_after)
        exchange.limits = [
            (b"ratelimit-limit", limit_header(standing, operation.rate).encode()),
            (b"ratelimit-remaining", str(standing.remaining).encode()),
            (b"ratelimit-reset", str(standing.reset).encode()),
        ]

    def _call(
        self,
        exchange: _Exchange,
        operation: Operation,
        principal: Principal,
        values: list[str],
        scope: Scope,
        raw_query: bytes,
    ) -> AnyCall:
        path = dict(zip(self._parameters[operation], values, strict=True))
        call: AnyCall = Call(operation, principal, path, self._readers if operation.method == "GET" else self._pool)
        call.headers, call.request_id, call.address = exchange.headers, exchange.id, exchange.address
        call.revision = exchange.revision or ""
        call.readable = self._readable[call.revision]
        call.base_url = self._base_url
        call.origin = self._proxies.origin(scope, exchange.headers)
        call.url = request_url(call.origin, exchange.path, raw_query.decode("ascii"))
        if exchange.query or operation.parameters:
            read_query(call, exchange.query, self._kinds)
        return call

    def _headers(self, exchange: _Exchange) -> Headers:
        headers = [(b"x-klaviyo-req-id", exchange.id.encode()), *_ALWAYS, *exchange.limits]
        if exchange.route is not None:
            headers.append((b"allow", exchange.route.allow.encode()))
        if exchange.principal is not None:
            headers.append((b"cid", exchange.principal.public_id.encode("latin-1", "replace")))
            headers += _revision_headers(exchange, exchange.principal)
        if self._cors:
            headers += _cors_headers(exchange)
        return headers


def _learn(operations: Iterable[Operation]) -> tuple[dict[str, Resource], dict[str, Kind]]:
    resources: dict[str, Resource] = {}
    kinds: dict[str, Kind] = {}
    for operation in operations:
        if operation.answers is not None:
            resources.setdefault(operation.answers.type, operation.answers)
            kinds.setdefault(operation.answers.type, Kind()).learn(operation.answers)
    return resources, kinds


def _readable(operations: Iterable[Operation], revision: str) -> frozenset[str]:
    return frozenset(
        _PARAMETER.sub("{}", operation.path)
        for operation in operations
        if operation.method == "GET" and operation.serves(revision)
    )


def _no_such_path(path: str) -> ApiError:
    return missing(f"There is nothing at {path.encode('utf-8', 'replace').decode()[:200]}.")


def _check_scopes(operation: Operation, principal: Principal) -> None:
    held = principal.scopes
    if principal.key_id == SESSION and isinstance(held, frozenset):
        needed = (operation.scopes | operation.permissions) - held
        if needed:
            raise permission_denied(f"Your role does not allow this: it lacks {', '.join(sorted(needed))}.")
        return
    if operation.personal:
        raise permission_denied("Only a person who is signed in may do this, not a key.")
    if held == "full":
        return
    if held == "read-only":
        lacking = {scope for scope in operation.scopes if not scope.endswith(":read")}
    else:
        lacking = set(operation.scopes) - set(held)
    if lacking:
        raise permission_denied(f"This key lacks the scope {', '.join(sorted(lacking))}.")


def _read_body_into(call: AnyCall) -> None:
    operation = call.operation
    if operation.body is None:
        return
    named = operation.id_in_path
    parsed = operation.body.parse(call.raw, call.path[named] if named else None)
    call.body, call.body_id = parsed.value, parsed.id
    call.body_relationships, call.meta = parsed.relationships, parsed.meta


def _revision_headers(exchange: _Exchange, principal: Principal) -> Headers:
    revision = exchange.revision or ""
    headers = [(b"x-klaviyo-api-revision", revision.encode())]
    retires = retirement_date(revision, principal.now().date())
    if retires is not None:
        headers.append((b"x-klaviyo-api-retirement-date", retires.encode()))
    return headers


def _cors_headers(exchange: _Exchange) -> Headers:
    # A beacon is sent with credentials, which are then not looked at; browsers want the website named for that.
    origin = exchange.headers.get("origin", "*").encode("latin-1", "replace")
    headers = [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", _EXPOSED)]
    if origin != b"*":
        headers.append((b"access-control-allow-credentials", b"true"))
    if exchange.method == "OPTIONS":
        requested_headers = exchange.headers.get("access-control-request-headers", "content-type, revision")
        allow = exchange.route.allow if exchange.route else "GET, POST, OPTIONS"
        headers.append((b"access-control-allow-headers", requested_headers.encode("latin-1", "replace")))
        headers.append((b"access-control-allow-methods", allow.encode()))
        headers.append((b"access-control-max-age", b"86400"))
    return headers


def _error_reply(error: ApiError, exchange: _Exchange) -> Reply:
    exchange.error = error
    headers: Headers = [
        (name.encode(), value.encode("latin-1", "replace")) for name, value in error.headers.items() if name != "allow"
    ]
    return Reply(error.status, msgspec.json.encode(error.document(exchange.id)), headers=headers)
