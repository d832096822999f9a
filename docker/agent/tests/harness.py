"""Runs a real agent on a Unix socket in a folder of its own, and talks to it."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
from collections.abc import Callable, Sequence
from typing import Any

PACKAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "sandbox_agent")
ENTRY = os.path.join(PACKAGE, "__main__.py")
TOKEN = "test-token"
AUTHORIZED = f"Host: agent\r\nAuthorization: Bearer {TOKEN}\r\n"


class Connection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float = 20) -> None:
        super().__init__("agent", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self) -> Any:
        return json.loads(self.body)


class Agent:
    """A running agent. `prefix` is put before its command line."""

    def __init__(
        self,
        environment: dict[str, str] | None = None,
        prefix: Sequence[str] = (),
        port: int | None = None,
        token: str = TOKEN,
        socket_path: str | None = None,
        stdin: int = subprocess.DEVNULL,
        owner: int | None = None,
        python: str = sys.executable,
    ) -> None:
        self._port = port
        self._token = token
        self.home = tempfile.mkdtemp(prefix="agent-")
        self.workspace = os.path.join(self.home, "workspace")
        self.socket = socket_path or os.path.join(self.home, "socket")
        if owner is not None:
            os.chown(self.home, owner, owner)
        self._log = open(os.path.join(self.home, "log"), "w+", encoding="utf-8")
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": self.home,
            "SECRET_TOKEN": TOKEN,
            **({"AGENT_SOCKET": self.socket} if port is None else {"AGENT_HOST": "127.0.0.1", "AGENT_PORT": str(port)}),
            "WORKSPACE_DIR": self.workspace,
            "AGENT_LOG_DIR": os.path.join(self.home, "logs"),
            **(environment or {}),
        }
        command = [*prefix, python, "-W", "error", "-I", "-S", ENTRY]
        self.process = subprocess.Popen(
            command, env=variables, stdin=stdin, stderr=self._log, start_new_session=True
        )
        wait_until(lambda: self.request("GET", "/healthz", token=token).status == 200)

    def log(self) -> str:
        with open(self._log.name, encoding="utf-8") as file:
            return file.read()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(10)
        self._log.close()
        return status

    def remove(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._log.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        token: str | None = TOKEN,
        chunked: bool = False,
    ) -> Answer:
        connection = Connection(self.socket) if self._port is None else http.client.HTTPConnection("127.0.0.1", self._port)
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        try:
            connection.request(method, path, body, sent, encode_chunked=chunked)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def post(self, path: str, value: Any) -> Answer:
        return self.request("POST", path, json.dumps(value).encode())

    def shell(self, command: str, **arguments: Any) -> dict[str, Any]:
        return texts(self.post("/tools/run_shell_command", {"command": command, **arguments}))

    def cell(self, code: str, **arguments: Any) -> dict[str, Any]:
        return texts(self.post("/tools/run_ipython_cell", {"code": code, **arguments}))

    def put(self, path: str, data: bytes) -> Answer:
        return self.request("PUT", f"/workspace/file?path={quote(path)}", data)

    def get(self, path: str, kind: str = "bytes", **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("GET", f"/workspace/file?format={kind}&path={quote(path)}", headers=sent)

    def connect(self) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(10)
        sock.connect(self.socket)
        return sock

    def raw(self, data: bytes) -> bytes:
        """Everything that comes back until the agent closes the connection."""
        with self.connect() as sock:
            sock.sendall(data)
            return receive_all(sock)

    def path(self, *names: str) -> str:
        return os.path.join(self.workspace, *names)


class AgentCase(unittest.TestCase):
    """One agent for all tests of a class; at the end its log must hold nothing unexpected."""

    agent: Agent
    environment: dict[str, str] = {}

    @classmethod
    def setUpClass(cls) -> None:
        cls.agent = Agent(cls.environment)

    @classmethod
    def tearDownClass(cls) -> None:
        try:
            status, log = cls.agent.stop(), cls.agent.log()
        finally:
            cls.agent.remove()
        assert status == 0, f"the agent ended with {status}"
        assert "Traceback" not in log and "Warning" not in log, log


def texts(answer: Answer) -> dict[str, Any]:
    """A tool's result as {"stdout": ..., "isError": ...}."""
    if answer.status != 200:
        raise AssertionError(f"{answer.status} {answer.body!r}")
    result = answer.json()
    found: dict[str, Any] = {part["description"]: part["text"] for part in result["content"]}
    return {**found, "isError": result["isError"]}


def quote(path: str) -> str:
    return urllib.parse.quote(path, safe="", errors="surrogateescape")


def receive_all(sock: socket.socket) -> bytes:
    data = b""
    while block := sock.recv(65536):
        data += block
    return data


def receive_until(sock: socket.socket, end: bytes, at_once: int = 65536) -> bytes:
    data = b""
    while not data.endswith(end):
        block = sock.recv(at_once)
        assert block, data
        data += block
    return data


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except OSError:
            pass
        if time.monotonic() > end:
            raise AssertionError("it did not happen in time")
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
