"""The AIO routes of the shell: sessions by their ids, one command at a time in each."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import threading
import time
import uuid

from sandbox_agent.aio_errors import AioFailed
from sandbox_agent.aio_shell_session import HARD, NO_CHANGE, RUNNING, TERMINATED, ShellCommand, ShellSession
from sandbox_agent.wire import ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from sandbox_agent.arguments import Json
    from sandbox_agent.live import Live
    from sandbox_agent.processes import Processes
    from sandbox_agent.settings import Settings
    from sandbox_agent.wire import Caller

MAX_SESSIONS = 64
MAX_CONSOLE = 100
TRUNCATED = 30_000  # characters
HANG_UP_CHECK = 0.25


class _Named:
    """A session's shell may end, by `exit` for one; its name and its history stay, and the next command starts another."""

    def __init__(self, name: str, cwd: str) -> None:
        self.name = name
        self.cwd = cwd
        self.starting = threading.Lock()
        self.shell: ShellSession | None = None
        self.console: list[ShellCommand] = []
        self.used = time.monotonic()

    @property
    def last(self) -> ShellCommand | None:
        return self.console[-1] if self.console else None

    @property
    def is_running(self) -> bool:
        return self.last is not None and self.last.is_running


class AioShell:
    def __init__(self, processes: Processes, settings: Settings) -> None:
        self._processes = processes
        self._settings = settings
        self._lock = threading.Lock()
        self._sessions: dict[str, _Named] = {}

    def execute(self, values: dict[str, Any], caller: Caller, live: Live | None) -> Json:
        name = values["id"] or uuid.uuid4().hex
        folder = self._folder(values["exec_dir"], values["strict"])
        session = self._named(name)
        command = self._begin(session, values, folder, live)
        try:
            status = command.status if values["async_mode"] else self._wait(session, command, values, caller)
        finally:
            command.output.listener = None
        return self._told(session, status, values["truncate"])

    def view(self, values: dict[str, Any]) -> Json:
        session = self._known(values["id"])
        told = self._told(session, session.last.status if session.last else "completed", True)
        return {**told, "output": told["output"] or ""}

    def wait(self, values: dict[str, Any], caller: Caller) -> Json:
        session = self._known(values["id"])
        limit = values["max_wait_seconds"] or values["seconds"] or self._settings.call_timeout
        command = session.last
        if command is None:
            return {"status": "completed"}
        return {"status": self._wait(session, command, {"timeout": limit}, caller)}

    def write(self, values: dict[str, Any]) -> Json:
        session = self._known(values["id"])
        shell = session.shell
        if shell is None or not session.is_running:
            raise AioFailed(f"nothing runs in session {session.name!r} that could read", "start a command by /v1/shell/exec first")
        shell.terminal.write((values["input"] + ("\r" if values["press_enter"] else "")).encode("utf-8"))
        return {"status": session.last.status if session.last else RUNNING}

    def kill(self, values: dict[str, Any]) -> Json:
        session = self._known(values["id"])
        command, shell = session.last, session.shell
        if command is None or shell is None or not command.is_running:
            code = command.exit_code if command else None
            return {"status": command.status if command else "completed", "exit_code": code, "returncode": code}
        shell.kill(command, TERMINATED)
        return {"status": command.status, "exit_code": command.exit_code, "returncode": command.exit_code}

    def forget(self) -> None:
        with self._lock:
            sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            if session.shell is not None:
                session.shell.close()

    def _folder(self, given: str | None, strict: bool | None) -> str | None:
        if given is None:
            return None
        if not given.startswith("/"):
            raise AioFailed(f"exec_dir {given!r} is no absolute path")
        if os.path.isdir(given):
            return given
        if strict:
            raise AioFailed(f"exec_dir {given!r} is no folder", "make it first, or leave strict away")
        return None

    def _named(self, name: str) -> _Named:
        with self._lock:
            session = self._sessions.get(name)
            if session is None:
                self._make_room()
                os.makedirs(self._settings.workspace, exist_ok=True)
                session = self._sessions[name] = _Named(name, self._settings.workspace)
            session.used = time.monotonic()
            return session

    def _make_room(self) -> None:
        """The session that was not used for longest goes, unless all are at work."""
        if len(self._sessions) < MAX_SESSIONS:
            return
        idle = [session for session in self._sessions.values() if not session.is_running]
        if not idle:
            raise AioFailed(f"{MAX_SESSIONS} sessions are running, which is the most", "kill some by /v1/shell/kill")
        oldest = min(idle, key=lambda session: session.used)
        del self._sessions[oldest.name]
        if oldest.shell is not None:
            oldest.shell.close()

    def _known(self, name: str) -> _Named:
        with self._lock:
            session = self._sessions.get(name)
        if session is None:
            raise AioFailed(f"there is no shell session {name!r}", "/v1/shell/exec with this id makes it")
        session.used = time.monotonic()
        return session

    def _begin(self, session: _Named, values: dict[str, Any], folder: str | None, live: Live | None) -> ShellCommand:
        text = values["command"]
        with session.starting:
            if session.is_running:
                hint = "wait for it, write to it, kill it, or take another id"
                raise AioFailed(f"a command is running in session {session.name!r}", hint)
            if session.shell is None or session.shell.ended:
                session.shell = self._start(session.shell.cwd if session.shell else session.cwd)
            change = f"cd -{'L' if values['preserve_symlinks'] else 'P'} -- {shlex.quote(folder)}\n" if folder else ""
            ps1 = f"{_user()}@sandbox:{folder or session.shell.cwd} $"
            command = ShellCommand(text, ps1, live.listener("output") if live is not None else None)
            session.shell.begin(command, change + text, values["hard_timeout"])
            session.console = [*session.console, command][-MAX_CONSOLE:]
            return command

    def _start(self, folder: str) -> ShellSession:
        if shutil.which("bash", path=self._settings.environment.get("PATH")) is None:
            raise AioFailed("this image has no bash, which shell sessions need", "add bash to the image")
        try:
            return ShellSession(self._processes, folder if os.path.isdir(folder) else "/")
        except OSError as error:
            raise AioFailed(f"the shell could not be started: {error}") from error

    def _wait(self, session: _Named, command: ShellCommand, values: dict[str, Any], caller: Caller) -> str:
        """Until it ends, or the caller has waited enough: then it goes on."""
        shell = session.shell
        assert shell is not None
        end = time.monotonic() + (values.get("timeout") or self._settings.call_timeout)
        quiet = values.get("no_change_timeout")
        while True:
            now = time.monotonic()
            with shell.changed:
                if not command.is_running or now >= end:
                    return command.status
                still = command.changed_at + quiet - now if quiet else HANG_UP_CHECK
                if still <= 0:
                    return NO_CHANGE
                shell.changed.wait(min(end - now, still, HANG_UP_CHECK))
            if caller.has_hung_up():
                raise ClientGone

    def _told(self, session: _Named, status: str, truncate: bool) -> Json:
        command = session.last
        assert command is not None or status == "completed"
        rows = [{"ps1": row.ps1, "command": row.text, "output": _text(row, True)} for row in session.console]
        return {
            "session_id": session.name,
            "command": command.text if command else "",
            "status": status,
            "output": _text(command, truncate) if command else "",
            "console": rows,
            "exit_code": command.exit_code if command and status in ("completed", HARD, TERMINATED) else None,
        }


def _text(command: ShellCommand, truncate: bool) -> str:
    text = command.output.text().replace("\r\n", "\n")
    if not truncate or len(text) <= TRUNCATED:
        return text
    half = TRUNCATED // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out: truncate=false gives them ...]\n{text[-half:]}"


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
