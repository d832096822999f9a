from __future__ import annotations

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from sandbox_agent.errors import BadArgument
from sandbox_agent.multipart import parse_options, parts

BODY = (
    b"preamble\r\n--mark\r\n"
    b'Content-Disposition: form-data; name="first"\r\n\r\n'
    b"one\r\n--mar\r\n-\r\n--mark  \r\n"
    b'content-disposition: form-data; name="second"; filename="a\\"b;c.txt"\r\nContent-Type: text/plain\r\n\r\n'
    b"\r\n--mark\r\n"
    b"Content-Disposition: form-data; name=third; filename*=UTF-8''na%C3%AFve\r\n\r\n"
    b"--mark\r\n--mark--\r\nepilogue"
)


def read_parts(body: bytes, size: int, boundary: str = "mark") -> list[tuple[str, str, bytes]]:
    pieces = iter([body[start : start + size] for start in range(0, len(body), size)])
    found = parts(f"multipart/form-data; boundary={boundary}", lambda: next(pieces, b""))
    return [(part.name, part.filename, b"".join(part.pieces)) for part in found]


class MultipartTest(unittest.TestCase):
    def test_pieces_of_any_size_give_the_same_parts(self) -> None:
        expected = [("first", "", b"one\r\n--mar\r\n-"), ("second", 'a"b;c.txt', b""), ("third", "naïve", b"--mark")]
        for size in (*range(1, 60), len(BODY)):
            self.assertEqual(read_parts(BODY, size), expected, f"in pieces of {size}")

    def test_parts_that_nobody_reads_are_skipped(self) -> None:
        pieces = iter([BODY])
        found = parts("multipart/form-data; boundary=mark", lambda: next(pieces, b""))
        self.assertEqual([part.name for part in found], ["first", "second", "third"])

    def test_a_body_that_ends_too_early_is_refused(self) -> None:
        for end in (0, 5, 20, 80, len(BODY) - 20):
            with self.assertRaises(BadArgument):
                read_parts(BODY[:end], 7)

    def test_other_bodies_are_refused_or_empty(self) -> None:
        self.assertEqual(list(parts("text/plain", lambda: b"")), [])
        for content_type in ("multipart/form-data", "multipart/form-data; boundary=", f"multipart/form-data; boundary={'x' * 300}"):
            with self.assertRaises(BadArgument):
                list(parts(content_type, lambda: b""))
        with self.assertRaises(BadArgument):
            read_parts(b"--mark\r\n" + b"X: 1\r\n" * 9000, 1000)

    def test_options(self) -> None:
        self.assertEqual(parse_options('A/b ; x = 1;Y="2;\\"3";  z'), ("a/b", {"x": "1", "y": '2;"3'}))
        self.assertEqual(parse_options('a; x="open'), ("a", {"x": "open"}))
