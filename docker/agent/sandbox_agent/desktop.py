"""The screen of a sandbox that has one: its programs, whether they answer, and the way for those who watch."""

from __future__ import annotations

import os
import socket
import threading
import time

from sandbox_agent.desktop_config import DesktopConfig
from sandbox_agent.errors import NotFound, Unavailable
from sandbox_agent.http1 import Reply
from sandbox_agent.kept_program import KeptProgram
from sandbox_agent.relay import Relay
from sandbox_agent.websocket import answer_headers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.connection import Request
    from sandbox_agent.processes import Processes
    from sandbox_agent.settings import Settings

ANSWER_SECONDS = 2.0
ASK_SECONDS = 0.2
MOST_HEARD = 1 << 16
PASSWORD_LENGTH = 8  # VNC looks at no more
PASSWORD_SECONDS = 10.0
RETURN_SECONDS = 30.0
PER_SECOND, AT_ONCE = 5.0, 20.0  # visits: a password of eight characters must not be tried out
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".txt": "text/plain; charset=utf-8"}


class Desktop:
    def __init__(self, processes: Processes, settings: Settings) -> None:
        password_file = os.path.join(settings.log_dir, "screen-password")
        self._config = DesktopConfig(settings.desktop_config, settings.environment, password_file)
        self._processes = processes
        self._settings = settings
        self._visits = Allowance(PER_SECOND, AT_ONCE)
        self._kept: list[KeptProgram] = []

    def begin(self) -> None:
        config = self._config
        screen = KeptProgram(config.screen, self._processes, self._settings, prepare=self._write_password)
        others = [KeptProgram(p, self._processes, self._settings, self._has_screen) for p in config.programs]
        self._kept = [screen, *others]
        for program in self._kept:
            program.begin()

    def cease(self) -> None:
        """Nothing is started after this; what runs is for others to end."""
        for program in self._kept:
            program.cease()

    def begin_again(self) -> None:
        """Once everything has ended that ran when it ceased."""
        for program in self._kept:
            program.join()
        self.begin()

    def check(self) -> None:
        """Raises `Unavailable` unless the screen and, if there is to be one, the browser answer."""
        if not _speaks(self._config.vnc_port, b"", b"RFB "):
            raise Unavailable(f"the screen does not answer on port {self._config.vnc_port}: {self._told('screen')}")
        port = self._config.cdp_port
        question = f"GET /json/version HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode()
        if port is not None and not _speaks(port, question, b'"webSocketDebuggerUrl"'):
            raise Unavailable(f"the browser does not answer on port {port}: {self._told('browser')}")

    def wait(self, seconds: float = RETURN_SECONDS) -> str | None:
        """What is still not there at the end of that time."""
        end = time.monotonic() + seconds
        while True:
            try:
                self.check()
                return None
            except Unavailable as error:
                if time.monotonic() > end:
                    return str(error)
            time.sleep(ASK_SECONDS)

    def page(self, name: str) -> Reply:
        """A file of the viewer; nothing of it is secret, and nothing else can be had by this way."""
        try:
            if name not in os.listdir(self._config.viewer):
                raise NotFound("Not Found")
            with open(os.path.join(self._config.viewer, name), "rb") as file:
                content = file.read()
        except OSError as error:
            raise NotFound("Not Found") from error
        reply = Reply(200, content, TYPES.get(os.path.splitext(name)[1], "application/octet-stream"))
        reply.headers += [("cache-control", "no-cache"), ("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")]
        return reply

    def watch(self, request: Request) -> Reply:
        """`/websockify`: the screen's own protocol, which asks for the password itself, in binary messages."""
        headers = answer_headers(request.method, request.headers, "binary")
        if not self._visits.take():
            raise Unavailable("the screen was opened too often: try again in a second")
        service = _connect(self._config.vnc_port)
        if service is None:
            raise Unavailable(f"the screen does not answer on port {self._config.vnc_port}: {self._told('screen')}")
        watching = _Watching(service)
        reply = Reply(101, watching)
        reply.headers = headers
        reply.tunnel = watching.join
        return reply

    def _told(self, name: str) -> str:
        return next((program.told() for program in self._kept if program.name == name), "it is being started again")

    def _has_screen(self) -> bool:
        return _speaks(self._config.vnc_port, b"", b"RFB ")

    def _write_password(self) -> None:
        """The screen reads it whenever somebody comes."""
        path = self._config.password_file
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        if os.path.lexists(path):
            os.unlink(path)
        reader, writer = os.pipe()
        output = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(writer, self._settings.token[:PASSWORD_LENGTH].encode("utf-8", "surrogateescape") + b"\n")
            os.close(writer)
            child = self._processes.start(self._config.password_command, cwd="/", stdin=reader, stdout=output)
        finally:
            os.close(reader)
            os.close(output)
        status = child.wait(PASSWORD_SECONDS)
        child.kill_tree()
        child.close()
        if status != 0:
            raise OSError(f"{self._config.password_command[0]} could not make the password (status {status})")


class Allowance:
    """So many at once, and then so many each second."""

    def __init__(self, per_second: float, at_once: float) -> None:
        self._per_second = per_second
        self._at_once = self._left = at_once
        self._lock = threading.Lock()
        self._seen = time.monotonic()

    def take(self) -> bool:
        with self._lock:
            now = time.monotonic()
            self._left = min(self._at_once, self._left + (now - self._seen) * self._per_second)
            self._seen = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


class _Watching:
    """The body of a reply that becomes a relay: lets go of the screen however the reply ends."""

    def __init__(self, service: socket.socket) -> None:
        self._service = service

    def __iter__(self) -> _Watching:
        return self

    def __next__(self) -> bytes:
        raise StopIteration

    def join(self, client: socket.socket, early: bytes) -> None:
        Relay(client, early, self._service).run()

    def close(self) -> None:
        self._service.close()


def _connect(port: int) -> socket.socket | None:
    try:
        sock = socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS)
    except OSError:
        return None
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _speaks(port: int, question: bytes, expected: bytes) -> bool:
    """Whether what listens there says the expected within a moment."""
    sock = _connect(port)
    if sock is None:
        return False
    heard = b""
    end = time.monotonic() + ANSWER_SECONDS
    with sock:
        try:
            sock.sendall(question)
            while expected not in heard and len(heard) < MOST_HEARD and (left := end - time.monotonic()) > 0:
                sock.settimeout(left)
                data = sock.recv(4096)
                if not data:
                    break
                heard += data
        except OSError:  # a hang or a break is no answer
            return False
    return expected in heard
