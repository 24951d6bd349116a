"""Checks JSON against the SDK's own parameter types, and words what is wrong as OpenAI does.

`check_of(hint)` turns a type (a TypedDict, Literal, Union, list, …) into a function that raises `ApiError`. The types
are read from the installed SDK when they are first needed, so what the local OpenAI accepts follows the SDK.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from functools import cache
from typing import Any

import typing_extensions

from engine.sandbox.openai.wire import ApiError

Check = Callable[[Any, str], None]
"""Takes a value and its path such as `input[0].content`; raises `ApiError` when the value does not fit."""

_NAMES = {str: "a string", bool: "a boolean", int: "an integer", float: "a decimal", type(None): "null"}
_NAMES |= {dict: "an object", list: "an array"}


def invalid_type(path: str, expected: str, value: object) -> ApiError:
    """The error of a value whose JSON type is wrong."""
    got = _NAMES.get(type(value), "an unknown value")
    message = f"Invalid type for '{path}': expected {expected}, but got {got} instead."
    return ApiError(400, message, code="invalid_type", param=path)


def invalid_value(path: str, value: object, supported: list[str]) -> ApiError:
    """The error of a value that is not one of those supported."""
    message = f"Invalid value: '{value}'. Supported values are: {spoken_list(supported)}."
    return ApiError(400, message, code="invalid_value", param=path)


def spoken_list(values: list[str]) -> str:
    """`['a', 'b', 'c']` → `'a', 'b', and 'c'`."""
    quoted = [f"'{value}'" for value in values]
    if len(quoted) < 3:
        return " and ".join(quoted)
    return ", ".join(quoted[:-1]) + f", and {quoted[-1]}"


@cache
def fields_of(shape: type) -> dict[str, Any]:
    """The fields of a TypedDict with their types resolved, `Required[…]` kept."""
    return typing_extensions.get_type_hints(shape, include_extras=True)


@cache
def check_of(hint: Any) -> Check:
    """The check for a type."""
    hint = bare(hint)
    origin = typing.get_origin(hint)
    if origin is typing.Literal:
        return _literal_check(hint)
    if origin in {typing.Union, types.UnionType}:
        return _union_check(hint)
    if typing_extensions.is_typeddict(hint):
        return _object_check(hint)
    if hint is dict or origin is dict:
        return _mapping_check(hint)
    if hint in _SCALARS:
        return _scalar_check(hint)
    if kind_of(hint) is list:
        return _array_check(hint)
    return _anything


def bare(hint: Any) -> Any:
    """Take off `Required[…]`, `NotRequired[…]` and `Annotated[…]`."""
    wrappers = (typing_extensions.Required, typing_extensions.NotRequired, typing.Annotated)
    while typing.get_origin(hint) in wrappers:
        hint = typing.get_args(hint)[0]
    return hint


_SCALARS = (str, bool, int, float, type(None))


def kind_of(hint: Any) -> type | None:
    """The JSON type that values of a type have: dict, list, str, …; None when it may be any."""
    hint = bare(hint)
    origin = typing.get_origin(hint)
    if typing_extensions.is_typeddict(hint) or hint is dict or origin is dict:
        return dict
    if origin is typing.Literal:
        return type(typing.get_args(hint)[0])
    if hint in _SCALARS:
        return typing.cast(type, hint)
    is_array = origin is not None and origin not in {typing.Union, types.UnionType}
    return list if is_array else None


def _anything(value: Any, path: str) -> None:
    """Accepts what the SDK's types leave open."""


def _scalar_check(hint: type) -> Check:
    def check(value: Any, path: str) -> None:
        fits = type(value) is hint or (hint is float and type(value) is int)
        if not fits:
            raise invalid_type(path, "a boolean" if hint is bool else _NAMES[hint], value)

    return check


def _literal_check(hint: Any) -> Check:
    values = list(typing.get_args(hint))
    supported = [str(value) for value in values]

    def check(value: Any, path: str) -> None:
        if type(value) is not type(values[0]):
            one_of = f"one of {spoken_list(supported)}" if len(supported) > 1 else f"'{supported[0]}'"
            raise invalid_type(path, one_of, value)
        if value not in values:
            raise invalid_value(path, value, supported)

    return check


def _array_check(hint: Any) -> Check:
    arguments = typing.get_args(hint)
    check_item = check_of(arguments[0]) if arguments else _anything

    def check(value: Any, path: str) -> None:
        if type(value) is not list:
            raise invalid_type(path, "an array", value)
        for index, item in enumerate(value):
            check_item(item, f"{path}[{index}]")

    return check


def _mapping_check(hint: Any) -> Check:
    arguments = typing.get_args(hint)
    check_item = check_of(arguments[1]) if arguments else _anything

    def check(value: Any, path: str) -> None:
        if type(value) is not dict:
            raise invalid_type(path, "an object", value)
        for name, item in value.items():
            check_item(item, f"{path}.{name}")

    return check


def _object_check(shape: Any) -> Check:
    fields = fields_of(shape)
    required = [name for name, hint in fields.items() if typing.get_origin(hint) is typing_extensions.Required]
    checks: dict[str, Check] = {}

    def check(value: Any, path: str) -> None:
        if type(value) is not dict:
            raise invalid_type(path, "an object", value)
        prefix = f"{path}." if path else ""
        for name, item in value.items():
            if name not in fields:
                message = f"Unknown parameter: '{prefix}{name}'."
                raise ApiError(400, message, code="unknown_parameter", param=prefix + name)
            if name not in checks:
                checks[name] = check_of(fields[name])
            checks[name](item, prefix + name)
        for name in required:
            if name not in value:
                raise missing(prefix + name)

    return check


def missing(path: str) -> ApiError:
    """The error of a required parameter that is not there."""
    message = f"Missing required parameter: '{path}'."
    return ApiError(400, message, code="missing_required_parameter", param=path)


def _union_check(hint: Any) -> Check:
    options = [bare(option) for option in typing.get_args(hint)]
    kinds = {kind_of(option) for option in options}
    expected = _spoken_kinds(options)
    is_open_string = str in options

    def check(value: Any, path: str) -> None:
        kind = type(value)
        if value is None and type(None) in kinds:
            return
        if kind is str and is_open_string:
            return
        fitting = [option for option in options if kind_of(option) in {kind, None} or _is_decimal(option, kind)]
        if not fitting:
            raise invalid_type(path, expected, value)
        if kind is dict:
            fitting = _named_alike(fitting, value, path)
        _check_any(fitting, value, path)

    return check


def _is_decimal(option: Any, kind: type) -> bool:
    return option is float and kind is int


def _spoken_kinds(options: list[Any]) -> str:
    kinds = dict.fromkeys(_NAMES.get(kind_of(option) or object, "a value") for option in options)
    names = [name for name in kinds if name not in {"null", "a value"}]
    return names[0] if len(names) == 1 else "one of " + " or ".join(names)


def _check_any(options: list[Any], value: Any, path: str) -> None:
    """Pass when any option fits; else complain about the one that got furthest."""
    worst: ApiError | None = None
    for option in options:
        try:
            check_of(option)(value, path)
        except ApiError as error:
            if worst is None or len(error.param or "") > len(worst.param or ""):
                worst = error
        else:
            return
    if worst is not None:
        raise worst


def _named_alike(options: list[Any], value: dict[str, Any], path: str) -> list[Any]:
    """Keep the object types whose constant `type` (or `role`) is that of the value."""
    for tag in ("type", "role"):
        if tag not in value:
            continue
        tagged = [(option, _constants(option, tag)) for option in options]
        fitting = [option for option, constants in tagged if constants is None or value[tag] in constants]
        if not fitting:
            supported = sorted({constant for _, constants in tagged for constant in constants or ()})
            raise invalid_value(f"{path}.{tag}", value[tag], supported)
        options = fitting
    return options


def _constants(option: Any, tag: str) -> tuple[str, ...] | None:
    if not typing_extensions.is_typeddict(option) or tag not in fields_of(option):
        return None
    hint = bare(fields_of(option)[tag])
    return typing.get_args(hint) if typing.get_origin(hint) is typing.Literal else None
