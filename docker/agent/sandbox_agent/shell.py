"""`run_shell_command`: /bin/sh in the workspace, a new process each time."""

from __future__ import annotations

import os

from sandbox_agent import arguments, call
from sandbox_agent.errors import ToolFailed
from sandbox_agent.results import tool_result, with_notice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json
    from sandbox_agent.processes import Processes
    from sandbox_agent.settings import Settings
    from sandbox_agent.wire import Caller

MAX_ARGUMENT = 100_000  # Linux takes 128 KiB in one argument


class Shell:
    def __init__(self, processes: Processes, settings: Settings) -> None:
        self._processes = processes
        self._settings = settings

    def run(self, body: Json, caller: Caller) -> dict[str, object]:
        command = arguments.string(body, "command")
        if not command:
            raise ToolFailed("400: Command is required.")
        timeout = arguments.timeout(body, self._settings.call_timeout)
        env = arguments.environment(body, "env")
        cwd = self._directory(arguments.optional_string(body, "cwd"))
        script, descriptors = _script(command)
        try:
            finished = call.run(
                self._processes,
                script,
                cwd=cwd,
                timeout=timeout,
                caller=caller,
                max_output=self._settings.max_output,
                env=env,
                pass_fds=descriptors,
            )
        except OSError as error:
            raise ToolFailed(f"the command could not be started: {error}") from error
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        stderr = finished.stderr.text()
        if finished.timed_out:
            stderr = with_notice(
                stderr, f"the time limit of {timeout:g} s was reached; the command and all it started were killed"
            )
        return tool_result(finished.stdout.text(), stderr, finished.returncode)

    def _directory(self, given: str | None) -> str:
        workspace = self._settings.workspace
        if given is None:
            os.makedirs(workspace, exist_ok=True)  # a command may have removed it
            return workspace
        path = os.path.join(workspace, given)
        if not os.path.isdir(path):
            raise arguments.invalid("value_error", "cwd", "Input should be an existing directory", given)
        return path


def _script(command: str) -> tuple[list[str], list[int]]:
    """Arguments for a shell, and descriptors to pass and close: a long command is a script in memory."""
    data = command.encode("utf-8")
    if len(data) <= MAX_ARGUMENT:
        return ["/bin/sh", "-c", command], []
    descriptor = os.memfd_create("command")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(data)
    except BaseException:
        os.close(descriptor)
        raise
    return ["/bin/sh", f"/dev/fd/{descriptor}"], [descriptor]
