"""A service on the loopback whose every byte the test decides."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from types import TracebackType

Handler = Callable[[socket.socket, bytes], None]


class Service:
    """Calls `handler` with each connection and the head of its request, in a thread."""

    def __init__(self, handler: Handler, family: socket.AddressFamily = socket.AF_INET) -> None:
        self.heads: list[str] = []
        self.failures: list[BaseException] = []
        self._handler = handler
        self._listener = socket.socket(family)
        self._listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self._listener.listen(128)
        self.port = int(self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.settimeout(20)
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        with sock:
            try:
                data = b""
                while b"\r\n\r\n" not in data:
                    block = sock.recv(65536)
                    if not block:
                        return
                    data += block
                head, _, rest = data.partition(b"\r\n\r\n")
                self.heads.append(head.decode("latin-1"))
                self._handler(sock, rest)
            except BaseException as error:
                self.failures.append(error)

    def header(self, name: str, index: int = -1) -> str | None:
        """The value of a header that came once."""
        values = [
            line.partition(":")[2].strip()
            for line in self.heads[index].split("\r\n")[1:]
            if line.partition(":")[0].lower() == name.lower()
        ]
        assert len(values) < 2, values
        return values[0] if values else None

    def __enter__(self) -> Service:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)


def answering(data: bytes) -> Handler:
    return lambda sock, _: sock.sendall(data)


def read_exactly(sock: socket.socket, count: int, first: bytes = b"") -> bytes:
    data = first
    while len(data) < count:
        block = sock.recv(65536)
        if not block:
            break
        data += block
    return data
