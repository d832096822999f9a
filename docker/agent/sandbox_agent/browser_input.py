"""A page's mouse and keyboard: events as the browser gets them from real ones."""

from __future__ import annotations

from sandbox_agent.browser_keys import ALT, CHARACTERS, CONTROL, META, NEEDS_SHIFT, SHIFT, Key, find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox_agent.arguments import Json
    from sandbox_agent.browser_page import Page

BUTTONS = {"left": 1, "right": 2, "middle": 4}
DRAG_STEPS = 8
DRAG_SECONDS = 0.15  # in which the page says that what is dragged is its own


class Mouse:
    """Each method returns early when a dialog opens: the page does nothing before that is answered."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def move(self, x: float, y: float) -> None:
        self._page.mouse = (x, y)
        held = next((name for name, bit in BUTTONS.items() if self._page.buttons & bit), "none")
        self._send("mouseMoved", button=held)

    def press(self, button: str = "left", count: int = 1) -> None:
        self._page.buttons |= BUTTONS[button]
        self._send("mousePressed", button=button, clickCount=count)

    def release(self, button: str = "left", count: int = 1) -> None:
        self._page.buttons &= ~BUTTONS[button]
        self._send("mouseReleased", button=button, clickCount=count)

    def click(self, x: float, y: float, button: str = "left", count: int = 1) -> None:
        self.move(x, y)
        self.press_and_release(button, count)

    def press_and_release(self, button: str = "left", count: int = 1) -> None:
        for number in range(1, count + 1):
            self.press(button, number)
            self.release(button, number)

    def scroll(self, dx: float, dy: float) -> None:
        self._send("mouseWheel", deltaX=dx, deltaY=dy)

    def drag(self, x: float, y: float) -> None:
        """From where it is, with the left button. What the page itself lets be dragged is carried over, too."""
        page = self._page
        page.record.drag = None
        page.act("Input.setInterceptDrags", {"enabled": True})
        start = page.mouse
        try:
            self.press()
            for step in range(1, DRAG_STEPS + 1):
                part = step / DRAG_STEPS
                self.move(start[0] + (x - start[0]) * part, start[1] + (y - start[1]) * part)
                if step == 2 and page.wait_for(lambda: page.record.drag is not None, DRAG_SECONDS) and page.record.drag is not None:
                    self._carry(page.record.drag, x, y)
                    return
            self.release()
        finally:
            page.act("Input.setInterceptDrags", {"enabled": False})

    def _carry(self, data: Json, x: float, y: float) -> None:
        self._page.mouse = (x, y)
        for kind in ("dragEnter", "dragOver", "drop"):
            self._page.act("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": data, "modifiers": self._page.modifiers})
        self._page.buttons = 0
        self._send("mouseReleased", button="left", clickCount=1)

    def _send(self, kind: str, **more: object) -> None:
        x, y = self._page.mouse
        params: Json = {"type": kind, "x": x, "y": y, "buttons": self._page.buttons, "modifiers": self._page.modifiers, **more}
        self._page.act("Input.dispatchMouseEvent", params)


class Keyboard:
    def __init__(self, page: Page) -> None:
        self._page = page

    def down(self, key: Key) -> None:
        page = self._page
        page.modifiers |= key.modifier
        held = page.modifiers
        text = "" if held & (ALT | CONTROL | META) else key.text
        if held & SHIFT and text.isalpha():
            text = text.upper()
        name = key.key
        if len(name) == 1 and held & (ALT | CONTROL | META):  # Control+A means the key, not a capital letter
            name = name.upper() if held & SHIFT else name.lower()
        params: Json = {"type": "keyDown" if text else "rawKeyDown", "modifiers": held, "code": key.code, "windowsVirtualKeyCode": key.number}
        params.update(key=text if text and text.isprintable() else name, text=text, unmodifiedText=text)
        page.act("Input.dispatchKeyEvent", params)

    def up(self, key: Key) -> None:
        page = self._page
        page.modifiers &= ~key.modifier
        params: Json = {"type": "keyUp", "modifiers": page.modifiers, "code": key.code, "key": key.key, "windowsVirtualKeyCode": key.number}
        page.act("Input.dispatchKeyEvent", params)

    def press(self, keys: Iterable[Key]) -> None:
        """All of them held down together, and let go in the other order."""
        held: list[Key] = []
        try:
            for key in keys:
                held.append(key)
                self.down(key)
        finally:
            for key in reversed(held):
                self.up(key)

    def type(self, text: str) -> None:
        """Key by key; what is on no key is written as an input method would."""
        shift = find("Shift")
        for character in text.replace("\r\n", "\n"):
            key = CHARACTERS.get(character)
            if key is None:
                self.insert(character)
            else:
                self.press([shift, key] if character in NEEDS_SHIFT else [key])

    def insert(self, text: str) -> None:
        """At once, as from the clipboard."""
        self._page.act("Input.insertText", {"text": text})
