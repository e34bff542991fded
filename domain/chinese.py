"""Numbers, days and sums as official papers write them.

Sources: GB/T 15835-2011 出版物上数字用法 (〇 in years); 支付结算办法 附一 正确填写票据和结算凭证的基本规定 (sums in capitals);
GB/T 9704-2012 §7.3.3 (numbers of headings).
"""

from datetime import date
from decimal import Decimal

DIGITS = "〇一二三四五六七八九"
CAPITALS = "零壹贰叁肆伍陆柒捌玖"
TENS = ("", "拾", "佰", "仟")
MYRIADS = ("", "万", "亿")
LARGEST_YUAN = Decimal(10) ** 12
LARGEST_COUNT = 9_999


def count_zh(number: int) -> str:
    """A count in characters: 3 → 三, 10 → 十, 21 → 二十一, 105 → 一百零五. Raises ValueError outside 0 to 9,999."""
    if not 0 <= number <= LARGEST_COUNT:
        raise ValueError(f"no count of papers: {number}")
    if number == 0:
        return "零"
    text, gap = "", False
    for place, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        if digit == 0:
            gap = bool(text)
            continue
        text += ("零" if gap else "") + DIGITS[digit] + unit
        gap = False
    return text.removeprefix("一") if text.startswith("一十") else text


def year_zh(year: int) -> str:
    """A year digit by digit: 2026 → 二〇二六."""
    return "".join(DIGITS[int(digit)] for digit in f"{year:04d}")


def day_zh(day: date) -> str:
    """二〇二六年二月十日: the year digit by digit, month and day as counts, no leading zero."""
    return f"{year_zh(day.year)}年{count_zh(day.month)}月{count_zh(day.day)}日"


def day_arabic(day: date) -> str:
    """2026年2月10日, as GB/T 9704-2012 §7.3.5.4 has it: no leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日"


def sum_zh(yuan: Decimal | str) -> str:
    """A sum in capitals: 10000 → 壹万元整, 1005.08 → 壹仟零伍元零捌分, 0.5 → 伍角整.

    零 stands once for any run of noughts inside, and where yuan end in a nought before 角 or lack 角 before 分.
    Raises ValueError for less than nothing, more than two places, or a million million yuan and more.
    """
    amount = Decimal(yuan)
    cents = amount * 100
    if not amount.is_finite() or amount < 0 or amount >= LARGEST_YUAN or cents != cents.to_integral_value():
        raise ValueError(f"no sum of yuan: {yuan}")
    whole, rest = divmod(int(cents), 100)
    tenths, hundredths = divmod(rest, 10)
    text = f"{_whole(whole)}元" if whole or not rest else ""
    if not rest:
        return text + "整"
    if text and (tenths == 0 or whole % 10 == 0):
        text += "零"
    text += f"{CAPITALS[tenths]}角" if tenths else ""
    return text + (f"{CAPITALS[hundredths]}分" if hundredths else "整")


def _whole(number: int) -> str:
    """In groups of four: a group that is nought says nothing, a nought between two digits says 零 once."""
    if number == 0:
        return CAPITALS[0]
    text, gap = "", False
    digits = str(number)
    for at, digit in enumerate(digits):
        power = len(digits) - 1 - at
        if digit == "0":
            gap = True
        else:
            text += ("零" if gap else "") + CAPITALS[int(digit)] + TENS[power % 4]
            gap = False
        if power % 4 == 0 and power and int(digits[max(0, at - 3) : at + 1]):
            text += MYRIADS[power // 4]
    return text


def heading_zh(level: int, number: int) -> str:
    """The number before a heading of a level from 1: 一、 then （一） then 1. then （1）."""
    match level:
        case 1:
            return f"{count_zh(number)}、"
        case 2:
            return f"（{count_zh(number)}）"
        case 3:
            return f"{number}."
        case 4:
            return f"（{number}）"
        case _:
            raise ValueError(f"no level of headings: {level}")
