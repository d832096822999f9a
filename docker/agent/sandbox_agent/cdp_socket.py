"""The client's side of WebSocket (RFC 6455), as far as a browser's debugging protocol needs it: texts both ways."""

from __future__ import annotations

import base64
import os
import socket
import struct
import threading

from sandbox_agent.cdp_errors import CdpLost
from sandbox_agent.websocket import CLOSE, CONTINUATION, MAX_CONTROL, PING, PONG, TEXT, accept_of, masked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

MAX_MESSAGE = 256 << 20  # a page as PDF comes in one
MAX_HEAD = 16 << 10
SEND_SECONDS = 10
BLOCK = 256 << 10


class CdpSocket:
    """Sends from any thread; one thread receives."""

    def __init__(self, host: str, port: int, path: str, seconds: float, max_message: int = MAX_MESSAGE) -> None:
        self._max_message = max_message
        self._sending = threading.Lock()
        self._buffer = bytearray()
        try:
            self._socket = socket.create_connection((host, port), seconds)
        except OSError as error:
            raise CdpLost(f"the browser does not answer on {host}:{port}: {error}") from error
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._shake_hands(f"{host}:{port}", path)
            self._socket.settimeout(None)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_SECONDS, 0))
        except BaseException as error:
            self._socket.close()
            if isinstance(error, OSError):
                raise CdpLost(f"the browser's debugging port {host}:{port} broke off: {error}") from error
            raise

    def _shake_hands(self, host: str, path: str) -> None:
        key = base64.b64encode(os.urandom(16))
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key.decode('ascii')}", "Sec-WebSocket-Version: 13"]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        while b"\r\n\r\n" not in self._buffer:
            if len(self._buffer) > MAX_HEAD:
                self._lose("its answer to the handshake has no end")
            self._fill()
        head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        self._buffer = bytearray(rest)
        first, *lines_back = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines_back)}
        if first.split(" ")[1:2] != ["101"]:
            self._lose(f"it refused the WebSocket: {first[:200]!r}")
        if headers.get("sec-websocket-accept") != accept_of(key):
            self._lose("what answers there is no WebSocket server")

    def send(self, text: str) -> None:
        self._send(TEXT, text.encode("utf-8", "replace"))

    def _send(self, opcode: int, payload: bytes) -> None:
        data = _frame(opcode, payload)
        with self._sending:
            try:
                self._socket.sendall(data)
            except OSError as error:  # half a frame may be out: nothing can follow it
                self.close()
                raise CdpLost(f"the browser takes nothing any more: {error}") from error

    def receive(self) -> str:
        """The next message. Raises `CdpLost` at the end, and for what a browser does not send."""
        message = bytearray()
        opened = False
        while True:
            final, opcode, payload = self._frame()
            if opcode == PING:
                self._send(PONG, payload)
            elif opcode == CLOSE:
                self._lose("it closed the connection")
            elif opcode in (TEXT, CONTINUATION):
                if opened != (opcode == CONTINUATION):
                    self._lose("its messages overlap")
                opened = True
                message += payload
                if len(message) > self._max_message:
                    self._lose(f"it sent a message of more than {self._max_message} bytes")
                if final:
                    return message.decode("utf-8", "replace")
            elif opcode != PONG:
                self._lose(f"it sent a frame of kind {opcode}")

    def _frame(self) -> tuple[bool, int, bytes]:
        first, second = self._take(2)
        opcode, size = first & 15, second & 127
        if first & 0x70 or second & 0x80:
            self._lose("it does not speak WebSocket as a server should")
        if opcode >= CLOSE and (not first & 0x80 or size > MAX_CONTROL):
            self._lose("it sent a control frame in pieces, or too long a one")
        if size > MAX_CONTROL:
            size = int.from_bytes(self._take(2 if size == 126 else 8), "big")
        if size > self._max_message:
            self._lose(f"it sent a message of more than {self._max_message} bytes")
        return bool(first & 0x80), opcode, self._take(size)

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._fill()
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _fill(self) -> None:
        try:
            data = self._socket.recv(BLOCK)
        except OSError as error:
            raise CdpLost(f"the connection to the browser broke off: {error}") from error
        if not data:
            self._lose("it ended the connection")
        self._buffer += data

    def _lose(self, why: str) -> NoReturn:
        self.close()
        raise CdpLost(f"the connection to the browser is lost: {why}")

    def close(self) -> None:
        """From any thread; whoever receives learns of it."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:  # it is not connected any more
            return

    def release(self) -> None:
        """By the thread that receives, when it is done. Nobody may be sending then: the descriptor is another's soon."""
        with self._sending:
            self._socket.close()


def _frame(opcode: int, payload: bytes) -> bytes:
    """One whole message, masked."""
    size, mask = len(payload), os.urandom(4)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, "big")
    return head + mask + masked(payload, mask)
