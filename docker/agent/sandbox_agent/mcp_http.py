"""MCP servers behind a URL: Streamable HTTP, and the older pair of an event stream and a place to post to (SSE)."""

from __future__ import annotations

import http.client
import json
import os
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request

from sandbox_agent import log
from sandbox_agent.mcp_transport import STREAMABLE, McpFailed, McpTransport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox_agent.arguments import Json

MAX_MESSAGE = 64 << 20
Response = http.client.HTTPResponse


def http_transport(name: str, config: Mapping[str, object]) -> McpTransport:
    endpoint = Endpoint(name, config)
    return StreamableHttpTransport(endpoint) if config.get("type") in STREAMABLE else SseTransport(endpoint)


class Endpoint:
    """Where a server is and what it wants to be sent."""

    def __init__(self, name: str, config: Mapping[str, object]) -> None:
        self.name = name
        self.url = str(config.get("url"))
        if urllib.parse.urlsplit(self.url).scheme not in ("http", "https"):
            raise McpFailed(f"{name}: the url is neither http nor https")
        headers = config.get("headers") or {}
        if not isinstance(headers, dict):
            raise McpFailed(f"{name}: headers is of the wrong kind")
        self._headers = {str(key): str(value) for key, value in headers.items()}
        self._timeout = _seconds(config, "timeout", 30)
        self._read_timeout = _seconds(config, "sse_read_timeout", 300)

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None, streams: bool = False
    ) -> Response:
        """The response; an error status and a server that cannot be reached are `McpFailed`."""
        request = urllib.request.Request(url, body, {**self._headers, **headers}, method=method)
        try:
            response = OPENER.open(request, timeout=self._read_timeout if streams else self._timeout)
        except urllib.error.HTTPError as error:
            with error:
                raise HttpRefused(self.name, error.code) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise McpFailed(f"{self.name}: {error}") from error
        assert isinstance(response, Response)
        return response


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would take our headers, which may hold credentials, to wherever it points."""

    def redirect_request(self, *_: object) -> None:
        return None


OPENER = urllib.request.build_opener(_NoRedirects)


class HttpRefused(McpFailed):
    def __init__(self, name: str, status: int) -> None:
        super().__init__(f"{name}: the server answered with status {status}")
        self.status = status


class StreamableHttpTransport(McpTransport):
    """Each message is a POST; what comes back on it, once or as a stream, are messages too."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._session: dict[str, str] = {}
        self._closed = False

    def start(self, receive: Callable[[Json], None], end: Callable[[str], None]) -> None:
        self._receive = receive
        self._end = end

    def send(self, message: Json) -> None:
        if "id" in message and "method" in message:
            threading.Thread(target=self._exchange, args=(message,), daemon=True).start()
        else:  # no answer follows, and what is sent next may rely on it
            self._post(message).close()

    def close(self) -> None:
        if self._session and not self._closed:
            self._closed = True
            threading.Thread(target=self._leave, daemon=True).start()

    def _post(self, message: Json) -> Response:
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **self._session}
        body = json.dumps(message).encode("ascii")
        return self._endpoint.send("POST", self._endpoint.url, headers, body, streams=True)

    def _exchange(self, message: Json) -> None:
        try:
            with self._post(message) as response:
                session = response.headers.get("mcp-session-id")
                if message.get("method") == "initialize":
                    self._session = {"Mcp-Session-Id": session} if session else {}
                for answer in _messages(response):
                    if message.get("method") == "initialize":
                        self._session["MCP-Protocol-Version"] = _version(answer)
                    self._receive(answer)
            reason = "the server ended its answer too early"
        except HttpRefused as error:
            if error.status == 404 and "Mcp-Session-Id" in self._session:
                self._end(f"{error}: it has forgotten the session")
            reason = str(error)
        except McpFailed as error:
            self._end(str(error))
            return
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._end(f"{self._endpoint.name}: {error}")
            return
        except Exception:  # the top of a thread
            log.failure(f"MCP server {self._endpoint.name}")
            reason = "internal error"
        # Means nothing to a request that has been answered.
        self._receive({"id": message["id"], "error": {"message": reason}})

    def _leave(self) -> None:
        try:
            self._endpoint.send("DELETE", self._endpoint.url, self._session).close()
        except McpFailed as error:  # a courtesy that servers may decline
            log.info(str(error))


class SseTransport(McpTransport):
    """An endless event stream brings the messages; its first event says where to post ours."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._known = threading.Event()
        self._post_url = ""
        self._stream: Response | None = None

    def start(self, receive: Callable[[Json], None], end: Callable[[str], None]) -> None:
        stream = self._endpoint.send("GET", self._endpoint.url, {"Accept": "text/event-stream"}, streams=True)
        self._stream = stream
        threading.Thread(target=self._read, args=(stream, receive, end), daemon=True).start()
        if not self._known.wait(30) or not self._post_url:
            self.close()
            raise McpFailed(f"{self._endpoint.name}: the server did not say where to post to")

    def send(self, message: Json) -> None:
        body = json.dumps(message).encode("ascii")
        self._endpoint.send("POST", self._post_url, {"Content-Type": "application/json"}, body).close()

    def close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None and stream.fp is not None:
            _shut_down(stream)

    def _read(self, stream: Response, receive: Callable[[Json], None], end: Callable[[str], None]) -> None:
        reason = "the server ended the stream"
        try:
            for event, data in _events(stream):
                if event == "endpoint":
                    self._post_url = self._same_server(urllib.parse.urljoin(self._endpoint.url, data))
                    self._known.set()
                elif event == "message":
                    for message in _objects(data):
                        receive(message)
        except (McpFailed, OSError, http.client.HTTPException, ValueError) as error:
            reason = str(error)
        except Exception:  # the top of a thread
            log.failure(f"MCP server {self._endpoint.name}")
        finally:
            self._known.set()
            end(f"{self._endpoint.name}: {reason}")
            stream.close()

    def _same_server(self, url: str) -> str:
        """Our headers, which may hold credentials, go nowhere else."""
        ours, theirs = urllib.parse.urlsplit(self._endpoint.url), urllib.parse.urlsplit(url)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise McpFailed(f"{self._endpoint.name}: the server points to another one: {url}")
        return url


def _messages(response: Response) -> Iterator[Json]:
    if response.headers.get_content_type() == "text/event-stream":
        for event, data in _events(response):
            if event == "message":
                yield from _objects(data)
        return
    body = response.read(MAX_MESSAGE)
    if body.strip():
        yield from _objects(body.decode("utf-8", "replace"))


def _events(response: Response) -> Iterator[tuple[str, str]]:
    """The event stream format, as far as servers use it."""
    event, data, size = "message", [], 0
    while line := response.readline(MAX_MESSAGE):
        name, _, value = line.decode("utf-8", "replace").rstrip("\r\n").partition(":")
        value = value[1:] if value.startswith(" ") else value
        size += len(line)
        if size > MAX_MESSAGE:
            raise McpFailed(f"a message is longer than {MAX_MESSAGE} bytes")
        if name == "event":
            event = value
        elif name == "data":
            data.append(value)
        elif not name and not value:
            if data:
                yield event, "\n".join(data)
            event, data, size = "message", [], 0


def _objects(text: str) -> list[Json]:
    value = json.loads(text)
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def _version(answer: Mapping[str, object]) -> str:
    result = answer.get("result")
    return str(result.get("protocolVersion", "")) if isinstance(result, dict) else ""


def _shut_down(stream: Response) -> None:
    """Wakes the thread that reads the stream, which then closes it."""
    try:
        with socket.socket(fileno=os.dup(stream.fileno())) as sock:
            sock.shutdown(socket.SHUT_RDWR)
    except (OSError, ValueError):  # it has just been closed
        return


def _seconds(config: Mapping[str, object], name: str, default: float) -> float:
    value = config.get(name)
    return float(value) if isinstance(value, (int, float)) and 0 < value <= 86400 else default
