"""The accessibility tree of a page as text, with a name for each element that other tools take."""

from __future__ import annotations

import json
import re

from sandbox_agent.cdp_errors import CdpFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json
    from sandbox_agent.browser_page import Page

    Owners = tuple[tuple[str, int], ...]

MAX_LINES = 4000
MAX_NAME = 500
MAX_DEPTH = 200
PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`][^:#\n\"{}\[\]]*\Z")
# How the browser calls what has no role of its own.
UNNAMED = ("generic", "none", "presentation", "LabelText", "LayoutTable", "LayoutTableRow", "LayoutTableCell", "Section",
           "MenuListPopup", "RootWebArea", "WebArea", "Abbr", "Legend", "Canvas", "DescriptionListDetail", "EmbeddedObject")  # fmt: skip
DROPPED = ("InlineTextBox", "LineBreak", "ListMarker", "ScrollBar", "ruby")
ROLES = {"image": "img", "Iframe": "iframe", "IframePresentational": "iframe", "MenuListOption": "option", "DisclosureTriangle": "button",
         "DescriptionListTerm": "term", "DescriptionList": "list", "Pre": "generic", "Figcaption": "caption", "Date": "textbox", "DateTime": "textbox",
         "InputTime": "textbox", "ColorWell": "button", "Video": "video", "Audio": "audio", "SvgRoot": "img", "Details": "group"}  # fmt: skip
FLAGS = ("checked", "disabled", "expanded", "focused", "pressed", "selected")


class Item:
    """An element that is shown, or a text (which has no role)."""

    def __init__(self, role: str, text: str) -> None:
        self.role = role
        self.text = text
        self.marks: list[str] = []
        self.properties: list[str] = []
        self.value = ""
        self.children: list[Item] = []


def snapshot(page: Page) -> str:
    """In YAML. Frames are shown where they lie."""
    lines: list[str] = []
    left_out = 0
    for item in Tree(page, page.session, None, ()).items():
        left_out += _write(item, 0, lines)
    if left_out:
        lines.append(f"# {left_out} more lines were left out: ask for what you need with browser_evaluate")
    return "\n".join(lines)


class Tree:
    """Of one frame: the page's own, or one in it."""

    def __init__(self, page: Page, session: str, frame: str | None, owners: Owners) -> None:
        self._page = page
        self._session = session
        self._owners = owners
        told = page.call("Accessibility.getFullAXTree", {"frameId": frame} if frame else {}, session)
        nodes = told.get("nodes")
        self._nodes: dict[str, Json] = {str(node["nodeId"]): node for node in nodes} if isinstance(nodes, list) else {}
        self._roots = [key for key, node in self._nodes.items() if "parentId" not in node]

    def items(self) -> list[Item]:
        return [item for root in self._roots for item in self._items(root, 0)]

    def _items(self, key: str, depth: int) -> list[Item]:
        node = self._nodes.get(key)
        if node is None or depth > MAX_DEPTH:
            return []
        role = _text(node.get("role"))
        if role in DROPPED:
            return []
        if role == "StaticText":
            return [] if node.get("ignored") else [Item("", _text(node.get("name")))]
        kept = node.get("childIds")
        below = [item for child in kept for item in self._items(str(child), depth + 1)] if isinstance(kept, list) else []
        below = _joined(below)
        number = node.get("backendDOMNodeId")
        hidden = bool(node.get("ignored")) or role in UNNAMED
        name = "" if hidden and role != "generic" else _text(node.get("name"))
        if not isinstance(number, int) or (hidden and not name and not any(not item.role for item in below)):
            return below
        if role in ("RootWebArea", "WebArea") and len(below) > 1 or role == "MenuListPopup":
            return below
        item = Item("generic" if hidden else ROLES.get(role, role), name[:MAX_NAME])
        self._describe(item, node, number, below)
        return [item]

    def _describe(self, item: Item, node: Json, number: int, below: list[Item]) -> None:
        properties = node.get("properties")
        values = {str(p["name"]): _text(p.get("value")) for p in properties} if isinstance(properties, list) else {}
        for flag in FLAGS:
            value = values.get(flag, "")
            if value in ("true", "mixed"):
                name = "active" if flag == "focused" else flag
                item.marks.append(name if value == "true" else f"{name}=mixed")
        if item.role == "heading" and "level" in values:
            item.marks.append(f"level={values['level']}")
        item.marks.append(f"ref={self._page.refs.name(self._session, number, self._owners)}")
        if item.role == "link" and values.get("url"):
            item.properties.append(f"/url: {_quoted(values['url'][:2000])}")
        item.value = _text(node.get("value")) if item.role not in ("option", "checkbox", "radio", "link") else ""
        if item.role == "iframe":
            below = self._frame(number)
        elif item.role == "textbox" or (item.text and "".join(b.text for b in below if not b.role) == item.text and not any(b.role for b in below)):
            below = []
        item.children = below

    def _frame(self, number: int) -> list[Item]:
        page = self._page
        try:
            node = page.call("DOM.describeNode", {"backendNodeId": number}, self._session).get("node")
            frame = str(node.get("frameId", "")) if isinstance(node, dict) else ""
            if not frame:
                return []
            inner = page.frames.get(frame)
            if inner is not None:  # it has a process of its own, and with it positions of its own
                return Tree(page, inner, None, (*self._owners, (self._session, number))).items()
            return Tree(page, self._session, frame, self._owners).items()
        except CdpFailed:  # it has just gone
            return []


def _joined(items: list[Item]) -> list[Item]:
    """Texts that follow each other are one."""
    found: list[Item] = []
    for item in items:
        if not item.role and not item.text.strip():
            continue
        if not item.role and found and not found[-1].role:
            found[-1].text = f"{found[-1].text} {item.text}"
        else:
            found.append(item)
    return found


def _write(item: Item, depth: int, lines: list[str]) -> int:
    """How many lines did not fit in any more."""
    indent = "  " * depth
    children, properties = item.children, item.properties
    if not item.role:
        line = f"{indent}- text: {_quoted(' '.join(item.text.split()))}"
    else:
        head = " ".join([item.role, *([json.dumps(item.text, ensure_ascii=False)] if item.text else []), *(f"[{m}]" for m in item.marks)])
        alone = len(children) == 1 and not children[0].role and not properties and not item.value
        text = item.value or (" ".join(children[0].text.split()) if alone else "")
        children = [] if alone else children
        line = f"{indent}- {head}" + (f": {_quoted(text)}" if text else ":" if children or properties else "")
    if len(lines) >= MAX_LINES:
        return 1 + sum(_write(child, depth + 1, lines) for child in children)
    lines.append(line)
    lines += [f"{indent}  - {text}" for text in properties]
    return sum(_write(child, depth + 1, lines) for child in children)


def _quoted(text: str) -> str:
    """As YAML reads it back."""
    return text if PLAIN.match(text) and text == text.strip() else json.dumps(text, ensure_ascii=False)


def _text(value: object) -> str:
    inner = value.get("value") if isinstance(value, dict) else None
    if isinstance(inner, bool):
        return "true" if inner else "false"
    return "" if inner is None else str(inner)
