from __future__ import annotations

import json
import os
import tempfile
import time
from typing import Any

from tests.fake_mcp_config import config
from tests.harness import AUTHORIZED, TOKEN, Agent, AgentCase, Answer, is_running, wait_until

class McpCase(AgentCase):
    def add(self, overwrite: bool = False, **servers: Any) -> Answer:
        return self.agent.post("/mcp/add_servers", {"server_configs": {"mcpServers": servers}, "overwrite": overwrite})

    def call(self, tool: str, **more: Any) -> Answer:
        return self.agent.post("/mcp/call_tool", {"tool_name": tool, "arguments": {}, **more})

    def text(self, tool: str) -> str:
        answer = self.call(tool)
        self.assertEqual(answer.status, 200, answer.body)
        text = answer.json()["content"][0]["text"]
        assert isinstance(text, str)
        return text


class ServersTest(McpCase):
    def test_all_pages_of_tools_are_listed(self) -> None:
        self.assertEqual(self.add(paged=config("paged")).body, b"OK")
        tools = self.agent.request("GET", "/mcp/list_tools").json()["paged"]
        self.assertEqual(len(tools), 7)
        self.assertEqual(tools["paged_die"]["json_schema"]["function"]["parameters"], {"type": "object", "properties": {}, "required": []})

    def test_results_are_completed(self) -> None:
        self.add(whole=config("whole"))
        result = self.call("whole_pid").json()
        self.assertEqual((result["meta"], result["isError"], result["content"][0]["annotations"]), ({"from": "whole"}, False, None))
        self.assertTrue(self.call("whole_fail").json()["isError"])

    def test_an_error_answer_is_told(self) -> None:
        self.add(whole=config("whole"))
        answer = self.call("whole_refuse")
        self.assertEqual((answer.status, answer.json()["detail"].split(": ")[1]), (500, "I refuse"))

    def test_servers_start_at_the_same_time(self) -> None:
        start = time.monotonic()
        self.assertEqual(self.add(False, **{f"slow{n}": config(f"slow{n}", "slow") for n in range(4)}).status, 200)
        self.assertLess(time.monotonic() - start, 2.4)

    def test_a_broken_server_is_named_and_the_others_stay(self) -> None:
        answer = self.add(bad=config("bad", "broken"), good=config("good"), none={"command": "no-such-program"}, empty={})
        self.assertEqual(answer.status, 500)
        detail = answer.json()["detail"]
        self.assertTrue(detail.startswith("500: Failed to initialize server: ['bad', 'none', 'empty']: "), detail)
        self.assertIn("I cannot even start", detail)
        self.assertIn("no-such-program", detail)
        listed = self.agent.request("GET", "/mcp/list_tools").json()
        self.assertIn("good", listed)
        self.assertNotIn("bad", listed)

    def test_a_known_name_is_skipped_unless_overwritten(self) -> None:
        self.add(same=config("same"))
        pid = self.text("same_pid")
        self.add(same=config("same"))
        self.assertEqual(self.text("same_pid"), pid)
        self.add(overwrite=True, same=config("same"))
        self.assertNotEqual(self.text("same_pid"), pid)
        self.assertFalse(is_running(int(pid)))

    def test_noise_and_questions_of_a_server_are_coped_with(self) -> None:
        self.assertEqual(self.add(noisy=config("noisy", "noisy", "asking")).status, 200)
        self.assertTrue(self.text("noisy_pid").isdigit())

    def test_servers_get_their_variables_but_not_the_token(self) -> None:
        self.add(overwrite=True, aware=config("aware", env={"A": "1"}))
        found = [json.loads(self.text("aware_environment"))]
        self.assertNotIn(TOKEN, str(found))

    def test_arguments_are_checked(self) -> None:
        self.assertEqual(self.agent.post("/mcp/add_servers", {"server_configs": []}).status, 422)
        self.assertEqual(self.agent.post("/mcp/call_tool", {"tool_name": "x", "arguments": []}).status, 422)
        self.assertTrue(self.agent.post("/mcp/add_servers", {"server_configs": {"mcpServers": 1}}).json()["detail"].startswith("'mcpServers'"))
        self.assertIn("of the wrong kind", self.add(odd={"command": "sh", "args": "x"}).json()["detail"])


class OrderTest(McpCase):
    def test_the_first_server_with_a_tool_wins(self) -> None:
        self.add(one=config("one", "slow"), two=config("two"))
        self.assertEqual(self.text("common"), "one")


class DeathTest(McpCase):
    environment = {"AGENT_CALL_TIMEOUT": "3"}

    def test_a_server_that_dies_is_told_and_started_again_by_the_next_call(self) -> None:
        self.add(mortal=config("mortal"))
        pid = self.text("mortal_pid")
        answer = self.call("mortal_die")
        self.assertEqual(answer.status, 500)
        self.assertRegex(answer.json()["detail"], "the next call starts the server again: MCP server mortal ended with status 7: these are my last words")
        again = self.text("mortal_pid")
        self.assertNotEqual(again, pid)
        with open(os.path.join(self.agent.home, "logs", "mcp-mortal.log"), encoding="utf-8") as file:
            self.assertIn("these are my last words", file.read())

    def test_listing_starts_a_dead_server_too(self) -> None:
        self.add(listed=config("listed"))
        os.kill(int(self.text("listed_pid")), 9)
        wait_until(lambda: len(self.agent.request("GET", "/mcp/list_tools").json().get("listed", {})) == 7)

    def test_a_call_has_a_time_limit_and_the_server_survives_it(self) -> None:
        self.add(lazy=config("lazy"))
        start = time.monotonic()
        answer = self.call("lazy_sleep", timeout=0.4).json()
        self.assertLess(time.monotonic() - start, 1.5)
        self.assertTrue(answer["isError"])
        self.assertIn("the time limit of 0.4 s was reached", answer["content"][0]["text"])



class HangUpTest(McpCase):
    def test_a_client_that_hangs_up_ends_its_call(self) -> None:
        self.add(quiet=config("quiet"))
        body = b'{"tool_name":"quiet_sleep"}'
        threads = f"/proc/{self.agent.process.pid}/task"
        with self.agent.connect() as sock:
            head = f"POST /mcp/call_tool HTTP/1.1\r\n{AUTHORIZED}Content-Length: {len(body)}\r\n\r\n"
            sock.sendall(head.encode() + body)
            wait_until(lambda: os.path.exists(self.agent.path("quiet-sleeps")))
            self.assertEqual(len(os.listdir(threads)), 3)  # the main one, the server's and the call's
        wait_until(lambda: len(os.listdir(threads)) == 2, 3)


class ConfigurationFileTest(McpCase):
    @classmethod
    def setUpClass(cls) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            json.dump({"mcpServers": {"brought": config("brought", "slow")}}, file)
        cls.environment = {"AGENT_MCP_CONFIG": file.name}
        super().setUpClass()

    def test_an_images_servers_start_in_the_background_and_are_waited_for(self) -> None:
        self.assertIn("brought", self.agent.request("GET", "/mcp/list_tools").json())
        os.unlink(self.environment["AGENT_MCP_CONFIG"])

    def test_a_bad_file_is_logged_and_no_more(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write("{bad")
            file.flush()
            agent = Agent({"AGENT_MCP_CONFIG": file.name})
            try:
                self.assertEqual(agent.request("GET", "/mcp/list_tools").json(), {})
                self.assertIn(file.name, agent.log())
            finally:
                agent.stop()
                agent.remove()
