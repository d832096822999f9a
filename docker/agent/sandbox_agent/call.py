"""Runs one command to its end, its time limit or its client's departure, whichever comes first."""

from __future__ import annotations

import os
import select
import subprocess
import time

from sandbox_agent.calls import Cancelled
from sandbox_agent.output import BLOCK, BoundedOutput, drain
from sandbox_agent.wire import Caller, ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox_agent.calls import RunningCall
    from sandbox_agent.processes import Child, Processes

TIMED_OUT = 124  # the exit status of timeout(1)
CANCELLED = 130  # what a shell tells of a command that was interrupted


class Finished:
    """`returncode` is the command's own, unless it was cut short."""

    def __init__(self, stdout: BoundedOutput, stderr: BoundedOutput, returncode: int) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self.returncode = returncode
        self.timed_out = False
        self.cancelled = False


def run(
    processes: Processes,
    arguments: Sequence[str],
    *,
    cwd: str,
    timeout: float,
    caller: Caller | None,
    outputs: tuple[BoundedOutput, BoundedOutput],
    running: RunningCall | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
    pass_fds: Sequence[int] = (),
) -> Finished:
    """Waits until the command has ended and nobody holds its output pipes open any more.

    At the time limit, when it is cancelled, and when the client hangs up (`ClientGone`), everything the command
    started is killed. `outputs` are its standard output and its standard error.
    """
    out_reader, out_writer = os.pipe()
    err_reader, err_writer = os.pipe()
    readers = {out_reader: outputs[0], err_reader: outputs[1]}
    try:
        try:
            child = processes.start(
                arguments, cwd=cwd, env=env, stdin=stdin, stdout=out_writer, stderr=err_writer, pass_fds=pass_fds
            )
        finally:
            os.close(out_writer)
            os.close(err_writer)
        finished = Finished(*outputs, TIMED_OUT)
        ended = False
        try:
            ended = _attend(child, readers, time.monotonic() + timeout, caller, running)
            finished.timed_out = not ended
        except Cancelled:
            finished.cancelled, finished.returncode = True, CANCELLED
        finally:
            if not ended:
                child.kill_tree()
            child.close()
        if not ended:
            child.wait(1)
            for reader, output in readers.items():
                drain(reader, output)
        elif child.returncode is not None:
            finished.returncode = child.returncode
        return finished
    finally:
        for reader, output in readers.items():
            os.close(reader)
            output.close()


def _attend(
    child: Child,
    outputs: Mapping[int, BoundedOutput],
    deadline: float,
    caller: Caller | None,
    running: RunningCall | None,
) -> bool:
    """Collects output until the end; False at the deadline."""
    poller = select.poll()
    for descriptor in (*outputs, child.exit_fd):
        poller.register(descriptor, select.POLLIN)
    if caller is not None:
        poller.register(caller, Caller.EVENTS)
    if running is not None:
        poller.register(running, select.POLLIN)
    waiting = {*outputs, child.exit_fd}
    while waiting:
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        for descriptor, _ in poller.poll(left * 1000):
            output = outputs.get(descriptor)
            if output is not None:
                data = os.read(descriptor, BLOCK)
                if data:
                    output.add(data)
                    continue
            elif running is not None and descriptor == running.fileno():
                raise Cancelled
            elif descriptor != child.exit_fd:
                raise ClientGone
            poller.unregister(descriptor)
            waiting.discard(descriptor)
    return True
