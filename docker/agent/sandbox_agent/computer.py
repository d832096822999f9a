"""The `computer` tool: mouse, keyboard and pictures of the screen, by `xdotool` and Pillow."""

from __future__ import annotations

import base64
import io
import json
import math
import subprocess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Content = list[dict[str, object]]
    Run = Callable[[Sequence[str], str], str]
    Grab = Callable[[], tuple[int, int, bytes]]

XDOTOOL_SECONDS = 15.0
SECONDS_PER_CHARACTER = 0.05
KEY_DELAY = "6"  # ms; some programs lose characters that come faster
DRAG_STEPS = 8
MOST_TEXT = 20_000
BUTTONS = {"left_click": "1", "middle_click": "2", "right_click": "3"}
ACTIONS = [
    "key", "type", "mouse_move", "left_click", "left_click_drag", "right_click", "middle_click", "double_click",
    "get_screenshot", "get_cursor_position",
]  # fmt: skip
# What people call keys, and how X does. Single characters and X's own names need no entry.
KEYS = {
    "enter": "Return", "return": "Return", "esc": "Escape", "escape": "Escape", "tab": "Tab", "space": "space",
    "backspace": "BackSpace", "del": "Delete", "delete": "Delete", "ins": "Insert", "insert": "Insert",
    "home": "Home", "end": "End", "pageup": "Prior", "page_up": "Prior", "pagedown": "Next", "page_down": "Next",
    "up": "Up", "down": "Down", "left": "Left", "right": "Right", "arrowup": "Up", "arrowdown": "Down",
    "arrowleft": "Left", "arrowright": "Right", "ctrl": "ctrl", "control": "ctrl", "alt": "alt", "option": "alt",
    "shift": "shift", "cmd": "super", "command": "super", "meta": "super", "win": "super", "windows": "super",
    "super": "super", "capslock": "Caps_Lock", "printscreen": "Print", "plus": "plus", "minus": "minus",
}  # fmt: skip
TOOL: dict[str, object] = {
    "name": "computer",
    "description": "Use the mouse and the keyboard of this sandbox's desktop, and take pictures of its screen. "
    "Take a screenshot before a click to see where to click: coordinates are pixels of that picture, from its upper left "
    "corner. Programs may need a moment to react: take another one then.",
    "inputSchema": {
        "type": "object",
        "properties": {
            "action": {
                "type": "string",
                "enum": ACTIONS,
                "description": "key: press a key or a combination such as ctrl+s. type: type text. mouse_move: move the "
                "pointer to `coordinate`. left_click, right_click, middle_click, double_click: at `coordinate`, or where "
                "the pointer is. left_click_drag: from where the pointer is to `coordinate`. get_screenshot: a picture of "
                "the screen. get_cursor_position: where the pointer is.",
            },
            "coordinate": {
                "type": "array",
                "items": {"type": "number"},
                "minItems": 2,
                "maxItems": 2,
                "description": "x and y in pixels",
            },
            "text": {"type": "string", "description": "the text to type, or the key or combination to press"},
        },
        "required": ["action"],
    },
}


class ComputerError(Exception):
    """What the caller is told; nothing was done, unless the text says so."""


class Computer:
    def __init__(self, run: Run, grab: Grab) -> None:
        self._run = run
        self._grab = grab

    def act(self, arguments: Mapping[str, object]) -> Content:
        action = arguments.get("action")
        if action not in ACTIONS:
            raise ComputerError(f"action: expected one of {', '.join(ACTIONS)}, not {action!r}")
        text, coordinate = arguments.get("text"), arguments.get("coordinate")
        if action == "get_screenshot":
            return self._screenshot()
        if action == "get_cursor_position":
            x, y = self._position()
            return _told({"x": x, "y": y})
        if action in ("key", "type"):
            self._use_keyboard(action, text)
        else:
            self._use_mouse(str(action), None if coordinate is None else self._point(coordinate))
        return _told({"ok": True})

    def _use_keyboard(self, action: object, text: object) -> None:
        if not isinstance(text, str) or not text:
            raise ComputerError(f"text: expected what to {action}")
        if action == "key":
            self._run(["key", "--clearmodifiers", key_names(text)], "")
            return
        if len(text) > MOST_TEXT:
            raise ComputerError(f"text: {len(text)} characters, {MOST_TEXT} are the most at once")
        self._run(["type", "--clearmodifiers", "--delay", KEY_DELAY, "--file", "-"], text)

    def _use_mouse(self, action: str, point: tuple[int, int] | None) -> None:
        if point is None and action in ("mouse_move", "left_click_drag"):
            raise ComputerError(f"coordinate: {action} needs x and y")
        move = [] if point is None else _move(point)
        if action == "mouse_move":
            self._run(move, "")
        elif action == "left_click_drag" and point is not None:
            self._drag(point)
        elif action == "double_click":
            self._run([*move, "click", "--repeat", "2", "--delay", "80", "1"], "")
        else:
            self._run([*move, "click", BUTTONS[action]], "")

    def _drag(self, target: tuple[int, int]) -> None:
        """In steps: what is dragged in one leap is not noticed by many programs."""
        x, y = self._position()
        steps: list[str] = []
        for step in range(1, DRAG_STEPS + 1):
            part = step / DRAG_STEPS
            steps += [*_move((round(x + (target[0] - x) * part), round(y + (target[1] - y) * part))), "sleep", "0.02"]
        self._run(["mousedown", "1", "sleep", "0.05", *steps, "sleep", "0.05", "mouseup", "1"], "")

    def _position(self) -> tuple[int, int]:
        """Where the pointer is."""
        values = dict(line.partition("=")[::2] for line in self._run(["getmouselocation", "--shell"], "").splitlines())
        try:
            return int(values["X"]), int(values["Y"])
        except (KeyError, ValueError):
            raise ComputerError("the pointer could not be found") from None

    def _point(self, value: object) -> tuple[int, int]:
        if not isinstance(value, (list, tuple)) or len(value) != 2 or not all(_is_number(part) for part in value):
            raise ComputerError("coordinate: expected two numbers, x and y")
        x, y = round(value[0]), round(value[1])
        width, height = (int(part) for part in self._run(["getdisplaygeometry"], "").split())
        if not (0 <= x < width and 0 <= y < height):
            raise ComputerError(f"coordinate: {x}, {y} is outside the screen of {width} x {height} pixels")
        return x, y

    def _screenshot(self) -> Content:
        width, height, png = self._grab()
        picture: dict[str, object] = {"type": "image", "data": base64.b64encode(png).decode("ascii"), "mimeType": "image/png"}
        return [*_told({"image_width": width, "image_height": height}), picture]


def key_names(text: str) -> str:
    """`Ctrl+Enter` as X writes it. A plus that is meant as a key comes last: `ctrl++`."""
    parts = text.strip().split("+") if text.strip() != "+" else ["plus"]
    if len(parts) > 1 and parts[-2:] == ["", ""]:
        parts[-2:] = ["plus"]
    names = [KEYS.get(part.strip().lower(), part.strip()) for part in parts]
    if not all(names) or any(not (name.isascii() and name.replace("_", "").isalnum()) and len(name) > 1 for name in names):
        raise ComputerError(f"text: {text!r} is no key or combination of keys such as ctrl+s or Return")
    return "+".join(_symbol(name) for name in names)


def _symbol(name: str) -> str:
    if len(name) > 1 and name[0] in "fF" and name[1:].isdigit():
        return name.upper()
    return name if name.isascii() and name.isalnum() or len(name) > 1 else f"U{ord(name):04X}"


def _move(point: tuple[int, int]) -> list[str]:
    return ["mousemove", str(point[0]), str(point[1])]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _told(value: object) -> Content:
    return [{"type": "text", "text": json.dumps(value)}]


def xdotool(arguments: Sequence[str], text: str) -> str:
    """Its output; whatever it says is wrong becomes the caller's to know."""
    limit = XDOTOOL_SECONDS + len(text) * SECONDS_PER_CHARACTER
    try:
        ended = subprocess.run(["xdotool", *arguments], input=text, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        raise ComputerError(f"the screen did not react within {limit:.0f} s; a part may have been done") from None
    except (OSError, UnicodeError) as error:
        raise ComputerError(f"xdotool: {error}") from error
    if ended.returncode != 0 or "No such key name" in ended.stderr:
        raise ComputerError(f"xdotool: {ended.stderr.strip() or f'ended with status {ended.returncode}'}")
    return ended.stdout


def grab_screen() -> tuple[int, int, bytes]:
    from PIL import ImageGrab

    try:
        image = ImageGrab.grab(xdisplay="")
    except OSError as error:
        raise ComputerError(f"the screen cannot be seen: {error}") from error
    written = io.BytesIO()
    image.save(written, "PNG", compress_level=3)
    return image.width, image.height, written.getvalue()
