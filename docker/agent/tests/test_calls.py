"""Calls while they run: listed, cancelled, followed."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

from sandbox_agent.live import PATIENCE
from tests.harness import Agent, AgentCase, Answer, is_running, receive_all, texts, wait_until

EVENTS = {"Accept": "text/event-stream"}
SHELL, CELL = "/tools/run_shell_command", "/tools/run_ipython_cell"


class Ongoing:
    """A call in a thread."""

    def __init__(self, agent: Agent, path: str, body: dict[str, Any]) -> None:
        self._answers: list[Answer] = []
        self._thread = threading.Thread(target=lambda: self._answers.append(agent.post(path, body)))
        self._thread.start()

    def answer(self) -> Answer:
        self._thread.join(20)
        return self._answers[0]


def events(data: bytes) -> list[tuple[str, Any]]:
    found = []
    for block in data.decode().split("\n\n"):
        if block and not block.startswith(":"):
            name, value = block.split("\n")
            found.append((name.removeprefix("event: "), json.loads(value.removeprefix("data: "))))
    return found


class CancelTest(AgentCase):
    def running(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = self.agent.request("GET", "/tools/calls").json()["calls"]
        return calls

    def cancel(self, call_id: str) -> Answer:
        return self.agent.post("/tools/cancel", {"call_id": call_id})

    def test_a_command_is_listed_and_ended_with_all_it_started(self) -> None:
        command = "setsid sleep 300 & echo $!; sleep 300"
        call = Ongoing(self.agent, SHELL, {"command": command, "call_id": "mine"})
        wait_until(lambda: [found["call_id"] for found in self.running()] == ["mine"])
        self.assertEqual(self.running()[0]["tool"], "run_shell_command")
        self.assertEqual(self.running()[0]["summary"], command)
        time.sleep(0.3)
        self.assertEqual(self.cancel("mine").json(), {"cancelled": True})
        result = texts(call.answer())
        self.assertEqual((result["returncode"], result["isError"]), ("130", True))
        self.assertIn("[sandbox] the call was cancelled; the command and all it started were killed", result["stderr"])
        self.assertFalse(is_running(int(result["stdout"])))
        self.assertEqual(self.running(), [])

    def test_a_cell_keeps_its_names(self) -> None:
        self.agent.cell("kept = 5")
        call = Ongoing(self.agent, CELL, {"code": "import time\ntime.sleep(300)", "call_id": "cell"})
        wait_until(lambda: len(self.running()) == 1)
        waiting = Ongoing(self.agent, CELL, {"code": "never = 1", "call_id": "waits"})
        wait_until(lambda: len(self.running()) == 2)
        time.sleep(0.3)
        self.cancel("waits")
        self.assertIn("cancelled while another cell was running; nothing was run", texts(waiting.answer())["stderr"])
        self.cancel("cell")
        self.assertIn("the call was cancelled; the cell was interrupted, names are kept", texts(call.answer())["stderr"])
        self.assertEqual(self.agent.cell("kept")["stdout"], "Out[1]: 5\n")

    def test_an_id_is_the_callers_until_its_call_ends(self) -> None:
        self.assertEqual(self.cancel("nobody").status, 404)
        call = Ongoing(self.agent, SHELL, {"command": "sleep 300", "call_id": "one"})
        wait_until(lambda: len(self.running()) == 1)
        self.assertEqual(self.agent.post(SHELL, {"command": "true", "call_id": "one"}).status, 409)
        self.cancel("one")
        call.answer()
        self.assertEqual(self.agent.post(SHELL, {"command": "true", "call_id": "one"}).status, 200)
        self.assertEqual(self.agent.post(SHELL, {"command": "true", "call_id": "x" * 101}).status, 422)
        self.assertEqual(self.cancel("one").status, 404)


class LiveTest(AgentCase):
    def setUp(self) -> None:
        wait_until(lambda: self.agent.request("GET", "/tools/calls").json()["calls"] == [])  # a call that was left ends soon

    def open(self, path: str, body: dict[str, Any]) -> Any:
        sock = self.agent.connect()
        data = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.0\r\nAuthorization: Bearer test-token\r\nAccept: text/event-stream\r\n"
        sock.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        return sock

    def follow(self, path: str, body: dict[str, Any]) -> list[tuple[str, Any]]:
        answer = self.agent.request("POST", path, json.dumps(body).encode(), EVENTS)
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "text/event-stream"))
        return events(answer.body)

    def test_output_arrives_while_the_command_runs(self) -> None:
        self.agent.shell("mkfifo fifo")
        with self.open(SHELL, {"command": "echo a; echo b >&2; read x <fifo; echo end", "call_id": "live"}) as sock:
            data = b""
            while b"b\\n" not in data or b"a\\n" not in data:
                data += sock.recv(4096)
            self.assertNotIn(b"event: result", data)
            self.agent.shell("echo >fifo")
            data += receive_all(sock)
        head, _, body = data.partition(b"\r\n\r\n")
        self.assertIn(b"200 OK", head)
        names = [name for name, _ in events(body)]
        self.assertEqual((names[0], names[-1], sorted(names[1:3])), ("call", "result", ["stderr", "stdout"]))
        self.assertEqual(events(body)[0][1], {"call_id": "live"})
        self.assertEqual([part["text"] for part in events(body)[-1][1]["content"]], ["a\nend\n", "b\n", "0"])

    def test_a_cell_is_followed_too(self) -> None:
        told = self.follow(CELL, {"code": "import sys\nprint('o')\nprint('e', file=sys.stderr)\n7"})
        text = {name: "".join(v["text"] for n, v in told if n == name) for name in ("stdout", "stderr")}
        self.assertEqual(text, {"stdout": "o\nOut[1]: 7\n", "stderr": "e\n"})
        self.assertEqual(told[-1][0], "result")
        self.assertEqual(self.agent.cell("print('quiet')")["stdout"], "quiet\n")

    def test_a_client_that_takes_nothing_does_not_stop_the_clock(self) -> None:
        with self.open(SHELL, {"command": "yes", "timeout": 1, "call_id": "slow"}) as sock:
            wait_until(lambda: len(self.agent.request("GET", "/tools/calls").json()["calls"]) == 1)
            wait_until(lambda: self.agent.request("GET", "/tools/calls").json()["calls"] == [], PATIENCE + 10)
            told = events(receive_all(sock).partition(b"\r\n\r\n")[2])
        self.assertEqual((told[0][0], told[-1][0]), ("call", "result"))
        self.assertEqual(told[-1][1]["content"][-1]["text"], "124")

    def test_characters_are_not_cut_in_two(self) -> None:
        told = self.follow(SHELL, {"command": "printf 'a\\303'; sleep 0.2; printf '\\274b'"})
        self.assertEqual("".join(value["text"] for name, value in told if name == "stdout"), "aüb")

    def test_wrong_arguments_are_refused_as_ever_and_later_failures_are_events(self) -> None:
        wrong = self.agent.request("POST", SHELL, b'{"command":5}', EVENTS)
        self.assertEqual(wrong.status, 422)
        with self.open(SHELL, {"command": "sleep 300", "call_id": "twice"}) as sock:
            wait_until(lambda: len(self.agent.request("GET", "/tools/calls").json()["calls"]) == 1)
            name, value = self.follow(SHELL, {"command": "true", "call_id": "twice"})[-1]
            self.assertEqual((name, value["status"]), ("error", 409))
            self.assertIn("is running", value["detail"])
            self.agent.post("/tools/cancel", {"call_id": "twice"})
            self.assertEqual(events(receive_all(sock).partition(b"\r\n\r\n")[2])[-1][0], "result")

    def test_who_leaves_ends_the_call(self) -> None:
        with self.open(SHELL, {"command": "echo $$; sleep 300"}) as sock:
            data = b""
            while b"event: stdout" not in data:
                data += sock.recv(4096)
        pid = int(events(data.partition(b"\r\n\r\n")[2])[1][1]["text"])
        wait_until(lambda: not is_running(pid))

    def test_a_reader_that_is_slow_slows_the_command_down(self) -> None:
        with self.open(SHELL, {"command": "yes"}) as sock:
            sock.recv(4096)
            time.sleep(1)
            with open(f"/proc/{self.agent.process.pid}/status", encoding="ascii") as file:
                peak = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
            self.assertLess(peak, 80_000, "kB: what nobody reads is not piled up")


class SurroundingsTest(AgentCase):
    def test_folder_and_variables_are_for_one_cell(self) -> None:
        self.agent.shell("mkdir -p sub")
        code = "import os\nprint(os.getcwd(), os.environ['A'], os.environ['HOME'])\n!pwd"
        text = self.agent.cell(code, cwd="sub", env={"A": "1", "HOME": "/elsewhere"})["stdout"]
        folder = self.agent.path("sub")
        self.assertEqual(text, f"{folder} 1 /elsewhere\n{folder}\n")
        code = "print(os.getcwd(), os.environ.get('A'), os.environ['HOME'])"
        self.assertEqual(self.agent.cell(code)["stdout"], f"{self.agent.workspace} None {self.agent.home}\n")
        self.agent.cell("os.chdir('sub')")
        self.assertEqual(self.agent.cell("print(os.getcwd())")["stdout"], folder + "\n", "a cell's own change stays")
        self.agent.cell("1/0", cwd="/")
        self.assertEqual(self.agent.cell("print(os.getcwd())")["stdout"], folder + "\n")
        wrong = self.agent.post(CELL, {"code": "1", "cwd": "none"})
        self.assertEqual((wrong.status, wrong.json()["detail"][0]["loc"]), (422, ["body", "cwd"]))
