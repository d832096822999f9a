from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from tests.fake_desktop import BANNER, Config
from tests.harness import ENTRY, TOKEN, Agent, Connection, wait_until
from tests.test_reset import Sandbox
from tests.ws_client import WebSocketClient, masked


class DesktopCase(unittest.TestCase):
    screen = "screen"
    browser: str | None = "browser"
    place: str | None = None
    copy: str | None = None

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="desktop-", dir=self.place)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.config = Config(self.folder, self.screen, self.browser, self.copy)
        self.agent = self.start()
        self.addCleanup(self.agent.remove)
        self.addCleanup(self.agent.stop)  # takes the screen and the browser along

    def start(self) -> Agent:
        return Agent(self.config.environment)

    def open(self, path: str = "/websockify", headers: str = "", early: bytes = b"") -> WebSocketClient:
        sock = self.agent.connect()
        self.addCleanup(sock.close)
        return WebSocketClient(sock, path, headers, early)

    def tearDown(self) -> None:
        self.assertNotIn("Traceback", self.agent.log())


class WatchTest(DesktopCase):
    def test_bytes_pass_both_ways_in_binary_messages_without_a_token(self) -> None:
        client = self.open(headers="Sec-WebSocket-Protocol: binary\r\n")
        self.assertIn("101 switching protocols", client.head)
        self.assertIn("sec-websocket-protocol: binary", client.head)
        self.assertEqual(client.receive_bytes(12), BANNER)
        data = os.urandom(200_000)
        client.sock.sendall(masked(0x02, data[:70_000]) + masked(0x89, b"still there?") + masked(0x80, data[70_000:]))
        received, pong = b"", b""
        while len(received) < len(data) or not pong:
            opcode, payload = client.receive()
            received, pong = (received, payload) if opcode == 10 else (received + payload, pong)
        self.assertEqual((received, pong), (data, b"still there?"))

    def test_the_clients_close_is_answered_and_ends_the_connection(self) -> None:
        client = self.open()
        client.receive_bytes(12)
        client.send(b"\x03\xe8bye", 0x88)
        self.assertEqual(client.receive_close(), (1000, ""))
        self.assertTrue(client.ended())

    def test_the_end_of_the_screens_side_is_told_at_once(self) -> None:
        client = self.open("/websockify/?password=x")
        client.receive_bytes(12)
        client.send(b"end")
        began = time.monotonic()
        code, reason = client.receive_close()
        self.assertEqual((code, reason), (1001, "the screen ended the connection"))
        self.assertLess(time.monotonic() - began, 1)
        client.send(b"\x03\xe9", 0x88)
        self.assertTrue(client.ended())

    def test_text_and_broken_frames_are_refused_with_their_code(self) -> None:
        for data, code in ((masked(0x81, b"text"), 1003), (b"\x82\x01x", 1002)):
            client = self.open()
            client.receive_bytes(12)
            client.sock.sendall(data)
            self.assertEqual(client.receive_close()[0], code)

    def test_what_comes_with_the_handshake_is_not_lost(self) -> None:
        client = self.open(early=masked(0x82, b"early"))
        self.assertEqual(client.receive_bytes(17), BANNER + b"early")

    def test_a_client_that_does_not_read_holds_the_screen_back_and_not_in_memory(self) -> None:
        client = self.open()
        client.receive_bytes(12)
        client.send(b"flood")
        time.sleep(0.5)
        with open(f"/proc/{self.agent.process.pid}/status", encoding="ascii") as file:
            resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
        self.assertLess(resident, 40_000)
        self.assertEqual(client.receive_bytes(8 << 20), b"x" * (8 << 20))

    def test_an_ordinary_request_is_told_to_upgrade(self) -> None:
        self.assertEqual(self.agent.request("GET", "/websockify", token=None).status, 426)
        self.assertEqual(self.agent.request("POST", "/vnc/vnc_lite.html", token=None).status, 405)

    def test_passwords_cannot_be_tried_out_by_opening_again_and_again(self) -> None:
        heads = [self.open().head for _ in range(30)]
        self.assertTrue(all("101" in head for head in heads[:20]))
        self.assertTrue(any("503" in head for head in heads[20:]))
        wait_until(lambda: "101" in self.open().head)

    def test_pages_of_the_viewer_are_for_anybody_and_nothing_else_is(self) -> None:
        page = self.agent.request("GET", "/vnc/vnc_lite.html?password=x", token=None)
        self.assertEqual((page.status, page.body), (200, b"<p>lite</p>"))
        self.assertEqual(page.headers["content-type"], "text/html; charset=utf-8")
        self.assertEqual(self.agent.request("GET", "/vnc/viewer.js", token=None).headers["content-type"][:15], "text/javascript")
        for path in ("/vnc/../secret", "/vnc/%2e%2e/secret", "/vnc/..%2fsecret", "/vnc/none.html", "/vnc/", "/vnc/%00"):
            self.assertEqual(self.agent.request("GET", path, token=None).status, 404, path)
        self.assertEqual(self.agent.request("GET", "/healthz", token=None).status, 403)


class KeepingTest(DesktopCase):
    def healthy(self) -> bool:
        return self.agent.request("GET", "/healthz").status == 200

    def test_the_screen_gets_the_first_eight_characters_of_the_token(self) -> None:
        with open(self.config.password_of_screen, encoding="utf-8") as file:
            self.assertEqual(file.read(), TOKEN[:8] + "\n.made")
        path = os.path.join(self.agent.home, "logs", "screen-password")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_a_screen_that_dies_is_started_again_and_unhealthy_until_then(self) -> None:
        with open(self.config.left_behind, "w", encoding="utf-8"):
            pass
        client = self.open()
        client.receive_bytes(12)
        client.send(b"die")
        self.assertEqual(client.receive_close()[0], 1001)
        answer = self.agent.request("GET", "/healthz")
        self.assertEqual(answer.status, 503)
        self.assertIn(f"the screen does not answer on port {self.config.vnc_port}", answer.json()["detail"])
        wait_until(self.healthy)
        self.assertFalse(os.path.exists(self.config.left_behind))
        self.assertIn("screen ended with status 3; started again in", self.agent.log())

    def test_a_browser_that_is_killed_comes_back_with_another_number(self) -> None:
        def browsers() -> list[str]:
            found = subprocess.run(["pgrep", "-f", f"browser {self.config.cdp_port}"], capture_output=True, text=True)
            return found.stdout.split()

        first = browsers()
        self.assertEqual(len(first), 1)
        os.kill(int(first[0]), 9)
        wait_until(lambda: not self.healthy())
        wait_until(self.healthy)
        self.assertNotEqual(browsers(), first)

    def test_a_browser_that_is_closed_again_and_again_comes_back_as_soon_as_the_first_time(self) -> None:
        for _ in range(5):
            wait_until(self.healthy)
            began = time.monotonic()
            with socket.create_connection(("127.0.0.1", self.config.cdp_port)) as sock:
                sock.sendall(b"GET /close HTTP/1.1\r\n\r\n")
                self.assertEqual(sock.recv(1), b"")
            wait_until(self.healthy)
            self.assertLess(time.monotonic() - began, 4)

    def test_the_end_of_the_agent_is_the_end_of_all(self) -> None:
        began = time.monotonic()
        self.assertEqual(self.agent.stop(), 0)
        self.assertLess(time.monotonic() - began, 2)
        pattern = f"fake_desktop.py .* ({self.config.vnc_port}|{self.config.cdp_port})"
        self.assertEqual(subprocess.run(["pgrep", "-f", pattern], capture_output=True).stdout, b"")


class UnhealthyCase(unittest.TestCase):
    def ask(self, screen: str, browser: str | None, expected: str) -> None:
        folder = tempfile.mkdtemp(prefix="desktop-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        config = Config(folder, screen, browser)
        path = os.path.join(folder, "socket")
        variables = {
            **os.environ, **config.environment, "SECRET_TOKEN": TOKEN, "AGENT_SOCKET": path, "HOME": folder,
            "WORKSPACE_DIR": os.path.join(folder, "workspace"), "AGENT_LOG_DIR": os.path.join(folder, "logs"),
        }  # fmt: skip
        process = subprocess.Popen([sys.executable, "-I", "-S", ENTRY], env=variables, stderr=subprocess.PIPE)
        try:
            wait_until(lambda: os.path.exists(path))
            wait_until(lambda: expected in self.detail(path))
        finally:
            process.terminate()
            self.assertNotIn(b"Traceback", process.communicate(timeout=10)[1])

    def detail(self, path: str) -> str:
        connection = Connection(path)
        try:
            connection.request("GET", "/healthz", headers={"Authorization": f"Bearer {TOKEN}"})
            answer = connection.getresponse()
            text = answer.read().decode()
            self.assertEqual(answer.status, 503, text)
            return text
        finally:
            connection.close()

    def test_a_screen_that_cannot_start_says_why_in_the_health(self) -> None:
        self.ask("broken", "browser", "cannot open display")

    def test_a_silent_screen_is_unhealthy(self) -> None:
        self.ask("silent", "browser", "the screen does not answer")

    def test_a_browser_that_answers_garbage_is_unhealthy(self) -> None:
        self.ask("screen", "garbage", "the browser does not answer")

    def test_a_browser_that_hangs_is_unhealthy(self) -> None:
        self.ask("screen", "silent", "the browser does not answer")


class ConfigTest(unittest.TestCase):
    def refusal(self, text: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "desktop.json")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            variables = {"AGENT_DESKTOP_CONFIG": path, "AGENT_SOCKET": os.path.join(folder, "socket"), "WORKSPACE_DIR": folder}
            ended = subprocess.run(
                [sys.executable, "-I", "-S", ENTRY], env=variables, capture_output=True, text=True, timeout=10
            )
            self.assertEqual(ended.returncode, 2)
            return ended.stderr

    def test_what_cannot_be_used_ends_the_start_and_names_it(self) -> None:
        screen = '"vnc_port": 1, "password_command": ["x"], "screen": '
        for text, expected in {
            "{": "is no JSON",
            "[]": "expected an object",
            '{"vnc_port": 0}': "vnc_port: a port",
            '{"colour": 1}': "expected nothing but",
            '{"vnc_port": 1}': "password_command: a list of texts",
            "{" + screen + '{"command": []}}': "screen: command: a list of texts",
            "{" + screen + '{"command": ["{NO_SUCH}"]}}': "screen: command names a variable that there is not: 'NO_SUCH'",
            "{" + screen + '{"command": ["x"]}, "programs": [{"command": ["x"]}]}': "a name of each program",
        }.items():
            with self.subTest(text):
                self.assertIn(expected, self.refusal(text))


@unittest.skipUnless(os.getuid() == 0 and shutil.which("bwrap"), "needs root and bubblewrap")
class ResetTest(DesktopCase):
    place = "/var/lib"  # to be seen in the bubble, which has a /tmp of its own; nothing may be written there
    copy = "/dev/null"

    def start(self) -> Agent:
        return Sandbox(self.config.environment)

    def test_a_reset_wipes_what_the_browser_kept_and_brings_screen_and_browser_back(self) -> None:
        self.assertEqual(self.agent.shell("mkdir -p ~/.browser && echo me >~/.browser/cookies")["returncode"], "0")
        client = self.open()
        client.receive_bytes(12)
        told = self.agent.request("POST", "/reset", b"{}").json()
        # The bubble shows the machine's own folders, and an engine may be at work in its one.
        self.assertEqual([problem for problem in told["problems"] if "/var/lib/docker/" not in problem], [])
        self.assertTrue(client.ended())
        self.assertEqual(self.agent.request("GET", "/healthz").status, 200)
        self.assertEqual(self.agent.shell("cat ~/.browser/cookies")["returncode"], "1")
        self.assertEqual(self.open().receive_bytes(12), BANNER)


if __name__ == "__main__":
    unittest.main()
