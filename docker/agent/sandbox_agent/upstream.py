"""One request to a service on the sandbox's loopback, and its answer, both streamed at the same time."""

from __future__ import annotations

import select
import socket
import threading

from sandbox_agent.errors import BadGateway
from sandbox_agent.http1 import MAX_HEAD, Body, Framing, parse_header
from sandbox_agent.tunnel import join
from sandbox_agent.wire import Caller, ClientGone, ProtocolError, Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox_agent.connection import Request

BLOCK = 64 << 10
SMALL_BODY = 64 << 10  # is sent before the answer is read, which needs no second thread
CONTINUE_PATIENCE = 1.0  # a service that knows nothing of 100-continue waits for the body in vain
DISCARD_LIMIT = 16 << 20
SENDER_PATIENCE = 2.0


class ServiceReader(Reader):
    """Waits for as long as the client does."""

    def __init__(self, sock: socket.socket, caller: Caller) -> None:
        super().__init__(sock, 0)
        self._poller = select.poll()
        self._poller.register(sock, select.POLLIN)
        self._poller.register(caller, Caller.EVENTS)

    def _receive(self, most: int) -> bytes:
        ready = dict(self._poller.poll())
        if self._socket.fileno() not in ready:
            raise ClientGone
        return self._socket.recv(most)


class Answer(Framing):
    """A response's head. `length` is -1 if only the end of the connection ends the body."""

    def __init__(self, status: int, reason: str, headers: list[tuple[str, str]]) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        self.chunked = "chunked" in self.tokens("transfer-encoding")
        lengths = {value for name, value in headers if name == "content-length"}
        self.length = -1
        if lengths and not self.chunked:
            text = lengths.pop()
            if lengths or not (text.isascii() and text.isdigit() and len(text) <= 18):
                raise ProtocolError(502, "Content-Length is not a number")
            self.length = int(text)

    def tokens(self, name: str) -> set[str]:
        return {token.strip().lower() for key, value in self.headers if key == name for token in value.split(",")}


class Sender:
    """Passes the request's body on in a thread of its own: a service may answer before it has read everything."""

    def __init__(self, body: Body, sock: socket.socket, caller: Caller) -> None:
        self.failure: Exception | None = None
        self._body = body
        self._socket = sock
        self._caller = caller
        self._lock = threading.Lock()
        self._may_begin = threading.Event()
        self._unwanted = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        if not self._body.awaits_continue:
            self._may_begin.set()
        self._thread.start()

    def begin(self) -> None:
        """The service has asked for the body."""
        self._may_begin.set()

    def answered(self) -> None:
        """The service has answered: a client that still waits to be asked for its body will not be."""
        with self._lock:
            self._unwanted = self._body.awaits_continue
        self._may_begin.set()

    def finish(self) -> None:
        """The answer is complete: what the client still sends is for nobody."""
        self.answered()
        self._thread.join(SENDER_PATIENCE)
        if self._thread.is_alive():
            self._caller.stop_receiving()
            self._thread.join()
        if self.failure is not None:
            self._body.abandon()

    def _run(self) -> None:
        self._may_begin.wait(CONTINUE_PATIENCE)
        try:
            with self._lock:
                if self._unwanted:
                    return
                self._body.ask()
            self._send()
        except (ClientGone, OSError, ProtocolError) as error:  # the client's doing; see _pass_on for the service's
            self.failure = error
            shut(self._socket)  # half a body must not look like a whole one

    def _send(self) -> None:
        chunked, wanted, left = self._body.declared is None, True, DISCARD_LIMIT
        while (wanted or left > 0) and (data := self._body.read(BLOCK)):
            if wanted:
                wanted = self._pass_on(b"%x\r\n%b\r\n" % (len(data), data) if chunked else data)
            else:
                left -= len(data)
        if wanted and chunked:
            self._pass_on(b"0\r\n\r\n")

    def _pass_on(self, data: bytes) -> bool:
        """False if the service wants no more; whether it answers all the same is for the reader to see."""
        try:
            self._socket.sendall(data)
            return True
        except OSError:
            return False


class Exchange:
    """Owns the connection to the service."""

    def __init__(self, sock: socket.socket, request: Request, on_close: Callable[[], None]) -> None:
        self._socket = sock
        self._request = request
        self._on_close = on_close
        self._reader = ServiceReader(sock, request.caller)
        self._sender: Sender | None = None

    def send(self, head: bytes) -> None:
        body = self._request.body
        data = bytearray(head)
        small = body.declared is not None and body.declared <= SMALL_BODY and not body.awaits_continue
        while small and (piece := body.read()):
            data += piece
        try:
            self._socket.sendall(data)
        except ConnectionError:  # it may have answered before it closed
            return
        if not small:
            self._sender = Sender(body, self._socket, self._request.caller)
            self._sender.start()

    def answer(self) -> Answer:
        """The head of the final answer."""
        while True:
            answer = self._read_head()
            if answer.status == 100 and self._sender is not None:
                self._sender.begin()
            if answer.status == 101 or answer.status >= 200:
                break
        if self._sender is not None:
            self._sender.answered()
        return answer

    def _read_head(self) -> Answer:
        try:
            raw = self._reader.until(b"\r\n\r\n", MAX_HEAD, 502)
            if raw is not None:
                return _parse(raw)
        except ConnectionError:
            pass
        except ProtocolError as error:
            raise BadGateway(f"the service does not speak HTTP/1: {error}") from error
        if self._sender is not None and self._sender.failure is not None:
            raise self._sender.failure
        raise BadGateway("the service closed the connection without an answer")

    def tunnel(self, client: socket.socket, early: bytes) -> None:
        if self._sender is not None:
            self._sender.finish()
        join(client, early, self._socket, self._reader.rest())

    def pieces(self, answer: Answer) -> Iterator[bytes]:
        """The body as it comes. What breaks off on this side breaks off on the other."""
        if answer.length < 0 and not answer.chunked:
            while data := self._reader.some(BLOCK):
                yield data
        else:
            body = Body(self._reader, answer, _nothing)
            try:
                while data := body.read(BLOCK):
                    yield data
            except ProtocolError:
                raise ClientGone from None
        self._finish_sending()

    def _finish_sending(self) -> None:
        if self._sender is not None:
            self._sender.finish()

    def close(self) -> None:
        shut(self._socket)
        self._finish_sending()
        self._socket.close()
        on_close, self._on_close = self._on_close, _nothing
        on_close()


class Pieces:
    """An answer's body; closes the exchange when done with, read or not."""

    def __init__(self, exchange: Exchange, answer: Answer) -> None:
        self._exchange = exchange
        self._pieces = exchange.pieces(answer)

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        self._exchange.close()


def _parse(raw: bytes) -> Answer:
    first, *lines = raw.lstrip(b"\r\n").split(b"\r\n")
    version, _, rest = first.partition(b" ")
    code, _, reason = rest.partition(b" ")
    if version not in (b"HTTP/1.1", b"HTTP/1.0") or len(code) != 3 or not code.isdigit() or code < b"100":
        raise ProtocolError(502, "malformed status line")
    headers = [parse_header(line) for line in lines]
    text = "".join(character for character in reason.decode("latin-1") if character.isprintable())
    return Answer(int(code), text, headers)


def shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:  # it is not connected any more
        return


def _nothing() -> None:
    return None
