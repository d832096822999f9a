"""The connection to a browser, against one whose every byte the test decides."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import time
import unittest
from collections.abc import Callable
from typing import Any

from sandbox_agent.calls import Cancelled
from sandbox_agent.cdp import Cdp, Patience
from sandbox_agent.cdp_errors import CdpFailed, CdpLost, CdpTimeout
from sandbox_agent.cdp_socket import CdpSocket
from sandbox_agent.websocket import GUID
from tests.service import Service, answering

Serve = Callable[[socket.socket], None]


def frame(opcode: int, payload: bytes, final: bool = True) -> bytes:
    size = len(payload)
    head = bytes([(0x80 if final else 0) | opcode])
    if size < 126:
        return head + bytes([size]) + payload
    return head + (b"\x7e" + size.to_bytes(2, "big") if size < 1 << 16 else b"\x7f" + size.to_bytes(8, "big")) + payload


def receive(sock: socket.socket) -> tuple[int, bytes]:
    """One frame of the client, which has to be masked."""
    data = sock.recv(2, socket.MSG_WAITALL)
    if len(data) < 2:
        return -1, b""
    assert data[0] & 0x80 and data[1] & 0x80, data
    size = data[1] & 127
    if size > 125:
        size = int.from_bytes(sock.recv(2 if size == 126 else 8, socket.MSG_WAITALL), "big")
    mask = sock.recv(4, socket.MSG_WAITALL)
    payload = sock.recv(size, socket.MSG_WAITALL) if size else b""
    return data[0] & 15, bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


def browser(serve: Serve, head: bytes = b"") -> Service:
    """Answers to /json/version, shakes hands on the WebSocket, and leaves the rest to `serve`."""

    def handle(sock: socket.socket, _: bytes) -> None:
        port = sock.getsockname()[1]
        if "/json/version" in service.heads[-1]:
            body = json.dumps({"webSocketDebuggerUrl": f"ws://x:{port}/devtools/browser/1"}).encode()
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            return
        key = service.header("sec-websocket-key")
        assert key is not None
        accept = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest())
        sock.sendall(head or b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        serve(sock)

    service = Service(handle)
    return service


class SocketTest(unittest.TestCase):
    def receive(self, data: bytes, most: int = 1000) -> str:
        with browser(lambda sock: sock.sendall(data)) as service:
            client = CdpSocket("127.0.0.1", service.port, "/x", 5, most)
            try:
                return client.receive()
            finally:
                client.release()

    def test_messages_come_whole_whatever_their_frames(self) -> None:
        data = frame(1, b"on", False) + frame(9, b"are you there") + frame(0, b"e ", False) + frame(10, b"") + frame(0, "é".encode())
        self.assertEqual(self.receive(data), "one é")
        self.assertEqual(len(self.receive(frame(1, b"x" * 70000), 70000)), 70000)

    def test_pings_are_answered(self) -> None:
        found: list[tuple[int, bytes]] = []

        def serve(sock: socket.socket) -> None:
            sock.sendall(frame(9, b"ping"))
            found.append(receive(sock))
            sock.sendall(frame(1, b"done"))

        with browser(serve) as service:
            client = CdpSocket("127.0.0.1", service.port, "/x", 5)
            self.assertEqual(client.receive(), "done")
            client.release()
        self.assertEqual(found, [(10, b"ping")])

    def test_messages_of_all_lengths_are_sent_masked(self) -> None:
        found: list[bytes] = []

        def serve(sock: socket.socket) -> None:
            for _ in range(4):
                found.append(receive(sock)[1])
            sock.sendall(frame(1, b"done"))

        texts = ["", "short", "x" * 200, "y" * 70000]
        with browser(serve) as service:
            client = CdpSocket("127.0.0.1", service.port, "/x", 5)
            for text in texts:
                client.send(text)
            client.receive()
            client.release()
        self.assertEqual([data.decode() for data in found], texts)

    def test_what_no_browser_sends_ends_the_connection(self) -> None:
        cases = {
            b"": "it ended the connection",
            frame(8, b"\x03\xe8"): "it closed the connection",
            frame(1, b"x" * 1001): "more than 1000 bytes",
            frame(1, b"x" * 900, False) + frame(0, b"x" * 900): "more than 1000 bytes",
            b"\x81\x7f" + b"\xff" * 8: "more than 1000 bytes",
            frame(0, b"x"): "overlap",
            frame(1, b"x", False) + frame(1, b"y"): "overlap",
            frame(2, b"x"): "kind 2",
            b"\x81\x81abcdx": "does not speak WebSocket",
            b"\xc1\x01x": "does not speak WebSocket",
            frame(9, b"x", False): "control frame in pieces",
            frame(9, b"x" * 126): "too long",
            b"\x81\x05ab": "it ended the connection",
        }
        for data, reason in cases.items():
            with self.subTest(reason), self.assertRaisesRegex(CdpLost, reason):
                self.receive(data)

    def test_a_handshake_that_fails_is_told(self) -> None:
        cases = {b"HTTP/1.1 403 Forbidden\r\n\r\n": "403", b"HTTP/1.1 101 x\r\n\r\n": "no WebSocket server", b"x" * 20000: "no end"}
        for answer, reason in cases.items():
            with self.subTest(reason), Service(answering(answer)) as service, self.assertRaisesRegex(CdpLost, reason):
                CdpSocket("127.0.0.1", service.port, "/x", 5)

    def test_a_peer_that_says_nothing_is_given_up(self) -> None:
        with Service(lambda sock, _: void(sock.recv(1))) as service, self.assertRaises(CdpLost):
            CdpSocket("127.0.0.1", service.port, "/x", 0.2)


class CdpTest(unittest.TestCase):
    def talk(self, serve: Serve, use: Callable[[Cdp], None]) -> list[tuple[str, Any, str]]:
        events: list[tuple[str, Any, str]] = []
        with browser(serve) as service:
            cdp = Cdp(("127.0.0.1", service.port), lambda *event: events.append(event))
            try:
                use(cdp)
            finally:
                cdp.close()
        return events

    def test_answers_reach_those_who_asked_and_events_the_listener(self) -> None:
        def serve(sock: socket.socket) -> None:
            asked = json.loads(receive(sock)[1])
            for message in (
                {"id": 77, "result": {}},
                {"method": "Some.event", "params": {"a": 1}, "sessionId": "S"},
                {"id": asked["id"], "result": {"asked": asked}},
            ):
                sock.sendall(frame(1, json.dumps(message).encode()))
            receive(sock)

        def use(cdp: Cdp) -> None:
            answer = cdp.call("A.b", {"c": 1}, "S", patience=Patience())
            assert answer is not None
            self.assertEqual(answer["asked"], {"id": 1, "method": "A.b", "params": {"c": 1}, "sessionId": "S"})

        self.assertEqual(self.talk(serve, use), [("Some.event", {"a": 1}, "S")])

    def test_an_error_of_the_browser_is_told(self) -> None:
        def serve(sock: socket.socket) -> None:
            number = json.loads(receive(sock)[1])["id"]
            sock.sendall(frame(1, json.dumps({"id": number, "error": {"code": 1, "message": "I will not"}}).encode()))
            receive(sock)

        def use(cdp: Cdp) -> None:
            with self.assertRaisesRegex(CdpFailed, "I will not"):
                cdp.call("A.b", patience=Patience())

        self.talk(serve, use)

    def test_a_browser_that_does_not_answer_is_waited_for_as_long_as_said(self) -> None:
        def use(cdp: Cdp) -> None:
            start = time.monotonic()
            with self.assertRaisesRegex(CdpTimeout, "A.b within 0.2 s"):
                cdp.call("A.b", patience=Patience(), seconds=0.2)
            with self.assertRaises(CdpTimeout):
                cdp.call("A.b", patience=Patience(0.2))
            cancelled = Patience()
            cancelled.cancel()
            with self.assertRaises(Cancelled):
                cdp.call("A.b", patience=cancelled)
            self.assertLess(time.monotonic() - start, 3)
            self.assertIsNone(cdp.call("A.b", patience=Patience(), unless=lambda: True))

        self.talk(lambda sock: void([receive(sock) for _ in range(5)]), use)

    def test_an_end_in_the_middle_and_garbage_end_every_call(self) -> None:
        for data in (b"", frame(1, b"{bad"), frame(1, b"[" * 100_000)):

            def use(cdp: Cdp) -> None:
                for _ in range(2):
                    with self.assertRaisesRegex(CdpLost, "lost"):
                        cdp.call("A.b", patience=Patience())

            def serve(sock: socket.socket, sent: bytes = data) -> None:
                receive(sock)
                sock.sendall(sent)

            with self.subTest(data[:10]):
                self.talk(serve, use)

    def test_what_is_no_browser_is_told(self) -> None:
        with Service(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) as service:
            with self.assertRaisesRegex(CdpLost, "names no webSocketDebuggerUrl"):
                Cdp(("127.0.0.1", service.port), lambda *_: None)
        for answer in (b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnone", b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n"):
            with Service(answering(answer)) as service, self.assertRaises(CdpLost):
                Cdp(("127.0.0.1", service.port), lambda *_: None)
        with self.assertRaisesRegex(CdpLost, "does not answer .* try again in a moment"):
            Cdp(("127.0.0.1", 1), lambda *_: None)


def void(_: object) -> None:
    """For what has to be a statement."""
