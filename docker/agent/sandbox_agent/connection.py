"""One connection: requests one after the other, each answered before the next is read."""

from __future__ import annotations

import socket
import time

from sandbox_agent import log
from sandbox_agent.errors import AgentError, reply_to
from sandbox_agent.http1 import BODILESS, Body, Head, Reply, read_head
from sandbox_agent.wire import Caller, ClientGone, ProtocolError, Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

HEAD_TIMEOUT = 30.0  # for a head that has begun to arrive
STALL_TIMEOUT = 60.0  # for a peer that neither sends what it announced nor takes what it asked for
DRAIN_LIMIT = 1 << 20
DRAIN_TIMEOUT = 2.0


class Request:
    """What a handler gets."""

    def __init__(self, head: Head, body: Body, caller: Caller) -> None:
        self.method = head.method
        self.target = head.target
        self.path = head.path
        self.query = head.query
        self.headers = head.headers
        self.body = body
        self.caller = caller


class Connection:
    def __init__(self, sock: socket.socket, handle: Callable[[Request], Reply], idle_timeout: float) -> None:
        self._socket = sock
        self._handle = handle
        self._idle_timeout = idle_timeout
        self._reader = Reader(sock, STALL_TIMEOUT)
        self.idle_since: float | None = time.monotonic()

    def serve(self) -> None:
        """Answers requests until one side has had enough."""
        try:
            while self._serve_one():
                pass
        except (ClientGone, ConnectionError, socket.timeout):
            return  # a peer that left is no event
        finally:
            self._socket.close()

    def belongs_to(self, caller: Caller) -> bool:
        return self._socket.fileno() == caller.fileno()

    def abort(self) -> None:
        """From another thread: ends the connection, whatever it is doing."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:  # already closed
            return

    def turn_away(self, status: int, text: str) -> None:
        """Answers without reading or waiting, and closes."""
        reply = Reply.json({"detail": text}, status)
        assert isinstance(reply.body, bytes)
        try:
            self._socket.send(reply.head(chunked=False, close=True) + reply.body)
        except OSError:  # it left first
            return
        finally:
            self._socket.close()

    def _refuse(self, status: int, text: str) -> None:
        self._send(Reply.json({"detail": text}, status), None)
        self._linger()

    def _serve_one(self) -> bool:
        self.idle_since = time.monotonic()
        self._reader.deadline = time.monotonic() + self._idle_timeout
        if not self._reader.wait_for_data():
            return False
        self.idle_since = None
        self._reader.deadline = time.monotonic() + HEAD_TIMEOUT
        try:
            head = read_head(self._reader)
            if head is None:
                return False
            self._reader.deadline = None
            return self._answer(head)
        except ProtocolError as error:
            self._refuse(error.status, str(error))
        except socket.timeout:
            self._refuse(408, "the request did not arrive in time")
        return False

    def _answer(self, head: Head) -> bool:
        body = Body(self._reader, head, lambda: self._write(b"HTTP/1.1 100 Continue\r\n\r\n"))
        reply = self._reply(Request(head, body, Caller(self._socket)))
        try:
            if reply.tunnel is not None:
                self._write(reply.head(chunked=False, close=False))
                reply.tunnel(self._socket, self._reader.rest())
                return False
            keep = head.keeps_alive and self._can_skip(body)
            keep = self._send(reply, head, close=not keep) and keep
        finally:
            reply.close()
        keep = keep and self._skip(body)
        if not keep:
            self._linger()
        return keep

    def _reply(self, request: Request) -> Reply:
        try:
            return self._handle(request)
        except (ClientGone, ConnectionError, ProtocolError, socket.timeout):
            raise
        except Exception as error:  # the top of a request
            if not isinstance(error, AgentError):
                log.failure(f"{request.method} {request.path!r}")
            return reply_to(error)

    def _can_skip(self, body: Body) -> bool:
        """Whether what the handler left unread may be little enough to read over."""
        return body.finished or (not body.awaits_continue and (body.declared or 0) <= DRAIN_LIMIT)

    def _skip(self, body: Body) -> bool:
        self._reader.deadline = time.monotonic() + DRAIN_TIMEOUT
        left = DRAIN_LIMIT
        try:
            while not body.finished and left > 0:
                left -= len(body.read(65536))
        except (ProtocolError, socket.timeout):  # the request has its answer; a second one would be another's
            return False
        return body.finished

    def _send(self, reply: Reply, head: Head | None, close: bool = True) -> bool:
        """False if the body's end could only be told by closing the connection."""
        body = reply.body
        chunked = reply.length is None and head is not None and head.minor > 0 and reply.status not in BODILESS
        unknown = reply.length is None and not chunked
        start = reply.head(chunked, close or unknown)
        if head is not None and head.method == "HEAD":
            self._write(start)
            return True
        if isinstance(body, bytes):
            self._write(start + body)
            return True
        self._write(start)
        sent = 0
        for piece in body:
            if piece:
                sent += len(piece)
                self._write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            self._write(b"0\r\n\r\n")
        elif reply.length is not None and sent != reply.length:
            raise ClientGone  # the file became shorter: only a broken connection can say so now
        return not unknown

    def _write(self, data: bytes) -> None:
        """All of it, as long as the peer keeps taking some."""
        self._socket.settimeout(STALL_TIMEOUT)
        view = memoryview(data)
        try:
            while view:
                view = view[self._socket.send(view) :]
        except socket.timeout:
            raise ClientGone from None

    def _linger(self) -> None:
        """Reads over a little of what is still under way, or the reset would overtake our last reply."""
        self.idle_since = time.monotonic()
        try:
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(DRAIN_TIMEOUT)
            end = time.monotonic() + DRAIN_TIMEOUT
            total = 0
            while total < 16 * DRAIN_LIMIT and time.monotonic() < end:
                data = self._socket.recv(65536)
                if not data:
                    return
                total += len(data)
        except OSError:  # it left first
            return
