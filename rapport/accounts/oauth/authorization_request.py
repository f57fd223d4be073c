"""An application's request for consent, as the address it sends a person to (behaviour-people 7.4, RFC 6749, 4.1.1)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from rapport.accounts.oauth.apps import App, unique
from rapport.accounts.oauth.grants import CHALLENGE


class Fault(Exception):
    """What is wrong with a request, in OAuth's words: told to the application by sending the person back to it."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description = error, description


@dataclass(frozen=True)
class AuthorizationRequest:
    """A request that can be put to a person."""

    scopes: list[str]
    challenge: str


class Parameters:
    """Parameters of a request: each may come once, and one without a value counts as absent (RFC 6749, 3.1)."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        pairs = list(fields)
        self._values = dict(pairs)
        self.repeated = {name for name, count in Counter(name for name, _ in pairs).items() if count > 1}

    def single(self, name: str) -> str | None:
        """None when it is absent, empty or given twice."""
        return None if name in self.repeated else self._values.get(name) or None


def read(parameters: Parameters, app: App) -> AuthorizationRequest:
    """Raises Fault. Whether the person may be sent back is the caller's to know."""
    if parameters.repeated:
        raise Fault("invalid_request", "A parameter may be given once.")
    kind = parameters.single("response_type")
    if kind is None:
        raise Fault("invalid_request", "The parameter response_type is required.")
    if kind != "code":
        raise Fault("unsupported_response_type", "The only response_type is code.")
    return AuthorizationRequest(_scopes(parameters.single("scope"), app), _challenge(parameters))


def _challenge(parameters: Parameters) -> str:
    challenge = parameters.single("code_challenge")
    if challenge is None:
        raise Fault("invalid_request", "The parameter code_challenge is required (PKCE, RFC 7636).")
    if parameters.single("code_challenge_method") != "S256":
        raise Fault("invalid_request", "The code_challenge_method has to be S256.")
    if not CHALLENGE.fullmatch(challenge):
        raise Fault("invalid_request", "A code_challenge of S256 has 43 characters of base64url.")
    return challenge


def _scopes(text: str | None, app: App) -> list[str]:
    """Those asked for, which have to be registered; all that are registered where none is named."""
    requested = unique(text.split()) if text else app.scopes
    if wrong := [scope for scope in requested if scope not in app.scopes]:
        raise Fault("invalid_scope", f"Not registered on the application: {', '.join(wrong)[:200]}.")
    return requested or app.scopes


def sent_back(uri: str, state: str | None, **answer: str) -> str:
    """The address of the application with an answer in its query, and the state as it came."""
    query = urlencode(answer | ({"state": state} if state is not None else {}))
    return f"{uri}{'&' if '?' in uri else '?'}{query}"
