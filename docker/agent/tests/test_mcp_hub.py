"""Many MCP servers at once: what becomes of those that die, what they say, and tools of the same name."""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
import unittest
from typing import Any

from sandbox_agent.backoff import Backoff
from tests.fake_mcp_config import config
from tests.harness import Agent, wait_until
from tests.test_mcp import McpCase


class HubCase(McpCase):
    def server(self, name: str) -> dict[str, Any]:
        servers = self.agent.request("GET", "/mcp/servers").json()["servers"]
        return next(server for server in servers if server["name"] == name)

    def starts(self, name: str) -> int:
        try:
            with open(self.agent.path(f"{name}-starts"), encoding="ascii") as file:
                return len(file.readlines())
        except FileNotFoundError:
            return 0


class RestartTest(HubCase):
    def test_a_dead_server_comes_back_by_itself(self) -> None:
        self.add(phoenix=config("phoenix", "counted"))
        self.assertEqual(self.server("phoenix")["state"], "running")
        os.kill(int(self.text("phoenix_pid")), 9)
        wait_until(lambda: self.server("phoenix")["restarts"] == 1 and self.server("phoenix")["state"] == "running")
        self.assertEqual(self.starts("phoenix"), 2)
        self.assertIn("ended with status -9", self.server("phoenix")["last_failure"])

    def test_one_that_keeps_dying_is_tried_ever_more_seldom(self) -> None:
        self.add(brief=config("brief", "brief", "counted"))
        wait_until(lambda: self.server("brief")["failures_in_a_row"] >= 3)
        self.assertLessEqual(self.starts("brief"), 4)
        before = self.starts("brief")
        refused = [self.call("brief_pid") for _ in range(50)]
        self.assertTrue(any("times in a row, the next try is in" in answer.json()["detail"] for answer in refused))
        self.assertIn("life is short", refused[-1].json()["detail"])
        self.assertLessEqual(self.starts("brief") - before, 2, "callers do not get around the wait")
        self.assertEqual(self.server("brief")["state"], "waiting")
        self.assertGreater(self.server("brief")["next_try_s"], 0)
        self.add(overwrite=True, brief=config("brief"))
        self.assertEqual(self.server("brief")["restarts"], 0)
        self.assertTrue(self.text("brief_pid").isdigit(), "a new configuration starts afresh")

    def test_one_that_was_replaced_is_not_revived(self) -> None:
        self.add(old=config("old", "counted"))
        os.kill(int(self.text("old_pid")), 9)
        self.add(overwrite=True, old=config("other"))
        time.sleep(1.3)
        self.assertEqual(self.starts("old"), 1)
        self.assertEqual(self.text("other_pid"), self.text("other_pid"))

    def test_nothing_waits_while_all_live(self) -> None:
        self.add(calm=config("calm"))
        os.kill(int(self.text("calm_pid")), 9)
        wait_until(lambda: self.server("calm")["state"] == "running" and self.server("calm")["restarts"] >= 1)
        agent = Agent()
        try:
            body = {"server_configs": {"mcpServers": {"calm": config("calm")}}}
            agent.post("/mcp/add_servers", body)
            # The main one, the server's, and this.
            wait_until(lambda: len(os.listdir(f"/proc/{agent.process.pid}/task")) <= 3)
        finally:
            agent.remove()


class BackoffTest(unittest.TestCase):
    def test_waits_double_up_to_a_minute_and_start_again_after_a_steady_life(self) -> None:
        backoff = Backoff()
        for number, longest in enumerate((1, 2, 4, 8, 16, 32, 60, 60), 1):
            backoff.begun()
            backoff.failed("why")
            self.assertEqual((backoff.failures, backoff.last_failure), (number, "why"))
            self.assertTrue(longest * 0.49 <= backoff.seconds_left <= longest, (number, backoff.seconds_left))
        backoff.begun()
        assert backoff._began is not None
        backoff._began -= 61
        backoff.failed("again")
        self.assertEqual(backoff.failures, 1)


class BoundTest(HubCase):
    environment = {"AGENT_CALL_TIMEOUT": "2"}

    def test_one_that_never_answers_holds_the_others_up_for_the_limit_at_most(self) -> None:
        start = time.monotonic()
        many = {f"s{number}": config(f"s{number}") for number in range(6)}
        answer = self.add(False, mute=config("mute", "mute"), **many)
        self.assertLess(time.monotonic() - start, 6)
        self.assertEqual(answer.status, 500)
        self.assertTrue(answer.json()["detail"].startswith("500: Failed to initialize server: ['mute']"), answer.body)
        self.assertEqual(self.text("s5_pid"), self.text("s5_pid"))
        self.assertNotIn("mute", str(self.agent.request("GET", "/mcp/servers").json()))
        listing = self.agent.shell("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '")["stdout"]
        self.assertNotIn("fake_mcp.py mute", listing, "what did not start is not left behind")


class CancelTest(HubCase):
    def test_a_call_is_cancelled_and_the_server_survives(self) -> None:
        self.add(lazy=config("lazy"))
        results: list[Any] = []
        body = {"tool_name": "lazy_sleep", "call_id": "nap"}
        thread = threading.Thread(target=lambda: results.append(self.agent.post("/mcp/call_tool", body).json()))
        thread.start()
        wait_until(lambda: os.path.exists(self.agent.path("lazy-sleeps")))
        calls = self.agent.request("GET", "/tools/calls").json()["calls"]
        self.assertEqual((calls[0]["tool"], calls[0]["summary"]), ("call_tool", "lazy: lazy_sleep"))
        self.assertEqual(self.agent.post("/tools/cancel", {"call_id": "nap"}).status, 200)
        thread.join(5)
        self.assertTrue(results[0]["isError"])
        self.assertIn("the call was cancelled", results[0]["content"][0]["text"])
        self.assertEqual(self.server("lazy")["state"], "running")


class LogTest(HubCase):
    def log(self, name: str, tail: str = "") -> str:
        answer = self.agent.request("GET", f"/mcp/logs?server={name}{tail}")
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "text/plain; charset=utf-8"))
        return answer.body.decode()

    def test_what_it_says_and_what_happens_to_it_can_be_read(self) -> None:
        self.add(talker=config("talker"))
        self.call("talker_die")
        text = self.log("talker")
        self.assertIn("started, with 7 tools", text)
        self.assertIn("these are my last words", text)
        self.assertIn("ended with status 7", text)
        self.assertEqual(self.log("talker", "&tail=10"), text[-10:] if self.log("talker") == text else self.log("talker")[-10:])
        self.assertEqual(self.agent.request("GET", "/mcp/logs?server=none").status, 404)
        self.assertEqual(self.agent.request("GET", "/mcp/logs").status, 422)

    def test_names_that_look_alike_do_not_share_a_file(self) -> None:
        self.add(False, **{"a/b": config("one"), "a_b": config("two", "noisy")})
        self.assertIn("Welcome", self.log("a_b"))
        self.assertNotIn("Welcome", self.log("a%2Fb"))


class CollisionTest(HubCase):
    def test_a_hidden_tool_is_named_and_can_be_called(self) -> None:
        self.add(one=config("one"))
        self.add(two=config("two"))
        self.assertEqual(self.text("common"), "one")
        self.assertEqual(self.text("two/common"), "two")
        answer = self.call("common", server="two").json()
        self.assertEqual(answer["content"][0]["text"], "two")
        self.assertEqual((self.server("one")["hidden_tools"], self.server("two")["hidden_tools"]), ({}, {"common": "one"}))
        self.assertIn("tool 'common' of MCP server 'two' is hidden by that of 'one': call 'two/common'", self.agent.log())
        self.assertEqual(self.agent.log().count("is hidden by"), 1)
        self.assertEqual(self.call("common", server="three").status, 404)
        self.assertIn("Tool 'two/none' not found", self.call("two/none").json()["detail"])


class ImageServerTest(HubCase):
    def test_an_images_server_that_cannot_start_yet_is_tried_again(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            program, path = os.path.join(folder, "server"), os.path.join(folder, "configs.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"mcpServers": {"late": config("late", command=program)}}, file)
            agent = Agent({"AGENT_MCP_CONFIG": path})
            try:
                self.assertEqual(agent.request("GET", "/mcp/list_tools").json(), {})
                self.assertIn("there is no program", agent.log())
                os.symlink(config()["command"], program)
                wait_until(lambda: "late" in agent.request("GET", "/mcp/list_tools").json())
            finally:
                agent.stop()
                agent.remove()
