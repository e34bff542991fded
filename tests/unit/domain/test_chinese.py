"""Numbers, days and sums as official papers write them: each expected form was written by hand after the rule beside it."""

from datetime import date
from decimal import Decimal

import pytest

from domain.chinese import count_zh, day_arabic, day_zh, heading_zh, sum_zh, year_zh


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "零"), (1, "一"), (9, "九"),
        (10, "十"), (11, "十一"), (19, "十九"),  # no 一 before a leading 十
        (20, "二十"), (31, "三十一"), (100, "一百"),
        (105, "一百零五"), (110, "一百一十"), (111, "一百一十一"),  # inside, 一十 keeps its 一
        (1001, "一千零一"), (1010, "一千零一十"), (1100, "一千一百"), (9999, "九千九百九十九"),
    ],
)  # fmt: skip
def test_counts(number, text):
    assert count_zh(number) == text


@pytest.mark.parametrize("number", [-1, 10_000])
def test_a_count_outside_its_range_is_no_count(number):
    with pytest.raises(ValueError, match="count"):
        count_zh(number)


@pytest.mark.parametrize(
    ("day", "zh", "arabic"),
    [
        (date(2026, 2, 10), "二〇二六年二月十日", "2026年2月10日"),
        (date(2000, 12, 31), "二〇〇〇年十二月三十一日", "2000年12月31日"),
        (date(2010, 10, 20), "二〇一〇年十月二十日", "2010年10月20日"),
        (date(2028, 2, 29), "二〇二八年二月二十九日", "2028年2月29日"),
    ],
)
def test_days(day, zh, arabic):
    assert (day_zh(day), day_arabic(day)) == (zh, arabic)
    assert zh.startswith(year_zh(day.year))


@pytest.mark.parametrize(
    ("yuan", "text"),
    [
        ("0", "零元整"),
        ("10000", "壹万元整"),
        ("10000.00", "壹万元整"),
        ("10", "壹拾元整"),  # a sum keeps its 壹, so that nothing can be put before it
        ("100", "壹佰元整"),
        ("101", "壹佰零壹元整"),
        ("1001", "壹仟零壹元整"),  # two noughts in a row: one 零
        ("1010", "壹仟零壹拾元整"),
        ("12400.50", "壹万贰仟肆佰元零伍角整"),  # yuan end in a nought
        ("1409.50", "壹仟肆佰零玖元伍角整"),  # the rule's own example: 1,409.50
        ("6007.14", "陆仟零柒元壹角肆分"),  # its second
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),  # its third
        ("107000.53", "壹拾万零柒仟元零伍角叁分"),  # its fourth
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),  # its fifth: no 角, so 零 before 分
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("0.50", "伍角整"),
        ("0.05", "伍分"),
        ("100000", "壹拾万元整"),
        ("100001", "壹拾万零壹元整"),
        ("1000000", "壹佰万元整"),
        ("20003000", "贰仟万零叁仟元整"),
        ("100000000", "壹亿元整"),
        ("100010000", "壹亿零壹万元整"),
        ("100000001", "壹亿零壹元整"),
        ("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_sums_in_capitals(yuan, text):
    assert sum_zh(yuan) == text
    assert sum_zh(Decimal(yuan)) == text


@pytest.mark.parametrize("yuan", ["-0.01", "0.001", "1000000000000", "NaN", "Infinity"])
def test_what_is_no_sum_has_no_capitals(yuan):
    with pytest.raises(ValueError, match="sum"):
        sum_zh(Decimal(yuan))


def test_headings_of_four_levels():
    assert [heading_zh(level, 12) for level in (1, 2, 3, 4)] == ["十二、", "（十二）", "12.", "（12）"]
    with pytest.raises(ValueError, match="level"):
        heading_zh(5, 1)
