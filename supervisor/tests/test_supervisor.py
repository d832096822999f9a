"""The life of sandboxes under a real supervisor."""

from __future__ import annotations

import base64
import os
import signal
import stat
import subprocess
import unittest

from tests.harness import Running, is_running, shell, wait_until

AS_NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")


def first_process(bwrap: int) -> int:
    with open(f"/proc/{bwrap}/task/{bwrap}/children", encoding="ascii") as children:
        return int(children.read().split()[0])


class SupervisorCase(unittest.TestCase):
    def setUp(self) -> None:
        self.running = Running()
        self.addCleanup(self.running.close)


class StartTest(SupervisorCase):
    def test_a_sandbox_answers_on_a_socket_that_only_this_user_can_open(self) -> None:
        started = self.running.start("a" * 32)
        self.assertEqual(shell(started["socket"], "echo $GIVEN; pwd"), "variable\n/workspace\n")
        found = os.lstat(started["socket"])
        self.assertTrue(stat.S_ISSOCK(found.st_mode))
        self.assertEqual(stat.S_IMODE(found.st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(started["socket"])).st_mode), 0o700)

    def test_no_secret_stands_in_a_command_line(self) -> None:
        started = self.running.start("b" * 32)
        shell(started["socket"], "true")
        for pid in (started["pid"], first_process(started["pid"])):
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as command:
                self.assertNotIn("the-token", command.read())

    def test_the_workspace_goes_to_the_users_of_sandboxes_one_after_the_other(self) -> None:
        first = self.running.start("c" * 32)
        shell(first["socket"], "mkdir -p folder && echo text > folder/file && ln -s /etc/passwd link")
        self.running.order("kill", ref="c" * 32)
        second = self.running.start("c" * 32)
        self.assertNotEqual(first["uid"], second["uid"])
        self.assertEqual(shell(second["socket"], "echo more >> folder/file; cat folder/file"), "text\nmore\n")
        self.assertEqual(os.stat("/etc/passwd").st_uid, 0)

    def test_what_cannot_be_started_is_told_and_the_others_go_on(self) -> None:
        answer = self.running.order(
            "start", ref="d" * 32, environment={}, agent="/", python="/usr/bin/python3",
            mounts=[{"source": "/no/such/folder", "target": "/workspace", "read_only": False}],
        )  # fmt: skip
        self.assertIn("/no/such/folder", answer["error"])
        self.assertEqual(shell(self.running.start("e" * 32)["socket"], "echo well"), "well\n")

    def test_the_filter_is_on(self) -> None:
        socket = self.running.start("f" * 32)["socket"]
        self.assertEqual(shell(socket, "grep Seccomp: /proc/self/status"), "Seccomp:\t2\n")
        self.assertEqual(shell(socket, "unshare -U true 2>/dev/null || echo refused"), "refused\n")


class EndTest(SupervisorCase):
    def test_stop_ends_it_in_good_order(self) -> None:
        started = self.running.start("a" * 32)
        shell(started["socket"], "true")
        self.running.order("stop", ref="a" * 32)
        self.assertEqual(
            self.running.wait_for("exit", "a" * 32),
            {"event": "exit", "ref": "a" * 32, "code": 0, "out_of_memory": False, "asked": True},
        )
        self.assertFalse(os.path.exists(started["socket"]))

    def test_stop_kills_what_does_not_end(self) -> None:
        started = self.running.start("b" * 32)
        shell(started["socket"], "true")
        os.kill(first_process(started["pid"]), signal.SIGSTOP)
        self.running.order("stop", ref="b" * 32, grace=0.1)
        self.assertEqual(self.running.wait_for("exit", "b" * 32)["code"], 128 + signal.SIGKILL)

    def test_everything_in_it_ends_with_it(self) -> None:
        started = self.running.start("c" * 32)
        shell(started["socket"], "setsid sleep 987651 >/dev/null 2>&1 </dev/null &")
        self.running.order("kill", ref="c" * 32)
        self.assertEqual(subprocess.run(["pgrep", "-f", "sleep 98765[1]"], check=False).returncode, 1)

    def test_an_end_by_itself_is_told_with_what_was_said(self) -> None:
        started = self.running.start("d" * 32)
        shell(started["socket"], "true")
        agent = first_process(started["pid"])
        with open(f"/proc/{agent}/fd/1", "wb", buffering=0) as output:
            output.write(b"last words\n")
        os.kill(agent, signal.SIGKILL)
        said = base64.b64decode(self.running.wait_for("output", "d" * 32)["data"])
        self.assertEqual(said, b"last words\n")
        end = self.running.wait_for("exit", "d" * 32)
        self.assertEqual((end["code"], end["asked"]), (137, False))

    def test_orders_for_what_is_unknown_do_nothing(self) -> None:
        self.assertNotIn("error", self.running.order("kill", ref="unknown"))
        self.assertNotIn("error", self.running.order("stop", ref="unknown"))


class EnvironmentTest(unittest.TestCase):
    def setUp(self) -> None:
        self.running = Running()
        self.addCleanup(self.running.close)

    def test_a_variable_acts_on_nothing_before_the_agent(self) -> None:
        """The loader would write a file for each program that it starts with this."""
        for arguments in ((), ("--unconfined",)):
            running = Running(*arguments)
            self.addCleanup(running.close)
            places = {"LD_DEBUG": "files", "LD_DEBUG_OUTPUT": os.path.join(running.folder, "loaded"), "BASH_ENV": "/nowhere"}
            started = running.start("a" * 32, variables={**places, "LD_PRELOAD": "/nowhere.so"})
            self.assertIn("socket", started, started)
            shell(started["socket"], "true")
            owners = {os.stat(os.path.join(running.folder, name)).st_uid for name in os.listdir(running.folder) if name.startswith("loaded")}
            self.assertNotIn(os.geteuid(), owners)
            with open(f"/proc/{started['pid']}/environ", "rb") as begun:
                self.assertNotIn(b"LD_", begun.read())

    def test_variables_reach_commands_as_they_were_given(self) -> None:
        started = self.running.start("a" * 32, variables={"TEXT": "two\nlines = \u00e9", "PATH": "/usr/bin:/bin", "AGENT_LISTEN_FD": "0"})
        self.assertEqual(shell(started["socket"], 'echo "$TEXT $PATH"'), "two\nlines = \u00e9 /usr/bin:/bin\n")

    def test_what_cannot_be_a_variable_is_refused_and_leaves_nothing_open(self) -> None:
        self.running.start("a" * 32)
        folder = f"/proc/{self.running.process.pid}/fd"
        before = len(os.listdir(folder))
        for number in range(5):
            answer = self.running.start(f"{number}" * 32, variables={"NAME": "a\0b"})
            self.assertIn("NUL", answer["error"])
        self.assertEqual(len(os.listdir(folder)), before)


class FoldersOfOthersTest(unittest.TestCase):
    @unittest.skipUnless(os.geteuid() == 0, "only root gives folders away")
    def test_what_belongs_to_somebody_else_stays_his(self) -> None:
        running = Running()
        self.addCleanup(running.close)
        workspace = os.path.join(running.folder, "a" * 32)
        os.makedirs(os.path.join(workspace, "theirs"))
        open(os.path.join(workspace, "ours"), "w").close()
        os.chown(os.path.join(workspace, "theirs"), 1234, 1234)
        running.start("a" * 32)
        self.assertEqual(os.stat(os.path.join(workspace, "theirs")).st_uid, 1234)
        self.assertNotEqual(os.stat(os.path.join(workspace, "ours")).st_uid, 0)
        os.makedirs(os.path.join(running.folder, "b" * 32))
        os.chown(os.path.join(running.folder, "b" * 32), 1234, 1234)
        running.start("b" * 32)
        self.assertEqual(os.stat(os.path.join(running.folder, "b" * 32)).st_uid, 1234)


class OfTheSupervisorTest(unittest.TestCase):
    def test_all_end_when_the_server_is_gone(self) -> None:
        running = Running()
        started = running.start("a" * 32)
        shell(started["socket"], "true")
        agent = first_process(started["pid"])
        self.assertEqual(running.close(), 0)
        self.assertFalse(is_running(agent))
        self.assertFalse(os.path.exists(os.path.dirname(started["socket"])))

    def test_all_end_when_it_is_killed_and_the_next_one_tidies_up(self) -> None:
        running = Running()
        started = running.start("a" * 32)
        shell(started["socket"], "true")
        agent = first_process(started["pid"])
        running.process.kill()
        running.close()
        wait_until(lambda: not is_running(agent))
        self.assertEqual(Running().close(), 0)
        self.assertFalse(os.path.exists(os.path.dirname(started["socket"])))

    def test_a_living_one_keeps_its_folder(self) -> None:
        running = Running()
        started = running.start("a" * 32)
        self.assertEqual(Running().close(), 0)
        self.assertEqual(shell(started["socket"], "echo well"), "well\n")
        running.close()


class WithoutRootTest(unittest.TestCase):
    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else to try this")
    def test_a_sandbox_has_a_user_namespace_of_its_own(self) -> None:
        running = Running(prefix=AS_NOBODY)
        self.addCleanup(running.close)
        self.assertEqual((running.about["trouble"], running.about["privileged"]), ("", False))
        os.makedirs(os.path.join(running.folder, "a" * 32))
        os.chown(os.path.join(running.folder, "a" * 32), 65534, 65534)
        started = running.start("a" * 32)
        if "socket" not in started:
            self.fail(started["error"])
        answer = subprocess.run(
            [*AS_NOBODY, "python3", "-c", "import os, sys; print(os.stat(sys.argv[1]).st_uid)", started["socket"]],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        self.assertEqual(answer.stdout, "65534\n")
        self.assertEqual(shell(started["socket"], "id -u; touch file && ls"), "1000\nfile\n")


class UnconfinedTest(unittest.TestCase):
    def test_a_sandbox_works_in_its_folder_and_says_that_it_is_not_confined(self) -> None:
        running = Running("--unconfined")
        self.addCleanup(running.close)
        self.assertFalse(running.about["confined"])
        started = running.start("a" * 32)
        self.assertEqual(shell(started["socket"], "pwd"), os.path.join(running.folder, "a" * 32) + "\n")
        self.assertNotEqual(shell(started["socket"], "id -u"), "0\n")
        running.order("stop", ref="a" * 32)
        self.assertEqual(running.wait_for("exit", "a" * 32)["code"], 0)

    @unittest.skipUnless(os.geteuid() == 0, "without root there is neither a group nor a user of its own")
    def test_its_end_is_that_of_what_has_left_its_session(self) -> None:
        running = Running("--unconfined")
        self.addCleanup(running.close)
        for order in ("kill", "stop"):
            started = running.start(order[0] * 32)
            left = int(shell(started["socket"], "setsid sleep 300 >/dev/null 2>&1 & echo $!"))
            self.assertTrue(is_running(left))
            running.order(order, ref=order[0] * 32)
            wait_until(lambda: not is_running(left))
