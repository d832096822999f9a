"""What cells show beside text."""

from __future__ import annotations

import base64
import importlib.util
import os
import tempfile
import unittest
from typing import Any

from tests.harness import AgentCase

PNG = b"\x89PNG\r\n\x1a\n"
SHOWN = """
class Shown:
    def _repr_png_(self): return b"\\x89PNG-bytes"
    def _repr_html_(self): return "<b>bold</b>"
    def __repr__(self): return "plain"
"""


class RichCase(AgentCase):
    def parts(self, code: str) -> list[dict[str, Any]]:
        answer = self.agent.post("/tools/run_ipython_cell", {"code": code})
        self.assertEqual(answer.status, 200, answer.body)
        result = answer.json()
        self.assertFalse(result["isError"], result)
        content: list[dict[str, Any]] = result["content"]
        return content


class PlainRichTest(RichCase):
    """Without IPython: a package of that name that refuses to be imported stands in the way."""

    folder: tempfile.TemporaryDirectory[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        with open(os.path.join(cls.folder.name, "IPython.py"), "w", encoding="utf-8") as file:
            file.write("raise ImportError('not here')")
        cls.environment = {"PYTHONPATH": cls.folder.name, "AGENT_MAX_OUTPUT": "100000"}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.folder.cleanup()
        super().tearDownClass()

    def test_the_last_value_is_shown_in_its_richest_forms(self) -> None:
        text, image, html = self.parts(SHOWN + "Shown()")
        self.assertEqual(text["text"], "Out[1]: plain\n")
        self.assertEqual((image["type"], image["mimeType"]), ("image", "image/png"))
        self.assertEqual(base64.b64decode(image["data"]), b"\x89PNG-bytes")
        self.assertEqual((html["type"], html["text"], html["description"]), ("text", "<b>bold</b>", "text/html"))
        self.assertEqual(len(self.parts("1 + 1")), 1)

    def test_display_shows_in_the_middle_of_a_cell(self) -> None:
        text, image, html = self.parts(SHOWN + "display(Shown())\nprint('after')")
        self.assertEqual((text["text"], image["type"], html["type"]), ("plain\nafter\n", "image", "text"))

    def test_a_mime_bundle_is_taken_as_it_is(self) -> None:
        code = """
class Bundle:
    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/svg+xml": "<svg/>", "text/markdown": "# t"}, {}
    def __repr__(self): return "b"
Bundle()"""
        text, image, markdown = self.parts(code)
        self.assertEqual((image["mimeType"], base64.b64decode(image["data"])), ("image/svg+xml", b"<svg/>"))
        self.assertEqual(markdown["description"], "text/markdown")

    def test_beyond_the_limit_the_rest_is_left_out(self) -> None:
        code = """
class Big:
    def _repr_html_(self): return "x" * 40_000
    def __repr__(self): return "big"
for _ in range(5): display(Big())"""
        parts = self.parts(code)
        self.assertEqual([part["description"] for part in parts], ["stdout", "text/html", "text/html", "notice"])
        self.assertIn("the limit of 100000 bytes", parts[-1]["text"])
        self.assertEqual(len(self.parts("display(Big())")), 2, "the limit is each cell's own")

    def test_what_cannot_be_shown_is_told(self) -> None:
        code = "class Broken:\n    def _repr_html_(self): return 1/0\n    def __repr__(self): return 'r'\nBroken()"
        result = self.agent.cell(code)
        self.assertEqual(result["stdout"], "Out[1]: r\n")
        self.assertIn("_repr_html_ of Broken: ZeroDivisionError", result["stderr"])


@unittest.skipUnless(importlib.util.find_spec("IPython"), "needs IPython")
class IPythonRichTest(RichCase):
    def test_the_last_value_and_display(self) -> None:
        text, image, html = self.parts(SHOWN + "Shown()")
        self.assertEqual((text["text"], image["mimeType"], html["text"]), ("Out[1]: plain\n", "image/png", "<b>bold</b>"))
        self.assertEqual(base64.b64decode(image["data"]), b"\x89PNG-bytes")
        code = "from IPython.display import HTML, Image, display\ndisplay(HTML('<i>i</i>'))\ndisplay(Image(data=b'\\x89PNG\\r\\n\\x1a\\n123'))"
        _, html, image = self.parts(code)
        self.assertEqual(html["text"], "<i>i</i>")
        self.assertTrue(base64.b64decode(image["data"]).startswith(PNG))


@unittest.skipUnless(importlib.util.find_spec("matplotlib"), "needs matplotlib")
class FigureTest(RichCase):
    def test_figures_come_along_with_the_cell(self) -> None:
        text, image = self.parts("import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])")
        self.assertEqual((text["text"], image["mimeType"]), ("", "image/png"))
        self.assertTrue(base64.b64decode(image["data"]).startswith(PNG))
        self.assertEqual(len(self.parts("x = 1")), 1, "a figure is shown once")
        self.assertEqual(len(self.parts("for n in (1, 2): plt.figure(); plt.plot([n])")), 3)

    def test_show_shows_at_once_and_does_not_warn(self) -> None:
        code = "import matplotlib.pyplot as plt\nfor n in (1, 2): plt.plot([n]); plt.show()"
        parts = self.parts(code)
        self.assertEqual([part["type"] for part in parts], ["text", "image", "image"])


@unittest.skipUnless(importlib.util.find_spec("matplotlib"), "needs matplotlib")
class BackendTest(RichCase):
    def test_processes_and_users_have_the_backends_that_they_choose(self) -> None:
        code = "import subprocess, sys\nprint(subprocess.check_output([sys.executable, '-c', 'import matplotlib.pyplot as p; print(p.get_backend())'], text=True).lower())"
        self.assertIn("agg", self.parts(code)[0]["text"])
        result = self.agent.cell("import matplotlib\nmatplotlib.use('svg')\nimport matplotlib.pyplot as plt\nplt.get_backend()")
        self.assertIn("svg", result["stdout"].lower())
