"""The listening socket, the main loop, and a bounded number of connections with a thread each."""

from __future__ import annotations

import os
import select
import signal
import socket
import stat
import threading
import time

from sandbox_agent import log
from sandbox_agent.connection import Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox_agent.connection import Request
    from sandbox_agent.http1 import Reply
    from sandbox_agent.settings import Settings
    from sandbox_agent.wire import Caller

END_SECONDS = 5.0


def listen(settings: Settings) -> socket.socket:
    if settings.listen_fd is not None:
        return _inherited(settings.listen_fd)
    if settings.socket:
        return _listen_on_path(settings.socket)
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((settings.host, settings.port))
    listener.listen(1024)
    return listener


def _inherited(descriptor: int) -> socket.socket:
    """A socket that listens already, opened where this process could not, or where it must not be seen."""
    os.set_inheritable(descriptor, False)
    return socket.socket(fileno=descriptor)


def _listen_on_path(path: str) -> socket.socket:
    try:
        if stat.S_ISSOCK(os.lstat(path).st_mode):  # left behind by an agent that was killed
            os.unlink(path)
    except FileNotFoundError:
        pass
    listener = socket.socket(socket.AF_UNIX)
    previous = os.umask(0o177)
    try:
        listener.bind(path)
    finally:
        os.umask(previous)
    listener.listen(1024)
    return listener


def port_of(listener: socket.socket) -> int:
    """0 if it is a Unix socket."""
    return 0 if listener.family == socket.AF_UNIX else int(listener.getsockname()[1])


class Server:
    def __init__(self, listener: socket.socket, handle: Callable[[Request], Reply], settings: Settings) -> None:
        self._listener = listener
        self._handle = handle
        self._settings = settings
        self._lock = threading.Lock()
        self._connections: set[Connection] = set()
        self._stopping = False

    def run(self, reap: Callable[[], None]) -> None:
        """Serves until SIGTERM or SIGINT; `reap` is called whenever a child process may have ended."""
        wake, waker = socket.socketpair()
        wake.setblocking(False)
        waker.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        self._listener.setblocking(False)
        poller = select.poll()
        poller.register(self._listener, select.POLLIN)
        poller.register(wake, select.POLLIN)
        lifeline = self._settings.lifeline_fd
        if lifeline is not None:
            os.set_inheritable(lifeline, False)
            poller.register(lifeline, select.POLLIN)
        reap()  # children that ended before the handler was there
        while not self._stopping:
            for descriptor, _ in poller.poll():
                if descriptor == wake.fileno():
                    _empty(wake)
                    reap()
                elif descriptor == lifeline:  # who holds the other end has ended, however it ended
                    self.stop()
                else:
                    self._accept()
        signal.set_wakeup_fd(-1)
        wake.close()
        waker.close()

    def stop(self) -> None:
        self._stopping = True

    def end_others(self, caller: Caller) -> None:
        """Breaks all connections off but the caller's, and waits for what they were doing."""
        with self._lock:
            others = {connection for connection in self._connections if not connection.belongs_to(caller)}
        for connection in others:
            connection.abort()
        end = time.monotonic() + END_SECONDS
        while time.monotonic() < end:
            with self._lock:
                if others.isdisjoint(self._connections):
                    return
            time.sleep(0.005)
        log.warning("some calls did not end when they were told to")

    def _accept(self) -> None:
        try:
            sock, _ = self._listener.accept()
        except BlockingIOError:
            return
        except OSError as error:  # out of descriptors, or the client was faster: the listener is still good
            log.warning(f"accept: {error}")
            with self._lock:
                self._make_room()
            select.poll().poll(50)
            return
        sock.setblocking(True)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
        connection = Connection(sock, self._handle, self._settings.idle_timeout)
        if not self._admit(connection):
            connection.turn_away(503, "too many connections")
            return
        try:
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        except RuntimeError as error:  # no more threads
            self._forget(connection)
            log.warning(f"connection refused: {error}")
            connection.turn_away(503, "too many threads")

    def _admit(self, connection: Connection) -> bool:
        with self._lock:
            if len(self._connections) < self._settings.max_connections or self._make_room():
                self._connections.add(connection)
                return True
            return False

    def _make_room(self) -> bool:
        """Closes the connection that has been idle longest; False if every one is at work. Call it under the lock."""
        idle = [(since, connection) for connection in self._connections if (since := connection.idle_since) is not None]
        if not idle:
            return False
        _, oldest = min(idle, key=lambda pair: pair[0])
        self._connections.discard(oldest)
        oldest.abort()
        return True

    def _serve(self, connection: Connection) -> None:
        try:
            connection.serve()
        except Exception:  # the top of a thread
            log.failure("connection")
        finally:
            self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        with self._lock:
            self._connections.discard(connection)


def _empty(sock: socket.socket) -> None:
    try:
        while sock.recv(4096):
            pass
    except BlockingIOError:
        return
