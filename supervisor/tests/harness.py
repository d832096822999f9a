"""A supervisor as a child process, and what it says."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from typing import Any, Optional

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
AGENT = os.path.join(os.path.dirname(HERE), "docker", "agent")
TOKEN = "the-token-of-the-tests"
LIMIT = 10.0
LIMITS = {"memory": 256 << 20, "pids": 64, "cpus": 1.0, "scratch": 16 << 20, "shm": 16 << 20, "file_size": 1 << 30}


class Running:
    def __init__(self, *arguments: str, prefix: tuple[str, ...] = ()) -> None:
        self.folder = tempfile.mkdtemp(prefix="supervisor-")
        os.chmod(self.folder, 0o777)
        self.process = subprocess.Popen(
            [*prefix, "/usr/bin/python3", "-I", "-S", "-E", os.path.join(HERE, "sandbox_supervisor"), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._number = 0
        self.events: list[dict[str, Any]] = []
        self.about = self._read()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"the supervisor has ended with status {self.process.wait()}")
        message: dict[str, Any] = json.loads(line)
        return message

    def order(self, order: str, **arguments: Any) -> dict[str, Any]:
        self._number += 1
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"id": self._number, "order": order, **arguments}).encode() + b"\n")
        self.process.stdin.flush()
        while (message := self._read()).get("id") != self._number:
            self.events.append(message)
        return message

    def start(self, ref: str, limits: Optional[dict[str, Any]] = None, variables: Optional[dict[str, str]] = None, **more: Any) -> dict[str, Any]:
        workspace = os.path.join(self.folder, ref)
        os.makedirs(workspace, exist_ok=True)
        return self.order(
            "start",
            ref=ref,
            environment={"SECRET_TOKEN": TOKEN, "GIVEN": "variable", **(variables or {})},
            mounts=[{"source": workspace, "target": "/workspace", "read_only": False}],
            agent=AGENT,
            python="/usr/bin/python3",
            limits={**LIMITS, **(limits or {})},
            **more,
        )

    def wait_for(self, event: str, ref: str) -> dict[str, Any]:
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            for message in self.events:
                if message["event"] == event and message["ref"] == ref:
                    return message
            self.events.append(self._read())
        raise AssertionError(f"no {event} of {ref}")

    def close(self) -> int:
        assert self.process.stdin is not None and self.process.stdout is not None
        if not self.process.stdin.closed:
            self.process.stdin.close()
        status = self.process.wait(LIMIT)
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return status


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=LIMIT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(LIMIT)
        self.sock.connect(self._path)


def shell(path: str, command: str) -> str:
    """What a command prints inside; waits for the agent."""
    end = time.monotonic() + LIMIT
    while True:
        connection = _Connection(path)
        try:
            body = json.dumps({"command": command})
            connection.request("POST", "/tools/run_shell_command", body, {"Authorization": f"Bearer {TOKEN}"})
            answer = json.loads(connection.getresponse().read())
            return "".join(part["text"] for part in answer["content"] if part["description"] == "stdout")
        except (ConnectionError, http.client.HTTPException):
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
        finally:
            connection.close()


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def wait_until(condition: Any) -> None:
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("not within the time limit")
        time.sleep(0.02)
