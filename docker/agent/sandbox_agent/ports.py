"""`/ports/{n}/…`: whatever listens on the sandbox's loopback, reached through the agent's door and behind its token."""

from __future__ import annotations

import errno
import socket
import threading

from sandbox_agent.errors import BadGateway, Conflict, NotFound, Unavailable
from sandbox_agent.http1 import BODILESS, Reply
from sandbox_agent.upstream import Answer, Exchange, Pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox_agent.connection import Request

PREFIXES = ("/ports/", "/fastapi/ports/")
CONNECT_TIMEOUT = 5.0
HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
)
# Not for the service: the first opens this agent, the others are written anew.
NOT_PASSED_ON = HOP_BY_HOP | {
    "authorization", "proxy-authorization", "proxy-authenticate", "host", "content-length", "x-forwarded-host",
    "x-forwarded-prefix",
}  # fmt: skip
ABSENT = (errno.ECONNREFUSED, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETUNREACH)


class Ports:
    def __init__(self, own_port: int, most: int) -> None:
        self._own_port = own_port
        self._most = most
        self._free = threading.BoundedSemaphore(most)

    def forward(self, request: Request) -> Reply:
        port, prefix, target = _split(request.target)
        if port == self._own_port:
            raise Conflict(f"port {port} is the agent's own: ask it directly")
        if not self._free.acquire(blocking=False):
            raise Unavailable(f"{self._most} connections to ports are open, which is the most: close some")
        try:
            sock = _connect(port)
        except BaseException:
            self._free.release()
            raise
        exchange = Exchange(sock, request, self._free.release)
        try:
            upgrade = _wants_upgrade(request)
            exchange.send(_head(request, port, prefix, target, upgrade))
            return _reply(exchange, exchange.answer(), upgrade)
        except BaseException:
            exchange.close()
            raise


def _split(target: str) -> tuple[int, str, str]:
    """Port, what comes before the service's own path, and that path, all as they were written."""
    for prefix in PREFIXES:
        if target.startswith(prefix):
            path, mark, query = target[len(prefix) :].partition("?")
            number, slash, rest = path.partition("/")
            if number.isascii() and number.isdigit() and len(number) <= 5 and 0 < int(number) <= 65535:
                return int(number), prefix + number, f"/{rest}{mark}{query}"
    raise NotFound("Not Found: a port is a number from 1 to 65535")


def _connect(port: int) -> socket.socket:
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            if error.errno in ABSENT:  # no IPv6 here
                continue
            raise
        try:
            sock.settimeout(CONNECT_TIMEOUT)
            sock.connect((address, port))
            if sock.getsockname()[:2] != sock.getpeername()[:2]:  # in the range of clients' ports TCP can meet itself
                sock.settimeout(None)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return sock
        except socket.timeout:
            sock.close()
            raise BadGateway(f"what listens on port {port} of the sandbox does not accept connections") from None
        except OSError as error:
            if error.errno not in ABSENT:
                sock.close()
                raise BadGateway(f"port {port} of the sandbox: {error.strerror}") from error
        sock.close()
    raise BadGateway(f"nothing listens on port {port} of the sandbox's loopback (127.0.0.1 and ::1)")


def _wants_upgrade(request: Request) -> bool:
    return "upgrade" in request.headers and "upgrade" in _tokens([request.headers.get("connection", "")])


def _tokens(values: Iterable[str]) -> set[str]:
    return {token.strip().lower() for value in values for token in value.split(",")}


def _head(request: Request, port: int, prefix: str, target: str, upgrade: bool) -> bytes:
    headers = request.headers
    dropped = NOT_PASSED_ON | _tokens([headers.get("connection", "")])
    outer = headers.get("x-forwarded-prefix", "")
    lines = [f"{request.method} {target} HTTP/1.1", f"host: localhost:{port}"]
    lines += [f"{name}: {value}" for name, value in headers.items() if name not in dropped]
    if outer != "/":  # the service is seen at the top of a host
        lines.append(f"x-forwarded-prefix: {outer.rstrip('/')}/ports/{port}" if outer else f"x-forwarded-prefix: {prefix}")
    forwarded_host = headers.get("x-forwarded-host") or headers.get("host")
    if forwarded_host:
        lines.append(f"x-forwarded-host: {forwarded_host}")
    if request.body.declared is None:
        lines.append("transfer-encoding: chunked")
    elif request.body.declared or "content-length" in headers:
        lines.append(f"content-length: {request.body.declared}")
    lines += [f"upgrade: {headers['upgrade']}", "connection: upgrade"] if upgrade else ["connection: close"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _reply(exchange: Exchange, answer: Answer, upgrade: bool) -> Reply:
    if answer.status == 101 and not upgrade:
        raise BadGateway("the service switched protocols without being asked")
    dropped = HOP_BY_HOP | {"content-length"} | answer.tokens("connection")
    reply = Reply(answer.status, Pieces(exchange, answer), None, answer.length if answer.length >= 0 else None)
    reply.reason = answer.reason
    reply.headers = [(name, value) for name, value in answer.headers if name not in dropped]
    if answer.status == 101:
        reply.length = None
        reply.headers += [("connection", "upgrade"), *((n, v) for n, v in answer.headers if n == "upgrade")]
        reply.tunnel = exchange.tunnel
    elif answer.status in BODILESS:
        exchange.close()
        reply.body, reply.length = b"", 0
    return reply
