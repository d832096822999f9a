from __future__ import annotations

import unittest

from sandbox_agent.errors import BadArgument
from sandbox_agent.websocket import (
    BINARY, CLOSE, PING, TEXT, Frames, UpgradeRequired, Violation, answer_headers, close_frame, frame,
)  # fmt: skip
from tests.ws_client import masked

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
OFFER = {"upgrade": "WebSocket", "connection": "keep-alive, Upgrade", "sec-websocket-version": "13", "sec-websocket-key": KEY}


class HandshakeTest(unittest.TestCase):
    def test_the_key_is_answered_as_the_standards_example_says(self) -> None:
        answer = dict(answer_headers("GET", OFFER, "binary"))
        self.assertEqual(answer["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        self.assertNotIn("sec-websocket-protocol", answer)

    def test_only_an_offered_protocol_is_selected(self) -> None:
        answer = dict(answer_headers("GET", {**OFFER, "sec-websocket-protocol": "base64, binary"}, "binary"))
        self.assertEqual(answer["sec-websocket-protocol"], "binary")

    def test_what_is_no_handshake_is_refused(self) -> None:
        for name in ("upgrade", "connection"):
            with self.assertRaises(UpgradeRequired):
                answer_headers("GET", {**OFFER, name: "close"}, "binary")
        with self.assertRaises(UpgradeRequired):
            answer_headers("POST", OFFER, "binary")
        for wrong in ({"sec-websocket-key": "short"}, {"sec-websocket-key": "!" * 24}, {"sec-websocket-version": "8"}):
            with self.assertRaises(BadArgument):
                answer_headers("GET", {**OFFER, **wrong}, "binary")


class FramesTest(unittest.TestCase):
    def read(self, data: bytes, at_once: int = 1 << 20) -> list[tuple[int, bytes]]:
        """All pieces of a message joined, however the bytes come in."""
        frames, found = Frames(), []
        for start in range(0, len(data), at_once):
            found += frames.feed(data[start : start + at_once])
        joined: list[tuple[int, bytes]] = []
        for opcode, payload in found:
            if opcode < CLOSE and joined and joined[-1][0] == opcode:
                joined[-1] = (opcode, joined[-1][1] + payload)
            else:
                joined.append((opcode, payload))
        return joined

    def test_payloads_of_each_length_are_read_however_they_are_cut(self) -> None:
        for size in (1, 3, 125, 126, 65535, 65536, 70001):
            payload = bytes(range(256)) * (size // 256 + 1)
            for at_once in (1, 7, 1 << 20):
                with self.subTest(size=size, at_once=at_once):
                    self.assertEqual(self.read(masked(0x82, payload[:size]), at_once), [(BINARY, payload[:size])])

    def test_a_control_frame_may_stand_between_the_frames_of_a_message(self) -> None:
        data = masked(0x02, b"one ") + masked(0x89, b"?") + masked(0x00, b"two ") + masked(0x80, b"three")
        self.assertEqual(self.read(data, 1), [(BINARY, b"one "), (PING, b"?"), (BINARY, b"two three")])

    def test_an_empty_message_is_nothing_and_the_next_one_is_read(self) -> None:
        self.assertEqual(self.read(masked(0x82, b"") + masked(0x81, b"x")), [(TEXT, b"x")])

    def test_what_breaks_the_protocol_is_named(self) -> None:
        wrong = {
            "without a mask": b"\x82\x01x",
            "an extension": masked(0xC2, b"x"),
            "unknown kind": masked(0x83, b"x"),
            "control frame": masked(0x09, b"x"),
            "too long": masked(0x89, b"x" * 126),
            "overlap": masked(0x02, b"x") + masked(0x82, b"y"),
        }
        for reason, data in wrong.items():
            with self.subTest(reason), self.assertRaisesRegex(Violation, reason):
                Frames().feed(data)
        with self.assertRaisesRegex(Violation, "overlap"):
            Frames().feed(masked(0x80, b"a continuation of nothing"))

    def test_frames_are_written_with_the_shortest_length(self) -> None:
        self.assertEqual(frame(BINARY, b"x" * 125)[:2], b"\x82\x7d")
        self.assertEqual(frame(BINARY, b"x" * 126)[:4], b"\x82\x7e\x00\x7e")
        self.assertEqual(frame(BINARY, b"x" * 65536)[:10], b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00")

    def test_a_reason_that_is_too_long_is_cut_between_characters(self) -> None:
        told = close_frame(1001, "é" * 100)
        self.assertLessEqual(len(told), 2 + 125)
        told[4:].decode("utf-8")


if __name__ == "__main__":
    unittest.main()
