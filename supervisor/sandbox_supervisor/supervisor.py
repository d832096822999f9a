"""Takes orders on standard input and tells what happens on standard output, one JSON object a line.

    {"id": 1, "order": "start", ...}   ->  {"id": 1, "socket": "/run/...", "uid": 1234567890, "pid": 4711}
    {"id": 2, "order": "stop", "ref"}  ->  {"id": 2}   when it has ended: SIGTERM, after `grace` seconds SIGKILL
    {"id": 3, "order": "kill", "ref"}  ->  {"id": 3}   when it has ended
                                           {"id": 1, "error": "..."}    what could not be done
                                           {"event": "exit", "ref", "code", "out_of_memory", "asked"}
                                           {"event": "output", "ref", "data": base64}

One thread does everything: bubblewrap dies with the thread that started it, and so does all that it started. When
standard input ends the server is gone, and every sandbox is ended.
"""

from __future__ import annotations

import base64
import fcntl
import glob
import json
import os
import selectors
import shutil
import signal
import sys
import tempfile
import time
from typing import Any, Optional

from sandbox_supervisor import cgroups, seccomp
from sandbox_supervisor.confinement import Host, trouble
from sandbox_supervisor.orders import parse_start
from sandbox_supervisor.sandbox import Sandbox, limit_what_starts

PLACES = ("/run", os.environ.get("XDG_RUNTIME_DIR", ""), "/tmp")
PREFIX = "sandbox-manager-"
GRACE = 1.0
TICK = 0.02
LAST_WORDS = 2.0
BLOCK = 1 << 16


class Supervisor:
    def __init__(self, host: Host, folder: str, groups: cgroups.Cgroups) -> None:
        self._host = host
        self._folder = folder
        self._cgroups = groups
        self._filter = seccomp.program()
        self._sandboxes: dict[str, Sandbox] = {}
        self._waiting: dict[str, list[int]] = {}
        self._deadlines: dict[str, float] = {}
        self._leaving: list[Sandbox] = []
        self._selector = selectors.DefaultSelector()
        self._received = b""
        # Agents end when its other end is closed. That they die with their parent is lost when they change their user.
        self._lifeline, self._held = os.pipe()
        self._open = True

    def run(self) -> None:
        wake, waker = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):  # the server decides, and a terminal signals both
            signal.signal(number, signal.SIG_IGN)
        self._selector.register(wake, selectors.EVENT_READ, lambda: _drain(wake))
        self._selector.register(0, selectors.EVENT_READ, self._receive)
        self.tell(self._about())
        while self._open:
            for key, _ in self._selector.select(TICK if self._leaving else self._until_deadline()):
                key.data()
            self._attend()
        self._end_all()

    def _about(self) -> dict[str, Any]:
        return {
            "event": "ready",
            "confined": self._host.bwrap is not None,
            "trouble": trouble(self._host),
            "privileged": self._host.privileged,
            "filtered": self._host.bwrap is not None and self._filter is not None,
            "controllers": self._cgroups.controllers,
        }

    def tell(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode() + b"\n"
        try:
            while data:
                data = data[os.write(1, data) :]
        except BrokenPipeError:
            self._open = False

    def _receive(self) -> None:
        block = os.read(0, BLOCK)
        if not block:
            self._open = False
        self._received += block
        *lines, self._received = self._received.split(b"\n")
        for line in lines:
            order = json.loads(line)
            try:
                self._do(order)
            except Exception as error:  # whatever went wrong with one sandbox is told, and the others go on
                self.tell({"id": order.get("id"), "error": f"{type(error).__name__}: {error}"})

    def _do(self, order: dict[str, Any]) -> None:
        if order["order"] == "start":
            self._start(order)
            return
        sandbox = self._sandboxes.get(order["ref"])
        if sandbox is None:
            self.tell({"id": order["id"]})
            return
        self._waiting.setdefault(sandbox.ref, []).append(order["id"])
        if order["order"] == "stop":
            sandbox.terminate()
            self._deadlines.setdefault(sandbox.ref, time.monotonic() + float(order.get("grace", GRACE)))
        else:
            sandbox.kill()

    def _start(self, order: dict[str, Any]) -> None:
        start = parse_start(order)
        sandbox = Sandbox(self._host, start, self._folder, self._cgroups, self._filter, self._lifeline)
        self._sandboxes[sandbox.ref] = sandbox
        self._selector.register(sandbox.output, selectors.EVENT_READ, lambda: self._pass_on(sandbox))
        self.tell({"id": order["id"], "socket": sandbox.socket_path, "uid": sandbox.uid, "pid": sandbox.process.pid})

    def _pass_on(self, sandbox: Sandbox) -> bool:
        """What it has said; False when nothing more is there now."""
        try:
            data = os.read(sandbox.output, BLOCK)
        except BlockingIOError:
            return False
        if not data:
            self._selector.unregister(sandbox.output)
            return False
        self.tell({"event": "output", "ref": sandbox.ref, "data": base64.b64encode(data).decode()})
        return True

    def _attend(self) -> None:
        now = time.monotonic()
        for ref, deadline in list(self._deadlines.items()):
            if now >= deadline and ref in self._sandboxes:
                self._sandboxes[ref].kill()
                del self._deadlines[ref]
        for sandbox in list(self._sandboxes.values()):
            code = sandbox.exit_code()
            if code is not None:
                self._ended(sandbox, code)
        self._leaving = [sandbox for sandbox in self._leaving if not sandbox.clean_up()]

    def _ended(self, sandbox: Sandbox, code: int) -> None:
        del self._sandboxes[sandbox.ref]
        self._deadlines.pop(sandbox.ref, None)
        if sandbox.output in self._selector.get_map():
            while self._pass_on(sandbox):
                continue
        if sandbox.output in self._selector.get_map():
            self._selector.unregister(sandbox.output)
        os.close(sandbox.output)
        out_of_memory = sandbox.out_of_memory()
        if not sandbox.clean_up():
            self._leaving.append(sandbox)
        self.tell(
            {"event": "exit", "ref": sandbox.ref, "code": code, "out_of_memory": out_of_memory, "asked": sandbox.stopping}
        )
        for waiting in self._waiting.pop(sandbox.ref, []):
            self.tell({"id": waiting})

    def _until_deadline(self) -> Optional[float]:
        if not self._deadlines:
            return None
        return max(0.0, min(self._deadlines.values()) - time.monotonic())

    def _end_all(self) -> None:
        self._open = True  # nobody hears any more; a broken pipe changes nothing
        for sandbox in self._sandboxes.values():
            sandbox.kill()
        end = time.monotonic() + LAST_WORDS
        while (self._sandboxes or self._leaving) and time.monotonic() < end:
            self._attend()
            time.sleep(TICK)


def _drain(descriptor: int) -> None:
    try:
        while os.read(descriptor, BLOCK):
            continue
    except BlockingIOError:
        return


def make_folder(places: tuple[str, ...] = PLACES) -> tuple[str, int]:
    """A private folder with a short name, since a socket's path has 107 bytes, and the lock that says it is in use."""
    for place in places:
        if place and os.access(place, os.W_OK | os.X_OK):
            _remove_abandoned(place)
            folder = tempfile.mkdtemp(prefix=PREFIX, dir=place)
            lock = os.open(os.path.join(folder, "lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            return folder, lock
    raise OSError(f"none of {', '.join(filter(None, places))} can be written")


def _remove_abandoned(place: str) -> None:
    for folder in glob.glob(os.path.join(glob.escape(place), PREFIX + "*")):
        try:
            if os.lstat(folder).st_uid != os.geteuid():
                continue
            lock = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:  # being made by another at this moment, or not ours
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:  # its supervisor lives
            continue
        finally:
            os.close(lock)


def main() -> int:
    host = Host.look()
    if "--unconfined" in sys.argv[1:]:
        host = Host(None, None, host.privileged)
    limit_what_starts()
    cgroups.remove_abandoned()
    groups = cgroups.Cgroups()
    try:
        folder, lock = make_folder()
    except OSError as error:
        sys.stderr.write(f"no folder for sockets: {error}\n")
        return 1
    try:
        Supervisor(host, folder, groups).run()
    finally:
        groups.close()
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
    return 0
