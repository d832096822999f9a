"""The calls that are being carried out: which there are, and an end to any of them from outside."""

from __future__ import annotations

import os
import threading
import time
import uuid

from sandbox_agent import arguments
from sandbox_agent.errors import Conflict, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json

MAX_ID = 100
MAX_SUMMARY = 200


class Cancelled(Exception):
    """Somebody asked for the end of the call."""


class RunningCall:
    """One call, for as long as it is used as a context. Its descriptor is readable once it is cancelled."""

    def __init__(self, calls: Calls, call_id: str, tool: str, summary: str) -> None:
        self.id = call_id
        self.cancelled = False
        self._calls = calls
        self._tool = tool
        self._summary = summary
        self._started = time.time()
        self._reader, self._writer = os.pipe()

    def fileno(self) -> int:
        return self._reader

    def cancel(self) -> None:
        """Called under the lock of the calls: the pipe is still open then."""
        if not self.cancelled:
            self.cancelled = True
            os.write(self._writer, b"!")

    def described(self) -> Json:
        return {
            "call_id": self.id,
            "tool": self._tool,
            "summary": self._summary,
            "started_ms": int(self._started * 1000),
        }

    def __enter__(self) -> RunningCall:
        return self

    def __exit__(self, *_: object) -> None:
        self._calls.forget(self)
        os.close(self._reader)
        os.close(self._writer)


class Calls:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, RunningCall] = {}

    def begin(self, body: Json, tool: str, summary: str) -> RunningCall:
        """Under the id that the client chose, or one of ours."""
        call_id = arguments.optional_string(body, "call_id") or uuid.uuid4().hex
        if len(call_id) > MAX_ID:
            message = f"Input should have at most {MAX_ID} characters"
            raise arguments.invalid("string_too_long", "call_id", message, call_id)
        with self._lock:
            if call_id in self._running:
                raise Conflict(f"a call with the id {call_id!r} is running: choose another one")
            call = self._running[call_id] = RunningCall(self, call_id, tool, summary[:MAX_SUMMARY])
        return call

    def forget(self, call: RunningCall) -> None:
        with self._lock:
            self._running.pop(call.id, None)

    def cancel(self, body: Json) -> Json:
        """Returns at once; the call's own answer tells how it ended."""
        call_id = arguments.string(body, "call_id")
        with self._lock:
            call = self._running.get(call_id)
            if call is None:
                raise NotFound(f"no call with the id {call_id!r} is running")
            call.cancel()
        return {"cancelled": True}

    def cancel_all(self) -> None:
        with self._lock:
            for call in self._running.values():
                call.cancel()

    def list(self) -> Json:
        with self._lock:
            return {"calls": [call.described() for call in self._running.values()]}
