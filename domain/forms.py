"""From an act's definition to its fields, and from plain data to an act.

The dataclasses of `domain.acts` are the one definition; what is read here decides both the Avro schema
(`events.schemas`) and what a case script may say. A fault is a `Refusal("schema_invalid")` with the path
of the field, e.g. `parties.0.name`.
"""

import json
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from typing import Any, Literal, TypeVar

from domain.refusal import Refusal
from domain.values import ID_MAX, NUMBER_MAX, TEXT_MAX, Form, Ref, RefersTo, parse_day, parse_moment

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FieldType:
    """What one field holds. `shape` is one of: string, date, bool, int, enum, ref, record, list."""

    attr: str
    shape: str
    optional: bool
    default: Any
    form: str = ""
    symbols: tuple[str, ...] = ()
    enum_name: str = ""
    refers_to: str = ""
    record: type[Any] | None = None
    item: "FieldType | None" = None


_KNOWN: dict[type[Any], dict[str, FieldType]] = {}


def fields_of(cls: type[Any]) -> dict[str, FieldType]:
    """Field name as written → type, in the order of definition (common fields of all acts last).

    A name that is a word of Python ends in an underscore as an attribute (`from_` is written `from`).
    """
    if cls in _KNOWN:
        return _KNOWN[cls]
    hints = typing.get_type_hints(cls, include_extras=True)
    own = [f for f in fields(cls) if f.name in cls.__annotations__]
    inherited = [f for f in fields(cls) if f.name not in cls.__annotations__]
    _KNOWN[cls] = {
        f.name.rstrip("_"): _field_type(hints[f.name], None if f.default is MISSING else f.default, f.name)
        for f in own + inherited
    }
    return _KNOWN[cls]


def _field_type(hint: Any, default: Any, name: str) -> FieldType:
    optional = False
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        members = [m for m in typing.get_args(hint) if m is not type(None)]
        if len(members) != 1:
            raise TypeError(f"{name}: a field has one type, or one type and None")
        hint, optional = members[0], True
    marks: tuple[Any, ...] = ()
    if typing.get_origin(hint) is typing.Annotated:
        marks = hint.__metadata__
        hint = hint.__origin__
    if hint is str:
        form = next(m.name for m in marks if isinstance(m, Form))
        return FieldType(name, "string", optional, default, form=form)
    if hint is date:
        return FieldType(name, "date", optional, default)
    if hint is bool:
        return FieldType(name, "bool", optional, default)
    if hint is int:
        return FieldType(name, "int", optional, default)
    if hint is Ref:
        what = next(m.what for m in marks if isinstance(m, RefersTo))
        return FieldType(name, "ref", optional, default, refers_to=what)
    if typing.get_origin(hint) is Literal:
        return FieldType(name, "enum", optional, default, symbols=typing.get_args(hint), enum_name=name)
    if typing.get_origin(hint) is tuple:
        inner, _ = typing.get_args(hint)
        return FieldType(name, "list", optional, default, item=_field_type(inner, None, name))
    if is_dataclass(hint):
        return FieldType(name, "record", optional, default, record=typing.cast("type[Any]", hint))
    raise TypeError(f"{name}: {hint!r} is no field type")


def build(cls: type[T], data: object, path: str = "") -> T:
    """Make `cls` of plain JSON data. Raises Refusal("schema_invalid") at the first fault, with its path."""
    if not isinstance(data, Mapping):
        raise _fault(path or "data", "应为一组字段（JSON 对象）")
    known = fields_of(cls)
    for name in data:
        if name not in known:
            raise _fault(_join(path, str(name)), "没有这个字段，请核对字段名")
    values: dict[str, Any] = {}
    for name, kind in known.items():
        value = data.get(name)
        if value is None:
            if name in data and not kind.optional:
                raise _fault(_join(path, name), "不能为空")
            if not kind.optional and kind.default is None:
                raise _fault(_join(path, name), "缺少必填字段")
            values[kind.attr] = kind.default
        else:
            values[kind.attr] = _read(kind, value, _join(path, name))
    return cls(**values)


def _read(kind: FieldType, value: Any, path: str) -> Any:
    match kind.shape:
        case "string":
            return read_string(kind.form, value, path)
        case "date":
            try:
                return parse_day(value)
            except (ValueError, TypeError):
                raise _fault(path, "日期应写作 YYYY-MM-DD，且须真实存在") from None
        case "bool":
            if not isinstance(value, bool):
                raise _fault(path, "应为 true 或 false")
            return value
        case "int":
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 2**53:
                raise _fault(path, "应为不小于零的整数")
            return value
        case "enum":
            if value not in kind.symbols or not isinstance(value, str):
                raise _fault(path, f"只能取：{'、'.join(kind.symbols)}")
            return value
        case "ref":
            if isinstance(value, Ref):  # already read from a statement's bytes
                if value.no is None and value.act is None:
                    raise _fault(path, "应写明文号或记录编号")
                if value.no is not None:
                    read_string("number", value.no, path)
                return value
            text = read_string("number", value, path)
            return Ref(act=text) if re.fullmatch(r"[0-9a-f]{32}", text) else Ref(no=text)
        case "record":
            assert kind.record is not None
            return build(kind.record, value, path)
        case _:
            if not isinstance(value, list | tuple):
                raise _fault(path, "应为列表")
            if not value and kind.default != ():  # a list that may be empty says so by its default
                raise _fault(path, "至少要有一项")
            if len(value) > 500:
                raise _fault(path, "最多 500 项")
            assert kind.item is not None
            return tuple(_read(kind.item, v, f"{path}.{i}") for i, v in enumerate(value))


_PATTERNS = {
    "amount": (r"(0|[1-9]\d{0,14})\.\d{2}", '金额、面积应写作带两位小数的文本，如 "12400.50"'),
    "digest": (r"[0-9a-f]{64}", "应为 64 位小写十六进制摘要（SHA-256）"),
    "key": (r"([0-9a-f]{2}){16,512}", "应为小写十六进制公钥"),
}


def read_string(form: str, value: object, path: str) -> str:
    """Read one string by its form. Raises Refusal("schema_invalid")."""
    if form == "label" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if form == "sealed" and isinstance(value, Mapping | list):
        form, value = "text", canonical_json(value)
    if form == "json" and isinstance(value, Mapping):
        try:
            value = canonical_json(value)
        except (ValueError, TypeError, RecursionError):
            raise _fault(path, "应为 JSON 对象") from None
    if not isinstance(value, str):
        raise _fault(path, "应为文本")
    if any(0xD800 <= ord(c) <= 0xDFFF for c in value):
        raise _fault(path, "含有无法存储的字符")
    if form in _PATTERNS:
        pattern, advice = _PATTERNS[form]
        if not re.fullmatch(pattern, value, re.ASCII):
            raise _fault(path, advice)
        return value
    if form == "moment":
        try:
            parse_moment(value)
        except ValueError:
            raise _fault(path, "时间应写作 YYYY-MM-DD 或带时区的 ISO 8601 时间") from None
        return value
    if form == "json":
        if len(value) > TEXT_MAX * 4 or not _is_plain_object(value):
            raise _fault(path, "应为 JSON 对象")
        return value
    limit = {"text": TEXT_MAX, "sealed": TEXT_MAX, "number": NUMBER_MAX, "label": NUMBER_MAX, "id": ID_MAX}[
        form
    ]
    if not value.strip():
        raise _fault(path, "不能为空白")
    if len(value) > limit:
        raise _fault(path, f"最多 {limit} 个字")
    if form not in ("text", "sealed") and any(ord(c) < 0x20 or ord(c) == 0x7F for c in value):
        raise _fault(path, "不能含有控制字符")
    if form in ("text", "sealed") and any(ord(c) < 0x20 and c not in "\n\t" for c in value):
        raise _fault(path, "不能含有控制字符")
    return value


def _is_plain_object(text: str) -> bool:
    """An object nested no deeper than any act's fields are, so that it can be read again wherever it is needed."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return False
    layer = [value]
    for _ in range(_DEPTH_MAX):
        layer = [
            v
            for o in layer
            for v in (o.values() if isinstance(o, dict) else o if isinstance(o, list) else ())
        ]
    return isinstance(value, dict) and not layer


_DEPTH_MAX = 16


def _no_constant(name: str) -> None:
    raise ValueError(name)


def plain(value: Any) -> Any:
    """The JSON data of a value: the inverse of `build` (fields that are None are left out)."""
    if isinstance(value, Ref):
        return value.act or value.no
    if is_dataclass(value) and not isinstance(value, type):
        data = {}
        for name, kind in fields_of(type(value)).items():
            inner = getattr(value, kind.attr)
            if inner is not None:
                data[name] = json.loads(inner) if kind.form == "json" else plain(inner)
        return data
    if isinstance(value, tuple):
        return [plain(v) for v in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def canonical_json(value: object) -> str:
    """One spelling of JSON data: sorted keys, no spaces, characters as they are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _fault(path: str, advice: str) -> Refusal:
    return Refusal("schema_invalid", f"字段 {path}：{advice}", field=path)
