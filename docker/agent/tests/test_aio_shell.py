"""AIO shell sessions: what stays from command to command, and how commands end."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.aio_case import AioCase
from tests.harness import AUTHORIZED, Agent, is_running, wait_until


class ShellCase(AioCase):
    def run_in(self, session: str, command: str, **more: Any) -> dict[str, Any]:
        result: dict[str, Any] = self.data("shell/exec", id=session, command=command, **more)
        return result


class SessionTest(ShellCase):
    def test_folder_variables_and_status_stay(self) -> None:
        os.mkdir(self.agent.path("sub"))
        first = self.run_in("s", "cd sub; A=1; f() { echo f$A; }; echo é; false")
        self.assertEqual((first["session_id"], first["status"], first["exit_code"], first["output"]), ("s", "completed", 1, "é\n"))
        self.assertEqual(self.run_in("s", "echo $?; pwd; f")["output"], f"1\n{self.agent.path('sub')}\nf1\n")
        self.assertEqual(self.run_in("other", "echo \"$A\"; pwd")["output"], f"\n{self.agent.workspace}\n")

    def test_a_session_is_made_and_named(self) -> None:
        one, two = self.data("shell/exec", command="A=1"), self.data("shell/exec", command="A=1")
        self.assertNotEqual(one["session_id"], two["session_id"])
        self.assertEqual(self.run_in(one["session_id"], "echo $A")["output"], "1\n")

    def test_the_console_tells_what_was_run(self) -> None:
        self.run_in("console", "echo one")
        rows = self.run_in("console", "cd /; echo two")["console"]
        self.assertEqual([(row["command"], row["output"]) for row in rows], [("echo one", "one\n"), ("cd /; echo two", "two\n")])
        self.assertTrue(rows[0]["ps1"].endswith(f"@sandbox:{self.agent.workspace} $"), rows)
        view = self.data("shell/view", id="console")
        self.assertEqual((view["status"], view["output"], view["command"], view["exit_code"]), ("completed", "two\n", "cd /; echo two", 0))

    def test_exec_dir_is_changed_to_or_refused(self) -> None:
        self.assertEqual(self.run_in("d", "pwd", exec_dir="/usr")["output"], "/usr\n")
        self.assertEqual(self.run_in("d", "pwd", exec_dir="/no such")["output"], "/usr\n")
        self.assertIn("is no folder", self.failed("shell/exec", command="pwd", exec_dir="/no such", strict=True)["message"])
        self.assertIn("no absolute path", self.failed("shell/exec", command="pwd", exec_dir="usr")["message"])
        os.symlink("/usr", self.agent.path("link"))
        self.assertEqual(self.run_in("d", "pwd", exec_dir=self.agent.path("link"))["output"], "/usr\n")
        self.assertEqual(self.run_in("d", "pwd", exec_dir=self.agent.path("link"), preserve_symlinks=True)["output"], f"{self.agent.path('link')}\n")

    def test_an_end_of_the_shell_is_no_end_of_the_session(self) -> None:
        self.run_in("e", "cd /usr; A=1")
        self.assertEqual((lambda r: (r["status"], r["exit_code"], r["output"]))(self.run_in("e", "echo bye; exit 7")), ("completed", 7, "bye\n"))
        self.assertEqual(self.run_in("e", "pwd; echo \"[$A]\"")["output"], "/usr\n[]\n")

    def test_odd_commands(self) -> None:
        self.assertEqual(self.run_in("o", "echo 'a\nb'\ncat <<X\nc\nX\n")["output"], "a\nb\nc\n")
        broken = self.run_in("o", "echo 'unfinished")
        self.assertEqual((broken["status"], broken["exit_code"]), ("completed", 1 if broken["exit_code"] == 1 else 2), broken)
        self.assertEqual(self.run_in("o", "exec 3>&1; echo ok >&3")["output"], "ok\n")
        self.assertEqual(self.run_in("o", "printf '\\033]0;title\\007x'")["output"], "\x1b]0;title\x07x")
        self.assertEqual(self.run_in("o", "")["output"], "")
        self.assertEqual(self.run_in("o", "read -r -t 1 x </dev/null; echo still")["output"], "still\n")

    def test_long_output_is_cut_in_the_middle_unless_all_is_wanted(self) -> None:
        cut = self.run_in("long", "seq 20000")["output"]
        self.assertLess(len(cut), 30_200)
        self.assertTrue(cut.startswith("1\n2\n") and cut.endswith("19999\n20000\n"))
        whole = self.run_in("long", "seq 20000", truncate=False)["output"]
        self.assertEqual(whole, "".join(f"{number}\n" for number in range(1, 20_001)))

    def test_many_sessions_run_at_once(self) -> None:
        begin = time.monotonic()
        with ThreadPoolExecutor(20) as pool:
            told = list(pool.map(lambda number: self.run_in(f"many{number}", f"sleep 0.5; echo {number}"), range(20)))
        self.assertEqual([row["output"] for row in told], [f"{number}\n" for number in range(20)])
        self.assertLess(time.monotonic() - begin, 8)

    def test_a_very_long_command_is_taken_whole(self) -> None:
        self.assertEqual(self.run_in("big", f"echo {'x' * 300_000} | wc -c")["output"].strip(), "300001")

    def test_the_token_is_not_seen(self) -> None:
        self.assertNotIn("test-token", self.run_in("env", "env; cat /proc/$PPID/environ | tr '\\0' '\\n'")["output"])


class LimitTest(ShellCase):
    def test_a_wait_ends_before_the_command(self) -> None:
        begin = time.monotonic()
        told = self.run_in("w", "echo begun; sleep 30", timeout=0.3)
        self.assertLess(time.monotonic() - begin, 5)
        self.assertEqual((told["status"], told["output"], told["exit_code"]), ("running", "begun\n", None))
        busy = self.failed("shell/exec", id="w", command="echo x")
        self.assertIn("a command is running in session 'w'", busy["message"])
        self.assertIn("another id", busy["hint"])
        self.assertEqual(self.data("shell/wait", id="w", seconds=0.2), {"status": "running"})
        self.assertEqual(self.data("shell/kill", id="w")["status"], "terminated")
        self.assertEqual(self.run_in("w", "echo again")["output"], "again\n")

    def test_quiet_commands_return_early_and_go_on(self) -> None:
        told = self.run_in("q", "echo x; sleep 1; echo y", no_change_timeout=0.3)
        self.assertEqual((told["status"], told["output"]), ("no_change_timeout", "x\n"))
        self.assertEqual(self.data("shell/wait", id="q", max_wait_seconds=10), {"status": "completed"})
        self.assertEqual(self.data("shell/view", id="q")["output"], "x\ny\n")

    def test_a_hard_limit_ends_the_command_and_keeps_the_shell(self) -> None:
        self.run_in("h", "A=kept")
        told = self.run_in("h", "sleep 300 & echo $!; wait", hard_timeout=0.4)
        self.assertEqual(told["status"], "hard_timeout")
        wait_until(lambda: not is_running(int(told["output"].split("\n")[0])))
        self.assertEqual(self.run_in("h", "echo $A")["output"], "kept\n")

    def test_a_hard_limit_holds_when_nobody_waits(self) -> None:
        self.assertEqual(self.run_in("a", "sleep 300", async_mode=True, hard_timeout=0.4)["status"], "running")
        self.assertEqual(self.data("shell/wait", id="a", seconds=10), {"status": "hard_timeout"})

    def test_a_shell_that_does_not_let_go_is_replaced(self) -> None:
        told = self.run_in("loop", "echo $$; while :; do :; done", hard_timeout=0.3)
        self.assertEqual(told["status"], "hard_timeout")
        self.assertNotEqual(self.run_in("loop", "echo $$")["output"], told["output"])

    def test_a_client_that_leaves_does_not_end_the_command(self) -> None:
        body = json.dumps({"id": "left", "command": "sleep 0.7; echo done"}).encode()
        with self.agent.connect() as sock:
            sock.sendall(f"POST /v1/shell/exec HTTP/1.1\r\n{AUTHORIZED}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            time.sleep(0.3)
        self.assertEqual(self.data("shell/wait", id="left", seconds=10), {"status": "completed"})
        self.assertEqual(self.data("shell/view", id="left")["output"], "done\n")

    def test_killing_what_has_ended(self) -> None:
        self.run_in("k", "exit 3")
        self.assertEqual(self.data("shell/kill", id="k"), {"status": "completed", "exit_code": 3, "returncode": 3})


class TypingTest(ShellCase):
    def test_what_is_typed_reaches_the_command(self) -> None:
        self.run_in("t", "read -r -p 'name? ' name; echo \"hello $name\"; read -r", async_mode=True)
        wait_until(lambda: "name?" in self.data("shell/view", id="t")["output"])
        self.assertEqual(self.data("shell/write", id="t", input="Ada", press_enter=True)["status"], "running")
        wait_until(lambda: "hello Ada\n" in self.data("shell/view", id="t")["output"])
        self.data("shell/write", id="t", input="", press_enter=True)
        self.assertEqual(self.data("shell/wait", id="t", seconds=10), {"status": "completed"})

    def test_an_interrupt_ends_the_command_and_not_the_shell(self) -> None:
        self.run_in("i", "A=1; echo ready; sleep 300", async_mode=True)
        wait_until(lambda: "ready" in self.data("shell/view", id="i")["output"])
        self.data("shell/write", id="i", input="\x03", press_enter=False)
        self.assertEqual(self.data("shell/wait", id="i", seconds=10), {"status": "completed"})
        self.assertEqual(self.run_in("i", "echo $A")["output"], "1\n")

    def test_nothing_is_typed_where_nothing_reads(self) -> None:
        self.run_in("n", "true")
        self.assertIn("nothing runs", self.failed("shell/write", id="n", input="x", press_enter=True)["message"])


class StreamTest(ShellCase):
    def events(self, body: dict[str, Any], path: str = "/v1/shell/exec") -> list[tuple[str, Any]]:
        answer = self.agent.request("POST", path, json.dumps(body).encode(), {"Accept": "text/event-stream"})
        self.assertEqual(answer.headers["content-type"], "text/event-stream")
        blocks = [block for block in answer.body.decode().split("\n\n") if block.startswith("event")]
        return [(block.split("\n")[0][7:], json.loads(block.split("\n")[1][6:])) for block in blocks]

    def test_output_comes_as_it_is_printed_and_the_envelope_last(self) -> None:
        events = self.events({"command": "echo a; sleep 0.3; echo b", "id": "sse"})
        self.assertEqual([event for event in events if event[0] == "output"], [("output", {"text": "a\n"}), ("output", {"text": "b\n"})])
        name, envelope = events[-1]
        self.assertEqual((name, envelope["success"], envelope["data"]["output"]), ("result", True, "a\nb\n"))
        self.assertEqual(self.events({"id": "sse"}, "/v1/shell/view")[-1][1]["data"]["output"], "a\nb\n")

    def test_a_failure_is_an_envelope_too(self) -> None:
        self.assertFalse(self.events({"command": "x", "exec_dir": "no"})[-1][1]["success"])


class ArgumentTest(ShellCase):
    def test_all_that_is_wrong_is_told_at_once(self) -> None:
        rows = self.wrong("shell/exec", timeout="soon", truncate=1, id=None, exec_dir=7)
        self.assertEqual([(row["loc"], row["type"]) for row in rows],
                         [(["body", "command"], "missing"), (["body", "exec_dir"], "string_type"), (["body", "timeout"], "float_type"), (["body", "truncate"], "bool_type")])  # fmt: skip
        row = self.wrong("shell/wait", id="x", seconds=-1)[0]
        self.assertEqual((row["type"], row["msg"], row["ctx"]), ("greater_than_equal", "Input should be greater than or equal to 0.001", {"ge": 0.001}))

    def test_unknown_sessions_and_routes_are_told(self) -> None:
        for path, more in (("view", {}), ("wait", {}), ("kill", {}), ("write", {"input": "x", "press_enter": True})):
            self.assertIn("no shell session 'nope'", self.failed(f"shell/{path}", id="nope", **more)["message"])
        self.assertEqual(self.agent.post("/v1/shell/nope", {}).status, 404)
        answer = self.agent.request("GET", "/v1/shell/exec")
        self.assertEqual((answer.status, answer.headers["allow"]), (405, "POST"))

    def test_the_token_is_needed(self) -> None:
        answer = self.agent.request("POST", "/v1/shell/exec", b'{"command":"id"}', token=None)
        self.assertEqual((answer.status, answer.json()["detail"]), (403, "Missing or invalid authorization header"))

    def test_other_images_have_no_such_routes(self) -> None:
        agent = Agent()
        try:
            for path in ("/v1/shell/exec", "/v1/docs", "/mcp"):
                self.assertEqual(agent.post(path, {"command": "id"}).status, 404)
        finally:
            agent.stop()
            agent.remove()
