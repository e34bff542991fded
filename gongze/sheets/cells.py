"""What a clerk typed, as the ledger spells it: dates in all the ways they are written, digits of any width, money in
yuan or ten thousands, areas in 亩, hectares or square metres.

Strict: what can be read in two ways, or was already spoilt by the spreadsheet, is a fault that names the cell.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that holds nothing usable: a formula that was never computed, an error value."""

    why: str


Value = str | Decimal | date | datetime | bool | Fault | None

SPOILT = 10**15
"""A spreadsheet keeps fifteen digits of a number: longer ones have lost their end before we see them."""
SERIAL_ZERO = date(1899, 12, 30)
SERIALS = range(18_264, 73_051)
"""Day numbers of a spreadsheet from 1950 to 2099; others in a column of dates are no dates."""
YEARS = range(1949, 2100)

_WIDTHS = {
    code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")


def narrowed(text: str) -> str:
    """Digits and letters of full width in half width; punctuation stays as the office wrote it."""
    return _INVISIBLE.sub("", text).translate(_WIDTHS)


def text_of(value: Value, column: str) -> str:
    """The value as text, "" of an empty cell. Raises Refusal."""
    match value:
        case None:
            return ""
        case str():
            return narrowed(value).replace("\r\n", "\n").strip()
        case bool():
            return "是" if value else "否"
        case Decimal():
            if abs(value) >= SPOILT:
                raise _faulty(
                    column, "号码太长，已被电子表格按数字存储而失真，请把单元格设为“文本”后重新录入"
                )
            return format(value.normalize(), "f")
        case date():
            return f"{value.year}年{value.month}月{value.day}日"
        case Fault(why):
            raise _faulty(column, why)


def number_of(value: Value, column: str) -> str:
    """文号、案号: text on one line without spaces inside."""
    return re.sub(r"\s+", "", text_of(value, column))


_DAYS = (
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})"),
    re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})"), re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)  # fmt: skip
_TIME = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")


def day_of(value: Value, column: str) -> date | None:
    """A date: a date cell, one of five ways of writing it, or a spreadsheet's day number. Raises Refusal."""
    match value:
        case datetime():
            return value.date()
        case date():
            return value
        case Decimal():
            return _day_of_number(value, column)
        case bool():
            raise _faulty(column, "应为日期")
        case _:
            return _day_of_text(text_of(value, column), column)


def _day_of_text(given: str, column: str) -> date | None:
    text = unicodedata.normalize("NFKC", given)
    if not text:
        return None
    text = re.sub(r"\s+", "", _TIME.sub("", text))
    for pattern in _DAYS:
        if found := pattern.fullmatch(text):
            year, month, day = map(int, found.groups())
            try:
                made = date(year, month, day)
            except ValueError:
                raise _faulty(column, f"没有“{text}”这一天") from None
            if year not in YEARS:
                raise _faulty(column, f"“{text}”的年份不合理，请核对")
            return made
    if re.fullmatch(r"\d{5}", text):
        return _day_of_number(Decimal(text), column)
    raise _faulty(column, f"“{text}”不是完整的日期，请写作 2026-02-03 或 2026年2月3日")


def _day_of_number(value: Decimal, column: str) -> date:
    whole = int(value)
    if whole in SERIALS:  # a fraction is the time of day
        return SERIAL_ZERO + timedelta(days=whole)
    if value == whole and 19490101 <= whole <= 20991231:
        made = day_of(str(whole), column)
        assert made is not None
        return made
    raise _faulty(column, f"“{format(value, 'f')}”不是日期")


MONEY = {"": Decimal(1), "元": Decimal(1), "万元": Decimal(10_000), "亿元": Decimal(100_000_000)}
AREA = {
    "平方米": Decimal(1), "平米": Decimal(1), "m2": Decimal(1), "㎡": Decimal(1),
    "亩": Decimal(2000) / 3, "公顷": Decimal(10_000),
}  # fmt: skip
_CENT = Decimal("0.01")


def money_of(value: Value, unit: str, column: str) -> str | None:
    """Yuan with two places; `unit` is the heading's, one in the cell goes before it. Raises Refusal."""
    amount, own = _amount(value, MONEY, column)
    if amount is None:
        return None
    yuan = amount * MONEY[own or unit]
    if yuan != yuan.quantize(_CENT):
        raise _faulty(column, "金额精确到分，请核对小数位数")
    return _spelled(yuan, column)


def area_of(value: Value, unit: str, column: str) -> str | None:
    """Square metres, rounded to two places (one 亩 is 2000/3 m²). Raises Refusal."""
    amount, own = _amount(value, AREA, column)
    if amount is None:
        return None
    if not (own or unit):
        raise _faulty(column, "没有写明面积单位，请在列名或单元格中写明，如 面积（亩）")
    return _spelled((amount * AREA[own or unit]).quantize(_CENT, ROUND_HALF_UP), column)


def _spelled(amount: Decimal, column: str) -> str:
    return format(_within(amount, column).quantize(_CENT), "f")


def _amount(value: Value, units: dict[str, Decimal], column: str) -> tuple[Decimal | None, str]:
    if isinstance(value, Decimal):
        return _within(value, column), ""
    if isinstance(value, date | bool):
        raise _faulty(column, "应为数字")
    text = text_of(value, column)
    if not text:
        return None, ""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).removeprefix("¥")
    unit = next((u for u in sorted(units, key=len, reverse=True) if u and plain.endswith(u)), "")
    digits = plain.removesuffix(unit)
    if not re.fullmatch(r"(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", digits, re.ASCII):
        raise _faulty(column, f"“{text}”不是数字")
    return _within(Decimal(digits.replace(",", "")), column), unit


def _within(amount: Decimal, column: str) -> Decimal:
    if amount < 0:
        raise _faulty(column, "不应为负数")
    if amount >= SPOILT:
        raise _faulty(column, "数字过大，请核对")
    return amount


def _faulty(column: str, advice: str) -> Refusal:
    return Refusal("schema_invalid", f"“{column}”列：{advice}", field=column)
