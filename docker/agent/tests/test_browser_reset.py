"""A sandbox with a browser that is returned to its first state."""

from __future__ import annotations

import json
import os
import shutil
import unittest
from typing import Any

from sandbox_agent.browser_policy import BLOCKED, FILE
from tests.chromium import Chromium, Pages
from tests.test_reset import Sandbox

POLICIES = "/media/policies"  # in the home folder, which the reset puts back


@unittest.skipUnless(os.getuid() == 0 and shutil.which("bwrap"), "needs root and bubblewrap")
class BrowserResetTest(unittest.TestCase):
    """The browser runs beside the sandbox, so that it lives on: what the agent keeps of it must not."""

    def setUp(self) -> None:
        self.chromium = Chromium()
        self.addCleanup(self.chromium.stop)
        self.pages = Pages({"/": "<title>Hello</title>"})
        self.addCleanup(self.pages.close)
        cdp = f"127.0.0.1:{self.chromium.port}"
        self.sandbox = Sandbox({"AGENT_CDP": cdp, "AGENT_BROWSER_POLICIES": POLICIES, BLOCKED: "bad.example"})
        self.addCleanup(self.sandbox.remove)

    def call(self, tool: str, **arguments: Any) -> str:
        told = self.sandbox.post("/mcp/call_tool", {"tool_name": f"browser_{tool}", "arguments": arguments}).json()
        self.assertFalse(told["isError"], told)
        return str(told["content"][0]["text"])

    def policy(self) -> Any:
        return json.loads(self.sandbox.shell(f"cat {POLICIES}/{FILE}")["stdout"])

    def test_nothing_that_was_set_or_tampered_with_stays(self) -> None:
        first = self.policy()
        self.assertEqual(first, {"URLBlocklist": ["bad.example"]})
        self.call("navigate", url=self.pages.url())
        self.call("resize", width=300, height=200)
        answer = self.sandbox.post("/v1/browser/restart", {"mode": "soft", "url_blocklist": ["more.example"]}).json()
        self.assertTrue(answer["success"], answer)
        self.assertEqual(self.policy(), {"URLBlocklist": ["bad.example", "more.example"]})
        self.sandbox.shell(f"echo '{{}}' >{POLICIES}/{FILE}")
        problems = self.sandbox.reset()["problems"]
        self.assertEqual([problem for problem in problems if POLICIES in problem], [])
        self.assertEqual(self.policy(), first)
        self.assertIn("Page Title: Hello", self.call("navigate", url=self.pages.url()))
        self.assertNotEqual(self.call("evaluate", function="() => innerWidth"), "300")
