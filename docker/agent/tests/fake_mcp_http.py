"""MCP servers behind a URL, for one test each: Streamable HTTP at /mcp, SSE at /sse."""

from __future__ import annotations

import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOOLS = [{"name": "http_add", "inputSchema": {"type": "object", "properties": {"a": {"type": "integer"}}}}]


def answer(message: dict[str, Any]) -> dict[str, Any] | None:
    if "id" not in message:
        return None
    method = message["method"]
    if method == "initialize":
        result: dict[str, Any] = {"protocolVersion": "2025-03-26", "capabilities": {}, "serverInfo": {}}
    elif method == "tools/list":
        result = {"tools": TOOLS}
    else:
        total = sum(message["params"]["arguments"].values())
        result = {"content": [{"type": "text", "text": str(total)}], "isError": False}
    return {"jsonrpc": "2.0", "id": message["id"], "result": result}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeServer

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        self.server.seen.append({name.lower(): value for name, value in self.headers.items()})
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/elsewhere":
            self.reply(307, b"", "text/plain", Location="/mcp")
        elif self.path == "/posted":
            self.server.events.put(answer(message))
            self.reply(202, b"", "text/plain")
        elif message.get("method") != "initialize" and self.headers.get("Mcp-Session-Id") != self.server.session:
            self.reply(404, b"", "text/plain")
        else:
            reply = answer(message)
            if reply is None:
                self.reply(202, b"", "text/plain")
            elif message["method"] == "tools/call":
                note = json.dumps({"jsonrpc": "2.0", "method": "notifications/progress", "params": {}})
                events = f": comment\n\ndata: {note}\n\nid: 1\nevent: message\ndata: {json.dumps(reply)}\n\n"
                self.reply(200, events.encode(), "text/event-stream")
            else:
                self.reply(200, json.dumps(reply).encode(), "application/json", **{"Mcp-Session-Id": self.server.session})

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        target = "http://127.0.0.1:1/posted" if self.path == "/astray" else "/posted"
        self.wfile.write(f"event: endpoint\r\ndata: {target}\r\n\r\n".encode())
        while (reply := self.server.events.get()) is not self.server.END:
            if reply is not None:
                self.wfile.write(f"event: message\ndata: {json.dumps(reply)}\n\n".encode())
        self.close_connection = True

    def do_DELETE(self) -> None:
        self.server.left.set()
        self.reply(200, b"", "text/plain")

    def reply(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Type": kind, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class FakeServer(ThreadingHTTPServer):
    daemon_threads = True
    END = object()

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.session = "session-1"
        self.seen: list[dict[str, str]] = []
        self.events: queue.Queue[Any] = queue.Queue()
        self.left = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def stop(self) -> None:
        self.events.put(self.END)
        self.shutdown()
        self.server_close()
