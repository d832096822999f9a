"""`/v1/jupyter/execute` and code that keeps its names: an interpreter for each session."""

from __future__ import annotations

import threading
import time
import uuid

from sandbox_agent.aio_errors import AioFailed
from sandbox_agent.interpreter import Cells

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from sandbox_agent.arguments import Json
    from sandbox_agent.wire import Caller

KERNEL = "python3"
MAX_SESSIONS = 16
IDLE_SECONDS = 1800.0
LOOK_SECONDS = 60.0


class _Session:
    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.count = 0
        self.waiting = 0  # calls that have been begun and have no answer yet
        self.used = time.monotonic()


class AioJupyter:
    def __init__(self, new_cells: Callable[[], Cells], clock: Callable[[], float] = time.monotonic) -> None:
        self._new_cells = new_cells
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, _Session] = {}
        self._sweeper: threading.Thread | None = None

    def execute(self, values: dict[str, Any], caller: Caller) -> Json:
        kernel = values["kernel_name"] or KERNEL
        if not kernel.startswith(KERNEL):
            raise AioFailed(f"there is no kernel {kernel!r}", f"the kernel of this sandbox is {KERNEL}")
        told = self.run(values["code"], values["timeout"], values["cwd"], values["session_id"], caller)
        return {"kernel_name": KERNEL, **told, "code": values["code"], "msg_id": uuid.uuid4().hex}

    def run(self, code: str, timeout: float, cwd: str | None, session_id: str | None, caller: Caller) -> Json:
        """Status, outputs and the number of the cell in its session."""
        name = session_id or uuid.uuid4().hex
        if not code.strip():
            return {"session_id": name, "status": "ok", "execution_count": None, "outputs": []}
        session = self._begin(name)
        begin = time.monotonic()
        try:
            body: Json = {"code": code, "timeout": timeout, "cwd": cwd}
            result = session.cells.prepare(body, caller, structured=True)(None)
        finally:
            with self._lock:
                session.waiting -= 1
                session.used = self._clock()
        outputs = _outputs(result, session.count)
        failed = any(output["output_type"] == "error" for output in outputs)
        status = "timeout" if time.monotonic() - begin >= timeout else "error" if failed or _was_lost(result) else "ok"
        return {"session_id": name, "status": status, "execution_count": session.count, "outputs": outputs}

    def _begin(self, name: str) -> _Session:
        with self._lock:
            session = self._sessions.get(name)
            if session is None:
                self._make_room()
                session = self._sessions[name] = _Session(self._new_cells())
                if self._sweeper is None:
                    self._sweeper = threading.Thread(target=self._sweep, daemon=True)
                    self._sweeper.start()
            session.waiting += 1
            session.count += 1
            session.used = self._clock()
            return session

    def _make_room(self) -> None:
        """The interpreter that was not used for longest goes, unless all are at work."""
        if len(self._sessions) < MAX_SESSIONS:
            return
        idle = [(session.used, name) for name, session in self._sessions.items() if not session.waiting]
        if not idle:
            raise AioFailed(f"{MAX_SESSIONS} sessions are running, which is the most", "wait for one of them, or use its session_id")
        self._sessions.pop(min(idle)[1]).cells.restart()

    def expire(self) -> None:
        """Ends the interpreters that nobody has used for half an hour."""
        with self._lock:
            old = self._clock() - IDLE_SECONDS
            gone = [name for name, session in self._sessions.items() if not session.waiting and session.used < old]
            sessions = [self._sessions.pop(name) for name in gone]
        for session in sessions:
            session.cells.restart()

    def _sweep(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            self.expire()

    def forget(self) -> None:
        with self._lock:
            sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            session.cells.restart()


def _outputs(result: Json, count: int) -> list[Json]:
    """What was printed comes first: how it lay between the rest is not known."""
    outputs: list[Json] = []
    parts = result["content"]
    assert isinstance(parts, list)
    for part in parts:
        if "output_type" not in part:
            if part["text"]:
                outputs.append({"output_type": "stream", "name": part["description"], "text": part["text"]})
        elif part["output_type"] == "execute_result":
            outputs.append({**part, "execution_count": count})
        else:
            outputs.append(part)
    return outputs


def _was_lost(result: Json) -> bool:
    """Whether the agent had to say something: that the cell was ended, or its interpreter."""
    parts = result["content"]
    assert isinstance(parts, list)
    return any(part.get("description") == "stderr" and "\n[sandbox] " in f"\n{part['text']}" for part in parts)
