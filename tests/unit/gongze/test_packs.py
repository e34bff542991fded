"""A faulty pack is told all its faults at once, each with its line, and never breaks the reader."""

import re
from typing import Any

import pytest

from domain.acts import EVENTS
from gongze.packs import PackFaulty, check_together, read_pack, shipped

HEAD = """\
[pack]
id = "probe"
name_zh = "试验"
version = "1"
valid_from = 2024-01-01

[instruments]
"强制法" = "中华人民共和国行政强制法"

"""
ROW = """\
[[duty]]
id = "copy"
name_zh = "抄送"
subject = "application"
trigger = ["EnforcementApplied"]
holder = "nr"
recipient = "procuratorate"
term = { number = 7, unit = "working_day" }
discharged_by = ["ApplicationCopied"]
source = "强制法 §1"
"""


def faults(text: str | bytes) -> list[tuple[int, str]]:
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(PackFaulty) as faulty:
        read_pack(content, "probe.toml")
    assert all(str(f).startswith("probe.toml:") for f in faulty.value.faults)
    return [(f.line, f.message) for f in faulty.value.faults]


def with_row(line: str, replaces: str | None = None) -> str:
    row = ROW if replaces is None else re.sub(rf"(?m)^{replaces} = .*\n", "", ROW)
    return HEAD + row + line + "\n"


def test_the_smallest_pack_has_no_fault():
    pack = read_pack((HEAD + ROW).encode(), "probe.toml")
    assert (pack.id, [r.id for r in pack.rows]) == ("probe", ["copy"])


def test_all_faults_are_named_at_once_each_with_its_line():
    text = HEAD + ROW.replace("working_day", "week").replace('"nr"', '"mayor"').replace(
        "§1", "§1；民法典 §201"
    )
    text += 'colour = "red"\n' + ROW
    found = faults(text)
    lines = text.splitlines()
    named = [(lines[n - 1].split(" = ")[0], m[:9]) for n, m in found]
    assert [name for name, _ in named] == ["holder", "holder", "term", "source", "colour"]


@pytest.mark.parametrize(
    ("line", "replaces", "key"),
    [
        ('colour = "red"', None, "colour"),
        ('trigger = ["SunRose"]', "trigger", "trigger"),
        ('trigger = ["PackAdopted"]', "trigger", "trigger"),
        ('trigger = [{ event = "EnforcementApplied", where = { mood = ["good"] } }]', "trigger", "trigger"),
        ('trigger = [{ event = "EnforcementApplied", where = { basis = "judgment" } }]', "trigger", "trigger"),
        ('trigger = [{ event = "EnforcementApplied", colour = 1 }]', "trigger", "trigger"),
        ('trigger = [{ event = ["EnforcementApplied"] }]', "trigger", "trigger"),
        ("trigger = [7]", "trigger", "trigger"),
        ('trigger = "EnforcementApplied"', "trigger", "trigger"),
        ('term = { number = 7, unit = "week" }', "term", "term"),
        ('term = { number = 7, unit = ["day"] }', "term", "term"),
        ('term = { number = 0, unit = "day" }', "term", "term"),
        ('term = { number = 1.5, unit = "day" }', "term", "term"),
        ('term = { number = true, unit = "day" }', "term", "term"),
        ('term = { unit = "day" }', "term", "term"),
        ('term = { number = 7, unit = "promptly" }', "term", "term"),
        ('term = { number = 7, unit = "day", direction = "sideways" }', "term", "term"),
        ('term = { number = 7, unit = "day", direction = ["after"] }', "term", "term"),
        ('term = { number = 7, unit = "day", direction = "before", not_before = true }', "term", "term"),
        ('term = { number = 7, unit = "day", not_before = 1 }', "term", "term"),
        ('term = { number = 7, unit = "day", colour = 1 }', "term", "term"),
        ("term = 7", "term", "term"),
        ('source = "民法典 §201"', "source", "source"),
        ('source = "强制法"', "source", "source"),
        ("source = 54", "source", "source"),
        ('discharged_by = ["Nothing"]', "discharged_by", "discharged_by"),
        ("discharged_by = {}", "discharged_by", "discharged_by"),
        ('extended_by = [{ event = "DecisionTermExtended", until = "reasons" }]', None, "extended_by"),
        ('extended_by = [{ event = "DecisionTermExtended", until = ["until"] }]', None, "extended_by"),
        ('extended_by = [{ event = "MaterialsSupplemented", continues_in = "nowhere" }]', None, "extended_by"),
        ('extended_by = [{ event = "MaterialsSupplemented", continues_in = ["copy"] }]', None, "extended_by"),
        ('extended_by = [{ event = "MaterialsSupplemented", term = 7 }]', None, "extended_by"),
        ('fixed_by = "court"', None, "fixed_by"),
        ('cancelled_by = [{ event = "ApplicationWithdrawn", before_due = "yes" }]', None, "cancelled_by"),
        ("to_recipient_only = 1", None, "to_recipient_only"),
        ('kind = "wish"', None, "kind"),
        ("kind = ['duty']", None, "kind"),
        ('kind = "gate"', None, "term"),
        ('subject = "weather"', "subject", "subject"),
        ("subject = { a = 1 }", "subject", "subject"),
        ('holder = ["nr"]', "holder", "holder"),
        ('anchor = "midnight"', None, "anchor"),
        ('group = "all"', None, "group"),
        ('remedy = "prayer"', None, "remedy"),
        ("warn = 5", None, "warn"),
        ('warn = { number = 5, unit = "day" }', None, "warn"),
        ('warn = { number = 5, unit = "day", source = 1 }', None, "warn"),
        ('id = ["copy"]', "id", "id"),
        ("name_zh = ''", "name_zh", "name_zh"),
        ("late = 1979-05-27", None, "late"),
        ("late = {}", None, "late"),
    ],
)  # fmt: skip
def test_a_fault_stands_at_its_line(line, replaces, key):
    text = with_row(line, replaces)
    found = faults(text)
    expected = next(n for n, content in enumerate(text.splitlines(), 1) if content.startswith(key) and n > 9)
    assert expected in [n for n, _ in found], found


@pytest.mark.parametrize(
    "key", ["id", "name_zh", "subject", "trigger", "holder", "term", "discharged_by", "source"]
)
def test_what_a_row_must_have_is_missed_at_its_header(key):
    assert faults(with_row("", key)) != []


def test_an_id_used_twice_is_a_fault():
    text = HEAD + ROW + ROW
    assert [(n, "重复" in m) for n, m in faults(text)] == [(len((HEAD + ROW).splitlines()) + 2, True)]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (HEAD.encode() + b'name = "\xff"', 1),
        (HEAD + "id = ", len(HEAD.splitlines()) + 1),
        (HEAD + ROW + ROW.replace("holder", "id"), None),
        (b"\x00", 1),
    ],
)
def test_what_is_no_toml_is_one_fault(content, line):
    (found,) = faults(content)
    assert line is None or found[0] == line


@pytest.mark.parametrize(
    "text",
    [
        "", "pack = 7", "[pack]\nid = 7", "duty = 7", "duty = [7]", "[duty]\nid = 'x'", "refers = 'x'", "[[refers]]\nid = []",
        "[instruments]\na = 1", "instruments = []", "[colour]\nx = 1", "[[pack]]\nid='x'", "[pack]\nvalid_from = 2024-01-01T00:00:00",
        "[pack]\nvalid_from = '2024-01-01'",
    ],
)  # fmt: skip
def test_wrong_shapes_are_faults_and_never_errors(text):
    assert faults(text) != []


VALUES = ["7", "-1", "1.5", "true", "''", "'x'", "[]", "[7]", "['x']", "[[]]", "[{}]", "{}", "{ a = 1 }", "{ a = { b = [] } }",
          "2024-01-01", "nan", "[{ event = [] }]", "[{ event = {} }]", "[{ event = 'EnforcementApplied', where = { court = [1] } }]",
          "{ number = [], unit = {} }", "{ number = 1, unit = [] }", "[{ event = 'SuggestionExtended', until = {} }]"]  # fmt: skip
KEYS = ["id", "name_zh", "kind", "subject", "trigger", "announced_by", "computed", "anchor", "anchor_fallback", "holder",
        "recipient", "term", "warn", "fixed_by", "discharged_by", "extended_by", "cancelled_by", "suspended_by", "resumed_by",
        "to_recipient_only", "late", "early", "remedy", "group", "loses_right", "source"]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_whatever_stands_in_a_field_is_read_or_named(key):
    for value in VALUES:
        try:
            read_pack(with_row(f"{key} = {value}", key).encode(), "probe.toml")
        except PackFaulty as faulty:
            assert faulty.faults  # noqa: PT017


def test_the_shipped_packs_have_no_fault_and_fit_together():
    packs = [pack for _, pack in shipped().values()]
    assert check_together(packs) == []
    for content, pack in shipped().values():
        assert read_pack(content, "again.toml") == pack


def test_the_shipped_packs_name_only_events_and_real_clauses():
    rows: list[Any] = [row for _, pack in shipped().values() for row in pack.rows]
    for row in rows:
        for match in (*row.triggers, *row.discharged_by, *row.cancelled_by):
            assert match.event in EVENTS
        assert re.search(r"§\d|（[一二三四五六]）", row.source), row.id
    terms = {r.id: (r.term.number, r.term.unit) for r in rows}
    # each term as its clause has it
    assert terms["copy_application_to_procuratorate"] == (7, "working_day")
    assert terms["copy_acceptance_to_procuratorate"] == (7, "working_day")
    assert terms["copy_ruling_to_procuratorate"] == (7, "working_day")
    assert terms["accept_enforcement"] == (5, "working_day")
    assert terms["rule_on_enforcement"] == (7, "working_day")
    assert terms["decide_penalty_in_90_days"] == (90, "day")
    assert terms["apply_within_three_months"] == (3, "month")
    assert terms["suit_term_general"] == (6, "month")
    assert terms["suit_term_land_demolition"] == (15, "day")
    assert terms["review_term"] == (60, "day")
    assert terms["wait_10_working_days_after_demand"] == (10, "working_day")
    assert terms["reply_suggestion_in_two_months"] == (2, "month")


def test_packs_that_clash_or_point_nowhere_are_told():
    pack = read_pack((HEAD + ROW).encode(), "probe.toml")
    other = read_pack(
        (HEAD + '[[refers]]\nid = "r"\nname_zh = "引"\nto = "nowhere"\nsource = "强制法 §1"\n').encode(),
        "other.toml",
    )
    assert len(check_together([pack, pack])) == 1
    assert len(check_together([pack, other])) == 1
