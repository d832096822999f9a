"""The arguments of a filesystem tool, held against its schema; what is wrong is told as the official server does."""

from __future__ import annotations

from sandbox_agent.own_transport import ToolRefused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox_agent.arguments import Json

KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,), "number": (int, float), "boolean": (bool,), "array": (list,), "object": (dict,),
}  # fmt: skip


def checked(tool: str, schema: object, values: Json) -> Json:
    """The arguments, with the defaults of those that are not given; null counts as not given."""
    try:
        return _object(schema, values, "")
    except _Wrong as error:
        text = f"Input validation error: Invalid arguments for tool {tool}: {error}"
        raise ToolRefused(f"MCP error -32602: {text}") from None


class _Wrong(Exception):
    pass


def _object(schema: object, values: Mapping[str, object], where: str) -> Json:
    assert isinstance(schema, dict)
    found: Json = {}
    for name, inner in schema["properties"].items():
        at = f"{where}.{name}" if where else name
        value = values.get(name)
        if value is not None:
            found[name] = _value(inner, value, at)
        elif name in schema["required"]:
            got = "null" if name in values else "undefined"
            raise _Wrong(f"Invalid input: expected {inner['type']}, received {got} at {at}")
        elif "default" in inner:
            found[name] = inner["default"]
    return found


def _value(schema: Mapping[str, object], value: object, where: str) -> object:
    kind = str(schema["type"])
    if not isinstance(value, KINDS[kind]) or (kind == "number" and isinstance(value, bool)):
        raise _Wrong(f"Invalid input: expected {kind}, received {_kind_of(value)} at {where}")
    if isinstance(value, str):
        return _text(schema, value, where)
    if isinstance(value, list):
        if len(value) < int(str(schema.get("minItems", 0))):
            raise _Wrong(f"Too small: expected array to have >={schema['minItems']} items at {where}")
        items = schema["items"]
        assert isinstance(items, dict)
        return [_value(items, item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, dict):
        return _object(schema, value, where)
    return value


def _text(schema: Mapping[str, object], value: str, where: str) -> str:
    choices = schema.get("enum")
    if isinstance(choices, list) and value not in choices:
        listed = "|".join(f'"{choice}"' for choice in choices)
        raise _Wrong(f"Invalid option: expected one of {listed} at {where}")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise _Wrong(f"Invalid input: expected text without lone surrogates at {where}") from None
    return value


def _kind_of(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return next((kind for kind, types in KINDS.items() if isinstance(value, types)), type(value).__name__)
