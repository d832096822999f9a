"""An agent with the AIO routes, and how their envelope is taken off."""

from __future__ import annotations

import os
import subprocess
from typing import Any

from tests.harness import AgentCase, Answer


class AioCase(AgentCase):
    environment = {"AGENT_FEATURES": "aio"}

    def setUp(self) -> None:
        for name in os.listdir(self.agent.workspace):
            subprocess.run(["rm", "-rf", self.agent.path(name)], check=True)

    def data(self, path: str, /, **values: Any) -> Any:
        envelope = self.envelope(self.agent.post(f"/v1/{path}", values))
        self.assertEqual((envelope["success"], envelope["message"], envelope["hint"]), (True, "Operation successful", None), envelope)
        return envelope["data"]

    def failed(self, path: str, /, **values: Any) -> dict[str, Any]:
        envelope = self.envelope(self.agent.post(f"/v1/{path}", values))
        self.assertFalse(envelope["success"], envelope)
        return envelope

    def envelope(self, answer: Answer) -> dict[str, Any]:
        self.assertEqual(answer.status, 200, answer.body)
        envelope: dict[str, Any] = answer.json()
        self.assertEqual(list(envelope), ["success", "message", "data", "hint"])
        return envelope

    def wrong(self, path: str, /, **values: Any) -> list[dict[str, Any]]:
        answer = self.agent.post(f"/v1/{path}", values)
        self.assertEqual(answer.status, 422, answer.body)
        rows: list[dict[str, Any]] = answer.json()["detail"]
        return rows
