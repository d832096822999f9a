"""Commands that outlive the call that started them, with or without a terminal: started, listed, read, ended."""

from __future__ import annotations

import os
import shutil
import signal
import threading

from sandbox_agent import arguments
from sandbox_agent.background import BackgroundCommand, Pipe
from sandbox_agent.errors import Conflict, NotFound, ToolFailed
from sandbox_agent.http1 import Reply
from sandbox_agent.shell import command_of, script_of, working_directory
from sandbox_agent.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox_agent.arguments import Json
    from sandbox_agent.connection import Request
    from sandbox_agent.processes import Child, Processes
    from sandbox_agent.settings import Settings

KEPT_COMMANDS = 64
MAX_READ = 1 << 20
MAX_WAIT = 60.0
FORMATS = ("text", "bytes")


class Commands:
    """Knows the last commands; the oldest that have ended make room for new ones."""

    def __init__(self, processes: Processes, settings: Settings) -> None:
        self._processes = processes
        self._settings = settings
        self._lock = threading.Lock()
        self._known: dict[str, BackgroundCommand] = {}

    def start(self, body: Json) -> Json:
        channel = self._channel(body)
        try:
            command = command_of(body) if body.get("command") or isinstance(channel, Pipe) else ""
            env = {**channel.environment, **arguments.environment(body, "env")}
            cwd = working_directory(body, self._settings.workspace)
            timeout = arguments.timeout(body, 0) or None
            with self._lock:
                self._make_room()
                child = self._start(command, channel, env, cwd)
                started = BackgroundCommand(command, child, channel, timeout)
                self._known[started.id] = started
        except BaseException:
            channel.close()
            raise
        finally:
            channel.release()
        return started.described()

    def _channel(self, body: Json) -> Pipe | Terminal:
        if body.get("terminal") is None:
            return Pipe()
        size = arguments.optional_object(body, "terminal")
        return Terminal(arguments.count(size, "rows", 24), arguments.count(size, "columns", 80))

    def _start(self, command: str, channel: Pipe | Terminal, env: Mapping[str, str], cwd: str) -> Child:
        script, descriptors = script_of(command) if command else ([_login_shell(), "-i"], [])
        try:
            return self._processes.start(
                channel.attached(script),
                cwd=cwd,
                env=env,
                stdin=channel.standard_input,
                stdout=channel.program_side,
                stderr=channel.program_side,
                pass_fds=descriptors,
            )
        except OSError as error:
            raise ToolFailed(f"the command could not be started: {error}") from error
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _make_room(self) -> None:
        if len(self._known) < KEPT_COMMANDS:
            return
        for command_id, command in self._known.items():
            if command.has_ended:
                del self._known[command_id]
                command.forget()
                return
        raise Conflict(f"{KEPT_COMMANDS} commands are running, which is the most: kill some")

    def list(self) -> Json:
        with self._lock:
            return {"commands": [command.described() for command in self._known.values()]}

    def read(self, request: Request) -> Reply:
        """What was printed from an offset on; waits for it, if asked to, until there is some or the command ends."""
        query = request.query
        command = self._find(arguments.query(query, "id"))
        offset = arguments.query_number(query, "offset", 0, 1 << 62)
        wait = arguments.query_number(query, "wait", 0, int(MAX_WAIT))
        kind = query.get("format", "text")
        if kind not in FORMATS:
            raise arguments.invalid("literal_error", "format", "Input should be 'text' or 'bytes'", kind, "query")
        piece = command.read(int(offset), MAX_READ, wait, request.caller, whole_characters=kind == "text")
        if kind == "text":
            text = piece.data.decode("utf-8", "replace")
            told = {"offset": piece.offset, "next_offset": piece.end, "missed": piece.missed, "text": text}
            return Reply.json({**command.described(), **told})
        reply = Reply(200, piece.data, "application/octet-stream")
        reply.headers += [
            ("x-offset", str(piece.offset)),
            ("x-next-offset", str(piece.end)),
            ("x-state", "ended" if command.has_ended else "running"),
        ]
        return reply

    def write(self, body: Json) -> None:
        """What somebody at the terminal would type; `\\u0003` interrupts."""
        command = self._find(arguments.string(body, "id"))
        command.screen.write(arguments.string(body, "text").encode("utf-8"))

    def resize(self, body: Json) -> None:
        command = self._find(arguments.string(body, "id"))
        command.screen.resize(arguments.count(body, "rows"), arguments.count(body, "columns"))

    def kill(self, body: Json) -> Json:
        """Ends a command and all it started; another signal goes to its process group and leaves the end to it."""
        command = self._find(arguments.string(body, "id"))
        name = arguments.optional_string(body, "signal") or "KILL"
        number = getattr(signal, f"SIG{name.upper()}", None)
        if not isinstance(number, signal.Signals):
            message = "Input should be the name of a signal, like 'TERM'"
            raise arguments.invalid("literal_error", "signal", message, name)
        command.signal(number)
        return command.described()

    def clear(self) -> None:
        with self._lock:
            known, self._known = self._known, {}
        for command in known.values():
            command.signal(signal.SIGKILL)
            command.forget()

    def _find(self, command_id: str) -> BackgroundCommand:
        with self._lock:
            command = self._known.get(command_id)
        if command is None:
            raise NotFound(f"there is no command {command_id!r}; those that ended long ago are forgotten")
        return command


def _login_shell() -> str:
    return shutil.which("bash") or "/bin/sh"
