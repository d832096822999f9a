"""An event stream in place of one answer: output as it is printed, and the result at the end.

`event: call` comes first and names the call, `stdout` and `stderr` carry `{"text"}`, and the last one is `result` with
what the plain answer would be, or `error` with `{"status", "detail"}`. `lost` says how many bytes of output were left
out before, since the client did not take them in time; the result has them as far as it has any.
"""

from __future__ import annotations

import codecs
import json
import threading
import time
from collections import deque

from sandbox_agent import log
from sandbox_agent.errors import AgentError, reply_to
from sandbox_agent.http1 import Reply
from sandbox_agent.wire import ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox_agent.arguments import Json
    from sandbox_agent.calls import RunningCall
    from sandbox_agent.connection import Request

    Run = Callable[["Live | None"], Json]

EVENT_STREAM = "text/event-stream"
KEEP_ALIVE = 15.0  # seconds after which a quiet stream says that it is alive
MAX_WAITING = 1 << 20  # bytes of events that the client has not taken yet: then the call waits for it
PATIENCE = 5.0  # seconds that a call waits for its client, all in all: its time limit and the turn of others go on


def answer(request: Request, run: Run) -> Reply:
    """What `run` returns, as the client wants it: at once in the end, or with everything before it."""
    kinds = request.headers.get("accept", "").split(",")
    if EVENT_STREAM not in (kind.partition(";")[0].strip().lower() for kind in kinds):
        return Reply.json(run(None))
    live = Live()
    threading.Thread(target=live.run, args=(run,), daemon=True).start()
    reply = Reply(200, live, EVENT_STREAM)
    reply.headers += [("cache-control", "no-store"), ("x-accel-buffering", "no")]
    return reply


class Live:
    """Written by the call, in any of its threads; read by the connection."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._patience = PATIENCE
        self._lost = 0
        self._complete = False
        self._abandoned = False

    def run(self, run: Run) -> None:
        try:
            self._add("result", run(self))
        except ClientGone:
            self.close()
        except Exception as error:  # the top of a thread
            if not isinstance(error, AgentError):
                log.failure("a live call")
            reply = reply_to(error)
            assert isinstance(reply.body, bytes)
            self._add("error", {"status": reply.status, **json.loads(reply.body)})
        finally:
            with self._changed:
                self._complete = True
                self._changed.notify_all()

    def begin(self, call: RunningCall) -> None:
        self._add("call", {"call_id": call.id})

    def listener(self, stream: str) -> Callable[[bytes], None]:
        """Takes what was printed. Once the client has left it takes and drops: the call ends by itself then."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")

        def listen(data: bytes) -> None:
            text = decoder.decode(data)
            if text and self._await_room(len(data)):
                self._add(stream, {"text": text})

        return listen

    def _await_room(self, size: int) -> bool:
        """Whether the client takes what it is given, or still may; if not, it is told how much it has missed."""
        with self._changed:
            begin = time.monotonic()
            room = self._changed.wait_for(lambda: self._abandoned or self._size < MAX_WAITING, self._patience)
            self._patience = max(0.0, self._patience - (time.monotonic() - begin))
            self._lost += 0 if room else size
            lost = self._lost if room else 0
        if lost:
            self._lost = 0
            self._add("lost", {"bytes": lost})
        return room

    def _add(self, name: str, value: object) -> None:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        event = f"event: {name}\ndata: {text}\n\n".encode("utf-8", "replace")
        with self._changed:
            if not self._abandoned:
                self._waiting.append(event)
                self._size += len(event)
                self._changed.notify_all()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._complete, KEEP_ALIVE)
            if self._waiting:
                events = b"".join(self._waiting)
                self._waiting.clear()
                self._size = 0
                self._changed.notify_all()
                return events
            if self._complete:
                raise StopIteration
            return b": the call is running\n\n"

    def close(self) -> None:
        with self._changed:
            self._abandoned = True
            self._waiting.clear()
            self._changed.notify_all()
