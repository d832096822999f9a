"""An MCP server with bad habits, chosen by its arguments."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

NAME, *HABITS = sys.argv[1:]
KINDS = ("pid", "die", "sleep", "fail", "refuse", "environment")[: 2 if "brief" in HABITS else None]
NAMES = ["common", *(f"{NAME}_{kind}" for kind in KINDS)]
TOOLS = [{"name": name, "inputSchema": {"type": "object", "properties": {}}} for name in NAMES]


def listed(params: dict[str, Any]) -> dict[str, Any]:
    """Two tools a page."""
    start = int(params.get("cursor", 0))
    page: dict[str, Any] = {"tools": TOOLS[start : start + 2]}
    if start + 2 < len(TOOLS):
        page["nextCursor"] = str(start + 2)
    return page


def called(name: str) -> dict[str, Any]:
    name = name.rpartition("_")[2]
    if name == "die":
        print("these are my last words", file=sys.stderr, flush=True)
        os._exit(7)
    if name == "sleep":
        open(f"{NAME}-sleeps", "w").close()
        time.sleep(60)
    text = {"common": NAME, "environment": json.dumps(dict(os.environ))}.get(name, str(os.getpid()))
    return {"content": [{"type": "text", "text": text}], "isError": name == "fail", "_meta": {"from": NAME}}


def answer(message: dict[str, Any]) -> dict[str, Any]:
    params = message.get("params") or {}
    if message["method"] == "initialize":
        if "slow" in HABITS:
            time.sleep(0.7)
        server = {"name": NAME, "version": "1"}
        return {"result": {"protocolVersion": params["protocolVersion"], "capabilities": {}, "serverInfo": server}}
    if message["method"] == "tools/list":
        return {"result": listed(params)}
    if params.get("name") == f"{NAME}_refuse":
        return {"error": {"code": -32000, "message": "I refuse"}}
    return {"result": called(params["name"])}


if "counted" in HABITS:
    with open(f"{NAME}-starts", "a", encoding="ascii") as file:
        file.write("started\n")
if "mute" in HABITS:
    time.sleep(300)
if "broken" in HABITS:
    sys.exit("I cannot even start")
if "noisy" in HABITS:
    print("Welcome to a server that greets on its standard output", flush=True)
if "asking" in HABITS:
    print(json.dumps({"jsonrpc": "2.0", "id": 99, "method": "ping"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    if "id" in request and "method" in request:
        print(json.dumps({"jsonrpc": "2.0", "id": request["id"], **answer(request)}), flush=True)
        if "brief" in HABITS and request["method"] == "tools/list" and (request.get("params") or {}).get("cursor"):
            sys.exit("life is short")
