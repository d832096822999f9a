"""Commands in the background, with and without a terminal."""

from __future__ import annotations

import time
from typing import Any

from tests.harness import Agent, AgentCase, is_running, wait_until


class CommandCase(AgentCase):
    def start(self, command: str | None = None, **arguments: Any) -> dict[str, Any]:
        body = {"command": command, **arguments} if command is not None else arguments
        return self.told("/tools/commands", body)

    def told(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.agent.post(path, body)
        self.assertEqual(answer.status, 200, answer.body)
        told: dict[str, Any] = answer.json()
        return told

    def output(self, command: dict[str, Any], offset: int = 0, wait: int = 10) -> dict[str, Any]:
        answer = self.agent.request("GET", f"/tools/commands/output?id={command['id']}&offset={offset}&wait={wait}")
        self.assertEqual(answer.status, 200, answer.body)
        told: dict[str, Any] = answer.json()
        return told

    def read_until(self, command: dict[str, Any], expected: str, offset: int = 0) -> str:
        text = ""
        while expected not in text:
            piece = self.output(command, offset)
            self.assertTrue(piece["text"] or piece["state"] == "running", text)
            text += piece["text"]
            offset = piece["next_offset"]
        return text

    def listed(self, command: dict[str, Any]) -> dict[str, Any]:
        commands = self.agent.request("GET", "/tools/commands").json()["commands"]
        return next(found for found in commands if found["id"] == command["id"])


class BackgroundTest(CommandCase):
    def test_it_outlives_its_call_and_is_read_by_offset(self) -> None:
        command = self.start("echo one; sleep 0.2; echo two >&2; exit 3")
        self.assertEqual((command["state"], command["returncode"], command["terminal"]), ("running", None, False))
        first = self.output(command)
        self.assertEqual((first["offset"], first["text"], first["next_offset"]), (0, "one\n", 4))
        self.assertEqual(self.read_until(command, "two", first["next_offset"]), "two\n")
        wait_until(lambda: self.listed(command)["state"] == "ended")
        self.assertEqual(self.listed(command)["returncode"], 3)
        self.assertEqual(self.output(command, 4)["text"], "two\n", "what was read can be read again")
        last = self.output(command, 8)
        self.assertEqual((last["text"], last["state"]), ("", "ended"))

    def test_arguments(self) -> None:
        command = self.start('pwd; echo "$A"', cwd="/", env={"A": "ü"})
        self.assertEqual(self.read_until(command, "ü\n"), "/\nü\n")
        for body, name in (({}, "command"), ({"command": "x", "terminal": {"rows": 0}}, "rows")):
            answer = self.agent.post("/tools/commands", body)
            self.assertEqual((answer.status, answer.json()["detail"][0]["loc"][-1]), (422, name))

    def test_killing_takes_everything_that_it_started_along(self) -> None:
        command = self.start("setsid sleep 300 & echo $!; sleep 300")
        child = int(self.output(command)["text"])
        ended = self.told("/tools/commands/kill", {"id": command["id"]})
        self.assertEqual((ended["state"], ended["returncode"]), ("ended", -9))
        wait_until(lambda: not is_running(child))

    def test_a_signal_leaves_the_end_to_the_command(self) -> None:
        command = self.start("trap 'echo caught; exit 7' TERM; echo ready; while :; do sleep 0.05; done")
        self.read_until(command, "ready")
        self.told("/tools/commands/kill", {"id": command["id"], "signal": "TERM"})
        self.assertIn("caught", self.read_until(command, "caught"))
        wait_until(lambda: self.listed(command)["returncode"] == 7)
        wrong = self.agent.post("/tools/commands/kill", {"id": command["id"], "signal": "BEEP"})
        self.assertEqual(wrong.status, 422)

    def test_a_time_limit_ends_it(self) -> None:
        command = self.start("echo begun; sleep 300", timeout=0.3)
        wait_until(lambda: self.listed(command)["state"] == "ended")
        self.assertTrue(self.listed(command)["timed_out"])
        self.assertEqual(self.output(command)["text"], "begun\n")

    def test_of_much_output_the_end_is_kept_and_the_gap_is_told(self) -> None:
        command = self.start("head -c 3000000 /dev/zero | tr '\\0' x; echo end")
        wait_until(lambda: self.listed(command)["output_end"] == 3_000_004)
        piece = self.output(command, 10)
        self.assertEqual(piece["missed"], 3_000_004 - (1 << 20) - 10)
        self.assertEqual(piece["offset"], 3_000_004 - (1 << 20))
        self.assertEqual(len(piece["text"]), 1 << 20)

    def test_characters_are_not_cut_in_two(self) -> None:
        command = self.start("printf 'a\\303'; sleep 0.3; printf '\\274b'; sleep 0.2; printf '\\377'")
        self.assertEqual(self.output(command)["text"], "a")
        self.assertEqual(self.read_until(command, "b", 1)[:2], "üb")
        wait_until(lambda: self.listed(command)["state"] == "ended")
        answer = self.agent.request("GET", f"/tools/commands/output?id={command['id']}&format=bytes&offset=1")
        self.assertEqual((answer.body, answer.headers["x-next-offset"]), (b"\xc3\xbcb\xff", "5"))
        self.assertEqual(answer.headers["x-state"], "ended")

    def test_a_client_that_hangs_up_while_it_waits_keeps_nothing_busy(self) -> None:
        command = self.start("sleep 300")
        with self.agent.connect() as sock:
            path = f"/tools/commands/output?id={command['id']}&wait=60"
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer test-token\r\n\r\n".encode())
            time.sleep(0.2)
        wait_until(lambda: self.threads() <= 3)  # the main one, the command's, and that of this request
        self.told("/tools/commands/kill", {"id": command["id"]})

    def threads(self) -> int:
        return int(self.agent.shell(f"grep Threads /proc/{self.agent.process.pid}/status")["stdout"].split()[1])

    def test_unknown_ones_are_told(self) -> None:
        self.assertEqual(self.agent.request("GET", "/tools/commands/output?id=nope").status, 404)
        self.assertEqual(self.agent.post("/tools/commands/kill", {"id": "nope"}).status, 404)
        command = self.start("true")
        self.assertEqual(self.agent.post("/tools/commands/input", {"id": command["id"], "text": "x"}).status, 409)


class BoundTest(CommandCase):
    def test_the_oldest_that_ended_make_room_and_running_ones_do_not(self) -> None:
        first = self.start("echo first")
        self.read_until(first, "first")
        wait_until(lambda: self.listed(first)["state"] == "ended")
        running = [self.start("sleep 300") for _ in range(64)]
        self.assertEqual(self.agent.request("GET", f"/tools/commands/output?id={first['id']}").status, 404)
        answer = self.agent.post("/tools/commands", {"command": "sleep 300"})
        self.assertEqual(answer.status, 409)
        self.assertIn("64 commands are running", answer.json()["detail"])
        self.told("/tools/commands/kill", {"id": running[5]["id"]})
        self.start("true")


class TerminalTest(CommandCase):
    def type(self, command: dict[str, Any], text: str) -> None:
        answer = self.agent.post("/tools/commands/input", {"id": command["id"], "text": text})
        self.assertEqual(answer.status, 204, answer.body)

    def test_a_shell_is_talked_to(self) -> None:
        shell = self.start(terminal={"rows": 30, "columns": 100}, env={"PS1": "> ", "HOME": "/nonexistent"})
        self.assertTrue(shell["terminal"])
        self.type(shell, "tty; stty size; echo $TERM; x=5\n")
        text = self.read_until(shell, "xterm-256color\r\n")
        self.assertIn("/dev/pts/", text)
        self.assertIn("30 100", text)
        end = self.listed(shell)["output_end"]
        answer = self.agent.post("/tools/commands/resize", {"id": shell["id"], "rows": 50, "columns": 120})
        self.assertEqual(answer.status, 204)
        self.type(shell, "stty size; echo value-$x\n")
        text = self.read_until(shell, "value-5", end)
        self.assertIn("50 120", text)
        self.type(shell, "exit 4\n")
        wait_until(lambda: self.listed(shell)["state"] == "ended")
        self.assertEqual(self.listed(shell)["returncode"], 4)
        late = self.agent.post("/tools/commands/input", {"id": shell["id"], "text": "x"})
        self.assertEqual(late.status, 409)

    def test_control_c_interrupts_the_program_and_not_the_shell(self) -> None:
        shell = self.start(terminal={}, env={"PS1": "> "})
        self.type(shell, "echo go; sleep 300\n")
        self.read_until(shell, "go\r\n")
        time.sleep(0.2)
        self.type(shell, "\x03")
        self.type(shell, "echo alive-$((40+2))\n")
        self.read_until(shell, "alive-42")
        self.told("/tools/commands/kill", {"id": shell["id"]})

    def test_a_program_that_does_not_read_is_no_reason_to_wait_for_ever(self) -> None:
        command = self.start("stty raw -echo; echo raw; sleep 300", terminal={})
        self.read_until(command, "raw")
        answer = self.agent.post("/tools/commands/input", {"id": command["id"], "text": "x" * 1_000_000})
        self.assertEqual(answer.status, 409)
        self.assertIn("does not read", answer.json()["detail"])
        self.told("/tools/commands/kill", {"id": command["id"]})


class EndTest(CommandCase):
    def test_the_end_of_the_agent_is_the_end_of_its_commands(self) -> None:
        agent = Agent()
        try:
            told = agent.post("/tools/commands", {"command": "sleep 300"}).json()
            terminal = agent.post("/tools/commands", {"terminal": {}}).json()
            self.assertEqual(agent.stop(), 0)
            wait_until(lambda: not is_running(told["pid"]) and not is_running(terminal["pid"]))
        finally:
            agent.remove()
