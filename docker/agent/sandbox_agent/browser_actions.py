"""The actions of AIO Sandbox's `/v1/browser/actions`, on the page that is in front."""

from __future__ import annotations

import math

from sandbox_agent import arguments
from sandbox_agent.browser_input import BUTTONS, Keyboard, Mouse
from sandbox_agent.browser_keys import Key, find
from sandbox_agent.browser_shortcuts import Shortcuts
from sandbox_agent.cdp_errors import CdpFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json
    from sandbox_agent.browser import Browser

MOST = 1_000_000
MAX_WAIT = 3600
MAX_KEYS = 10
QUIET = ("MOVE_TO", "MOVE_REL", "MOUSE_DOWN", "KEY_DOWN", "WAIT")  # nothing is expected to follow from them


class Actions:
    """Each action is the method of its name in small letters. Places are those of the page, in CSS pixels."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def perform(self, body: Json) -> str:
        """What is to be said about it, or nothing."""
        kind = arguments.string(body, "action_type")
        if kind not in NAMES:
            message = f"Input tag '{kind}' found using 'action_type' does not match any of the expected tags: {', '.join(NAMES)}"
            raise arguments.invalid("union_tag_invalid", "action_type", message, kind)
        page = self._browser.page
        loads = page.record.loads
        self._shortcuts = Shortcuts(self._browser)
        self._mouse, self._keyboard = Mouse(page), Keyboard(page)
        if page.record.dialog is not None and kind != "WAIT":
            self._answer_dialog(kind, body)
            return ""
        told: str = getattr(self, kind.lower())(body) or ""
        if kind not in QUIET:
            told = told or self._browser.page.settle(loads if page is self._browser.page else self._browser.page.record.loads)
        return told

    def _answer_dialog(self, kind: str, body: Json) -> None:
        """A dialog has the keyboard, as on a screen."""
        page, dialog = self._browser.page, self._browser.page.record.dialog
        assert dialog is not None
        key = _key(body, "key").key if kind == "PRESS" else ""
        if kind == "TYPING" and dialog.kind == "prompt":
            dialog.typed += arguments.string(body, "text")
        elif key in ("Enter", "Escape"):
            params: Json = {"accept": key == "Enter"}
            if dialog.kind == "prompt" and key == "Enter":
                params["promptText"] = dialog.typed
            page.cdp.call("Page.handleJavaScriptDialog", params, page.session, patience=page.patience)
            page.cdp.wait_for(lambda: page.record.dialog is not dialog, 2, page.patience)
        else:
            raise CdpFailed(f'the page shows a dialog ({dialog.kind}: "{dialog.message}"): PRESS ENTER accepts it, PRESS ESC dismisses it')

    def move_to(self, body: Json) -> None:
        self._mouse.move(_number(body, "x"), _number(body, "y"))

    def move_rel(self, body: Json) -> None:
        self._mouse.move(*self._beside(body))

    def click(self, body: Json) -> None:
        count = 1 if body.get("num_clicks") is None else arguments.count(body, "num_clicks")
        if count > 3:
            raise arguments.invalid("literal_error", "num_clicks", "Input should be 1, 2 or 3", count)
        self._click(body, _button(body), count)

    def right_click(self, body: Json) -> None:
        self._click(body, "right", 1)

    def double_click(self, body: Json) -> None:
        self._click(body, "left", 2)

    def mouse_down(self, body: Json) -> None:
        self._shortcuts.leave()
        self._mouse.press(_button(body))

    def mouse_up(self, body: Json) -> None:
        self._mouse.release(_button(body))

    def drag_to(self, body: Json) -> None:
        self._mouse.drag(_number(body, "x"), _number(body, "y"))

    def drag_rel(self, body: Json) -> None:
        self._mouse.drag(*self._beside(body))

    def scroll(self, body: Json) -> None:
        self._mouse.scroll(_number(body, "dx", 0), _number(body, "dy", 0))

    def typing(self, body: Json) -> str | None:
        text = arguments.string(body, "text")
        at_once = body.get("use_clipboard") is None or arguments.optional_bool(body, "use_clipboard")
        if self._shortcuts.is_in_address_bar:
            return self._shortcuts.type(text)
        if at_once:
            self._keyboard.insert(text)
        else:
            self._keyboard.type(text)
        return None

    def press(self, body: Json) -> str | None:
        return self._press([_key(body, "key")])

    def hotkey(self, body: Json) -> str | None:
        names = body.get("keys")
        if not isinstance(names, list) or not 0 < len(names) <= MAX_KEYS:
            raise arguments.invalid("list_type", "keys", f"Input should be a list of 1 to {MAX_KEYS} keys", names)
        return self._press([_key({"keys": name}, "keys") for name in names])

    def key_down(self, body: Json) -> None:
        self._keyboard.down(_key(body, "key"))

    def key_up(self, body: Json) -> None:
        self._keyboard.up(_key(body, "key"))

    def wait(self, body: Json) -> None:
        duration = _number(body, "duration")
        if not 0 <= duration <= MAX_WAIT:
            raise arguments.invalid("value_error", "duration", f"Input should be from 0 to {MAX_WAIT} seconds", duration)
        self._browser.page.patience.sleep(duration)

    def _press(self, keys: list[Key]) -> str | None:
        told = self._shortcuts.take(keys)
        if told is None:
            self._keyboard.press(keys)
        return told

    def _click(self, body: Json, button: str, count: int) -> None:
        """Where the mouse is, unless a place is named."""
        x, y = self._browser.page.mouse
        self._shortcuts.leave()
        self._mouse.click(_number(body, "x", x), _number(body, "y", y), button, count)

    def _beside(self, body: Json) -> tuple[float, float]:
        x, y = self._browser.page.mouse
        return x + _number(body, "x_offset"), y + _number(body, "y_offset")


NAMES = [name.upper() for name in vars(Actions) if not name.startswith("_") and name != "perform"]


def _number(body: Json, name: str, default: float | None = None) -> float:
    value = body.get(name)
    if value is None:
        if default is None:
            raise arguments.missing(name)
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or abs(value) > MOST:
        raise arguments.invalid("float_type", name, f"Input should be a valid number, at most {MOST}", str(value)[:100])
    return value


def _button(body: Json) -> str:
    button = arguments.optional_string(body, "button") or "left"
    if button not in BUTTONS:
        raise arguments.invalid("literal_error", "button", "Input should be 'left', 'right' or 'middle'", button)
    return button


def _key(body: Json, name: str) -> Key:
    text = arguments.string(body, name)
    try:
        return find(text)
    except CdpFailed as error:
        raise arguments.invalid("value_error", name, str(error), text) from None
