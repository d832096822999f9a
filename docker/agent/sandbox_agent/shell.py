"""`run_shell_command`: /bin/sh in the workspace, a new process each time."""

from __future__ import annotations

import os

from sandbox_agent import arguments, call
from sandbox_agent.errors import ToolFailed
from sandbox_agent.output import BoundedOutput
from sandbox_agent.results import tool_result, with_notice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox_agent.arguments import Json
    from sandbox_agent.calls import Calls, RunningCall
    from sandbox_agent.live import Live
    from sandbox_agent.overflow import OverflowFolder
    from sandbox_agent.processes import Processes
    from sandbox_agent.settings import Settings
    from sandbox_agent.wire import Caller

MAX_ARGUMENT = 100_000  # Linux takes 128 KiB in one argument
KILLED = "the command and all it started were killed"


class Shell:
    def __init__(self, processes: Processes, calls: Calls, overflow: OverflowFolder, settings: Settings) -> None:
        self._processes = processes
        self._calls = calls
        self._overflow = overflow
        self._settings = settings

    def prepare(self, body: Json, caller: Caller) -> Callable[[Live | None], Json]:
        """Checks the arguments; what is returned runs the command."""
        command = command_of(body)
        timeout = arguments.timeout(body, self._settings.call_timeout)
        env = arguments.environment(body, "env")
        cwd = working_directory(body, self._settings.workspace)

        def run(live: Live | None) -> Json:
            with self._calls.begin(body, "run_shell_command", command) as running:
                if live is not None:
                    live.begin(running)
                outputs = (self._output("stdout", live), self._output("stderr", live))
                return self._run(command, timeout, env, cwd, outputs, caller, running)

        return run

    def _output(self, stream: str, live: Live | None) -> BoundedOutput:
        listener = live.listener(stream) if live is not None else None
        return BoundedOutput(self._settings.max_output, self._overflow, listener)

    def _run(
        self,
        command: str,
        timeout: float,
        env: Mapping[str, str],
        cwd: str,
        outputs: tuple[BoundedOutput, BoundedOutput],
        caller: Caller,
        running: RunningCall,
    ) -> Json:
        script, descriptors = script_of(command)
        try:
            finished = call.run(
                self._processes,
                script,
                cwd=cwd,
                timeout=timeout,
                caller=caller,
                outputs=outputs,
                running=running,
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
            stderr = with_notice(stderr, f"the time limit of {timeout:g} s was reached; {KILLED}")
        elif finished.cancelled:
            stderr = with_notice(stderr, f"the call was cancelled; {KILLED}")
        return tool_result(finished.stdout.text(), stderr, finished.returncode)


def command_of(body: Json) -> str:
    command = arguments.string(body, "command")
    if not command:
        raise ToolFailed("400: Command is required.")
    return command


def working_directory(body: Json, workspace: str) -> str:
    """`cwd`, absolute or in the workspace, which it is by default."""
    given = arguments.optional_string(body, "cwd")
    if given is None:
        os.makedirs(workspace, exist_ok=True)  # a command may have removed it
        return workspace
    path = os.path.join(workspace, given)
    if not os.path.isdir(path):
        raise arguments.invalid("value_error", "cwd", "Input should be an existing directory", given)
    return path


def script_of(command: str) -> tuple[list[str], list[int]]:
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
