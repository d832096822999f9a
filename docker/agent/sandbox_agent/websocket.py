"""The server's side of WebSocket (RFC 6455): the handshake, and frames as they come in and go out."""

from __future__ import annotations

import base64
import hashlib

from sandbox_agent.errors import AgentError, BadArgument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MAX_CONTROL = 125
NORMAL, GOING_AWAY, BROKEN, UNSUPPORTED = 1000, 1001, 1002, 1003


class UpgradeRequired(AgentError):
    status, text = 426, "this is a WebSocket: ask for an upgrade to it"


class Violation(Exception):
    """The peer does not keep to the protocol; the code is for the close frame."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def answer_headers(method: str, headers: Mapping[str, str], protocol: str) -> list[tuple[str, str]]:
    """What accepts the handshake. The sub-protocol is selected if it was offered."""
    if method != "GET" or headers.get("upgrade", "").lower() != "websocket" or "upgrade" not in _tokens(headers, "connection"):
        raise UpgradeRequired
    key = headers.get("sec-websocket-key", "")
    if headers.get("sec-websocket-version") != "13" or not _is_key(key):
        raise BadArgument("a WebSocket is opened with Sec-WebSocket-Version: 13 and a key of 16 bytes")
    answer = [("upgrade", "websocket"), ("connection", "upgrade"), ("sec-websocket-accept", accept_of(key.encode("ascii")))]
    if protocol in _tokens(headers, "sec-websocket-protocol"):
        answer.append(("sec-websocket-protocol", protocol))
    return answer


def accept_of(key: bytes) -> str:
    """What a server answers to a client's key."""
    return base64.b64encode(hashlib.sha1(key + GUID).digest()).decode("ascii")


def _tokens(headers: Mapping[str, str], name: str) -> set[str]:
    return {token.strip().lower() for token in headers.get(name, "").split(",")}


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except ValueError:
        return False


def frame(opcode: int, payload: bytes | memoryview = b"") -> bytes:
    """One whole message."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, size))
    elif size < 1 << 16:
        head = bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big")
    return head + payload


def close_frame(code: int, reason: str = "") -> bytes:
    text = reason.encode("utf-8")[: MAX_CONTROL - 2].decode("utf-8", "ignore")
    return frame(CLOSE, code.to_bytes(2, "big") + text.encode("utf-8"))


class Frames:
    """Takes bytes as they come, and gives the pieces of messages and whole control frames that they hold."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._mask = b""
        self._left = 0  # of the payload of the data frame that is being read
        self._opcode = CONTINUATION
        self._in_message = False  # between the first and the last frame of one

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Opcode and payload each; a data frame's payload may come in several pieces."""
        self._buffer += data
        found: list[tuple[int, bytes]] = []
        while True:
            if self._left:
                if not self._buffer:
                    return found
                found.append((self._opcode, self._take_data()))
                continue
            control = self._next_frame()
            if control is None:
                return found
            found += control

    def _take_data(self) -> bytes:
        piece = bytes(self._buffer[: self._left])
        del self._buffer[: len(piece)]
        self._left -= len(piece)
        data = masked(piece, self._mask)
        turn = len(piece) % 4
        self._mask = self._mask[turn:] + self._mask[:turn]
        return data

    def _next_frame(self) -> list[tuple[int, bytes]] | None:
        """None while it is not all there; of a data frame the head is enough."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        first, second = buffer[0], buffer[1]
        opcode, size = first & 15, second & 127
        self._check(first, opcode, second)
        extra = {126: 2, 127: 8}.get(size, 0)
        start = 2 + extra + 4
        if len(buffer) < start:
            return None
        if extra:
            size = int.from_bytes(buffer[2 : 2 + extra], "big")
        mask = bytes(buffer[start - 4 : start])
        if opcode < CLOSE:
            del buffer[:start]
            self._mask, self._left = mask, size
            self._opcode = opcode or self._opcode
            self._in_message = not first & 0x80
            return []
        if len(buffer) < start + size:
            return None
        payload = masked(bytes(buffer[start : start + size]), mask)
        del buffer[: start + size]
        return [(opcode, payload)]

    def _check(self, first: int, opcode: int, second: int) -> None:
        if first & 0x70:
            raise Violation(BROKEN, "an extension that was not agreed on")
        if not second & 0x80:
            raise Violation(BROKEN, "a frame without a mask")
        if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise Violation(BROKEN, "an unknown kind of frame")
        if opcode >= CLOSE and (not first & 0x80 or second & 127 > MAX_CONTROL):
            raise Violation(BROKEN, "a control frame in pieces, or too long")
        if opcode < CLOSE and (opcode == CONTINUATION) != self._in_message:
            raise Violation(BROKEN, "messages that overlap")


def masked(data: bytes, mask: bytes) -> bytes:
    """Masked, or unmasked again."""
    size = len(data)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")
