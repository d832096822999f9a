"""The client's side of a WebSocket, down to single frames."""

from __future__ import annotations

import base64
import os
import socket

MASK = b"\x11\x22\x33\x44"


def masked(first: int, payload: bytes) -> bytes:
    """A frame whose first byte is given: the final bit and the opcode."""
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((first, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 0xFF)) + size.to_bytes(8, "big")
    return head + MASK + bytes(byte ^ MASK[index % 4] for index, byte in enumerate(payload))


class WebSocketClient:
    def __init__(self, sock: socket.socket, path: str, headers: str = "", early: bytes = b"") -> None:
        self.sock = sock
        self._buffer = b""
        key = base64.b64encode(os.urandom(16)).decode()
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        request += f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n"
        sock.sendall(request.encode() + early)
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        self.head = head.decode("latin-1").lower()

    def _fill(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise EOFError(self._buffer)
        self._buffer += data

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._fill()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def send(self, payload: bytes, first: int = 0x82) -> None:
        self.sock.sendall(masked(first, payload))

    def receive(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame; it must be whole and bare."""
        first, size = self._take(2)
        assert first & 0xF0 == 0x80 and size < 128, (first, size)
        if size == 126:
            size = int.from_bytes(self._take(2), "big")
        elif size == 127:
            size = int.from_bytes(self._take(8), "big")
        return first & 15, self._take(size)

    def receive_bytes(self, size: int) -> bytes:
        """So many bytes of binary messages."""
        data = b""
        while len(data) < size:
            opcode, payload = self.receive()
            assert opcode == 2, (opcode, payload)
            data += payload
        return data

    def receive_close(self) -> tuple[int, str]:
        opcode, payload = self.receive()
        assert opcode == 8, (opcode, payload)
        return int.from_bytes(payload[:2], "big"), payload[2:].decode()

    def ended(self) -> bool:
        """Whether the other side closes the connection, with nothing before."""
        try:
            return not self._buffer and not self.sock.recv(1)
        except ConnectionResetError:
            return True
