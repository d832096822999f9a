"""Lists of allowed and blocked addresses, as Chromium itself heeds them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from typing import Any

from sandbox_agent.browser_policy import ALLOWED, BLOCKED, FILE, Policy, entries
from sandbox_agent.settings import SettingError
from tests.chromium import BrowserCase, ref_in
from tests.harness import ENTRY, Agent, wait_until


class PolicyTest(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = os.path.join(tempfile.mkdtemp(prefix="policies-"), "managed")
        self.addCleanup(shutil.rmtree, os.path.dirname(self.folder))

    def written(self) -> Any:
        with open(os.path.join(self.folder, FILE), encoding="utf-8") as file:
            return json.load(file)

    def test_lists_are_json_or_words(self) -> None:
        for text in ('["a.b", "*"]', "a.b,*", "a.b *", " a.b ,\n* "):
            self.assertEqual(entries({ALLOWED: text}, ALLOWED), ["a.b", "*"])
        self.assertEqual(entries({}, ALLOWED), [])
        for text in ("[1]", "[", '[""]', ",".join("x" * 1001)):
            with self.assertRaisesRegex(SettingError, BLOCKED):
                entries({BLOCKED: text}, BLOCKED)

    def test_without_lists_nothing_is_written(self) -> None:
        Policy(self.folder, {}).write()
        self.assertFalse(os.path.exists(self.folder))

    def test_allowing_some_blocks_all_others(self) -> None:
        Policy(self.folder, {ALLOWED: "a.b"}).write()
        self.assertEqual(self.written(), {"URLAllowlist": ["a.b", "about:blank"], "URLBlocklist": ["*"]})

    def test_what_a_user_adds_goes_with_the_reset_and_never_widens(self) -> None:
        policy = Policy(self.folder, {BLOCKED: "bad.example"})
        policy.change(None, ["worse.example"], False)
        self.assertEqual(self.written(), {"URLBlocklist": ["bad.example", "worse.example"], "AllowFileSelectionDialogs": False})
        policy.reset()
        self.assertEqual(self.written(), {"URLBlocklist": ["bad.example"]})

    def test_lists_that_cannot_come_into_force_end_the_start(self) -> None:
        with open(self.folder, "w", encoding="utf-8"):
            pass
        variables = {"AGENT_SOCKET": self.folder + "-socket", "AGENT_CDP": "127.0.0.1:1", "AGENT_BROWSER_POLICIES": self.folder}
        variables.update({BLOCKED: "x.y", "SECRET_TOKEN": "t", "WORKSPACE_DIR": self.folder + "-workspace"})
        ended = subprocess.run([sys.executable, "-I", "-S", ENTRY], env=variables, capture_output=True, text=True, timeout=20, check=False)
        self.assertEqual(ended.returncode, 2)
        self.assertIn("AGENT_BROWSER_POLICIES names a folder that the agent can write to", ended.stderr)


class EnforcedTest(BrowserCase):
    """A browser that reads the folder in place of the machine's own."""

    contents = {"/": "<title>Allowed</title><a href=/no/way>there</a><iframe src=/no/frame></iframe>", "/no/way": "<title>Secret</title>secret"}

    folder: str

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.mkdtemp(prefix="policies-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        place = "/etc/chromium/policies/managed"
        cls.prefix = ["bwrap", "--dev-bind", "/", "/", "--unshare-pid", "--proc", "/proc", "--die-with-parent", "--tmpfs", "/etc/chromium"]
        cls.prefix += ["--dir", os.path.dirname(place), "--symlink", cls.folder, place]  # as an image has it
        cls.environment = {"AGENT_BROWSER_POLICIES": cls.folder, BLOCKED: '["localhost", "127.0.0.1/no"]'}
        super().setUpClass()
        cls.chromium.kill()  # the next one finds what the agent has written
        wait_until(lambda: cls.chromium.starts == 2 and cls.chromium.answers(), 30)

    def test_a_blocked_address_says_so_however_it_is_written(self) -> None:
        self.assertIn("Page Title: Allowed", self.do("navigate", url=self.pages.url()))
        for url in (self.pages.url("/", "localhost"), self.pages.url("/no/way"), self.pages.url("/", "LOCALHOST")):
            told = self.fail_to("navigate", url=url)
            self.assertIn("is blocked by this sandbox's list of allowed and blocked addresses", told)
        self.assertNotIn("secret", self.do("tab_list").lower())

    def test_a_link_to_a_blocked_address_says_so_too(self) -> None:
        told = self.do("navigate", url=self.pages.url())
        told = self.fail_to("click", element="there", ref=ref_in(told, 'link "there"'))
        self.assertIn(f"{self.pages.url('/no/way')} is blocked by this sandbox's list", told)

    def test_a_restart_can_narrow_and_not_widen(self) -> None:
        told = self.agent.post("/v1/browser/restart", {"url_allowlist": ["localhost"]}).json()
        self.assertEqual((told["success"], "cannot widen" in told["message"]), (False, True))
        self.assertTrue(self.agent.post("/v1/browser/restart", {"url_blocklist": ["127.0.0.1/more"]}).json()["success"])
        self.assertIn("is blocked by", self.fail_to("navigate", url=self.pages.url("/more")))
        self.assertIn("is blocked by", self.fail_to("navigate", url=self.pages.url("/no/way")))
        self.assertTrue(self.agent.post("/v1/browser/restart", {"url_blocklist": []}).json()["success"])
        self.do("navigate", url=self.pages.url("/more"))

    def test_what_a_user_allows_is_all_that_can_be_opened(self) -> None:
        agent = Agent({**self.environment, BLOCKED: ""})
        self.addCleanup(agent.remove)
        self.addCleanup(agent.stop)
        told = agent.post("/v1/browser/restart", {"url_allowlist": "127.0.0.1/yes"}).json()
        self.assertTrue(told["success"], told)
        self.pages.pages["/yes"] = "<title>Yes</title>"
        for path, is_error in (("/yes", False), ("/", True)):
            body = {"tool_name": "browser_navigate", "arguments": {"url": self.pages.url(path)}}
            told = agent.post("/mcp/call_tool", body).json()
            self.assertEqual(told["isError"], is_error, told)
        told = agent.post("/v1/browser/restart", {"url_allowlist": []}).json()
        self.assertTrue(told["success"], told)
        self.agent.post("/v1/browser/restart", {"url_blocklist": []})
