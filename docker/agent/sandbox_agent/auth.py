"""The token that every route wants; looked at before anything of the body is read."""

from __future__ import annotations

from _operator import _compare_digest as compare_digest  # hmac.compare_digest without hmac's 3 ms of imports

from sandbox_agent.errors import InvalidToken, MissingToken

SCHEME = "Bearer "


class Authenticator:
    def __init__(self, token: str) -> None:
        self._token = token.encode("utf-8", "surrogateescape")

    def check(self, authorization: str | None) -> None:
        if authorization is None or not authorization.startswith(SCHEME):
            raise MissingToken
        given = authorization[len(SCHEME) :].encode("latin-1", "replace")
        if not compare_digest(given, self._token):
            raise InvalidToken
