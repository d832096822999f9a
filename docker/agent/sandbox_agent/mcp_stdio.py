"""An MCP server as a child process: a JSON message per line on its standard input and output."""

from __future__ import annotations

import json
import os
import select
import shutil
import threading
import time

from sandbox_agent import log
from sandbox_agent.mcp_transport import McpFailed, McpTransport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox_agent.arguments import Json
    from sandbox_agent.processes import Child, Processes
    from sandbox_agent.server_log import ServerLog
    from sandbox_agent.settings import Settings

BLOCK = 1 << 16
MAX_LINE = 64 << 20
SEND_TIMEOUT = 10.0  # a server that does not read for so long is as good as dead


class StdioTransport(McpTransport):
    def __init__(
        self, name: str, config: Mapping[str, object], processes: Processes, settings: Settings, server_log: ServerLog
    ) -> None:
        self._name = name
        self._config = config
        self._processes = processes
        self._workspace = settings.workspace
        self._log = server_log
        self._log.begin()
        self._sending = threading.Lock()
        self._input = -1
        self._child: Child | None = None

    def start(self, receive: Callable[[Json], None], end: Callable[[str], None]) -> None:
        arguments, env = self._command()
        os.makedirs(self._workspace, exist_ok=True)  # a command may have removed it
        in_reader, self._input = os.pipe()
        out_reader, out_writer = os.pipe()
        err_reader, err_writer = os.pipe()
        try:
            self._child = self._processes.start(
                arguments, cwd=self._workspace, env=env, stdin=in_reader, stdout=out_writer, stderr=err_writer
            )
        except (OSError, ValueError) as error:
            os.close(out_reader)
            os.close(err_reader)
            self._close_input()
            raise McpFailed(f"{self._name}: {error}") from error
        finally:
            for descriptor in (in_reader, out_writer, err_writer):
                os.close(descriptor)
        os.set_blocking(self._input, False)
        args = (out_reader, err_reader, receive, end)
        threading.Thread(target=self._read, args=args, daemon=True).start()

    def _command(self) -> tuple[list[str], dict[str, str]]:
        command, args, env = self._config.get("command"), self._config.get("args") or [], self._config.get("env") or {}
        if not isinstance(command, str) or not isinstance(args, list) or not isinstance(env, dict):
            raise McpFailed(f"{self._name}: command, args or env is of the wrong kind")
        variables = {str(name): str(value) for name, value in env.items()}
        path = variables.get("PATH", self._processes.environment.get("PATH"))
        found = shutil.which(command, path=path)
        if found is None:
            raise McpFailed(f"{self._name}: there is no program {command!r}")
        return [found, *(str(argument) for argument in args)], variables

    def send(self, message: Json) -> None:
        data = memoryview(json.dumps(message, ensure_ascii=True).encode("ascii") + b"\n")
        end = time.monotonic() + SEND_TIMEOUT
        with self._sending:
            poller = select.poll()
            if self._input < 0:
                raise McpFailed(f"{self._name}: the server has ended")
            poller.register(self._input, select.POLLOUT)
            while data:
                if time.monotonic() > end:
                    raise McpFailed(f"{self._name}: the server does not read its input")
                poller.poll(max(0.0, end - time.monotonic()) * 1000)
                try:
                    data = data[os.write(self._input, data) :]
                except BlockingIOError:
                    continue
                except BrokenPipeError:
                    raise McpFailed(f"{self._name}: the server has ended") from None

    def close(self) -> None:
        self._close_input()
        if self._child is not None:
            self._child.kill_tree()
            self._child.close()

    def _close_input(self) -> None:
        with self._sending:
            if self._input >= 0:
                os.close(self._input)
                self._input = -1

    def _read(self, out: int, err: int, receive: Callable[[Json], None], end: Callable[[str], None]) -> None:
        try:
            self._collect(out, err, receive)
        except Exception:  # the top of a thread
            log.failure(f"MCP server {self._name}")
        finally:
            os.close(out)
            os.close(err)
            end(self._farewell())
            self.close()

    def _collect(self, out: int, err: int, receive: Callable[[Json], None]) -> None:
        """Until the end of the standard output; what is left of the standard error then is taken along."""
        buffer = bytearray()
        poller = select.poll()
        poller.register(out, select.POLLIN)
        poller.register(err, select.POLLIN)
        last_round = False
        while True:
            events = poller.poll(0 if last_round else None)
            if last_round and not events:
                return
            for descriptor, _ in events:
                data = os.read(descriptor, BLOCK)
                if not data:
                    poller.unregister(descriptor)
                    last_round = last_round or descriptor == out
                elif descriptor == err:
                    self._log.add(data)
                else:
                    buffer += data
                    self._deliver(buffer, receive)

    def _deliver(self, buffer: bytearray, receive: Callable[[Json], None]) -> None:
        """Hands the whole lines in the buffer on and leaves the rest."""
        if b"\n" in buffer[-BLOCK:]:
            *lines, rest = bytes(buffer).split(b"\n")
            buffer[:] = rest
            for line in lines:
                if line.strip():
                    self._deliver_line(line, receive)
        if len(buffer) > MAX_LINE:
            raise McpFailed(f"{self._name}: a message is longer than {MAX_LINE} bytes")

    def _deliver_line(self, line: bytes, receive: Callable[[Json], None]) -> None:
        try:
            message = json.loads(line)
        except ValueError:  # many servers print a greeting; it belongs to the log
            self._log.add(line + b"\n")
            return
        for item in message if isinstance(message, list) else [message]:
            if isinstance(item, dict):
                receive(item)

    def _farewell(self) -> str:
        returncode = self._child.wait(0.5) if self._child is not None else None
        how = "closed its output" if returncode is None else f"ended with status {returncode}"
        last = self._log.last_lines()
        return f"MCP server {self._name} {how}{': ' + last if last else ''}"
