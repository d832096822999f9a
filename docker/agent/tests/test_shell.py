from __future__ import annotations

import json
import os
import re
import time
import unittest

from tests.harness import AUTHORIZED, TOKEN, Agent, AgentCase, is_running, wait_until


class ResultTest(AgentCase):
    def test_parts_and_error_flag(self) -> None:
        self.assertEqual(self.agent.shell("echo out; exit 3"), {"stdout": "out\n", "returncode": "3", "isError": False})
        self.assertEqual(
            self.agent.shell("echo e >&2"), {"stdout": "", "stderr": "e\n", "returncode": "0", "isError": True}
        )
        self.assertEqual(self.agent.shell("kill -9 $$")["returncode"], "-9")

    def test_a_million_characters_come_back_whole(self) -> None:
        self.assertEqual(self.agent.shell("head -c 1000000 /dev/zero | tr '\\0' é | head -c 1000000")["stdout"][:1], "\ufffd")
        self.assertEqual(self.agent.shell("head -c 1000000 /dev/zero | tr '\\0' x")["stdout"], "x" * 1_000_000)

    def test_binary_output_is_shown_with_replacement_characters(self) -> None:
        self.assertEqual(self.agent.shell("printf 'a\\377\\000b'")["stdout"], "a\ufffd\0b")

    def test_a_command_of_a_megabyte_runs(self) -> None:
        self.assertEqual(self.agent.shell(f"x={'y' * 1_000_000}; echo ${{#x}}")["stdout"], "1000000\n")

    def test_arguments_of_one_call(self) -> None:
        os.makedirs(self.agent.path("sub"), exist_ok=True)
        result = self.agent.shell('pwd; echo "$A"', cwd="sub", env={"A": "ü b"}, timeout=5)
        self.assertEqual(result["stdout"], self.agent.path("sub") + "\nü b\n")
        self.assertEqual(self.agent.shell("pwd", cwd="/")["stdout"], "/\n")

    def test_wrong_arguments_are_named(self) -> None:
        for arguments, name in (
            ({"command": 1}, "command"),
            ({"command": "a\0b"}, "command"),
            ({"command": "\ud800"}, "command"),
            ({"command": "x", "timeout": 0}, "timeout"),
            ({"command": "x", "timeout": True}, "timeout"),
            ({"command": "x", "timeout": "5"}, "timeout"),
            ({"command": "x", "env": []}, "env"),
            ({"command": "x", "env": {"A": 1}}, "env"),
            ({"command": "x", "env": {"A=B": "1"}}, "env"),
            ({"command": "x", "cwd": "no-such"}, "cwd"),
            ({"command": "x", "cwd": 5}, "cwd"),
        ):
            with self.subTest(str(arguments)):
                answer = self.agent.post("/tools/run_shell_command", arguments)
                self.assertEqual((answer.status, answer.json()["detail"][0]["loc"]), (422, ["body", name]))

    def test_a_removed_workspace_comes_back(self) -> None:
        self.agent.shell('rm -rf "$PWD"', cwd=self.agent.workspace)
        self.assertEqual(self.agent.shell("pwd")["stdout"], self.agent.workspace + "\n")

    def test_standard_input_is_empty(self) -> None:
        self.assertEqual(self.agent.shell("cat; echo end")["stdout"], "end\n")


class SecretsTest(AgentCase):
    def test_the_token_is_not_in_the_environment_of_commands(self) -> None:
        self.assertNotIn(TOKEN, self.agent.shell("env; echo $SECRET_TOKEN")["stdout"])

    @unittest.skipUnless(os.getuid() == 0, "the agent is closed to all but root")
    def test_the_token_is_wiped_from_the_agents_own_environment(self) -> None:
        self.agent.shell("true")
        with open(f"/proc/{self.agent.process.pid}/environ", "rb") as file:
            environment = file.read()
        self.assertIn(b"WORKSPACE_DIR=", environment)
        self.assertNotIn(TOKEN.encode(), environment)

    @unittest.skipUnless(os.getuid() == 0, "needs root to become somebody without rights")
    def test_the_agents_memory_is_closed_to_its_own_user(self) -> None:
        self.agent.shell("true")
        pid = self.agent.process.pid
        shell = f"setpriv --bounding-set=-all --inh-caps=-all sh -c 'cat /proc/{pid}/environ; head -c1 /proc/{pid}/mem'"
        self.assertEqual(self.agent.shell(shell)["stderr"].count("Permission denied"), 2)


class TimeLimitTest(AgentCase):
    environment = {"AGENT_CALL_TIMEOUT": "1"}

    def limited(self, command: str, timeout: float = 0.5) -> dict[str, str]:
        start = time.monotonic()
        result = self.agent.shell(command, timeout=timeout)
        self.assertLess(time.monotonic() - start, timeout + 1)
        self.assertEqual((result["returncode"], result["isError"]), ("124", True))
        return result

    def assert_ends(self, *names: str) -> None:
        """The processes whose numbers are in these files are gone."""
        for name in names:
            with open(self.agent.path(name), encoding="ascii") as file:
                pid = int(file.read())
            self.assertFalse(is_running(pid), name)

    def test_output_so_far_comes_with_a_line_that_says_why(self) -> None:
        result = self.limited("echo begun; echo err >&2; sleep 60")
        self.assertEqual(result["stdout"], "begun\n")
        self.assertRegex(result["stderr"], r"^err\n\[sandbox\] the time limit of 0.5 s was reached; .*killed\n$")

    def test_the_default_comes_from_the_environment(self) -> None:
        start = time.monotonic()
        self.assertIn("limit of 1 s", self.agent.shell("sleep 60")["stderr"])
        self.assertLess(time.monotonic() - start, 2)

    def test_the_limit_reaches_what_only_holds_the_output(self) -> None:
        self.limited("sleep 60 & echo $! > holder")
        self.assert_ends("holder")

    def test_the_limit_reaches_a_command_that_closed_its_output(self) -> None:
        self.limited("exec >/dev/null 2>&1; echo $$ > closed; sleep 60")
        self.assert_ends("closed")

    def test_the_limit_reaches_every_way_of_leaving(self) -> None:
        self.limited(
            "setsid sh -c 'echo $$ > session; sleep 60' & "
            "(setsid sh -c 'echo $$ > daemon; exec sleep 60' &) ; "
            "(env -i sh -c 'echo $$ > bare; exec sleep 60' &) ; "
            "trap '' TERM HUP INT; echo $$ > deaf; sleep 60 | cat"
        )
        self.assert_ends("session", "daemon", "bare", "deaf")

    def test_the_limit_stops_a_process_that_keeps_forking(self) -> None:
        self.limited("f() { echo $$ >> forks; (sleep 0.01; f) & }; f; sleep 60", 0.4)
        size = os.path.getsize(self.agent.path("forks"))
        time.sleep(0.2)
        self.assertEqual(os.path.getsize(self.agent.path("forks")), size)

    def test_background_work_outlives_its_call(self) -> None:
        self.agent.shell("nohup sh -c 'echo $$ > stays; exec sleep 60' >/dev/null 2>&1 &")
        wait_until(lambda: os.path.getsize(self.agent.path("stays")) > 0)
        self.limited("sleep 60")
        with open(self.agent.path("stays"), encoding="ascii") as file:
            pid = int(file.read())
        self.assertTrue(is_running(pid))
        os.kill(pid, 9)
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), 5)


class HangUpTest(AgentCase):
    def test_a_client_that_hangs_up_ends_its_call_and_no_other(self) -> None:
        body = json.dumps({"command": "echo $$ > mine; (setsid sh -c 'echo $$ > away; exec sleep 60' &); sleep 60"}).encode()
        other = json.dumps({"command": "echo $$ > other; sleep 0.8; echo end"}).encode()
        head = "POST /tools/run_shell_command HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n"
        with self.agent.connect() as stays, self.agent.connect() as leaves:
            stays.sendall(head.format(AUTHORIZED, len(other)).encode() + other)
            leaves.sendall(head.format(AUTHORIZED, len(body)).encode() + body)
            paths = [self.agent.path(name) for name in ("mine", "away", "other")]
            wait_until(lambda: all(os.path.getsize(path) for path in paths))
            leaves.close()
            pids = [int(open_text(path)) for path in paths]
            wait_until(lambda: not is_running(pids[0]) and not is_running(pids[1]), 2)
            self.assertTrue(is_running(pids[2]))
            self.assertIn(b"end\\n", stays.recv(4096))


class OutputTest(AgentCase):
    environment = {"AGENT_MAX_OUTPUT": "100000"}

    def test_beyond_the_limit_the_middle_is_left_out(self) -> None:
        result = self.agent.shell("echo first; head -c 50000000 /dev/zero | tr '\\0' x; echo; echo last")
        text = result["stdout"]
        self.assertTrue(text.startswith("first\nxxx") and text.endswith("xxx\nlast\n"), text[:20])
        gap = re.search(
            r"\n\[\.\.\. 49900012 bytes left out: the limit is 100000 bytes; all (\d+) bytes are in (\S+) \.\.\.\]\n", text
        )
        assert gap is not None, text[70_000:80_000]
        self.assertEqual(self.agent.shell(f"wc -c <{gap[2]}; tail -1 {gap[2]}")["stdout"], f"{gap[1]}\nlast\n")
        self.assertEqual(int(gap[1]), 50_000_012)
        self.assertLess(len(text), 100300)
        self.assertFalse(result["isError"])

    def test_of_what_overflows_the_last_few_files_are_kept(self) -> None:
        folder = os.path.join(self.agent.home, "logs", "output")
        for _ in range(10):
            self.agent.shell("head -c 200000 /dev/zero | tr '\\0' x")
        self.assertEqual(len(os.listdir(folder)), 8)

    def test_up_to_the_limit_nothing_is_left_out(self) -> None:
        self.assertEqual(self.agent.shell("head -c 100000 /dev/zero | tr '\\0' x")["stdout"], "x" * 100000)

    def test_a_file_that_cannot_be_written_takes_nothing_along(self) -> None:
        agent = Agent({"AGENT_MAX_OUTPUT": "2048", "AGENT_MAX_OVERFLOW": "4096", "AGENT_LOG_DIR": "/proc/none"})
        try:
            text = agent.shell("head -c 5000 /dev/zero | tr '\\0' x")["stdout"]
            self.assertRegex(text, r"2952 bytes left out: .*; the first 0 bytes are in /proc/none/output/\S+ \(no such file")
        finally:
            agent.remove()
        agent = Agent({"AGENT_MAX_OUTPUT": "2048", "AGENT_MAX_OVERFLOW": "4096"})
        try:
            text = agent.shell("head -c 5000 /dev/zero | tr '\\0' x")["stdout"]
            self.assertRegex(text, r"the first 4096 bytes are in \S+ \(more than 4096 bytes are not kept\)")
        finally:
            agent.remove()

    def test_endless_output_ends_with_the_time_limit(self) -> None:
        result = self.agent.shell("yes", timeout=0.5)
        self.assertEqual(result["returncode"], "124")
        self.assertLess(len(result["stdout"]), 100200)


def open_text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()
