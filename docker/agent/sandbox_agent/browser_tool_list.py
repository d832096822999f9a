"""How the browser's tools describe themselves to a language model."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json


def _text(description: str) -> Json:
    return {"type": "string", "description": description}


def _number(description: str) -> Json:
    return {"type": "number", "description": description}


def _flag(description: str) -> Json:
    return {"type": "boolean", "description": description}


def _texts(description: str) -> Json:
    return {"type": "array", "items": {"type": "string"}, "description": description}


def _tool(name: str, description: str, needed: dict[str, Json] | None = None, **more: Json) -> Json:
    needed = needed or {}
    schema = {"type": "object", "properties": {**needed, **more}, "required": list(needed)}
    return {"name": f"browser_{name}", "description": description, "inputSchema": schema}


ELEMENT = _text("What the element is, in words, for those who read along")
REF = _text("The ref of the element in the page snapshot, such as e12")

TOOLS: list[Json] = [
    _tool("navigate", "Go to an address", {"url": _text("The address")}),
    _tool("navigate_back", "Go back to the page before"),
    _tool("navigate_forward", "Go forward again"),
    _tool("snapshot", "The page as an accessibility tree, with a ref for each element. Better than a screenshot for doing something"),
    _tool("click", "Click an element", {"element": ELEMENT, "ref": REF},
          button=_text("left (default), right or middle"), doubleClick=_flag("Click twice")),
    _tool("hover", "Move the mouse over an element", {"element": ELEMENT, "ref": REF}),
    _tool("drag", "Drag one element onto another",
          {"startElement": ELEMENT, "startRef": REF, "endElement": ELEMENT, "endRef": REF}),
    _tool("type", "Write a text into a field, in place of what is there",
          {"element": ELEMENT, "ref": REF, "text": _text("The text")},
          submit=_flag("Press Enter afterwards"), slowly=_flag("Key by key, after what is there is selected: for pages that listen to keys")),
    _tool("press_key", "Press a key, or several together", {"key": _text("A character, or a name such as Enter, ArrowLeft or Control+a")}),
    _tool("select_option", "Select options of a list", {"element": ELEMENT, "ref": REF, "values": _texts("Values or labels")}),
    _tool("file_upload", "Give files to the page, once it has asked for them", {"paths": _texts("Paths in the sandbox; none takes them back")}),
    _tool("handle_dialog", "Answer a dialog of the page", {"accept": _flag("Whether to accept it")}, promptText=_text("The answer to a prompt")),
    _tool("take_screenshot", "A picture of what is seen of the page, or of one element. Use browser_snapshot to do something with the page",
          raw=_flag("PNG instead of JPEG"), type=_text("png or jpeg, in place of raw"), filename=_text("Also save it under this name in the workspace"),
          element=ELEMENT, ref=REF, fullPage=_flag("All of the page, also what would have to be scrolled to")),
    _tool("pdf_save", "Save the page as a PDF", filename=_text("Its name in the workspace")),
    _tool("resize", "Set the size of the pages", {"width": _number("In pixels"), "height": _number("In pixels")}),
    _tool("tab_list", "List the tabs"),
    _tool("tab_new", "Open a tab", url=_text("Where it goes; blank if not given")),
    _tool("tab_select", "Make another tab the current one", {"index": _number("Its number in the list of tabs")}),
    _tool("tab_close", "Close a tab", index=_number("Its number in the list of tabs; the current one if not given")),
    _tool("close", "Close the current page"),
    _tool("console_messages", "What the page has written to its console since it was loaded"),
    _tool("network_requests", "What the page has requested since it was loaded"),
    _tool("wait_for", "Wait for a text to appear or to go, or for some time",
          time=_number("Seconds"), text=_text("The text to wait for"), textGone=_text("The text that is to go")),
    _tool("evaluate", "Run a JavaScript function in the page", {"function": _text("() => {...}, or (element) => {...} with a ref")},
          element=ELEMENT, ref=REF),
]  # fmt: skip
