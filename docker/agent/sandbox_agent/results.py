"""The form in which tools answer: MCP's CallToolResult as the AgentScope wire writes it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def text_part(text: str, description: str) -> dict[str, object]:
    return {"type": "text", "text": text, "annotations": None, "description": description}


def tool_result(
    stdout: str, stderr: str, returncode: int | None = None, shown: Sequence[dict[str, object]] = ()
) -> dict[str, object]:
    """`isError` says that there was standard error, whatever the exit status. `shown` is what is more than text."""
    content = [text_part(stdout, "stdout")]
    if stderr:
        content.append(text_part(stderr, "stderr"))
    if returncode is not None:
        content.append(text_part(str(returncode), "returncode"))
    content += shown
    return {"meta": None, "content": content, "isError": bool(stderr)}


def with_notice(stderr: str, notice: str) -> str:
    """Standard error with a line of the agent's own at its end."""
    if stderr and not stderr.endswith("\n"):
        stderr += "\n"
    return f"{stderr}[sandbox] {notice}\n"
