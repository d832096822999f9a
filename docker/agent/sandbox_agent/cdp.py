"""A conversation with a browser in its debugging protocol: commands, answers and events, for many targets at once."""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.parse

from sandbox_agent import log, own_transport
from sandbox_agent.cdp_errors import CdpFailed, CdpLost, CdpTimeout
from sandbox_agent.cdp_socket import CdpSocket
from sandbox_agent.wire import ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox_agent.arguments import Json
    from sandbox_agent.wire import Caller

    OnEvent = Callable[[str, Json, str], None]

CONNECT_SECONDS = 5.0
CALL_SECONDS = 30.0
MAX_VERSION = 64 << 10
CHECK_SECONDS = 0.25


class Patience(own_transport.Patience):
    """How long a caller waits: until it is cancelled or has hung up, or its time is over."""

    def __init__(self, seconds: float = 3600.0, caller: Caller | None = None) -> None:
        super().__init__()
        self._end = time.monotonic() + seconds
        self._caller = caller

    def check(self) -> None:
        super().check()
        if self._caller is not None and self._caller.has_hung_up():
            raise ClientGone
        if time.monotonic() >= self._end:
            raise CdpTimeout("the browser did not do it within the call's time limit")

    def sleep(self, seconds: float) -> None:
        """In this time nothing is expected to happen."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._cancelled.wait(min(left, CHECK_SECONDS))
            self.check()


class Cdp:
    """`on_event` gets method, parameters and session ("" for the browser's own) of each event; it must not wait for anything."""

    def __init__(self, address: tuple[str, int], on_event: OnEvent) -> None:
        self.version = read_version(address)
        self.path = urllib.parse.urlsplit(str(self.version.get("webSocketDebuggerUrl", ""))).path
        if not self.path.startswith("/"):
            raise CdpLost(f"what answers on {address[0]}:{address[1]} is no browser: it names no webSocketDebuggerUrl")
        self.ended: str | None = None  # why, once it has
        self._on_event = on_event
        self._changed = threading.Condition()
        self._waiting: set[int] = set()
        self._answers: dict[int, Json] = {}
        self._count = 0
        self._socket = CdpSocket(*address, self.path, CONNECT_SECONDS)
        threading.Thread(target=self._receive, daemon=True).start()

    def post(self, method: str, params: Json | None = None, session: str = "") -> int:
        """Sends a command whose answer nobody waits for."""
        with self._changed:
            if self.ended is not None:
                raise CdpLost(self.ended)
            self._count += 1
            number = self._count
        message: Json = {"id": number, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        self._socket.send(json.dumps(message))
        return number

    def call(
        self,
        method: str,
        params: Json | None = None,
        session: str = "",
        *,
        patience: Patience,
        seconds: float = CALL_SECONDS,
        unless: Callable[[], bool] = lambda: False,
    ) -> Json | None:
        """The answer; None if `unless` came true before it: the browser answers some commands only after a dialog."""
        with self._changed:  # the answer cannot be taken before we wait for it
            number = self.post(method, params, session)
            self._waiting.add(number)
        try:
            if not self.wait_for(lambda: number in self._answers or unless(), seconds, patience):
                raise CdpTimeout(f"the browser did not answer to {method} within {seconds:g} s: the page may be stuck, close its tab or go elsewhere")
            with self._changed:
                answer = self._answers.get(number)
        finally:
            with self._changed:
                self._waiting.discard(number)
                self._answers.pop(number, None)
        if answer is None:
            return None
        error = answer.get("error")
        if error is not None:
            raise CdpFailed(str(error.get("message", error)) if isinstance(error, dict) else str(error))
        result = answer.get("result")
        return result if isinstance(result, dict) else {}

    def wait_for(self, condition: Callable[[], bool], seconds: float, patience: Patience) -> bool:
        """Whether it came true, which is looked for after each message; False when the seconds are over."""
        end = time.monotonic() + seconds
        with self._changed:
            while not condition():
                if self.ended is not None:
                    raise CdpLost(self.ended)
                patience.check()
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(min(left, CHECK_SECONDS))
        return True

    def close(self) -> None:
        self._end("the connection to the browser was closed")
        self._socket.close()

    def _end(self, reason: str) -> None:
        with self._changed:
            self.ended = self.ended or reason
            self._changed.notify_all()

    def _receive(self) -> None:
        try:
            while True:
                message = json.loads(self._socket.receive())
                if isinstance(message, dict):
                    self._take(message)
        except CdpLost as error:
            self._end(str(error))
        except (ValueError, RecursionError) as error:
            self._end(f"the connection to the browser is lost: it sent no JSON: {error}")
        except Exception:  # the top of a thread
            log.failure("the connection to the browser")
            self._end("the connection to the browser is lost: internal error, see the agent's log")
        finally:
            self._socket.close()
            self._socket.release()

    def _take(self, message: Json) -> None:
        with self._changed:
            number, method, params = message.get("id"), message.get("method"), message.get("params")
            if isinstance(number, int) and number in self._waiting:
                self._answers[number] = message
            elif isinstance(method, str) and self.ended is None:
                self._on_event(method, params if isinstance(params, dict) else {}, str(message.get("sessionId", "")))
            self._changed.notify_all()


def read_version(address: tuple[str, int]) -> Json:
    """What the browser says of itself on `/json/version`."""
    host, port = address
    connection = http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)
    try:
        connection.request("GET", "/json/version")
        response = connection.getresponse()
        value = json.loads(response.read(MAX_VERSION)) if response.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise CdpLost(f"the browser does not answer on {host}:{port} (it may be starting: try again in a moment): {error}") from error
    finally:
        connection.close()
    if not isinstance(value, dict):
        raise CdpLost(f"what answers on {host}:{port} is no browser: /json/version has status {response.status}")
    return value
