"""Runs in the interpreter's own process: takes cells from the channel, one after the other.

Standard output and error are pipes to the agent, so what processes print is captured too; the channel only says
`ready` and `done`. Where richer answers are wanted (figures, say), `done` is the line to extend.
"""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Engine = Callable[[str], None]


def main() -> None:
    channel = socket.socket(fileno=int(sys.argv[2]))
    channel.set_inheritable(False)
    sys.argv[:] = [""]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    handler: object = signal.default_int_handler
    signal.signal(signal.SIGINT, _ignore)
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    run = load_engine(module)
    sys.path[0] = ""  # cells see nothing of the agent, but what lies in the working directory
    channel.sendall(b"ready\n")
    me = os.getpid()
    with channel.makefile("rb") as requests:
        for line in requests:
            handler = run_cell(run, json.loads(line)["code"], handler)
            if os.getpid() != me:  # the cell forked and this is the copy: there is one interpreter only
                os._exit(0)
            channel.sendall(b"done\n")


def run_cell(run: Engine, code: str, handler: object) -> object:
    """Runs a cell with the interrupt handler that the last one left behind; answers the one that it leaves."""
    try:
        try:
            signal.signal(signal.SIGINT, handler)  # type: ignore[arg-type]
            run(code)
        finally:
            handler = signal.signal(signal.SIGINT, _ignore)
    except KeyboardInterrupt:  # it came between the cell's end and the line above
        signal.signal(signal.SIGINT, _ignore)
        print("KeyboardInterrupt")
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):  # the cell closed or replaced it
            continue
    return handler


def load_engine(module: types.ModuleType) -> Engine:
    try:
        from sandbox_agent.cells_ipython import IPythonEngine

        return IPythonEngine(module).run
    except ImportError:
        from sandbox_agent.cells_plain import PlainEngine

        return PlainEngine(module).run


def _ignore(_number: int, _frame: types.FrameType | None) -> None:
    """Between cells an interrupt comes too late to mean anything. (SIG_IGN would be inherited by processes.)"""
