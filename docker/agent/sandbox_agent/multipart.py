"""multipart/form-data, read as a stream: no part is ever held in memory."""

from __future__ import annotations

from sandbox_agent.errors import BadArgument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_PART_HEAD = 16 << 10
MAX_PARTS = 100_000


class Part:
    def __init__(self, name: str, filename: str, pieces: Iterator[bytes]) -> None:
        self.name = name
        self.filename = filename
        self.pieces = pieces

    def text(self, limit: int) -> str:
        data = b""
        for piece in self.pieces:
            data += piece
            if len(data) > limit:
                raise BadArgument(f"the field {self.name} is longer than {limit} bytes")
        return data.decode("utf-8", "surrogateescape")


def parts(content_type: str, read: Callable[[], bytes]) -> Iterator[Part]:
    """The parts in order; each must be read before the next is asked for (what is left of it is skipped)."""
    kind, options = parse_options(content_type)
    if kind != "multipart/form-data":
        return
    boundary = options.get("boundary", "")
    if not 0 < len(boundary) <= 200:
        raise BadArgument("the multipart body has no usable boundary")
    stream = _Stream(read, b"\r\n--" + boundary.encode("latin-1", "replace"))
    stream.skip()  # what stands before the first boundary
    for _ in range(MAX_PARTS):
        if not stream.has_part():
            return
        yield _part(stream)
        stream.skip()
    raise BadArgument(f"more than {MAX_PARTS} parts")


def _part(stream: _Stream) -> Part:
    headers = {}
    for line in stream.head().split(b"\r\n"):
        name, _, value = line.decode("utf-8", "surrogateescape").partition(":")
        headers[name.strip().lower()] = value.strip()
    _, options = parse_options(headers.get("content-disposition", ""))
    filename = options.get("filename", "")
    if "filename*" in options:
        filename = _extended(options["filename*"])
    return Part(options.get("name", ""), filename, stream.pieces())


class _Stream:
    def __init__(self, read: Callable[[], bytes], mark: bytes) -> None:
        self._read = read
        self._mark = mark
        self._buffer = bytearray(b"\r\n")  # so that the first boundary looks like all others
        self._in_part = True

    def _fill(self) -> None:
        data = self._read()
        if not data:
            raise BadArgument("the multipart body ends too early")
        self._buffer += data

    def pieces(self) -> Iterator[bytes]:
        """Up to the next boundary, which is passed over."""
        while self._in_part:
            found = self._buffer.find(self._mark)
            sure = found if found >= 0 else len(self._buffer) - len(self._mark) + 1
            piece = bytes(self._buffer[: max(0, sure)])
            if found >= 0:
                del self._buffer[: found + len(self._mark)]
                self._in_part = False
            elif piece:
                del self._buffer[:sure]
            else:
                self._fill()
            if piece:
                yield piece

    def skip(self) -> None:
        for _ in self.pieces():
            pass

    def has_part(self) -> bool:
        """Whether the boundary just passed begins a part or ends the body."""
        while len(self._buffer) < 2:
            self._fill()
        if not self._buffer.startswith(b"--"):
            return True
        while self._read():  # whatever follows the end means nothing
            pass
        return False

    def head(self) -> bytes:
        """The part's headers; its contents come next."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MAX_PART_HEAD:
                raise BadArgument("the head of a part is too long")
            self._fill()
        padding, _, head = bytes(self._buffer[:end]).partition(b"\r\n")
        if padding.strip(b" \t"):
            raise BadArgument("malformed boundary")
        del self._buffer[: end + 4]
        self._in_part = True
        return head


def parse_options(value: str) -> tuple[str, dict[str, str]]:
    """`form-data; name="a"; filename="b"` as its kind and its options."""
    kind, _, rest = value.partition(";")
    options: dict[str, str] = {}
    while rest:
        name, equals, rest = rest.partition("=")
        if not equals:
            break
        rest = rest.lstrip(" \t")
        if rest.startswith('"'):
            text, rest = _quoted(rest)
            rest = rest.partition(";")[2]
        else:
            text, _, rest = rest.partition(";")
            text = text.strip(" \t")
        options.setdefault(name.strip(" \t;").lower(), text)
    return kind.strip(" \t").lower(), options


def _quoted(text: str) -> tuple[str, str]:
    """The contents of the quoted string that `text` begins with, and what follows it."""
    contents = ""
    position = 1
    while position < len(text):
        character = text[position]
        if character == '"':
            return contents, text[position + 1 :]
        if character == "\\" and text[position + 1 : position + 2] in ('"', "\\"):
            position += 1
            character = text[position]
        contents += character
        position += 1
    return contents, ""


def _extended(value: str) -> str:
    """RFC 5987: `UTF-8''na%C3%AFve.txt`."""
    from sandbox_agent.http1 import unquote

    return unquote(value.split("'", 2)[-1])
