"""A sandbox that is returned to its first state. The agent is process 1 in a bubble of its own, as in a real sandbox."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from typing import Any

from tests.fake_mcp_config import config
from tests.harness import Agent, wait_until


class Sandbox(Agent):
    """The system is read-only but for `/opt`, which stands for what an image leaves open by mistake."""

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self.place = tempfile.mkdtemp(prefix="sandbox-")
        for name in ("workspace", "home", "open", "socket"):
            os.mkdir(os.path.join(self.place, name))
        self.inside("home", ".profile", "alias ll='ls -l'\n")
        os.symlink(".profile", os.path.join(self.place, "home", "link"))
        bubble = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/run"]
        bubble += ["--tmpfs", "/var/tmp", "--tmpfs", "/dev/shm", "--unshare-pid", "--unshare-ipc", "--as-pid-1"]
        # These may lie below a folder that is covered by now.
        package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        for path in (package, sys.prefix, sys.base_prefix):
            bubble += ["--ro-bind", path, path]
        bubble += ["--die-with-parent"]
        for name, path in (("workspace", "/srv"), ("home", "/media"), ("open", "/opt"), ("socket", "/mnt")):
            bubble += ["--bind", os.path.join(self.place, name), path]
        variables = {"HOME": "/media", "WORKSPACE_DIR": "/srv", "AGENT_SOCKET": "/mnt/agent", "AGENT_LOG_DIR": "/tmp/logs"}
        path = os.path.join(self.place, "socket", "agent")
        super().__init__({**variables, **(environment or {})}, bubble, socket_path=path)

    def inside(self, *names: str) -> str:
        *folders, content = names
        path = os.path.join(self.place, *folders)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
        return path

    def reset(self) -> dict[str, Any]:
        answer = self.request("POST", "/reset", b"{}")
        assert answer.status == 200, answer.body
        told: dict[str, Any] = answer.json()
        return told

    def remove(self) -> None:
        super().remove()
        shutil.rmtree(self.place, ignore_errors=True)


@unittest.skipUnless(os.getuid() == 0 and shutil.which("bwrap"), "needs root and bubblewrap")
class ResetTest(unittest.TestCase):
    def setUp(self) -> None:
        self.sandbox = Sandbox()
        self.addCleanup(self.sandbox.remove)

    def assert_restored(self) -> None:
        told = self.sandbox.reset()
        self.assertEqual((told["restored"], told["problems"]), (True, []))

    def test_an_unused_sandbox_is_in_its_first_state(self) -> None:
        self.assert_restored()
        self.assert_restored()

    def test_processes_are_gone_also_those_that_hid(self) -> None:
        self.sandbox.post("/tools/commands", {"command": "sleep 300"})
        self.sandbox.post("/tools/commands", {"terminal": {}})
        hide = "env -i setsid sh -c 'env -i sleep 301 & env -i sleep 302 &' </dev/null >/dev/null 2>&1 &"
        self.sandbox.shell(hide)
        self.sandbox.cell("import subprocess; subprocess.Popen(['sleep', '303'])")
        told = self.sandbox.reset()
        self.assertEqual(told["problems"], [])
        self.assertGreaterEqual(told["processes_killed"], 2)
        listing = self.sandbox.shell("ls /proc | grep -c '^[0-9]'")["stdout"]
        self.assertLessEqual(int(listing), 4, "the agent, the shell and this pipe")
        self.assertEqual(self.sandbox.request("GET", "/tools/commands").json(), {"commands": []})

    def test_folders_are_empty_whatever_was_done_to_them(self) -> None:
        self.sandbox.shell(
            "mkdir -p a/b /tmp/c /var/tmp/d /dev/shm/e /run/f; touch a/b/x /tmp/c/x .hidden; mkfifo p; ln -s /etc l;"
            "chmod 0 a/b; chmod 0 /tmp/c; chmod 777 /srv; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"s\")'"
        )
        deep = "import os\nfor _ in range(300):\n    os.mkdir('d'); os.chdir('d')"
        self.sandbox.cell(deep)
        mode = os.stat(os.path.join(self.sandbox.place, "workspace")).st_mode
        self.assert_restored()
        self.assertEqual(os.listdir(os.path.join(self.sandbox.place, "workspace")), [])
        self.assertNotEqual(os.stat(os.path.join(self.sandbox.place, "workspace")).st_mode, mode)
        listing = "ls -A /srv /tmp /var/tmp /dev/shm /run | grep -v -e : -e '^$'; awk '{print $5}' /proc/self/mountinfo"
        names = self.sandbox.shell(listing)["stdout"].split()
        points = [name for name in names if name.startswith("/")]
        left = {name for name in names if not any(f"/{name}/" in point + "/" for point in points)}
        self.assertEqual(left, set(points), "nothing but the way to mount points")

    def test_home_is_as_it_was(self) -> None:
        home = os.path.join(self.sandbox.place, "home")
        self.sandbox.shell("echo evil >>~/.profile; rm ~/link; mkdir -p ~/.cache/x; echo 1 >~/.cache/x/y; chmod 777 ~")
        self.assert_restored()
        self.assertEqual(sorted(os.listdir(home)), [".profile", "link"])
        with open(os.path.join(home, ".profile"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "alias ll='ls -l'\n")
        self.assertEqual(os.readlink(os.path.join(home, "link")), ".profile")
        self.sandbox.shell("rm -rf ~/.profile; mkdir ~/.profile; ln -f ~/.profile/../link ~/other; rm ~/link; echo x >~/link")
        self.assert_restored()
        self.assertEqual(os.readlink(os.path.join(home, "link")), ".profile")

    def test_the_interpreter_is_fresh_and_the_environment_as_at_the_start(self) -> None:
        self.sandbox.cell("import os\nname = 1\nos.environ['LEFT'] = 'over'\nos.umask(0)")
        self.assert_restored()
        text = self.sandbox.cell("import os\nprint('name' in globals(), os.environ.get('LEFT'), oct(os.umask(0o22)))")
        self.assertEqual(text["stdout"], "False None 0o22\n")

    def test_what_cannot_be_restored_is_told(self) -> None:
        self.sandbox.shell("true")
        self.assert_restored()
        self.sandbox.shell("echo planted >/opt/tool")
        told = self.sandbox.reset()
        self.assertFalse(told["restored"])
        self.assertIn("/opt/tool was changed", told["problems"])

    def test_shared_memory_of_system_v_is_removed(self) -> None:
        code = "import ctypes\nlibc = ctypes.CDLL(None)\nprint(libc.shmget(5, 4096, 0o1666) >= 0, libc.semget(5, 1, 0o1666) >= 0, libc.msgget(5, 0o1666) >= 0)"
        self.assertEqual(self.sandbox.cell(code)["stdout"], "True True True\n")
        self.assert_restored()
        left = self.sandbox.shell("cat /proc/sysvipc/shm /proc/sysvipc/sem /proc/sysvipc/msg | wc -l")["stdout"]
        self.assertEqual(left.strip(), "3", "only the headings")

    def test_calls_that_run_are_ended_first(self) -> None:
        ended = threading.Event()

        def call() -> None:
            try:
                self.sandbox.post("/tools/run_shell_command", {"command": "sleep 300; touch /srv/late"})
            except OSError:
                ended.set()

        thread = threading.Thread(target=call)
        thread.start()
        with self.sandbox.connect() as upload:
            head = "PUT /workspace/file?path=half HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer test-token\r\nContent-Length: 9\r\n\r\nhalf"
            upload.sendall(head.encode())
            wait_until(lambda: len(self.sandbox.request("GET", "/tools/calls").json()["calls"]) == 1)
            time.sleep(0.2)
            self.assert_restored()
            self.assertEqual(upload.recv(100), b"")
        thread.join(10)
        self.assertTrue(ended.is_set(), "a connection that breaks off says that there is no answer")
        self.assertEqual(os.listdir(os.path.join(self.sandbox.place, "workspace")), [])

    def test_the_token_is_wanted(self) -> None:
        self.assertEqual(self.sandbox.request("POST", "/reset", b"", token="wrong").status, 403)


@unittest.skipUnless(os.getuid() == 0 and shutil.which("bwrap"), "needs root and bubblewrap")
class ServersTest(unittest.TestCase):
    def test_the_images_servers_are_there_again_and_others_are_not(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".json", dir="/var/lib") as file:
            json.dump({"mcpServers": {"own": config("own")}}, file)
            file.flush()
            sandbox = Sandbox({"AGENT_MCP_CONFIG": file.name})
            self.addCleanup(sandbox.remove)
            sandbox.post("/mcp/add_servers", {"server_configs": {"mcpServers": {"added": config("added")}}})
            self.assertEqual(set(sandbox.request("GET", "/mcp/list_tools").json()), {"own", "added"})
            told = sandbox.reset()
            self.assertEqual(told["problems"], [])
            self.assertEqual(set(sandbox.request("GET", "/mcp/list_tools").json()), {"own"})


class SharedMachineTest(unittest.TestCase):
    def test_where_the_machine_is_shared_nothing_is_touched(self) -> None:
        agent = Agent()
        self.addCleanup(agent.remove)
        with tempfile.NamedTemporaryFile() as theirs, subprocess.Popen(["sleep", "300"]) as process:
            answer = agent.request("POST", "/reset", b"")
            self.assertEqual(answer.status, 409)
            self.assertIn("cannot be reset", answer.json()["detail"])
            self.assertTrue(os.path.exists(theirs.name))
            self.assertIsNone(process.poll())
            process.kill()
        self.assertEqual(agent.shell("echo on")["stdout"], "on\n")
