"""Fetching pages politely: robots.txt, a pause a host, conditional requests, bounded size and time, http and https alone.

Addresses inside one's own network are refused unless asked for, also where a server sends on to one.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Mapping
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import msgspec
import urllib3

from dragoman import __version__
from dragoman.sources.reasons import SetAside

AGENT = f"dragoman/{__version__} (event coder; reads feeds)"
MOST_BYTES = 10 * 1024 * 1024
MOST_REDIRECTS = 5
_CHUNK = 64 * 1024
_ROBOTS_BYTES = 512 * 1024
_ROBOTS_KEPT = 24 * 3600.0
_RETRY_DEFAULT = 600.0
_MOST_RETRY = 24 * 3600.0


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What a server answered. `status` 304: nothing new. `address` is where it was found after redirects."""

    address: str
    status: int
    body: bytes = b""
    kind: str = ""
    encoding: str | None = None
    etag: str | None = None
    modified: str | None = None


class BusyError(Exception):
    """The server asked to come back later (429, 503); `seconds` from now."""

    def __init__(self, address: str, seconds: float) -> None:
        super().__init__(f"{address} asks to come back in {seconds:.0f} s")
        self.seconds = seconds


class Fetcher:
    """Fetches one page at a time.

    `pause`: seconds between two requests to one host, more where its robots.txt asks for more. `stopping` ends the
    waiting early. `allow_private` takes addresses of this machine and of private networks too.
    """

    def __init__(
        self,
        pause: float = 2.0,
        timeout: float = 20.0,
        allow_private: bool = False,
        stopping: threading.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pause, self._timeout, self._allow_private, self._clock = pause, timeout, allow_private, clock
        self._stopping = stopping or threading.Event()
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=timeout, read=timeout))
        self._last: dict[str, float] = {}
        self._robots: dict[str, tuple[float, RobotFileParser]] = {}

    def get(self, address: str, etag: str | None = None, modified: str | None = None) -> Fetched:
        """The page at an address.

        Raises `SetAside` (not-fetched, robots, too-long) where it cannot be had or may not be read, and `BusyError` where
        the server asks to come back later.
        """
        headers = {}
        if etag:
            headers["If-None-Match"] = etag
        if modified:
            headers["If-Modified-Since"] = modified
        for _ in range(MOST_REDIRECTS + 1):
            self._check(address)
            if not self._rules(address).can_fetch(AGENT, address):
                raise SetAside("robots", f"robots.txt of {urlsplit(address).netloc} asks not to read {address}")
            found, next_address = self._once(address, headers, MOST_BYTES)
            if next_address is None:
                return found
            address = next_address
        raise SetAside("not-fetched", f"more than {MOST_REDIRECTS} redirects")

    def _check(self, address: str) -> None:
        """Raise `SetAside` for an address that is not to be asked."""
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SetAside("not-fetched", f"{address[:200]!r} is no http or https address")
        if self._allow_private:
            return
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
            found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError, ValueError) as error:
            raise SetAside("not-fetched", f"{parts.hostname} cannot be found: {error}") from None
        for *_, where in found:
            if not ipaddress.ip_address(str(where[0]).partition("%")[0]).is_global:
                raise SetAside("not-fetched", f"{parts.hostname} is inside a private network (--allow-private)")

    def _rules(self, address: str) -> RobotFileParser:
        parts = urlsplit(address)
        base = f"{parts.scheme}://{parts.netloc}"
        known = self._robots.get(base)
        if known and self._clock() - known[0] < _ROBOTS_KEPT:
            return known[1]
        rules = RobotFileParser()
        rules.parse(self._robots_lines(f"{base}/robots.txt"))
        self._robots[base] = (self._clock(), rules)
        return rules

    def _robots_lines(self, address: str) -> list[str]:
        """The lines of a robots.txt; none where there is none (RFC 9309: then all is allowed)."""
        try:
            found, _ = self._once(address, {}, _ROBOTS_BYTES)
        except (SetAside, BusyError):
            return []
        return found.body.decode("utf-8", "replace").splitlines()

    def _wait(self, host: str, pause: float) -> None:
        """Until the host may be asked again."""
        last = self._last.get(host)
        if last is not None and (left := last + pause - self._clock()) > 0:
            self._stopping.wait(left)
        self._last[host] = self._clock()

    def _once(self, address: str, headers: Mapping[str, str], most: int) -> tuple[Fetched, str | None]:
        """One request: the answer, and where a redirect leads."""
        parts = urlsplit(address)
        known = self._robots.get(f"{parts.scheme}://{parts.netloc}")
        asked = known[1].crawl_delay(AGENT) if known else None
        self._wait(parts.netloc, max(self._pause, min(float(asked or 0), 60.0)))
        try:
            answer = self._pool.request(
                "GET", address, headers={"User-Agent": AGENT, **headers}, redirect=False, preload_content=False
            )
        except (urllib3.exceptions.HTTPError, UnicodeError, ValueError) as error:
            raise SetAside("not-fetched", f"{address}: {type(error).__name__}: {error}") from None
        try:
            return self._read(address, answer, most)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise SetAside("not-fetched", f"{address}: {type(error).__name__}: {error}") from None
        finally:
            answer.close()

    def _read(self, address: str, answer: urllib3.BaseHTTPResponse, most: int) -> tuple[Fetched, str | None]:
        status = answer.status
        if status in (301, 302, 303, 307, 308) and answer.headers.get("location"):
            return Fetched(address=address, status=status), urljoin(address, answer.headers["location"])
        if status in (429, 503):
            raise BusyError(address, _seconds(answer.headers.get("retry-after")))
        if status != 304 and not 200 <= status < 300:
            raise SetAside("not-fetched", f"{address}: the server answered {status}")
        kind, _, rest = answer.headers.get("content-type", "").partition(";")
        encoding = rest.partition("charset=")[2].strip(" \"'").split(";")[0] or None
        body = b"" if status == 304 else self._body(address, answer, most)
        found = Fetched(
            address=address,
            status=status,
            body=body,
            kind=kind.strip().lower(),
            encoding=encoding,
            etag=answer.headers.get("etag"),
            modified=answer.headers.get("last-modified"),
        )
        return found, None

    def _body(self, address: str, answer: urllib3.BaseHTTPResponse, most: int) -> bytes:
        ends = self._clock() + 3 * self._timeout
        chunks, size = [], 0
        for chunk in answer.stream(_CHUNK, decode_content=True):
            size += len(chunk)
            if size > most:
                raise SetAside("too-long", f"{address}: more than {most // 2**20} MB")
            if self._clock() > ends:
                raise SetAside("not-fetched", f"{address}: slower than {3 * self._timeout:.0f} s")
            chunks.append(chunk)
        return b"".join(chunks)


def _seconds(given: str | None) -> float:
    """Of a Retry-After header, in seconds; a date there gets the default."""
    return min(float(given), _MOST_RETRY) if given and given.isdecimal() else _RETRY_DEFAULT
