"""A real Chromium, started again whenever it ends, and pages for it whose every event the test sees."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Sequence
from typing import Any

from tests.harness import AgentCase, Answer, wait_until

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", "--window-size=1000,800",
         "--disable-component-update", "--disable-background-networking", "--site-per-process"]  # fmt: skip


def chromium_path() -> str:
    path = shutil.which("chromium")
    if path is None:
        raise AssertionError("these tests need a browser: install the package chromium")
    return path


class Chromium:
    """`prefix` is put before its command line."""

    def __init__(self, prefix: Sequence[str] = ()) -> None:
        self.home = tempfile.mkdtemp(prefix="chromium-")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._stopped = threading.Event()
        self.starts = 0
        profile = os.path.join(self.home, "profile")
        self._command = [*prefix, chromium_path(), *FLAGS, f"--user-data-dir={profile}", f"--remote-debugging-port={self.port}", "about:blank"]
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()
        wait_until(self.answers, 30)

    def _keep(self) -> None:
        with open(os.path.join(self.home, "log"), "ab") as log:
            while not self._stopped.is_set():
                self.starts += 1
                variables = {"PATH": os.environ["PATH"], "HOME": self.home, "TMPDIR": self.home}
                self._process = subprocess.Popen(
                    self._command, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
                self._process.wait()
                time.sleep(0.1)
                while self.answers() and not self._stopped.is_set():  # its children are ending, too
                    time.sleep(0.02)

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """It is started again, as by whoever keeps it in a sandbox."""
        assert self._process is not None
        os.killpg(self._process.pid, 9)

    def stop(self) -> None:
        self._stopped.set()
        try:
            self.kill()
        except ProcessLookupError:  # it has just ended by itself
            pass
        self._thread.join(10)
        shutil.rmtree(self.home, ignore_errors=True)


class Pages(http.server.ThreadingHTTPServer):
    """Serves `pages` by their path; what a page posts to /event is kept."""

    daemon_threads = True

    def __init__(self, pages: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages = pages
        self.events: list[Any] = []
        self.agents: list[str] = []
        self.released = threading.Event()
        self.port = int(self.server_address[1])
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def close(self) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that leaves in the middle is no failure of the test."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Pages

    def do_GET(self) -> None:
        path = urllib.parse.urlsplit(self.path).path
        if path == "/slow":
            self.server.released.wait(20)
        if path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        page = self.server.pages.get(path)
        data = (page or "not here").encode()
        self.send_response(200 if page is not None else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if path == "/cookie":
            self.send_header("Set-Cookie", "who=me; Max-Age=1000")
        if path == "/download":
            self.send_header("Content-Disposition", "attachment; filename=x.txt")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.server.agents.append(str(self.headers.get("Cookie")))

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.events.append(json.loads(data))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *_: Any) -> None:
        """Nothing: the tests' output is for failures."""


SCRIPT = """<script>
const tell = event => fetch('/event', {method: 'POST', body: JSON.stringify(event)});
</script>"""


class BrowserCase(AgentCase):
    """An agent with a browser, and pages for it, for all tests of a class."""

    chromium: Chromium
    pages: Pages
    contents: dict[str, str] = {}
    prefix: Sequence[str] = ()

    @classmethod
    def setUpClass(cls) -> None:
        cls.chromium = Chromium(cls.prefix)
        cls.addClassCleanup(cls.chromium.stop)
        cls.pages = Pages({"/favicon.ico": "", **cls.contents})
        cls.addClassCleanup(cls.pages.close)
        cls.environment = {**cls.environment, "AGENT_CDP": f"127.0.0.1:{cls.chromium.port}"}
        super().setUpClass()

    def setUp(self) -> None:
        self.pages.events.clear()

    def call(self, tool: str, **arguments: Any) -> Answer:
        return self.agent.post("/mcp/call_tool", {"tool_name": f"browser_{tool}", "arguments": arguments})

    def do(self, tool: str, **arguments: Any) -> str:
        """The text of a call that succeeds."""
        answer = self.call(tool, **arguments)
        self.assertEqual(answer.status, 200, answer.body)
        told = answer.json()
        self.assertFalse(told["isError"], told)
        text = told["content"][0]["text"]
        assert isinstance(text, str)
        return text

    def fail_to(self, tool: str, **arguments: Any) -> str:
        """The text of a call that must not succeed."""
        answer = self.call(tool, **arguments)
        self.assertEqual(answer.status, 200, answer.body)
        told = answer.json()
        self.assertTrue(told["isError"], told)
        text = told["content"][0]["text"]
        assert isinstance(text, str)
        return text

    def ref(self, line: str) -> str:
        """That of the element whose line in a new snapshot begins so."""
        snapshot = self.do("snapshot")
        return ref_in(snapshot, line)

    def await_event(self, event: Any) -> None:
        wait_until(lambda: event in self.pages.events, 20)


def ref_in(snapshot: str, line: str) -> str:
    for found in snapshot.split("\n"):
        if found.strip().startswith(f"- {line}") and "[ref=" in found:
            return found.partition("[ref=")[2].partition("]")[0]
    raise AssertionError(f"{line} is not in {snapshot}")

