"""Runs in the interpreter's own process: takes cells from the channel, one after the other.

Standard output and error are pipes to the agent, so what processes print is captured too; the channel says `ready`,
`show` with a part of the result that is more than text, and `done`.
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
    from collections.abc import Callable, Mapping

    from sandbox_agent.rich import Display

    Engine = Callable[[str], None]


def main() -> None:
    channel = socket.socket(fileno=int(sys.argv[2]))
    channel.set_inheritable(False)
    limit = int(sys.argv[3])
    sys.argv[:] = [""]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    handler: object = signal.default_int_handler
    signal.signal(signal.SIGINT, _ignore)
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    from sandbox_agent import figures
    from sandbox_agent.rich import Display

    display = Display(lambda part: channel.sendall(b"show " + part + b"\n"), limit)
    figures.install(display.show_figures)
    run = load_engine(module, display)
    sys.path[0] = ""  # cells see nothing of the agent, but what lies in the working directory
    channel.sendall(b"ready\n")
    me = os.getpid()
    with channel.makefile("rb") as requests:
        for line in requests:
            request = json.loads(line)
            display.begin(bool(request.get("structured")))
            handler = run_request(run, request, handler, display)
            if os.getpid() != me:  # the cell forked and this is the copy: there is one interpreter only
                os._exit(0)
            channel.sendall(b"done\n")


def run_request(run: Engine, request: dict[str, object], handler: object, display: Display) -> object:
    """Runs a cell in the folder and with the variables that are for it alone."""
    code, env, folder = request["code"], request.get("env"), request.get("cwd")
    assert isinstance(code, str) and isinstance(env, dict)
    before = {name: os.environ.get(name) for name in env}
    back = os.getcwd() if isinstance(folder, str) else None
    try:
        if isinstance(folder, str):
            os.chdir(folder)
        os.environ.update(env)
        return run_cell(lambda text: _run_and_show(run, text, display), code, handler)
    finally:
        _restore(before)
        if back is not None and os.path.isdir(back):
            os.chdir(back)


def _run_and_show(run: Engine, code: str, display: Display) -> None:
    try:
        run(code)
    finally:
        display.show_figures()


def _restore(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


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


def load_engine(module: types.ModuleType, display: Display) -> Engine:
    try:
        from sandbox_agent.cells_ipython import IPythonEngine

        return IPythonEngine(module, display).run
    except ImportError:
        from sandbox_agent.cells_plain import PlainEngine

        return PlainEngine(module, display).run


def _ignore(_number: int, _frame: types.FrameType | None) -> None:
    """Between cells an interrupt comes too late to mean anything. (SIG_IGN would be inherited by processes.)"""
