"""The arguments of an AIO route: checked, told wrong in FastAPI's form, and described for OpenAPI, all from one table."""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox_agent.arguments import Json

KINDS = {
    "string": ("string_type", "Input should be a valid string"), "integer": ("int_type", "Input should be a valid integer"),
    "number": ("float_type", "Input should be a valid number"), "boolean": ("bool_type", "Input should be a valid boolean"),
    "array": ("list_type", "Input should be a valid list"),
}  # fmt: skip
WORDS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
SUDO = "Not available: the sandbox has one user, and none with more rights"


TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer"}
TEXTS: Json = {"type": "array", "items": TEXT}
ROWS: Json = {"type": "array", "items": {"type": "object"}}


def maybe(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def thing(**properties: Json) -> Json:
    """An object; what may be null may also be absent."""
    return {"type": "object", "properties": properties, "required": [k for k, v in properties.items() if "anyOf" not in v]}


class Wrong(Exception):
    """One row of a 422: its type, its text and what it adds."""

    def __init__(self, kind: str, text: str, **context: object) -> None:
        super().__init__(text)
        self.kind = kind
        self.context = context


class Field:
    def __init__(
        self,
        kind: str,
        description: str = "",
        *,
        required: bool = False,
        default: object = None,
        least: float | None = None,
        most: float | None = None,
        choices: Sequence[str] = (),
    ) -> None:
        self.kind = kind
        self.description = description
        self.required = required
        self.default = default
        self.least = least
        self.most = most
        self.choices = choices

    def check(self, value: object) -> object:
        """The value, or `Wrong`. Arrays are of strings."""
        right = {
            "string": isinstance(value, str), "boolean": isinstance(value, bool), "array": isinstance(value, list),
            "integer": _whole(value), "number": _number(value),
        }[self.kind]  # fmt: skip
        if not right:
            raise Wrong(*KINDS[self.kind])
        if isinstance(value, str):
            self._check_text(value)
        if isinstance(value, list) and not all(isinstance(item, str) for item in value):
            raise Wrong(*KINDS["string"])
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if self.least is not None and value < self.least:
                raise Wrong("greater_than_equal", f"Input should be greater than or equal to {self.least:g}", ge=self.least)
            if self.most is not None and value > self.most:
                raise Wrong("less_than_equal", f"Input should be less than or equal to {self.most:g}", le=self.most)
            return int(value) if self.kind == "integer" else value
        return value

    def _check_text(self, value: str) -> None:
        if self.choices and value not in self.choices:
            listed = ", ".join(f"'{choice}'" for choice in self.choices[:-1])
            expected = f"{listed} or '{self.choices[-1]}'"
            raise Wrong("enum", f"Input should be {expected}", expected=expected)
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise Wrong("string_unicode", "Input should be text without NUL characters and lone surrogates")

    def parsed(self, text: str) -> object:
        """A value of a query or a form, where all is text."""
        if self.kind == "boolean":
            return WORDS.get(text.lower(), text)
        if self.kind in ("integer", "number"):
            try:
                return float(text)
            except ValueError:
                return text
        return text

    def described(self) -> Json:
        schema: Json = {"type": self.kind}
        if self.kind == "array":
            schema["items"] = {"type": "string"}
        if self.choices:
            schema["enum"] = list(self.choices)
        for name, bound in (("minimum", self.least), ("maximum", self.most)):
            if bound is not None:
                schema[name] = bound
        if not self.required and self.default is None:
            schema = {"anyOf": [schema, {"type": "null"}]}
        elif not self.required:
            schema["default"] = self.default
        return {**schema, "description": self.description} if self.description else schema


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _whole(value: object) -> bool:
    return _number(value) and isinstance(value, (int, float)) and value == int(value)


def checked(fields: Mapping[str, Field], values: Json, where: str) -> tuple[Json, list[Json]]:
    """All arguments with their defaults, and a row for each that is wrong; null stands for what may be absent."""
    found: Json = {}
    rows: list[Json] = []
    for name, field in fields.items():
        value = values.get(name)
        if value is None and not field.required:
            found[name] = field.default
            continue
        try:
            if name not in values:
                raise Wrong("missing", "Field required")
            if where == "query" and isinstance(value, str):
                value = field.parsed(value)
            found[name] = field.check(value)
        except Wrong as error:
            told = values if error.kind == "missing" else value
            row: Json = {"type": error.kind, "loc": [where, name], "msg": str(error), "input": _writable(told)}
            rows.append({**row, "ctx": error.context} if error.context else row)
    return found, rows


def _writable(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
