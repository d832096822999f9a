"""Runs one command to its end, its time limit or its client's departure, whichever comes first."""

from __future__ import annotations

import os
import select
import subprocess
import time

from sandbox_agent.output import BLOCK, BoundedOutput, drain
from sandbox_agent.wire import Caller, ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox_agent.processes import Child, Processes

TIMED_OUT = 124  # the exit status of timeout(1)


class Finished:
    def __init__(self, stdout: BoundedOutput, stderr: BoundedOutput, returncode: int, timed_out: bool) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self.returncode = returncode
        self.timed_out = timed_out


def run(
    processes: Processes,
    arguments: Sequence[str],
    *,
    cwd: str,
    timeout: float,
    caller: Caller | None,
    max_output: int,
    env: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
    pass_fds: Sequence[int] = (),
) -> Finished:
    """Waits until the command has ended and nobody holds its output pipes open any more.

    At the time limit, and when the client hangs up (`ClientGone`), everything the command started is killed.
    """
    out_reader, out_writer = os.pipe()
    err_reader, err_writer = os.pipe()
    try:
        try:
            child = processes.start(
                arguments, cwd=cwd, env=env, stdin=stdin, stdout=out_writer, stderr=err_writer, pass_fds=pass_fds
            )
        finally:
            os.close(out_writer)
            os.close(err_writer)
        outputs = {out_reader: BoundedOutput(max_output), err_reader: BoundedOutput(max_output)}
        ended = False
        try:
            ended = _attend(child, outputs, time.monotonic() + timeout, caller)
        finally:
            if not ended:
                child.kill_tree()
            child.close()
        if not ended:
            child.wait(1)
            for reader, output in outputs.items():
                drain(reader, output)
        status = child.returncode if ended and child.returncode is not None else TIMED_OUT
        return Finished(outputs[out_reader], outputs[err_reader], status, not ended)
    finally:
        os.close(out_reader)
        os.close(err_reader)


def _attend(child: Child, outputs: Mapping[int, BoundedOutput], deadline: float, caller: Caller | None) -> bool:
    """Collects output until the end; False at the deadline."""
    poller = select.poll()
    for descriptor in (*outputs, child.exit_fd):
        poller.register(descriptor, select.POLLIN)
    if caller is not None:
        poller.register(caller, Caller.EVENTS)
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
            elif descriptor != child.exit_fd:
                raise ClientGone
            poller.unregister(descriptor)
            waiting.discard(descriptor)
    return True
