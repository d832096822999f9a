from __future__ import annotations

from tests.fake_mcp_http import FakeServer
from tests.harness import wait_until
from tests.test_mcp import McpCase


class HttpCase(McpCase):
    def setUp(self) -> None:
        self.server = FakeServer()
        self.addCleanup(self.server.stop)

    def add_http(self, path: str, kind: str | None = None, name: str | None = None, **more: object) -> str:
        """Answers the text of the tool's result, or of the failure."""
        config = {"url": self.server.url(path), "headers": {"X-Key": "k"}, **more, **({"type": kind} if kind else {})}
        answer = self.add(True, **{name or self.id(): config})
        return answer.body.decode() if answer.status == 200 else str(answer.json()["detail"])

    def total(self) -> str:
        answer = self.agent.post("/mcp/call_tool", {"tool_name": "http_add", "arguments": {"a": 2, "b": 3}})
        return str(answer.json()["content"][0]["text"] if answer.status == 200 else answer.json()["detail"])


class StreamableHttpTest(HttpCase):
    def test_a_session_from_start_to_end(self) -> None:
        self.assertEqual(self.add_http("/mcp", "streamable_http", "one"), "OK")
        self.assertEqual(self.total(), "5")
        last = self.server.seen[-1]
        self.assertEqual((last["x-key"], last["mcp-session-id"], last["mcp-protocol-version"]), ("k", "session-1", "2025-03-26"))
        self.add_http("/nothing", "streamable_http", "one")
        self.assertTrue(self.server.left.wait(5))

    def test_a_forgotten_session_is_begun_again_by_the_next_call(self) -> None:
        self.assertEqual(self.add_http("/mcp", "streamableHttp", "one"), "OK")
        self.server.session = "session-2"
        self.assertIn("forgotten the session", self.total())
        self.assertEqual(self.total(), "5")

    def test_what_is_no_server_is_named(self) -> None:
        self.assertIn("status 307", self.add_http("/elsewhere", "streamable_http"))
        self.assertIn("neither http nor https", self.add_http("", "streamable_http", url="file:///etc/passwd"))
        self.assertIn("refused", self.add_http("", "streamable_http", url="http://127.0.0.1:1/mcp"))


class SseTest(HttpCase):
    def test_a_session_over_an_event_stream(self) -> None:
        self.assertEqual(self.add_http("/sse", None, "one"), "OK")
        self.assertEqual(self.total(), "5")
        self.assertEqual(self.server.seen[-1]["x-key"], "k")

    def test_a_stream_that_ends_is_opened_again_by_the_next_call(self) -> None:
        self.assertEqual(self.add_http("/sse", "sse", "one"), "OK")
        self.server.events.put(self.server.END)
        wait_until(lambda: self.total() == "5")

    def test_our_headers_go_to_no_other_server(self) -> None:
        self.assertIn("did not say where to post to", self.add_http("/astray"))
