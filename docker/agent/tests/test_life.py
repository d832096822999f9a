"""The agent's own life: how little it loads, how it ends, and what it does as process 1."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from sandbox_agent.settings import SettingError, Settings
from tests.fake_mcp_config import config
from tests.harness import AUTHORIZED, ENTRY, TOKEN, Agent, AgentCase, is_running, wait_until

PROBE = "import sys; sys.path.insert(0, {!r}); before = set(sys.modules); import sandbox_agent.agent; print(*sys.modules)"
UNSHARE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"]
MAX_MODULES = 72


class StartTest(unittest.TestCase):
    def test_little_is_imported_at_the_start(self) -> None:
        probe = PROBE.format(os.path.dirname(os.path.dirname(ENTRY)))
        modules = subprocess.check_output([sys.executable, "-I", "-S", "-c", probe], text=True).split()
        self.assertLessEqual(len(modules), MAX_MODULES, sorted(modules))
        costly = {"asyncio", "ctypes", "dataclasses", "email", "hashlib", "json", "logging", "re", "subprocess", "tempfile", "typing", "urllib"}
        self.assertEqual(costly & set(modules), set())

    def test_it_can_also_be_run_as_a_folder_or_a_module(self) -> None:
        package = os.path.dirname(ENTRY)
        for arguments in ([package], ["-m", "sandbox_agent"]):
            process = subprocess.run(
                [sys.executable, *arguments],
                env={"AGENT_PORT": "x"},
                cwd=os.path.dirname(package),
                stderr=subprocess.PIPE,
                text=True,
            )
            self.assertEqual(process.returncode, 2)
            self.assertIn("cannot start: AGENT_PORT='x' is not a number", process.stderr)

    def test_a_place_that_is_taken_is_named(self) -> None:
        process = subprocess.run(
            [sys.executable, "-I", "-S", ENTRY],
            env={"AGENT_SOCKET": "/no/such/folder/socket", "WORKSPACE_DIR": "/tmp"},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.assertEqual(process.returncode, 1)
        self.assertIn("cannot listen on /no/such/folder/socket: No such file or directory", process.stderr)

    def test_the_token_can_come_through_a_descriptor(self) -> None:
        reader, writer = os.pipe()
        os.write(writer, b"from-a-pipe\n")
        agent = Agent({"AGENT_TOKEN_FD": "0", "SECRET_TOKEN": ""}, stdin=reader, token="from-a-pipe")
        os.close(reader)
        os.close(writer)
        try:
            self.assertEqual(agent.request("GET", "/healthz", token=TOKEN).status, 403)
            self.assertEqual(agent.request("GET", "/healthz", token="from-a-pipe").status, 200)
        finally:
            agent.stop()
            agent.remove()

    def test_a_missing_token_is_warned_about(self) -> None:
        agent = Agent({"SECRET_TOKEN": ""}, token="secret_token123")
        try:
            self.assertIn("SECRET_TOKEN is not set", agent.log())
        finally:
            agent.stop()
            agent.remove()

    def test_a_stale_socket_is_replaced(self) -> None:
        agent = Agent()
        agent.process.kill()
        agent.process.wait()
        path = agent.socket
        self.assertTrue(os.path.exists(path))
        again = Agent({"AGENT_SOCKET": path}, socket_path=path)
        try:
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
            again.stop()
            self.assertFalse(os.path.exists(path))
        finally:
            again.remove()
            agent.remove()

    def test_an_inherited_socket_is_served_and_the_lifeline_ends_it(self) -> None:
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
            path = os.path.join(folder, "socket")
            listener.bind(path)
            listener.listen()
            lifeline, held = os.pipe()
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", ENTRY],
                env={
                    "SECRET_TOKEN": TOKEN,
                    "WORKSPACE_DIR": folder,
                    "AGENT_LISTEN_FD": str(listener.fileno()),
                    "AGENT_LIFELINE_FD": str(lifeline),
                },
                pass_fds=(listener.fileno(), lifeline),
            )
            os.close(lifeline)
            try:
                with socket.socket(socket.AF_UNIX) as client:
                    client.connect(path)
                    client.sendall(f"GET /healthz HTTP/1.0\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
                    self.assertIn(b" 200 ", client.recv(4096))
                os.close(held)
                self.assertEqual(process.wait(5), 0)
            finally:
                process.kill()
                process.wait()

    def test_a_descriptor_that_is_none_is_refused(self) -> None:
        for name in ("AGENT_LISTEN_FD", "AGENT_LIFELINE_FD"):
            with self.assertRaisesRegex(SettingError, f"{name}='x' is not a file descriptor"):
                Settings({name: "x"})


class EndTest(unittest.TestCase):
    def run_everything(self, agent: Agent) -> list[str]:
        """Commands, a cell, a server and background work; answers the files with their process numbers."""
        agent.post("/mcp/add_servers", {"server_configs": {"mcpServers": {"one": config("one")}}})
        agent.shell("nohup setsid sh -c 'echo $$ > background; exec sleep 300' >/dev/null 2>&1 &")
        for path, body in (
            ("/tools/run_shell_command", {"command": "(setsid sh -c 'trap \"\" TERM; echo $$ > daemon; sleep 300' &); sleep 300"}),
            ("/tools/run_ipython_cell", {"code": "import os, time\nopen('cell', 'w').write(str(os.getpid()))\ntime.sleep(300)"}),
        ):
            data = json.dumps(body).encode()
            sock = agent.connect()
            sock.sendall(f"POST {path} HTTP/1.1\r\n{AUTHORIZED}Content-Length: {len(data)}\r\n\r\n".encode() + data)
            self.addCleanup(sock.close)
        paths = [agent.path(name) for name in ("background", "daemon", "cell")]
        wait_until(lambda: all(os.path.getsize(path) for path in paths))
        return paths

    def test_sigterm_ends_it_and_all_it_started_within_a_second(self) -> None:
        agent = Agent()
        try:
            pids = []
            for path in self.run_everything(agent):
                with open(path, encoding="ascii") as file:
                    pids.append(int(file.read()))
            upload = agent.connect()
            upload.sendall(f"PUT /workspace/file?path=u HTTP/1.1\r\n{AUTHORIZED}Content-Length: 9\r\n\r\n123".encode())
            wait_until(lambda: any(name.startswith(".sandbox-upload") for name in os.listdir(agent.workspace)))
            start = time.monotonic()
            self.assertEqual(agent.stop(), 0)
            self.assertLess(time.monotonic() - start, 1)
            upload.close()
            self.assertEqual([pid for pid in pids if is_running(pid)], [])
            self.assertFalse(any(name.startswith(".sandbox-upload") for name in os.listdir(agent.workspace)))
            self.assertNotIn("Traceback", agent.log())
        finally:
            agent.remove()

    def test_an_idle_agent_is_one_process_with_one_thread_and_few_descriptors(self) -> None:
        agent = Agent()
        try:
            wait_until(lambda: len(os.listdir(f"/proc/{agent.process.pid}/task")) == 1)
            self.assertLessEqual(len(os.listdir(f"/proc/{agent.process.pid}/fd")), 7)
        finally:
            agent.stop()
            agent.remove()


class LeakTest(AgentCase):
    @unittest.skipUnless(os.getuid() == 0, "the agent is closed to all but root")
    def test_nothing_is_left_open_by_calls_of_every_kind(self) -> None:
        def use() -> None:
            self.agent.shell("echo 1; (sleep 60 &) ; sleep 60", timeout=0.05)
            self.agent.shell("x" * 200_000)
            self.agent.put("f", b"x")
            self.agent.get("f")
            self.agent.get("none")
            self.agent.put("f/g", b"x")
            self.agent.request("GET", "/workspace/list?path=.&depth=3")
            self.agent.request("HEAD", "/workspace/list?path=.")
            self.agent.request("HEAD", "/workspace/file?format=bytes&path=f")
            self.agent.request("DELETE", "/workspace/entry?path=f")
            self.agent.post("/watcher/commit_changes", {})
            self.agent.post("/mcp/add_servers", {"server_configs": {"mcpServers": {"x": config("x", "broken")}}})
            self.agent.cell("import os; os._exit(0)")

        folder = f"/proc/{self.agent.process.pid}/fd"
        use()
        wait_until(lambda: len(os.listdir(folder)) <= 7)
        for _ in range(3):
            use()
        wait_until(lambda: len(os.listdir(folder)) <= 7)
        self.assertLessEqual(len(os.listdir(f"/proc/{self.agent.process.pid}/task")), 3)

    def test_exit_statuses_are_right_while_orphans_pour_in(self) -> None:
        wrong: list[object] = []

        def work(number: int) -> None:
            for _ in range(15):
                result = self.agent.shell(f"for i in 1 2 3; do (sh -c 'sleep 0.00$i; exit 9' >/dev/null 2>&1 &); done; exit {number}")
                if result["returncode"] != str(number):
                    wrong.append(result)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        wait_until(lambda: zombies(self.agent.process.pid) == [])


@unittest.skipUnless(os.getuid() == 0 and shutil.which("unshare"), "needs root and unshare")
class ProcessOneTest(unittest.TestCase):
    def test_as_process_1_it_collects_orphans_and_ends_on_sigterm(self) -> None:
        agent = Agent(prefix=UNSHARE)
        try:
            self.assertEqual(agent.shell("cat /proc/1/cmdline | tr '\\0' ' '")["stdout"].split()[-1], ENTRY)
            agent.shell("for i in 1 2 3 4 5; do (setsid sh -c 'exit 3' >/dev/null 2>&1 &); done")
            agent.shell("nohup sleep 300 >/dev/null 2>&1 &")
            listing = "cat /proc/[0-9]*/stat 2>/dev/null | grep -c ') Z '"
            wait_until(lambda: agent.shell(listing)["stdout"] == "0\n")
            children = subprocess.check_output(["pgrep", "-P", str(agent.process.pid)], text=True).split()
            start = time.monotonic()
            os.kill(int(children[0]), signal.SIGTERM)
            self.assertEqual(agent.process.wait(5), 0)
            self.assertLess(time.monotonic() - start, 1)
        finally:
            agent.remove()


@unittest.skipUnless(os.getuid() == 0 and shutil.which("bwrap"), "needs root and bubblewrap")
class BubblewrapTest(unittest.TestCase):
    def test_it_works_as_another_user_in_a_bubble_without_network(self) -> None:
        bubble = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", "bwrap", "--dev-bind", "/", "/"]
        bubble += ["--proc", "/proc", "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session"]
        pythons = [
            python
            for python in (sys.executable, "/usr/bin/python3")
            if subprocess.run([*bubble, python, "-I", ENTRY], env={"AGENT_PORT": "x"}, stderr=subprocess.DEVNULL).returncode == 2
        ]
        if not pythons:
            self.skipTest("no user namespaces, or Python or the agent is closed to others")
        agent = Agent(prefix=bubble, owner=12345, python=pythons[0])
        try:
            self.assertEqual(agent.shell("id -u")["stdout"], "12345\n")
            self.assertEqual(agent.cell("1 + 1")["stdout"], "Out[1]: 2\n")
            self.assertEqual(agent.put("a/b", b"x").status, 200)
            self.assertEqual(agent.shell("(setsid sleep 60 &); sleep 60", timeout=0.3)["returncode"], "124")
            self.assertEqual(agent.shell("ps ax | grep -c '[s]leep 60'")["stdout"], "0\n")
            found = agent.shell("cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep -c " + TOKEN)
            self.assertIn("Permission denied", found["stderr"])
        finally:
            agent.stop()
            agent.remove()


def zombies(parent: int) -> list[str]:
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/stat", encoding="latin-1") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] == "Z" and int(fields[1]) == parent:
            found.append(name)
    return found
