"""The sandbox's tools over MCP, as a client of streamable HTTP finds them."""

from __future__ import annotations

import json
import socket
import threading
import time
from typing import Any

from tests.fake_mcp_config import config
from tests.harness import TOKEN, Agent, AgentCase, Answer, wait_until


class McpCase(AgentCase):
    environment = {"AGENT_FEATURES": "aio,filesystem"}

    def send(self, message: Any, session: str | None = None, accept: str = "application/json, text/event-stream", **headers: str) -> Answer:
        sent = {"Accept": accept, "Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if session is not None:
            sent["Mcp-Session-Id"] = session
        return self.agent.request("POST", "/mcp", json.dumps(message).encode(), sent)

    def begin(self, version: str = "2025-06-18") -> str:
        params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
        answer = self.send({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})
        self.assertEqual(answer.status, 200, answer.body)
        session = answer.headers["mcp-session-id"]
        self.assertEqual(self.send({"jsonrpc": "2.0", "method": "notifications/initialized"}, session).status, 202)
        return str(session)

    def ask(self, session: str, method: str, accept: str = "application/json", number: Any = 7, **params: Any) -> Any:
        answer = self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params}, session, accept)
        self.assertEqual(answer.status, 200, answer.body)
        body = answer.body.decode()
        if answer.headers["content-type"] == "text/event-stream":
            body = next(line[6:] for line in body.split("\n") if line.startswith("data: "))
        message = json.loads(body)
        self.assertEqual((message["jsonrpc"], message["id"]), ("2.0", number))
        return message


class ToolTest(McpCase):
    def test_a_client_is_told_what_there_is(self) -> None:
        session = self.begin()
        self.assertEqual(self.ask(session, "ping")["result"], {})
        tools = {tool["name"]: tool for tool in self.ask(session, "tools/list")["result"]["tools"]}
        self.assertEqual(list(tools)[:3], ["run_shell_command", "run_ipython_cell", "read_file"])
        self.assertEqual(len(tools), 16)
        for tool in tools.values():
            self.assertEqual(tool["inputSchema"]["type"], "object")

    def test_tools_are_called_and_answered_in_either_form(self) -> None:
        session = self.begin()
        for accept in ("application/json", "text/event-stream", "application/json, text/event-stream", "*/*"):
            with self.subTest(accept=accept):
                told = self.ask(session, "tools/call", accept, name="run_shell_command", arguments={"command": "echo hi; echo no >&2"})
                self.assertEqual(told["result"]["content"][0], {"type": "text", "text": "hi\n", "_meta": {"description": "stdout"}})
                self.assertTrue(told["result"]["isError"])
        cell = self.ask(session, "tools/call", name="run_ipython_cell", arguments={"code": "print(6 * 7)"})
        self.assertEqual(cell["result"]["content"][0]["text"], "42\n")
        self.ask(session, "tools/call", name="write_file", arguments={"path": "x", "content": "y"})
        told = self.ask(session, "tools/call", name="read_file", arguments={"path": "x"})
        self.assertEqual(told["result"], {"content": [{"type": "text", "text": "y"}], "isError": False, "structuredContent": {"content": "y"}})

    def test_servers_that_were_added_are_offered_too(self) -> None:
        self.agent.post("/mcp/add_servers", {"server_configs": {"mcpServers": {"added": config("added")}}})
        session = self.begin()
        told = self.ask(session, "tools/call", name="added_pid", arguments={})
        self.assertTrue(told["result"]["content"][0]["text"].isdigit())

    def test_what_a_tool_cannot_do_is_its_result(self) -> None:
        session = self.begin()
        told = self.ask(session, "tools/call", name="run_shell_command", arguments={"command": 7})
        self.assertEqual((told["result"]["isError"], told["result"]["content"][0]["text"]), (True, "command: Input should be a valid string"))
        told = self.ask(session, "tools/call", name="read_file", arguments={"path": "/etc/passwd"})
        self.assertIn("Access denied", told["result"]["content"][0]["text"])

    def test_mistakes_have_their_codes(self) -> None:
        session = self.begin()
        self.assertEqual(self.ask(session, "tools/call", name="fly")["error"], {"code": -32602, "message": "Unknown tool: fly"})
        self.assertEqual(self.ask(session, "resources/list", number="text")["error"]["code"], -32601)

    def test_a_call_is_cancelled(self) -> None:
        session = self.begin()
        told: list[Any] = []
        arguments = {"command": "sleep 300"}
        thread = threading.Thread(target=lambda: told.append(self.ask(session, "tools/call", number=9, name="run_shell_command", arguments=arguments)))
        begin = time.monotonic()
        thread.start()
        wait_until(lambda: bool(self.agent.request("GET", "/tools/calls").json()["calls"]))
        other = self.begin()
        cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 9}}
        self.send(cancel, other)
        self.assertEqual(len(self.agent.request("GET", "/tools/calls").json()["calls"]), 1, "another session's call is left alone")
        self.assertEqual(self.send(cancel, session).status, 202)
        thread.join(10)
        self.assertLess(time.monotonic() - begin, 8)
        self.assertIn("was cancelled", told[0]["result"]["content"][1]["text"])


class SessionTest(McpCase):
    def test_versions_are_agreed_on(self) -> None:
        for wanted, agreed in (("2025-03-26", "2025-03-26"), ("1999-01-01", "2025-06-18")):
            message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": wanted}}
            self.assertEqual(self.send(message).json()["result"]["protocolVersion"], agreed)
        ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        self.assertEqual(self.send(ping, self.begin(), mcp_protocol_version="1999-01-01").status, 400)
        self.assertEqual(self.send(ping, self.begin(), mcp_protocol_version="2025-06-18").status, 200)

    def test_a_session_is_needed_and_ends(self) -> None:
        ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        self.assertEqual(self.send(ping).status, 400)
        self.assertEqual(self.send(ping, "unknown").status, 404)
        session = self.begin()
        self.assertEqual(self.agent.request("DELETE", "/mcp", headers={"Mcp-Session-Id": session}).status, 204)
        self.assertEqual(self.send(ping, session).status, 404)

    def test_only_messages_are_taken(self) -> None:
        session = self.begin()
        self.assertEqual(self.send([], session).json()["error"]["code"], -32600)
        self.assertEqual(self.send({"id": 1}, session).status, 400)
        answer = self.agent.request("POST", "/v1/mcp", b"{", {"Mcp-Session-Id": session})
        self.assertEqual((answer.status, answer.json()["error"]["code"]), (400, -32700))
        self.assertEqual(self.send({"jsonrpc": "2.0", "id": 1, "method": "ping"}, session, "text/html").status, 406)
        answer = self.agent.request("GET", "/mcp", headers={"Accept": "text/event-stream", "Mcp-Session-Id": session})
        self.assertEqual((answer.status, answer.headers["allow"]), (405, "POST, DELETE"))

    def test_the_token_is_needed(self) -> None:
        self.assertEqual(self.agent.request("POST", "/mcp", b"{}", token="wrong").status, 403)


class OwnClientTest(AgentCase):
    def test_another_agent_is_a_client_of_it(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = Agent({"AGENT_FEATURES": "aio"}, port=port)
        try:
            reached = {"url": f"http://127.0.0.1:{port}/mcp", "type": "streamable_http", "headers": {"Authorization": f"Bearer {TOKEN}"}}
            added = self.agent.post("/mcp/add_servers", {"server_configs": {"mcpServers": {"other": reached}}})
            self.assertEqual(added.body, b"OK")
            told = self.agent.post("/mcp/call_tool", {"tool_name": "run_shell_command", "arguments": {"command": "pwd"}}).json()
            self.assertEqual((told["isError"], told["content"][0]["text"]), (False, f"{server.workspace}\n"))
        finally:
            server.stop()
            server.remove()
