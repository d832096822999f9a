from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Sequence
from typing import Any
from unittest import mock

from sandbox_agent.computer import ACTIONS, TOOL, Computer, ComputerError, key_names, xdotool
from tests.harness import PACKAGE


class FakeScreen:
    """1280 x 800, the pointer at 10, 20; remembers what it is told to do."""

    def __init__(self) -> None:
        self.orders: list[tuple[list[str], str]] = []

    def run(self, arguments: Sequence[str], text: str) -> str:
        if arguments[0] == "getdisplaygeometry":
            return "1280 800\n"
        if arguments[0] == "getmouselocation":
            return "X=10\nY=20\nSCREEN=0\nWINDOW=1\n"
        self.orders.append((list(arguments), text))
        return ""

    def grab(self) -> tuple[int, int, bytes]:
        return 1280, 800, b"PNG"


class ComputerTest(unittest.TestCase):
    def setUp(self) -> None:
        self.screen = FakeScreen()
        self.computer = Computer(self.screen.run, self.screen.grab)

    def act(self, **arguments: Any) -> Any:
        return self.computer.act(arguments)

    def refused(self, **arguments: Any) -> str:
        with self.assertRaises(ComputerError) as caught:
            self.act(**arguments)
        self.assertEqual(self.screen.orders, [])
        return str(caught.exception)

    def test_every_action_of_the_client_is_in_the_tools_schema(self) -> None:
        expected = {
            "key", "type", "get_cursor_position", "mouse_move", "left_click", "left_click_drag", "right_click", "middle_click",
            "double_click", "get_screenshot",
        }  # fmt: skip
        schema: Any = TOOL["inputSchema"]
        self.assertEqual((TOOL["name"], set(schema["properties"]["action"]["enum"])), ("computer", expected))
        self.assertEqual(set(ACTIONS), expected)

    def test_a_picture_comes_with_its_size(self) -> None:
        text, picture = self.act(action="get_screenshot")
        self.assertEqual(json.loads(text["text"]), {"image_width": 1280, "image_height": 800})
        self.assertEqual((picture["type"], picture["mimeType"]), ("image", "image/png"))
        self.assertEqual(base64.b64decode(picture["data"]), b"PNG")

    def test_the_pointer_is_told_and_moved(self) -> None:
        self.assertEqual(json.loads(self.act(action="get_cursor_position")[0]["text"]), {"x": 10, "y": 20})
        self.assertEqual(json.loads(self.act(action="mouse_move", coordinate=[3.6, 799])[0]["text"]), {"ok": True})
        self.assertEqual(self.screen.orders, [(["mousemove", "4", "799"], "")])

    def test_clicks_are_where_they_are_asked_for_or_where_the_pointer_is(self) -> None:
        self.act(action="left_click", coordinate=[1, 2])
        self.act(action="right_click")
        self.act(action="middle_click", coordinate=None)
        self.act(action="double_click", coordinate=(5, 6))
        orders = [" ".join(arguments) for arguments, _ in self.screen.orders]
        self.assertEqual(orders, ["mousemove 1 2 click 1", "click 3", "click 2", "mousemove 5 6 click --repeat 2 --delay 80 1"])

    def test_a_drag_goes_in_steps_from_the_pointer_to_its_target(self) -> None:
        self.act(action="left_click_drag", coordinate=[90, 100])
        order = self.screen.orders[0][0]
        self.assertEqual((order[:2], order[-2:]), (["mousedown", "1"], ["mouseup", "1"]))
        moves = [tuple(map(int, order[i + 1 : i + 3])) for i, word in enumerate(order) if word == "mousemove"]
        self.assertEqual((moves[0], moves[-1], len(moves)), ((20, 30), (90, 100), 8))

    def test_text_goes_by_standard_input_and_never_as_an_option(self) -> None:
        self.act(action="type", text="--delay 你好\n")
        arguments, text = self.screen.orders[0]
        self.assertEqual(text, "--delay 你好\n")
        self.assertEqual(arguments[-2:], ["--file", "-"])

    def test_what_cannot_be_done_is_said_and_nothing_is_done(self) -> None:
        self.assertIn("expected one of key, type", self.refused(action="fly"))
        self.assertIn("outside the screen of 1280 x 800", self.refused(action="left_click", coordinate=[1280, 0]))
        self.assertIn("outside", self.refused(action="mouse_move", coordinate=[0, -1]))
        mistakes: list[object] = ["1,2", [1], [1, "2"], [True, 2], [float("nan"), 1], {}]
        for wrong in mistakes:
            self.assertIn("expected two numbers", self.refused(action="left_click", coordinate=wrong))
        self.assertIn("mouse_move needs x and y", self.refused(action="mouse_move"))
        self.assertIn("needs x and y", self.refused(action="left_click_drag"))
        self.assertIn("expected what to key", self.refused(action="key"))
        self.assertIn("20000 are the most", self.refused(action="type", text="x" * 20_001))


class KeysTest(unittest.TestCase):
    def test_keys_are_known_by_the_names_that_people_use(self) -> None:
        for told, expected in {
            "Ctrl+S": "ctrl+S", "ctrl+shift+t": "ctrl+shift+t", "enter": "Return", "PageDown": "Next", "cmd+space": "super+space",
            "f5": "F5", "alt+F4": "alt+F4", "+": "plus", "ctrl++": "ctrl+plus", "a": "a", "XF86AudioMute": "XF86AudioMute",
            "/": "U002F", "é": "U00E9", " esc ": "Escape", "Page_Up": "Prior",
        }.items():  # fmt: skip
            self.assertEqual(key_names(told), expected, told)

    def test_what_is_no_key_is_refused(self) -> None:
        for told in ("", "+a", "ctrl+", "a b", "--window 1", "ctrl+;rm", "a++b"):
            with self.assertRaises(ComputerError, msg=told):
                key_names(told)


class XdotoolTest(unittest.TestCase):
    def run_with(self, script: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "xdotool")
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"#!/bin/sh\n{script}\n")
            os.chmod(path, 0o755)
            with mock.patch.dict(os.environ, {"PATH": f"{folder}:{os.environ['PATH']}"}):
                return xdotool(["key", "x"], "text")

    def test_its_words_are_the_callers(self) -> None:
        self.assertEqual(self.run_with('echo "$@"; cat'), "key x\ntext")
        with self.assertRaisesRegex(ComputerError, "xdotool: no display"):
            self.run_with("echo no display >&2; exit 1")
        with self.assertRaisesRegex(ComputerError, "No such key name 'nokey'"):
            self.run_with("echo \"(symbol) No such key name 'nokey'. Ignoring it.\" >&2")

    def test_a_screen_that_hangs_is_told_and_not_waited_for(self) -> None:
        with mock.patch("sandbox_agent.computer.XDOTOOL_SECONDS", 0.2), mock.patch(
            "sandbox_agent.computer.SECONDS_PER_CHARACTER", 0
        ), self.assertRaisesRegex(ComputerError, "did not react"):
            self.run_with("exec sleep 5")


class ServerTest(unittest.TestCase):
    def ask(self, *messages: object) -> list[Any]:
        lines = "".join((m if isinstance(m, str) else json.dumps(m)) + "\n" for m in messages)
        command = [sys.executable, "-W", "error", "-I", os.path.join(PACKAGE, "computer_server.py")]
        ended = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=20, env={"PATH": "/nowhere"})
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        return [json.loads(line) for line in ended.stdout.splitlines()]

    def test_it_speaks_mcp(self) -> None:
        begin, ping, listed = self.ask(
            {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-03-26"}},
            {"jsonrpc": "2.0", "method": "notifications/initialized"},
            {"jsonrpc": "2.0", "id": "two", "method": "ping"},
            {"jsonrpc": "2.0", "id": 3, "method": "tools/list"},
        )
        self.assertEqual(begin["result"]["protocolVersion"], "2025-03-26")
        self.assertEqual((ping["id"], ping["result"]), ("two", {}))
        self.assertEqual([tool["name"] for tool in listed["result"]["tools"]], ["computer"])

    def test_failures_of_the_tool_are_results_and_those_of_the_protocol_errors(self) -> None:
        def call(name: str, arguments: object) -> object:
            return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}

        missing, unknown, wrong, method, broken = self.ask(
            call("computer", {"action": "get_cursor_position"}), call("other", {}), call("computer", [1]),
            {"jsonrpc": "2.0", "id": 1, "method": "resources/list"}, "{",
        )  # fmt: skip
        self.assertTrue(missing["result"]["isError"])
        self.assertIn("xdotool: ", missing["result"]["content"][0]["text"])
        self.assertEqual([m["error"]["code"] for m in (unknown, wrong, method, broken)], [-32602, -32602, -32601, -32700])


if __name__ == "__main__":
    unittest.main()
