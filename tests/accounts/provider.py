"""A small provider of OpenID Connect on this machine: signs whoever is named in, and checks what it is sent."""

import json
import secrets
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "rapport", "a secret of the client"


@dataclass
class Provider:
    """`claims`: what it says of the person who comes next, beside what every token says."""

    claims: dict[str, Any] = field(default_factory=dict)
    # of another issuer, for another client, another nonce: whatever a wrong token may say
    wrong: dict[str, Any] = field(default_factory=dict)
    signs_with: RSAKey | None = None

    def __enter__(self) -> "Provider":
        self._key = RSAKey.generate_key(2048, {"kid": "one"})
        self._codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._get(self)

            def do_POST(self) -> None:
                provider._token(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def _get(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        if parts.path == "/.well-known/openid-configuration":
            ends = {name: f"{self.issuer}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
            _answer(request, {"issuer": self.issuer, **ends})
        elif parts.path == "/jwks_uri":
            _answer(request, {"keys": [self._key.as_dict(private=False)]})
        else:
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            code = secrets.token_urlsafe(8)
            self._codes[code] = asked
            request.send_response(303)
            query = urlencode({"code": code, "state": asked["state"]})
            request.send_header("location", f"{asked['redirect_uri']}?{query}")
            request.end_headers()

    def _token(self, request: BaseHTTPRequestHandler) -> None:
        form = {
            k: v[0] for k, v in parse_qs(request.rfile.read(int(request.headers["content-length"])).decode()).items()
        }
        asked = self._codes.pop(form["code"], None)
        login = b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        fits = asked is not None and asked["code_challenge"] == challenge
        if not fits or asked is None or login != f"{CLIENT_ID}:{CLIENT_SECRET}":
            _answer(request, {"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        every = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims = {**every, **self.claims, **self.wrong}
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signs_with or self._key)
        _answer(request, {"access_token": "none", "token_type": "Bearer", "id_token": token})


def _answer(request: BaseHTTPRequestHandler, content: dict[str, Any], status: int = 200) -> None:
    body = json.dumps(content).encode()
    request.send_response(status)
    request.send_header("content-type", "application/json")
    request.send_header("content-length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
