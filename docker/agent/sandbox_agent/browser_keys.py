"""The keys of a keyboard by the names that clients use, and what the browser has to be told of each."""

from __future__ import annotations

from sandbox_agent.cdp_errors import CdpFailed

ALT, CONTROL, META, SHIFT = 1, 2, 4, 8
MODIFIERS = {"Alt": ALT, "Control": CONTROL, "Meta": META, "Shift": SHIFT}


class Key:
    """`code` is the place on the keyboard, `number` the Windows key code, `text` what it writes."""

    def __init__(self, key: str, code: str, number: int, text: str = "") -> None:
        self.key = key
        self.code = code
        self.number = number
        self.text = text

    @property
    def modifier(self) -> int:
        return MODIFIERS.get(self.key, 0)


# key, code, number
_NAMED = [
    ("Backspace", 8), ("Tab", 9), ("Enter", 13), ("Pause", 19), ("CapsLock", 20), ("Escape", 27), ("PageUp", 33), ("PageDown", 34),
    ("End", 35), ("Home", 36), ("ArrowLeft", 37), ("ArrowUp", 38), ("ArrowRight", 39), ("ArrowDown", 40), ("PrintScreen", 44),
    ("Insert", 45), ("Delete", 46), ("ContextMenu", 93), ("NumLock", 144), ("ScrollLock", 145),
]  # fmt: skip
_SYMBOLS = {  # the plain and the shifted character of each place, on an American keyboard
    "Semicolon": (";:", 186), "Equal": ("=+", 187), "Comma": (",<", 188), "Minus": ("-_", 189), "Period": (".>", 190),
    "Slash": ("/?", 191), "Backquote": ("`~", 192), "BracketLeft": ("[{", 219), "Backslash": ("\\|", 220),
    "BracketRight": ("]}", 221), "Quote": ("'\"", 222),
}  # fmt: skip
_OTHER_NAMES = {
    "ctrl": "control", "ctl": "control", "controlleft": "control", "controlright": "control", "ctrlleft": "control",
    "ctrlright": "control", "controlormeta": "control", "altleft": "alt", "altright": "alt", "option": "alt", "shiftleft": "shift",
    "shiftright": "shift", "cmd": "meta", "command": "meta", "win": "meta", "winleft": "meta", "winright": "meta", "super": "meta",
    "metaleft": "meta", "return": "enter", "esc": "escape", "del": "delete", "ins": "insert", "pgup": "pageup", "pgdn": "pagedown",
    "left": "arrowleft", "right": "arrowright", "up": "arrowup", "down": "arrowdown", "spacebar": "space", "printscrn": "printscreen",
    "prtsc": "printscreen", "menu": "contextmenu", "apps": "contextmenu", "plus": "+",
}  # fmt: skip


def _table() -> tuple[dict[str, Key], dict[str, Key]]:
    named = {name.lower(): Key(name, name, number) for name, number in _NAMED}
    named["enter"].text = "\r"
    for name, number in (("Shift", 16), ("Control", 17), ("Alt", 18), ("Meta", 91)):
        named[name.lower()] = Key(name, f"{name}Left", number)
    named["space"] = Key(" ", "Space", 32, " ")
    for number in range(1, 25):
        named[f"f{number}"] = Key(f"F{number}", f"F{number}", 111 + number)
    characters = {" ": named["space"], "\n": named["enter"], "\r": named["enter"], "\t": named["tab"]}
    for index, shifted in enumerate(")!@#$%^&*("):
        for character in (str(index), shifted):
            characters[character] = Key(character, f"Digit{index}", 48 + index, character)
    for letter in "abcdefghijklmnopqrstuvwxyz":
        for character in (letter, letter.upper()):
            characters[character] = Key(character, f"Key{letter.upper()}", ord(letter.upper()), character)
    for code, (pair, number) in _SYMBOLS.items():
        for character in pair:
            characters[character] = Key(character, code, number, character)
    for key in list(characters.values()):  # places can be named, too: KeyA, Digit1
        named.setdefault(key.code.lower(), key)
    return named, characters


NAMED, CHARACTERS = _table()
NEEDS_SHIFT = frozenset('~!@#$%^&*()_+{}|:"<>?ABCDEFGHIJKLMNOPQRSTUVWXYZ')


def find(name: str) -> Key:
    """A key by its name, in any spelling, or by its character."""
    if name in CHARACTERS:
        return CHARACTERS[name]
    plain = name.strip().lower().replace("_", "").replace(" ", "")
    key = NAMED.get(_OTHER_NAMES.get(plain, plain)) or CHARACTERS.get(_OTHER_NAMES.get(plain, ""))
    if key is None and len(name) == 1:
        return Key(name, "", 0, name)  # on no such keyboard, but it can be written
    if key is None:
        raise CdpFailed(f"there is no key {name!r}: use a character, or a name such as Enter, Tab, Escape, ArrowLeft, F5 or Control+a")
    return key


def chord(text: str) -> list[Key]:
    """`Control+Shift+t` is three keys; `+` and `Control++` have the plus itself."""
    names = text.split("+") if text != "+" else ["+"]
    if text.endswith("++"):
        names = [*names[:-2], "+"]
    return [find(name) for name in names]
