from __future__ import annotations

import base64
import hashlib
import os
import socket
import struct
import threading
import time
import unittest

from tests.harness import AUTHORIZED, TOKEN, Agent, AgentCase, Answer, receive_all, receive_until, wait_until
from tests.service import Service, answering, read_exactly

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
MIB = 1 << 20


class PortsCase(AgentCase):
    def ask(self, service: Service, method: str = "GET", path: str = "/", body: bytes | None = None, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.agent.request(method, f"/ports/{service.port}{path}", body, sent)

    def open(self, service: Service, headers: str = "", method: str = "GET", path: str = "/") -> socket.socket:
        sock = self.agent.connect()
        sock.sendall(f"{method} /ports/{service.port}{path} HTTP/1.1\r\n{AUTHORIZED}{headers}\r\n".encode())
        return sock


class ForwardTest(PortsCase):
    def test_what_is_asked_and_answered_passes_unchanged(self) -> None:
        reply = (
            b"HTTP/1.1 418 Short and stout\r\nServer: theirs\r\nDate: never\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
            b"X-Own: caf\xe9\r\nContent-Length: 3\r\n\r\ntea"
        )
        with Service(answering(reply)) as service:
            answer = self.ask(service, "BREW", "/a%2Fb/../c?x=%20&y=1", b"body", X_Mine="1")
        self.assertEqual((answer.status, answer.body), (418, b"tea"))
        self.assertEqual(answer.headers.get_all("Set-Cookie"), ["a=1", "b=2"])
        self.assertEqual((answer.headers.get_all("Server"), answer.headers.get_all("Date")), (["theirs"], ["never"]))
        self.assertEqual(answer.headers["X-Own"], "caf\xe9")
        self.assertEqual(service.heads[0].split("\r\n")[0], "BREW /a%2Fb/../c?x=%20&y=1 HTTP/1.1")
        self.assertEqual((service.header("x-mine"), service.header("content-length")), ("1", "4"))

    def test_the_agents_token_stays_here_and_the_service_learns_its_address(self) -> None:
        with Service(answering(OK)) as service:
            self.ask(service)
            self.assertNotIn(TOKEN, service.heads[0])
            self.assertEqual(service.header("host"), f"localhost:{service.port}")
            self.assertEqual(service.header("x-forwarded-host"), "agent")
            self.assertEqual(service.header("x-forwarded-prefix"), f"/ports/{service.port}")
            self.agent.request("GET", f"/fastapi/ports/{service.port}/x")
            self.assertEqual(service.header("x-forwarded-prefix"), f"/fastapi/ports/{service.port}")
            self.ask(service, X_Forwarded_Host="outside.example", X_Forwarded_Prefix="/proxy/abc/", X_Forwarded_Proto="https")
            self.assertEqual(service.header("x-forwarded-host"), "outside.example")
            self.assertEqual(service.header("x-forwarded-prefix"), f"/proxy/abc/ports/{service.port}")
            self.assertEqual(service.header("x-forwarded-proto"), "https")
            self.ask(service, X_Forwarded_Prefix="/")
            self.assertNotIn("x-forwarded-prefix", service.heads[-1])

    def test_headers_of_one_hop_end_here(self) -> None:
        reply = b"HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nContent-Length: 0\r\n\r\n"
        with Service(answering(reply)) as service:
            answer = self.ask(service, Connection="X-Private, keep-alive", X_Private="1", TE="trailers", Keep_Alive="9")
        self.assertEqual([service.header(name) for name in ("x-private", "te", "keep-alive")], [None] * 3)
        self.assertEqual(service.header("connection"), "close")
        self.assertEqual([answer.headers[name] for name in ("X-Hop", "Keep-Alive", "Connection")], [None] * 3)

    def test_a_path_of_nothing_is_the_root(self) -> None:
        with Service(answering(OK)) as service:
            self.ask(service, path="")
            self.ask(service, path="?q")
        self.assertEqual([head.split(" ")[1] for head in service.heads], ["/", "/?q"])

    def test_ipv6_is_tried_after_ipv4(self) -> None:
        try:
            service = Service(answering(OK), socket.AF_INET6)
        except OSError:
            self.skipTest("no IPv6")
        with service:
            self.assertEqual(self.ask(service).body, b"ok")

    def test_bodiless_answers_keep_the_connection_in_step(self) -> None:
        replies = iter((
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
            b"HTTP/1.1 204 No Content\r\n\r\n",
            b"HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 5\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nTrailer: 1\r\n\r\n",
        ))  # fmt: skip
        with Service(lambda sock, _: sock.sendall(next(replies))) as service:
            data = b""
            for method in ("HEAD", "DELETE", "GET", "GET"):
                data += f"{method} /ports/{service.port}/ HTTP/1.1\r\n{AUTHORIZED}\r\n".encode()
            answer = self.agent.raw(data + f"GET /healthz HTTP/1.1\r\n{AUTHORIZED}Connection: close\r\n\r\n".encode())
        self.assertEqual([part.split(b" ")[0] for part in answer.split(b"HTTP/1.1 ")[1:]], [b"200", b"204", b"304", b"200", b"200"])
        self.assertIn(b"content-length: 5\r\n\r\nHTTP/1.1 204", answer)
        self.assertIn(b"\r\n\r\n2\r\nab\r\n0\r\n\r\nHTTP/1.1 200", answer)

    def test_without_a_length_the_end_of_the_connection_ends_the_body(self) -> None:
        with Service(answering(b"HTTP/1.0 200 OK\r\n\r\nall of it")) as service:
            self.assertEqual(self.ask(service).body, b"all of it")
            sock = self.agent.connect()
            sock.sendall(f"GET /ports/{service.port}/ HTTP/1.0\r\n{AUTHORIZED}\r\n".encode())
            self.assertTrue(receive_all(sock).endswith(b"\r\n\r\nall of it"))
            sock.close()


class RefusalTest(PortsCase):
    def test_without_the_token_nothing_is_reached(self) -> None:
        with Service(answering(OK)) as service:
            for token in (None, "wrong"):
                answer = self.agent.request("GET", f"/ports/{service.port}/", token=token)
                self.assertEqual(answer.status, 403)
            sock = self.agent.connect()
            sock.sendall(f"GET /ports/{service.port}/ HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n".encode())
            self.assertIn(b" 403 ", sock.recv(4096))
            sock.close()
        self.assertEqual(service.heads, [])

    def test_only_numbers_of_ports_are_ports(self) -> None:
        for number in ("0", "65536", "-1", "x", "80x", "", "1e3", "%38080", "\u0668", "00000000080"):
            answer = self.agent.request("GET", f"/ports/{number.replace(chr(0x668), '%D9%A8')}/")
            self.assertEqual(answer.status, 404, number)
        self.assertEqual(self.agent.request("GET", "/ports").status, 404)

    def test_where_nothing_listens_the_answer_says_so(self) -> None:
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        answer = self.agent.request("GET", f"/ports/{sock.getsockname()[1]}/")
        sock.close()
        self.assertEqual(answer.status, 502)
        self.assertIn(f"nothing listens on port {sock.getsockname()[1] if sock.fileno() >= 0 else ''}".strip(), answer.json()["detail"])

    def test_the_agents_own_port_is_refused(self) -> None:
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        sock.close()
        agent = Agent(port=port)
        try:
            answer = agent.request("GET", f"/ports/{port}/healthz")
            self.assertEqual((answer.status, "agent's own" in answer.json()["detail"]), (409, True))
        finally:
            agent.stop()
            agent.remove()

    def test_services_that_do_not_speak_http_are_a_bad_gateway(self) -> None:
        for reply in (
            b"", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 200", b"HTTP/2 200 OK\r\n\r\n", b"HTTP/1.1 20x OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: b\nX: y\r\n\r\n", b"X" * 200_000,
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", b"HTTP/1.1 101 Switching\r\n\r\n",
        ):  # fmt: skip
            with self.subTest(reply[:40]), Service(answering(reply)) as service:
                answer = self.ask(service)
                self.assertEqual((answer.status, list(answer.json())), (502, ["detail"]))

    def test_an_answer_that_breaks_off_breaks_off_here_too(self) -> None:
        for reply in (
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nnonsense\r\n",
        ):
            with self.subTest(reply), Service(answering(reply)) as service, self.open(service) as sock:
                received = receive_all(sock)
                self.assertIn(b"half", received)
                self.assertFalse(received.endswith(b"0\r\n\r\n"))
                self.assertEqual(received.count(b"HTTP/1.1"), 1)


class StreamTest(PortsCase):
    def test_pieces_arrive_as_they_are_written_both_ways_at_once(self) -> None:
        def echo(sock: socket.socket, data: bytes) -> None:
            sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while not data.endswith(b"0\r\n\r\n"):
                if data:
                    sock.sendall(data)
                data = sock.recv(65536)
            sock.sendall(data)

        with Service(echo) as service, self.open(service, "Transfer-Encoding: chunked\r\n", "POST") as sock:
            received = b""
            for number in range(5):
                sock.sendall(b"5\r\nhall%d\r\n" % number)
                while b"hall%d" % number not in received:
                    received += sock.recv(65536)
            sock.sendall(b"0\r\n\r\n")
            while not received.endswith(b"0\r\n\r\n"):
                received += sock.recv(65536)
            sock.sendall(f"GET /healthz HTTP/1.1\r\n{AUTHORIZED}\r\n".encode())
            self.assertIn(b"200 OK", sock.recv(4096), "the connection is still in step")

    def test_big_bodies_pass_with_little_memory(self) -> None:
        size = 192 * MIB

        def swallow(sock: socket.socket, data: bytes) -> None:
            count = len(data)
            while count < size:
                count += len(sock.recv(MIB))
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
            for _ in range(size // MIB):
                sock.sendall(b"y" * MIB)

        with Service(swallow) as service, self.open(service, f"Content-Length: {size}\r\n", "PUT") as sock:
            for _ in range(size // MIB):
                sock.sendall(b"x" * MIB)
            count = 0
            while count < size:
                count += len(sock.recv(MIB))
        self.assertEqual(service.failures, [])
        if os.getuid() == 0:  # the agent is closed to all but root
            with open(f"/proc/{self.agent.process.pid}/status", encoding="ascii") as file:
                peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
            self.assertLess(peak, 32 * 1024)

    def test_a_service_that_answers_early_is_heard(self) -> None:
        size = 24 * MIB
        reply = b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno!"
        with Service(answering(reply)) as service:
            answer = self.agent.request("POST", f"/ports/{service.port}/", b"x" * size)
            self.assertEqual((answer.status, answer.body), (413, b"no!"))

    def test_a_body_that_breaks_off_is_not_passed_on_as_a_whole_one(self) -> None:
        seen: list[bytes] = []

        def collect(sock: socket.socket, data: bytes) -> None:
            while block := sock.recv(65536):
                data += block
            seen.append(data)

        with Service(collect) as service:
            with self.open(service, "Transfer-Encoding: chunked\r\n", "POST") as sock:
                sock.sendall(b"3\r\nabc\r\n")
                wait_until(lambda: len(service.heads) == 1)
            wait_until(lambda: len(seen) == 1)
            with self.open(service, "Transfer-Encoding: chunked\r\n", "POST") as sock:
                sock.sendall(b"3\r\nabc\r\nnonsense\r\n")
                self.assertIn(b" 400 ", receive_all(sock))
            wait_until(lambda: len(seen) == 2)
        self.assertEqual(seen, [b"3\r\nabc\r\n"] * 2)

    def test_a_client_that_leaves_ends_its_request_to_a_silent_service(self) -> None:
        ended = threading.Event()

        def wait(sock: socket.socket, _: bytes) -> None:
            self.assertEqual(sock.recv(1), b"")
            ended.set()

        with Service(wait) as service:
            sock = self.open(service)
            wait_until(lambda: len(service.heads) == 1)
            sock.close()
            self.assertTrue(ended.wait(5))


class ContinueTest(PortsCase):
    def test_the_service_decides_whether_the_body_is_sent(self) -> None:
        def willing(sock: socket.socket, _: bytes) -> None:
            sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.assertEqual(read_exactly(sock, 4), b"body")
            sock.sendall(OK)

        with Service(willing) as service:
            with self.open(service, "Expect: 100-continue\r\nContent-Length: 4\r\n", "POST") as sock:
                self.assertEqual(sock.recv(4096), b"HTTP/1.1 100 Continue\r\n\r\n")
                sock.sendall(b"body")
                self.assertIn(b"200 OK", sock.recv(4096))
        self.assertEqual(service.failures, [])
        with Service(answering(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")) as service:
            with self.open(service, "Expect: 100-continue\r\nContent-Length: 4\r\n", "POST") as sock:
                received = receive_all(sock)
        self.assertTrue(received.startswith(b"HTTP/1.1 401 No\r\n"), received)
        self.assertIn(b"connection: close", received)

    def test_a_service_that_does_not_know_it_gets_the_body_anyway(self) -> None:
        def ignorant(sock: socket.socket, data: bytes) -> None:
            self.assertEqual(read_exactly(sock, 4, data), b"body")
            sock.sendall(OK)

        with Service(ignorant) as service:
            with self.open(service, "Expect: 100-continue\r\nContent-Length: 4\r\n", "POST") as sock:
                self.assertEqual(sock.recv(4096), b"HTTP/1.1 100 Continue\r\n\r\n")
                sock.sendall(b"body")
                self.assertIn(b"200 OK", sock.recv(4096))
        self.assertEqual(service.failures, [])


UPGRADE = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: {}\r\nSec-WebSocket-Version: 13\r\n"
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(opcode: int, payload: bytes, mask: bytes = b"") -> bytes:
    marked = 0x80 if mask else 0
    size = len(payload)
    length = bytes([marked | size]) if size < 126 else bytes([marked | 126]) + struct.pack(">H", size) if size < 65536 else bytes([marked | 127]) + struct.pack(">Q", size)
    covered = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload)) if mask else payload
    return bytes([0x80 | opcode]) + length + mask + covered


def read_frame(sock: socket.socket) -> tuple[int, bytes]:
    first, second = read_count(sock, 2)
    size = second & 0x7F
    if size > 125:
        size = int.from_bytes(read_count(sock, 2 if size == 126 else 8), "big")
    mask = read_count(sock, 4) if second & 0x80 else b""
    payload = read_count(sock, size)
    return first & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload)) if mask else payload


def read_count(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        block = sock.recv(count - len(data))
        if not block:
            raise EOFError
        data += block
    return data


def web_socket(service: list[Service]) -> Service:
    """Echoes frames until a close frame."""

    def serve(sock: socket.socket, _: bytes) -> None:
        key = service[0].header("sec-websocket-key") or ""
        accept = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest())
        head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept
        sock.sendall(head + b"\r\n\r\n" + frame(1, b"hello"))  # the first frame at once with the head
        while True:
            opcode, payload = read_frame(sock)
            sock.sendall(frame(opcode, payload))
            if opcode == 8:
                return

    service.append(Service(serve))
    return service[0]


class UpgradeTest(PortsCase):
    def test_a_web_socket_carries_text_and_binary_both_ways(self) -> None:
        with web_socket([]) as service, self.open(service, UPGRADE.format("a2V5")) as sock:
            lines = receive_until(sock, b"\r\n\r\n", 1).decode().lower().split("\r\n")
            self.assertEqual(lines[0], "http/1.1 101 switching protocols")
            self.assertIn("upgrade: websocket", lines)
            self.assertIn("connection: upgrade", lines)
            accept = base64.b64encode(hashlib.sha1(b"a2V5" + GUID).digest()).decode().lower()
            self.assertIn(f"sec-websocket-accept: {accept}", lines)
            self.assertFalse(any(line.startswith("content-length") for line in lines))
            self.assertEqual(read_frame(sock), (1, b"hello"))
            for opcode, payload in ((1, "wörld".encode()), (2, bytes(range(256)) * 1200), (2, b""), (9, b"ping")):
                sock.sendall(frame(opcode, payload, b"mask"))
                self.assertEqual(read_frame(sock), (opcode, payload))
            sock.sendall(frame(8, b"\x03\xe8", b"mask"))
            self.assertEqual(read_frame(sock), (8, b"\x03\xe8"))
            self.assertEqual(sock.recv(1), b"", "the service's end is the client's end")
        self.assertEqual((service.header("connection"), service.header("upgrade")), ("upgrade", "websocket"))
        self.assertNotIn(TOKEN, service.heads[0])
        self.assertEqual(service.failures, [])

    def test_what_the_client_sends_with_its_request_is_not_lost(self) -> None:
        with web_socket([]) as service, self.agent.connect() as sock:
            head = f"GET /ports/{service.port}/ HTTP/1.1\r\n{AUTHORIZED}{UPGRADE.format('x')}\r\n".encode()
            sock.sendall(head + frame(2, b"early", b"mask"))
            receive_until(sock, b"early")

    def test_the_end_of_one_way_leaves_the_other_open(self) -> None:
        def shout(sock: socket.socket, data: bytes) -> None:
            sock.sendall(b"HTTP/1.1 101 Go\r\nUpgrade: raw\r\nConnection: Upgrade\r\n\r\n")
            while block := sock.recv(65536):
                data += block
            sock.sendall(data.upper() * 1000)

        with Service(shout) as service, self.open(service, "Connection: Upgrade\r\nUpgrade: raw\r\n") as sock:
            receive_until(sock, b"\r\n\r\n")  # a client that ends its half before the answer counts as gone
            sock.sendall(b"abc")
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(receive_all(sock), b"ABC" * 1000)

        def first(sock: socket.socket, data: bytes) -> None:
            sock.sendall(b"HTTP/1.1 101 Go\r\nUpgrade: raw\r\nConnection: Upgrade\r\n\r\nbye")
            sock.shutdown(socket.SHUT_WR)
            while block := sock.recv(65536):
                data += block
            heard.append(data)

        heard: list[bytes] = []
        with Service(first) as service, self.open(service, "Connection: Upgrade\r\nUpgrade: raw\r\n") as sock:
            self.assertTrue(receive_all(sock).endswith(b"bye"))
            sock.sendall(b"still here")
            sock.close()
            wait_until(lambda: heard == [b"still here"])

    def test_a_slow_reader_slows_the_writer_down(self) -> None:
        sent = [0]

        def pour(sock: socket.socket, _: bytes) -> None:
            sock.sendall(b"HTTP/1.1 101 Go\r\nUpgrade: raw\r\nConnection: Upgrade\r\n\r\n")
            for _number in range(64):
                sock.sendall(b"z" * MIB)
                sent[0] += MIB

        with Service(pour) as service, self.open(service, "Connection: Upgrade\r\nUpgrade: raw\r\n") as sock:
            wait_until(lambda: sent[0] > 0)
            time.sleep(0.5)
            self.assertLess(sent[0], 48 * MIB)
            total = 0
            while block := sock.recv(MIB):
                total += len(block)
            self.assertGreaterEqual(total, 64 * MIB)

    def test_a_refused_upgrade_is_an_ordinary_answer(self) -> None:
        with Service(answering(b"HTTP/1.1 426 Upgrade\r\nContent-Length: 2\r\n\r\nno")) as service:
            with self.open(service, UPGRADE.format("x")) as sock:
                self.assertIn(b" 426 ", receive_until(sock, b"no"))
                sock.sendall(f"GET /healthz HTTP/1.1\r\n{AUTHORIZED}\r\n".encode())
                self.assertIn(b"200 OK", sock.recv(4096))

    def test_both_sides_see_the_other_one_break(self) -> None:
        broken = threading.Event()

        def hold(sock: socket.socket, _: bytes) -> None:
            sock.sendall(b"HTTP/1.1 101 Go\r\nUpgrade: raw\r\nConnection: Upgrade\r\n\r\n")
            self.assertEqual(sock.recv(1), b"")
            broken.set()

        with Service(hold) as service:
            sock = self.open(service, "Connection: Upgrade\r\nUpgrade: raw\r\n")
            self.assertIn(b"101", sock.recv(4096))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
            self.assertTrue(broken.wait(5))

        def vanish(sock: socket.socket, _: bytes) -> None:
            sock.sendall(b"HTTP/1.1 101 Go\r\nUpgrade: raw\r\nConnection: Upgrade\r\n\r\n")
            sock.recv(1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        with Service(vanish) as service, self.open(service, "Connection: Upgrade\r\nUpgrade: raw\r\n") as sock:
            self.assertIn(b"101", sock.recv(4096))
            sock.sendall(b"x")
            self.assertEqual(sock.recv(1), b"")


class BoundTest(PortsCase):
    environment = {"AGENT_MAX_CONNECTIONS": "8"}

    def test_ports_take_half_of_the_connections_at_most_and_give_them_back(self) -> None:
        def hold(sock: socket.socket, _: bytes) -> None:
            sock.sendall(b"HTTP/1.1 101 Go\r\nUpgrade: raw\r\nConnection: Upgrade\r\n\r\n")
            sock.recv(1)

        with Service(hold) as service:
            held = [self.open(service, "Connection: Upgrade\r\nUpgrade: raw\r\n") for _ in range(4)]
            for sock in held:
                self.assertIn(b"101", sock.recv(4096))
            answer = self.ask(service)
            self.assertEqual((answer.status, "4 connections" in answer.json()["detail"]), (503, True))
            self.assertEqual(self.agent.shell("echo 1")["stdout"], "1\n")
            if os.getuid() == 0:
                threads = len(os.listdir(f"/proc/{self.agent.process.pid}/task"))
                self.assertLessEqual(threads, 6, "a thread for each tunnel")
            for sock in held:
                sock.close()
            wait_until(lambda: self.ask(service).status != 503)
        for _ in range(10):  # failures give their place back, too
            self.assertEqual(self.agent.request("GET", "/ports/1/").status, 502)
        if os.getuid() == 0:
            wait_until(lambda: len(os.listdir(f"/proc/{self.agent.process.pid}/fd")) <= 7)


if __name__ == "__main__":
    unittest.main()
