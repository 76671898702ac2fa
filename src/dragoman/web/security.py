"""What every answer of the workbench carries, and which requests it refuses.

- Host: only names that this server was started for (a page elsewhere whose name is pointed at 127.0.0.1 gets nothing).
- Writes (anything but GET and HEAD): only from our own pages, by `Origin`, or `Sec-Fetch-Site` where that is missing. (With the
  referrer policy ``no-referrer`` browsers send ``Origin: null`` with the forms of our own pages, hence ``same-origin``.)
- Forms: no longer than `LARGEST`.
- With a token: it must come once as ``?token=`` (kept in a cookie from then on) or as ``Authorization: Bearer``.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
COOKIE = "dragoman_token"
LARGEST = 64 * 1024
"""Bytes of a form that is taken; ours are a few hundred."""
_SAFE = frozenset({"GET", "HEAD"})
_A_YEAR = "public, max-age=31536000, immutable"


def host_name(header: str) -> str:
    """The name in a Host header, without its port: ``[::1]:8000`` gives ``::1``."""
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _small(headers: Headers) -> bool:
    length = headers.get("content-length", "")
    return length.isdecimal() and len(length) < 9 and int(length) <= LARGEST


class Guard:
    """ASGI middleware: checks the request, then sets the headers of the answer.

    `hosts` are the names under which it answers; None takes any (only with a token).
    """

    def __init__(self, app: App, hosts: frozenset[str] | None = LOOPBACK, token: str | None = None) -> None:
        if hosts is None and not token:
            raise ValueError("a server that answers under any name needs a token")
        self._app, self._hosts, self._token = app, hosts, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)

        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self._set_headers(scope, MutableHeaders(scope=message))
            await send(message)

        await (refusal or self._app)(scope, receive, sending)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if self._hosts is not None and host_name(headers.get("host", "")) not in self._hosts:
            return PlainTextResponse("This server does not answer under that name.\n", 421)
        if scope["method"] not in _SAFE and not self._same_origin(headers):
            return PlainTextResponse("Refused: this request did not come from a page of this server.\n", 403)
        if scope["method"] not in _SAFE and not _small(headers):
            return PlainTextResponse("Refused: what was sent is too long, or does not say how long it is.\n", 413)
        return self._token_refusal(scope, headers) if self._token else None

    @staticmethod
    def _same_origin(headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is not None:
            return origin != "null" and urlsplit(origin).netloc == headers.get("host")
        site = headers.get("sec-fetch-site")
        # Clients that are no browsers send neither, and carry no cookies of ours.
        return site in {"same-origin", "none"} if site is not None else "cookie" not in headers

    def _token_refusal(self, scope: Scope, headers: Headers) -> Response | None:
        assert self._token is not None
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        if self._fits(bearer) or self._fits(cookie):
            return None
        asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if scope["method"] == "GET" and any(name == "token" and self._fits(value) for name, value in asked):
            rest = urlencode([(name, value) for name, value in asked if name != "token"])
            # a path of the form //host would lead elsewhere
            answer = RedirectResponse("/" + scope["path"].lstrip("/\\") + (f"?{rest}" if rest else ""), 303)
            answer.set_cookie(COOKIE, self._token, httponly=True, samesite="strict")
            return answer
        return PlainTextResponse("Open the address that `dragoman serve` printed: it carries the token.\n", 401)

    def _fits(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), (self._token or "").encode())

    @staticmethod
    def _set_headers(scope: Scope, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers[name] = value
        headers.setdefault("Cache-Control", _A_YEAR if b"v=" in scope["query_string"] else "no-store")
