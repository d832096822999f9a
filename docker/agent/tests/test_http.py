from __future__ import annotations

import os
import socket
import time
import unittest

from tests.harness import AUTHORIZED, TOKEN, Agent, AgentCase, Connection, receive_all, wait_until

HEALTH = f"GET /healthz HTTP/1.1\r\n{AUTHORIZED}\r\n".encode()
CLOSE = f"GET /healthz HTTP/1.1\r\n{AUTHORIZED}Connection: close\r\n\r\n".encode()


def post(headers: str, body: bytes, path: str = "/tools/run_shell_command") -> bytes:
    return f"POST {path} HTTP/1.1\r\n{AUTHORIZED}{headers}\r\n".encode() + body


def status(answer: bytes) -> int:
    return int(answer.split(b" ")[1])


class HeadTest(AgentCase):
    def assert_refused(self, data: bytes, expected: int = 400) -> None:
        answer = self.agent.raw(data)
        self.assertEqual(status(answer), expected, answer)
        self.assertEqual(answer.count(b"HTTP/1.1 "), 1, "what follows a refused request must not be read as another")

    def test_length_and_chunks_together_are_refused(self) -> None:
        smuggled = b"0\r\n\r\n" + HEALTH
        self.assert_refused(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", smuggled))
        self.assert_refused(post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", smuggled))

    def test_two_lengths_are_refused_even_if_equal(self) -> None:
        self.assert_refused(post("Content-Length: 2\r\nContent-Length: 2\r\n", b"{}" + HEALTH))
        self.assert_refused(post("Content-Length: 2\r\nContent-Length: 0\r\n", b"{}" + HEALTH))

    def test_a_length_that_is_no_plain_number_is_refused(self) -> None:
        for length in ("+2", "-2", "0x2", "2, 2", "2 2", "1_0", "", "9" * 30, "\u0662"):
            with self.subTest(length):
                self.assert_refused(post(f"Content-Length: {length}\r\n", b"{}" + HEALTH))

    def test_other_transfer_encodings_are_refused(self) -> None:
        for coding in ("gzip", "chunked, chunked", "xchunked", "identity", "chunked;q=1"):
            with self.subTest(coding):
                self.assert_refused(post(f"Transfer-Encoding: {coding}\r\n", b"0\r\n\r\n" + HEALTH), 501)
        self.assert_refused(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"))

    def test_ambiguous_header_lines_are_refused(self) -> None:
        for line in ("Content-Length : 2", " Content-Length: 2", "X: 1\r\n folded", "X: 1\nY: 2", "X: a\0b", "X\x7f: 1", ": 1", "X"):
            with self.subTest(line):
                self.assert_refused(post(f"{line}\r\n", b""))

    def test_request_line_must_be_plain(self) -> None:
        for line in ("GET /healthz", "GET  /healthz HTTP/1.1", "GET healthz HTTP/1.1", "G(T / HTTP/1.1", "GET / XTTP/1.1", "GET /a\x01 HTTP/1.1"):
            with self.subTest(line):
                self.assert_refused(f"{line}\r\n{AUTHORIZED}\r\n".encode())
        self.assert_refused(f"GET / HTTP/2.0\r\n{AUTHORIZED}\r\n".encode(), 505)

    def test_host_and_authorization_may_not_be_repeated_nor_host_be_absent(self) -> None:
        self.assert_refused(f"GET /healthz HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
        self.assert_refused(f"GET /healthz HTTP/1.1\r\n{AUTHORIZED}Host: other\r\n\r\n".encode())
        self.assert_refused(f"GET /healthz HTTP/1.1\r\n{AUTHORIZED}Authorization: Bearer {TOKEN}\r\n\r\n".encode())

    def test_sizes_are_bounded(self) -> None:
        self.assert_refused(f"GET /healthz HTTP/1.1\r\n{AUTHORIZED}X: {'x' * 70000}\r\n\r\n".encode(), 431)
        self.assert_refused(f"GET /healthz HTTP/1.1\r\n{AUTHORIZED}{''.join(f'X{n}: 1{chr(13)}{chr(10)}' for n in range(120))}\r\n".encode(), 431)
        self.assert_refused(f"GET /{'x' * 20000} HTTP/1.1\r\n{AUTHORIZED}\r\n".encode(), 414)
        self.assert_refused(b"x" * 200000, 431)

    def test_absolute_targets_and_leading_blank_lines_are_taken(self) -> None:
        answer = self.agent.raw(f"\r\nGET http://agent/healthz HTTP/1.1\r\n{AUTHORIZED}Connection: close\r\n\r\n".encode())
        self.assertEqual(status(answer), 200)

    def test_http_1_0_gets_one_answer_and_the_end(self) -> None:
        answer = self.agent.raw(f"GET /healthz HTTP/1.0\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode() + HEALTH)
        self.assertEqual(answer.count(b"HTTP/1.1 200"), 1)


class BodyTest(AgentCase):
    def test_pipelined_requests_are_answered_in_order(self) -> None:
        body = b'{"command":"echo one"}'
        answer = self.agent.raw(HEALTH + post(f"Content-Length: {len(body)}\r\n", body) + CLOSE)
        self.assertEqual(answer.count(b"HTTP/1.1 200"), 3)
        self.assertIn(b"one\\n", answer)

    def test_chunks_with_extensions_and_trailers_are_read(self) -> None:
        body = b'5;a="b"\r\n{"com\r\n11  \r\nmand":"echo one"}\r\n0\r\nX-Trailer: 1\r\n\r\n'
        answer = self.agent.raw(post("Transfer-Encoding: chunked\r\n", body) + CLOSE)
        self.assertIn(b"one\\n", answer)
        self.assertEqual(answer.count(b"HTTP/1.1 200"), 2)

    def test_malformed_chunks_are_refused(self) -> None:
        for body in (b"x\r\n", b"-1\r\n", b"0x1\r\n{\r\n", b"1\r\n{}\r\n0\r\n\r\n", b"1\n{\r\n", b"\r\n", b"f" * 20 + b"\r\n", b"1;" + b"x" * 9000):
            with self.subTest(body[:30]):
                self.assertEqual(status(self.agent.raw(post("Transfer-Encoding: chunked\r\n", body))), 400)

    def test_continue_is_said_when_the_body_is_wanted(self) -> None:
        with self.agent.connect() as sock:
            sock.sendall(post("Content-Length: 20\r\nExpect: 100-continue\r\n", b""))
            self.assertTrue(sock.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n\r\n"))
            sock.sendall(b'{"command":"echo 1"}')
            self.assertIn(b"200 OK", sock.recv(4096))

    def test_continue_is_not_said_when_the_request_is_refused(self) -> None:
        head = "PUT /workspace/file?path=x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
        answer = self.agent.raw(head.encode())
        self.assertEqual(status(answer), 403)
        self.assertNotIn(b"100 Continue", answer)
        self.assertEqual(status(self.agent.raw(post("Expect: tea\r\n", b""))), 417)

    def test_the_token_comes_before_the_body(self) -> None:
        head = "PUT /workspace/file?path=x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n"
        with self.agent.connect() as sock:
            sock.sendall(head.encode())
            self.assertEqual(status(sock.recv(4096)), 403)

    def test_a_refusal_reaches_a_client_that_is_still_sending(self) -> None:
        answer = self.agent.request("PUT", "/workspace/file?path=x", b"x" * 3_000_000, token="wrong")
        self.assertEqual((answer.status, answer.json()), (403, {"detail": "Invalid secret token"}))

    def test_an_unread_body_does_not_become_a_request(self) -> None:
        request = f"PUT /nowhere HTTP/1.1\r\n{AUTHORIZED}Content-Length: {len(HEALTH)}\r\n\r\n".encode() + HEALTH
        answer = self.agent.raw(request + CLOSE)
        self.assertEqual([status(b"HTTP/1.1 " + part) for part in answer.split(b"HTTP/1.1 ")[1:]], [404, 200])

    def test_an_unread_body_that_is_malformed_gets_no_second_answer(self) -> None:
        request = f"POST /nowhere HTTP/1.1\r\n{AUTHORIZED}Transfer-Encoding: chunked\r\n\r\nx\r\n".encode()
        self.assertEqual(self.agent.raw(request + HEALTH).count(b"HTTP/1.1 "), 1)
        request = f"POST /nowhere HTTP/1.1\r\n{AUTHORIZED}Content-Length: 9\r\n\r\n".encode()
        self.assertEqual(self.agent.raw(request).count(b"HTTP/1.1 "), 1)

    def test_an_empty_chunked_body_keeps_the_connection(self) -> None:
        request = f"GET /healthz HTTP/1.1\r\n{AUTHORIZED}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode()
        self.assertEqual(self.agent.raw(request + CLOSE).count(b"HTTP/1.1 200"), 2)

    def test_head_answers_like_get_without_the_body(self) -> None:
        self.agent.put("h.txt", b"12345")
        for path in ("/healthz", "/workspace/file?format=bytes&path=h.txt", "/workspace/list?path=."):
            request = f"HEAD {path} HTTP/1.1\r\n{AUTHORIZED}\r\n".encode()
            answer = self.agent.raw(request + CLOSE)
            first, _, rest = answer.partition(b"\r\n\r\n")
            self.assertEqual((status(first), status(rest)), (200, 200), path)
        self.assertEqual(self.agent.request("HEAD", "/workspace/file?format=bytes&path=h.txt").headers["content-length"], "5")

    def test_deeply_nested_json_is_refused(self) -> None:
        answer = self.agent.request("POST", "/tools/run_shell_command", b"[" * 100_000)
        self.assertEqual(answer.status, 422)


class RoutesTest(AgentCase):
    def test_every_route_works_with_and_without_the_prefix(self) -> None:
        for path in ("/healthz", "/fastapi/healthz", "//healthz", "/fastapi//healthz", "/%68ealthz"):
            self.assertEqual(self.agent.request("GET", path).body, b"OK", path)
        for path in ("/", "/fastapi", "/fastapi/", "/healthz/", "/docs", "*"):
            self.assertEqual(self.agent.request("GET", path).json(), {"detail": "Not Found"}, path)

    def test_a_wrong_method_names_the_right_ones(self) -> None:
        answer = self.agent.request("DELETE", "/workspace/file")
        self.assertEqual((answer.status, answer.headers["allow"]), (405, "GET, PUT, HEAD"))


class LimitsTest(AgentCase):
    environment = {"AGENT_MAX_JSON": "1000", "AGENT_MAX_CONNECTIONS": "2", "AGENT_IDLE_TIMEOUT": "0.5"}

    def setUp(self) -> None:
        threads = f"/proc/{self.agent.process.pid}/task"
        wait_until(lambda: len(os.listdir(threads)) == 1)  # the connections of the test before are over

    def test_a_json_body_beyond_the_limit_is_refused(self) -> None:
        body = b'{"command":"' + b"x" * 2000 + b'"}'
        self.assertEqual(self.agent.request("POST", "/tools/run_shell_command", body).status, 413)
        self.assertEqual(self.agent.request("POST", "/tools/run_shell_command", iter([body]), chunked=True).status, 413)

    def test_files_have_no_such_limit(self) -> None:
        self.assertEqual(self.agent.put("big", b"x" * 5_000_000).json()["size"], 5_000_000)

    def test_an_idle_connection_is_closed(self) -> None:
        with self.agent.connect() as sock:
            sock.sendall(HEALTH)
            self.assertEqual(status(sock.recv(4096)), 200)
            start = time.monotonic()
            self.assertEqual(sock.recv(10), b"")
            self.assertLess(time.monotonic() - start, 3)

    def test_an_idle_connection_makes_room_for_a_new_one(self) -> None:
        idle = [self.agent.connect() for _ in range(2)]
        try:
            start = time.monotonic()
            self.assertEqual(self.agent.request("GET", "/healthz").status, 200)
            self.assertLess(time.monotonic() - start, 0.4)
            self.assertEqual(idle[0].recv(10), b"", "the oldest goes")
        finally:
            for sock in idle:
                sock.close()

    def test_one_connection_too_many_is_told_so(self) -> None:
        busy = [self.agent.connect() for _ in range(2)]
        try:
            for number, sock in enumerate(busy):
                body = b'{"command":"touch %d; while [ ! -e go ]; do sleep 0.02; done"}' % number
                sock.sendall(post(f"Content-Length: {len(body)}\r\n", body))
            wait_until(lambda: all(os.path.exists(self.agent.path(name)) for name in ("0", "1")))
            with self.agent.connect() as sock:
                self.assertEqual(status(receive_all(sock)), 503)
            open(self.agent.path("go"), "w").close()
            self.assertEqual([status(sock.recv(4096)) for sock in busy], [200, 200])
        finally:
            for sock in busy:
                sock.close()


class TcpTest(unittest.TestCase):
    def test_the_agent_listens_on_a_port_as_well(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        agent = Agent(port=port)
        try:
            self.assertEqual(agent.request("GET", "/healthz").body, b"OK")
            self.assertEqual(agent.stop(), 0)
        finally:
            agent.remove()


class PeerTest(AgentCase):
    def test_clients_that_leave_at_any_point_do_no_harm(self) -> None:
        request = post("Content-Length: 22\r\n", b'{"command":"echo one"}')
        for length in range(0, len(request), 7):
            with self.agent.connect() as sock:
                sock.sendall(request[:length])
        self.assertEqual(self.agent.request("GET", "/healthz").status, 200)

    def test_a_reused_connection_serves_many_requests(self) -> None:
        connection = Connection(self.agent.socket)
        for _ in range(50):
            connection.request("GET", "/healthz", headers={"Authorization": f"Bearer {TOKEN}"})
            self.assertEqual(connection.getresponse().read(), b"OK")
        connection.close()
