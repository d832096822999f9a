"""What cells show beside text - images, HTML, figures - on its way from the interpreter's process to the agent."""

from __future__ import annotations

import base64
import io
import json
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml")
TEXTS = ("text/html", "text/markdown", "text/latex", "application/json")
METHODS = {
    "image/png": "_repr_png_", "image/jpeg": "_repr_jpeg_", "image/svg+xml": "_repr_svg_", "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_", "text/latex": "_repr_latex_", "application/json": "_repr_json_",
}  # fmt: skip


class Display:
    """Sends what is shown as parts of a tool's result, up to so many bytes for each cell."""

    def __init__(self, send: Callable[[bytes], None], limit: int) -> None:
        self._send = send
        self._limit = limit
        self._left = limit
        self.structured = False

    def begin(self, structured: bool = False) -> None:
        self._left = self._limit
        self.structured = structured

    def result(self, bundle: Mapping[str, object]) -> None:
        """The value of a cell, whole: for structured cells only."""
        self._add({"output_type": "execute_result", "data": _data(bundle), "metadata": {}})

    def error(self, error: BaseException, lines: list[str]) -> None:
        """For structured cells only."""
        self._add({"output_type": "error", "ename": type(error).__name__, "evalue": str(error), "traceback": lines})

    def show(self, bundle: Mapping[str, object]) -> None:
        """A MIME bundle: its best image, and its richest text; in structured cells all of it."""
        if self.structured:
            self._add({"output_type": "display_data", "data": _data(bundle), "metadata": {}})
            return
        for kind in IMAGES:
            if bundle.get(kind) is not None:
                self._add({"type": "image", "data": _base64(kind, bundle[kind]), "mimeType": kind, "annotations": None})
                break
        for kind in TEXTS:
            if bundle.get(kind) is not None:
                value = bundle[kind]
                text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
                self._add({"type": "text", "text": text, "annotations": None, "description": kind})
                break

    def _add(self, part: dict[str, object]) -> None:
        data = json.dumps(part).encode("ascii")
        if len(data) > self._left:
            if self._left > 0:
                notice = f"[sandbox] more is shown than the limit of {self._limit} bytes: the rest is left out"
                stream: dict[str, object] = {"output_type": "stream", "name": "stderr", "text": f"{notice}\n"}
                plain: dict[str, object] = {"type": "text", "text": notice, "annotations": None, "description": "notice"}
                self._write(stream if self.structured else plain)
            self._left = 0
            return
        self._left -= len(data)
        self._write(part)

    def _write(self, part: dict[str, object]) -> None:
        self._send(json.dumps(part).encode("ascii"))

    def show_figures(self) -> None:
        """Shows what was plotted, and closes it: the next cell starts with an empty sheet."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is None:
            return
        try:
            for number in pyplot.get_fignums():
                image = io.BytesIO()
                pyplot.figure(number).savefig(image, format="png", bbox_inches="tight")
                self.show({"image/png": image.getvalue()})
        except Exception as error:  # a figure that cannot be drawn is the cell's own mistake
            print(f"the figure cannot be drawn: {type(error).__name__}: {error}", file=sys.stderr)
        finally:
            pyplot.close("all")


def bundle_of(value: object) -> dict[str, object]:
    """What an object says about how to show it, as IPython asks for it."""
    bundle: dict[str, object] = {}
    for kind, method in [("", "_repr_mimebundle_"), *METHODS.items()]:
        function = None if isinstance(value, type) else getattr(value, method, None)
        if callable(function):
            try:
                found = function()
            except Exception as error:  # the object's own mistake; its plain text is shown all the same
                print(f"{method} of {type(value).__name__}: {type(error).__name__}: {error}", file=sys.stderr)
                continue
            found = found[0] if isinstance(found, tuple) and found else found  # the second one is metadata
            if kind and found is not None:
                bundle[kind] = found
            elif isinstance(found, dict):
                bundle.update(found)
    return bundle


def _data(bundle: Mapping[str, object]) -> dict[str, object]:
    """As Jupyter writes it: bytes as base64, JSON as it is, all else as text."""
    data: dict[str, object] = {}
    for kind, value in bundle.items():
        if isinstance(value, (bytes, bytearray)):
            data[kind] = base64.b64encode(value).decode("ascii")
        elif value is not None:
            data[kind] = json.loads(json.dumps(value, default=repr)) if kind.endswith("json") else str(value)
    return data


def _base64(kind: str, value: object) -> str:
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode("ascii")
    text = str(value)
    return base64.b64encode(text.encode("utf-8")).decode("ascii") if kind == "image/svg+xml" else "".join(text.split())
