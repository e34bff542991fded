"""What a clerk typed, as the ledger spells it. Each expected value was worked out by hand."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from domain.refusal import Refusal
from gongze.sheets.cells import Fault, area_of, day_of, money_of, number_of, text_of


def refused(call, *arguments):
    with pytest.raises(Refusal) as found:
        call(*arguments)
    assert found.value.code == "schema_invalid"
    assert found.value.field == "某列"
    return found.value.message


# --- dates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "2026-2-3", "2026/02/03", "2026.2.3", "2026年2月3日", "20260203",
        "２０２６－２－３", "2026 年 2 月 3 日", "2026-02-03 00:00:00", "2026/2/3 14:30",
        date(2026, 2, 3), datetime.fromisoformat("2026-02-03T09:30:00"), Decimal(20260203),
        Decimal(46056), Decimal("46056.75"), "46056",
    ],
)  # fmt: skip
def test_third_of_february_in_every_way_it_is_written(written):
    """Day numbers: 1 January 1900 is 1, and the sheet counts a 29 February 1900 that never was; so 46056 days after
    30 December 1899: 126 years of 365 days (1900 to 2025: 45,990) and 31 leap days (1904 to 2024), then the day
    itself: 1 January 2026 is 45,990 + 31 + 2 = 46,023, and 3 February is 33 days later."""
    assert day_of(written, "某列") == date(2026, 2, 3)


@pytest.mark.parametrize(
    "written",
    ["2026-2-30", "2月3日", "26-2-3", "2026年2月", "昨天", "1026-02-03", "2026-13-01", Decimal(5), Decimal("1e9"), True],
)  # fmt: skip
def test_what_is_no_whole_date_is_refused(written):
    assert "某列" in refused(day_of, written, "某列")


def test_an_empty_cell_is_no_date():
    assert day_of(None, "某列") is None
    assert day_of("  ", "某列") is None


# --- text and numbers -----------------------------------------------------------------------------------------


def test_full_width_digits_and_letters_become_narrow_but_punctuation_stays():
    assert text_of(" 拉自然资执（２０２５）８１号，Ａ座 ", "某列") == "拉自然资执（2025）81号，A座"


def test_a_document_number_is_on_one_line_without_spaces():
    assert number_of("拉自然资执 〔2025〕\n８１ 号\u200b", "某列") == "拉自然资执〔2025〕81号"


def test_a_whole_number_is_written_without_a_point():
    assert text_of(Decimal("81.0"), "某列") == "81"
    assert text_of(Decimal("1E+2"), "某列") == "100"


def test_eighteen_digits_kept_as_text_are_exact_and_as_a_number_are_refused():
    assert text_of("540102199001011234", "某列") == "540102199001011234"
    assert "文本" in refused(text_of, Decimal("5.40102199001011E+17"), "某列")


def test_a_cell_without_a_usable_value_says_why():
    assert refused(text_of, Fault("公式没有计算结果"), "某列") == "“某列”列：公式没有计算结果"


@pytest.mark.parametrize(
    ("written", "unit", "yuan"),
    [
        ("12,400.50", "", "12400.50"), ("１２，４００．５", "", "12400.50"), ("￥300", "", "300.00"), ("1.24005万元", "", "12400.50"),
        (Decimal("1.24005"), "万元", "12400.50"), ("300元", "万元", "300.00"), (Decimal("0"), "元", "0.00"),
    ],
)  # fmt: skip
def test_money_in_yuan_with_two_places(written, unit, yuan):
    assert money_of(written, unit, "某列") == yuan


@pytest.mark.parametrize(
    "written", ["12,40", "1,2400", "-5", "约300", "0.001", "1e5", Decimal("-1"), "9" * 40, date(2026, 2, 3)]
)
def test_what_is_no_exact_sum_is_refused(written):
    refused(money_of, written, "", "某列")


@pytest.mark.parametrize(
    ("written", "unit", "area"),
    [
        (Decimal("3"), "亩", "2000.00"),  # 1 亩 = 2000/3 m²
        ("1.5亩", "", "1000.00"), ("0.5", "亩", "333.33"), ("２公顷", "", "20000.00"), ("12.345㎡", "", "12.35"),
        ("120", "平方米", "120.00"),
    ],
)  # fmt: skip
def test_areas_in_square_metres(written, unit, area):
    assert area_of(written, unit, "某列") == area


def test_an_area_without_a_unit_is_refused():
    assert "亩" in refused(area_of, Decimal("3"), "", "某列")
