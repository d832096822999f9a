"""HTTP/1.1 messages: the head of a request, the framing of its body, and replies.

Whatever two readers could understand differently (two lengths, a length and chunks, folded or spaced header names,
bare line feeds) is refused: a proxy in front of us may have read it the other way.
"""

from __future__ import annotations

import time

from sandbox_agent.wire import ClientGone, ProtocolError, Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

MAX_HEAD = 64 << 10
MAX_TARGET = 16 << 10
MAX_HEADERS = 100
MAX_CHUNK_LINE = 4 << 10
ONCE = ("host", "content-length", "transfer-encoding", "authorization", "content-type", "expect", "range")
TOKEN = frozenset(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
CONTROLS = frozenset([*range(9), *range(10, 32), 127])

REASONS = {
    101: "Switching Protocols", 200: "OK", 202: "Accepted", 204: "No Content", 206: "Partial Content", 400: "Bad Request",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict",
    410: "Gone", 413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type", 416: "Range Not Satisfiable", 417: "Expectation Failed",
    422: "Unprocessable Content", 431: "Request Header Fields Too Large", 500: "Internal Server Error",
    501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 505: "HTTP Version Not Supported",
    507: "Insufficient Storage",
}  # fmt: skip

BODILESS = (204, 304)


class Framing:
    """Where a message's body ends."""

    chunked = False
    length = 0
    expects_continue = False


class Head(Framing):
    """The first line and the headers of a request, checked."""

    def __init__(self, method: str, target: str, minor: int, headers: dict[str, str]) -> None:
        self.method = method
        self.minor = minor
        self.headers = headers
        self.target = target  # as it came, for those who pass it on
        path, _, query = target.partition("?")
        self.path = unquote(path)
        self.query = parse_query(query)
        self.chunked = "transfer-encoding" in headers
        self.length = _length(headers)
        if self.chunked:
            if "content-length" in headers or minor == 0:
                raise ProtocolError(400, "both Transfer-Encoding and Content-Length, or HTTP/1.0 with chunks")
            if headers["transfer-encoding"].lower() != "chunked":
                raise ProtocolError(501, "Transfer-Encoding other than chunked")
        expectation = headers.get("expect", "").lower()
        if expectation not in ("", "100-continue"):
            raise ProtocolError(417, "Expect other than 100-continue")
        self.expects_continue = bool(expectation) and minor > 0 and (self.chunked or self.length > 0)

    @property
    def keeps_alive(self) -> bool:
        options = self.headers.get("connection", "").lower().replace(" ", "").split(",")
        return self.minor > 0 and "close" not in options


def _length(headers: dict[str, str]) -> int:
    text = headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ProtocolError(400, "Content-Length is not a number")
    return int(text)


def read_head(reader: Reader) -> Head | None:
    """The next request's head; None if the client closed the connection between two requests."""
    raw = reader.until(b"\r\n\r\n", MAX_HEAD, 431)
    if raw is None:
        return None
    lines = raw.lstrip(b"\r\n").split(b"\r\n")
    if any(b"\n" in line or b"\r" in line for line in lines):
        raise ProtocolError(400, "a line does not end in CR LF")
    method, target, minor = _request_line(lines[0])
    if len(lines) - 1 > MAX_HEADERS:
        raise ProtocolError(431, "too many headers")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, value = parse_header(line)
        if name in headers:
            if name in ONCE:
                raise ProtocolError(400, f"more than one {name} header")
            value = f"{headers[name]}, {value}"
        headers[name] = value
    if minor > 0 and "host" not in headers:
        raise ProtocolError(400, "no host header")
    return Head(method, target, minor, headers)


def _request_line(line: bytes) -> tuple[str, str, int]:
    words = line.split(b" ")
    if len(words) != 3 or not words[0] or not TOKEN.issuperset(words[0]):
        raise ProtocolError(400, "malformed request line")
    method, target, version = words
    if len(target) > MAX_TARGET:
        raise ProtocolError(414, "the path is too long")
    if version not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise ProtocolError(505 if version.startswith(b"HTTP/") else 400, "only HTTP/1 is spoken here")
    if target.lower().startswith(b"http://"):  # the form for proxies, which servers must take too
        _, slash, rest = target[7:].partition(b"/")
        target = slash + rest or b"/"
    if not target.startswith(b"/") and target != b"*":
        raise ProtocolError(400, "malformed target")
    if not CONTROLS.isdisjoint(target):
        raise ProtocolError(400, "malformed target")
    return method.decode("ascii"), target.decode("latin-1"), int(version[-1:])


def parse_header(line: bytes) -> tuple[str, str]:
    name, colon, value = line.partition(b":")
    if not colon or not name or not TOKEN.issuperset(name):
        raise ProtocolError(400, "malformed header")
    value = value.strip(b" \t")
    if not CONTROLS.isdisjoint(value):
        raise ProtocolError(400, "control character in a header")
    return name.decode("ascii").lower(), value.decode("latin-1")


def unquote(text: str, plus: bool = False) -> str:
    """Percent-decoded UTF-8; bytes that are not UTF-8 stay what they are for the file system (surrogateescape)."""
    if plus:
        text = text.replace("+", " ")
    first, *rest = text.encode("latin-1", "replace").split(b"%")
    pieces = [first]
    for piece in rest:
        try:
            pieces.append(bytes((int(piece[:2].decode("ascii"), 16),)) + piece[2:] if len(piece) > 1 else b"%" + piece)
        except ValueError:
            pieces.append(b"%" + piece)
    return b"".join(pieces).decode("utf-8", "surrogateescape")


def parse_query(query: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            values[unquote(name, plus=True)] = unquote(value, plus=True)
    return values


class Body:
    """A body, read piece by piece. `b""` is its end; a peer that leaves in the middle is `ClientGone`."""

    def __init__(self, reader: Reader, head: Framing, send_continue: Callable[[], None]) -> None:
        self._reader = reader
        self._chunked = head.chunked
        self._left = 0 if head.chunked else head.length  # of the body, or of the chunk that is being read
        self._before_first_read = send_continue if head.expects_continue else None
        self.finished = not head.chunked and head.length == 0
        self.declared = None if head.chunked else head.length
        self._abandoned = False

    @property
    def awaits_continue(self) -> bool:
        return self._before_first_read is not None

    def ask(self) -> None:
        """Tells a client that waits for it to send the body."""
        if self._before_first_read is not None:
            tell, self._before_first_read = self._before_first_read, None
            tell()

    def abandon(self) -> None:
        """It broke off, or could not be understood: nothing after it can be, either."""
        self._abandoned = True

    def read(self, most: int = 1 << 20) -> bytes:
        if self.finished:
            return b""
        self.ask()
        if self._abandoned:
            raise ClientGone
        if self._chunked and self._left == 0 and not self._next_chunk():
            return b""
        data = self._reader.some(min(most, self._left))
        if not data:
            raise ClientGone
        self._left -= len(data)
        if self._left == 0:
            if self._chunked:
                self._expect_end_of_chunk()
            else:
                self.finished = True
        return data

    def _next_chunk(self) -> bool:
        size = self._line().split(b";")[0].strip(b" \t")
        if not size or len(size) > 15 or not all(digit in b"0123456789abcdefABCDEF" for digit in size):
            raise ProtocolError(400, "malformed chunk")
        self._left = int(size, 16)
        if self._left:
            return True
        for _ in range(MAX_HEADERS):
            if not self._line():
                self.finished = True
                return False
        raise ProtocolError(431, "too many trailers")

    def _expect_end_of_chunk(self) -> None:
        if self._line():
            raise ProtocolError(400, "malformed chunk")

    def _line(self) -> bytes:
        line = self._reader.until(b"\r\n", MAX_CHUNK_LINE, 400)
        if line is None:
            raise ClientGone
        if b"\n" in line or b"\r" in line:
            raise ProtocolError(400, "malformed chunk")
        return line


class Reply:
    """A status, headers and a body: bytes, or pieces that are sent as they come (of a total `length`, if known)."""

    def __init__(
        self,
        status: int = 200,
        body: bytes | Iterator[bytes] = b"",
        content_type: str | None = None,
        length: int | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.length = len(body) if isinstance(body, bytes) else length
        self.headers: list[tuple[str, str]] = [("content-type", content_type)] if content_type else []
        self.reason = REASONS.get(status, "Unknown")
        self.tunnel: Callable[[socket.socket, bytes], None] | None = None  # what the connection becomes after this

    @classmethod
    def json(cls, value: object, status: int = 200) -> Reply:
        from json import dumps

        text = dumps(value, ensure_ascii=False, separators=(",", ":"))
        return cls(status, text.encode("utf-8", "replace"), "application/json")

    def head(self, chunked: bool, close: bool) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {self.reason}"]
        given = {name for name, _ in self.headers}
        if "server" not in given:
            lines.append("server: sandbox-agent")
        if "date" not in given:
            lines.append(time.strftime("date: %a, %d %b %Y %H:%M:%S GMT", time.gmtime()))
        lines += [f"{name}: {value}" for name, value in self.headers]
        if chunked:
            lines.append("transfer-encoding: chunked")
        elif self.length is not None and self.status not in BODILESS:
            lines.append(f"content-length: {self.length}")
        if close:
            lines.append("connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def close(self) -> None:
        """Lets a body made of pieces release what it holds, whether or not it was sent."""
        if not isinstance(self.body, bytes):
            close = getattr(self.body, "close", None)
            if close is not None:
                close()
