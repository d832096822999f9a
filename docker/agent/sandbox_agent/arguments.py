"""JSON bodies and query strings, checked; what is wrong is told in FastAPI's form (422)."""

from __future__ import annotations

import json

from sandbox_agent.errors import BodyTooLarge, InvalidArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox_agent.http1 import Body

Json = dict[str, object]


def read_json(body: Body, limit: int) -> Json:
    """The object in the body; an absent body and one that is no object have no members."""
    if (body.declared or 0) > limit:
        raise BodyTooLarge(f"the body is larger than {limit} bytes")
    data = bytearray()
    while piece := body.read():
        data += piece
        if len(data) > limit:
            raise BodyTooLarge(f"the body is larger than {limit} bytes")
    if not data.strip():
        return {}
    try:
        value = json.loads(data)
    except json.JSONDecodeError as error:
        raise _invalid_json(error.pos, error.msg) from None
    except UnicodeDecodeError as error:
        raise _invalid_json(error.start, "the body is not UTF-8") from None
    except RecursionError:
        raise _invalid_json(0, "nested too deeply") from None
    return value if isinstance(value, dict) else {}


def _invalid_json(position: int, reason: str) -> InvalidArguments:
    row = {"type": "json_invalid", "loc": ["body", position], "msg": "JSON decode error"}
    return InvalidArguments({**row, "input": {}, "ctx": {"error": reason}})


def invalid(kind: str, name: str, message: str, value: object, where: str = "body") -> InvalidArguments:
    return InvalidArguments({"type": kind, "loc": [where, name], "msg": message, "input": value})


def missing(name: str, where: str = "body") -> InvalidArguments:
    return invalid("missing", name, "Field required", None, where)


def string(body: Json, name: str) -> str:
    if name not in body:
        raise missing(name)
    return _text(name, body[name])


def optional_string(body: Json, name: str) -> str | None:
    value = body.get(name)
    return None if value is None else _text(name, value)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise invalid("string_type", name, "Input should be a valid string", value)
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise invalid("string_unicode", name, "Input should be text without NUL characters and lone surrogates", None)
    return value


def optional_bool(body: Json, name: str) -> bool:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise invalid("bool_type", name, "Input should be a valid boolean", value)
    return bool(value)


def optional_object(body: Json, name: str) -> Json:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid("dict_type", name, "Input should be a valid dictionary", value)
    return value


def environment(body: Json, name: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for key, value in optional_object(body, name).items():
        if not key or "=" in key:
            raise invalid("value_error", name, "Input should have names without '='", key)
        values[_text(name, key)] = _text(name, value)
    return values


def timeout(body: Json, default: float) -> float:
    """Seconds, for this call only."""
    value = body.get("timeout")
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise invalid("float_type", "timeout", "Input should be a valid number", value)
    if not 0 < value <= 86400:
        raise invalid("value_error", "timeout", "Input should be more than 0 and at most 86400 seconds", str(value))
    return float(value)


def count(body: Json, name: str, default: int | None = None) -> int:
    """A number of rows, columns or the like; required without a default."""
    value = body.get(name, default)
    if value is None:
        raise missing(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid("int_type", name, "Input should be a valid integer", value)
    if not 1 <= value <= 10_000:
        raise invalid("value_error", name, "Input should be from 1 to 10000", value)
    return value


def query_number(values: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = values.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 20 and int(text) <= most):
        raise invalid("int_parsing", name, f"Input should be a whole number from 0 to {most}", text, "query")
    return int(text)


def query(values: Mapping[str, str], name: str) -> str:
    if name not in values:
        raise missing(name, "query")
    return values[name]
