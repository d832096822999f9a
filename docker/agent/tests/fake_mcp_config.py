from __future__ import annotations

import os
import sys
from typing import Any

FAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fake_mcp.py")


def config(*arguments: str, **more: Any) -> dict[str, Any]:
    """The configuration of a fake server."""
    return {"command": sys.executable, "args": ["-I", "-S", FAKE, *arguments], **more}
