"""The document and the page that the server shows of this API, without asking a sandbox: they are made from the table, here."""

from __future__ import annotations

import json
import os
import pathlib
import unittest

from sandbox_agent.aio_browser_table import ACTIONS
from sandbox_agent.aio_openapi import document, page
from sandbox_agent.aio_table import ROUTES
from sandbox_agent.browser_actions import NAMES

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "src/main/resources/io/sandboxmanager/aio"
DOCUMENTS = {"openapi.json": json.dumps(document(ROUTES), indent=1) + "\n", "docs.html": page(ROUTES) + "\n"}


class DocumentsTest(unittest.TestCase):
    def test_the_server_shows_what_the_table_says(self) -> None:
        for name, text in DOCUMENTS.items():
            if os.environ.get("AIO_DOCUMENTS") == "write":
                FOLDER.mkdir(parents=True, exist_ok=True)
                (FOLDER / name).write_text(text, encoding="utf-8")
            with self.subTest(name=name):
                told = (FOLDER / name).read_text(encoding="utf-8")
                self.assertEqual(told, text, "run this test with AIO_DOCUMENTS=write to write it anew")

    def test_every_action_is_told(self) -> None:
        self.assertEqual(sorted(ACTIONS), sorted(NAMES))
