"""A faulty pack is told all its faults at once, each with its line, and never breaks the reader."""

import re
from typing import Any

import pytest

from domain.acts import EVENTS
from domain.terms import Term
from gongze.packs import DERIVED, PackFaulty, check_together, read_pack, shipped

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
    assert [name for name, _ in named] == ["holder", "term", "source", "colour"]


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
        ('term = { number = 24, unit = "hour", direction = "before" }', "term", "term"),
        ('term = { number = 24, unit = "hour", not_before = true }', "term", "term"),
        ('term = { number = 10001, unit = "hour" }', "term", "term"),
        ('term = { number = 401, unit = "quarter" }', "term", "term"),
        ('term = { number = 201, unit = "half_year" }', "term", "term"),
        ('term = { number = 2401, unit = "half_month" }', "term", "term"),
        ('term = { unit = "fixed_date" }', "term", "term"),
        ('term = { unit = "fixed_date", month = 13, day = 1 }', "term", "term"),
        ('term = { unit = "fixed_date", month = 2, day = 29 }', "term", "term"),
        ('term = { unit = "fixed_date", month = "12", day = 25 }', "term", "term"),
        ('term = { unit = "fixed_date", month = true, day = 25 }', "term", "term"),
        ('term = { number = 1, unit = "fixed_date", month = 12, day = 25 }', "term", "term"),
        ('term = { unit = "fixed_date", month = 12, day = 25, direction = "before" }', "term", "term"),
        ('term = { number = 7, unit = "day", month = 12 }', "term", "term"),
        ('holder = ["nr", "nr"]', "holder", "holder"),
        ('holder = ["nr", "mayor"]', "holder", "holder"),
        ('holder = ["nr", 7]', "holder", "holder"),
        ("holder = []", "holder", "holder"),
        ('recipient = ["nr"]', "recipient", "recipient"),
        ('recipient = "mayor"', "recipient", "recipient"),
        ('stream = "river"', None, "stream"),
        ('stream = "meeting"', None, "trigger"),
        ('stream = ["case"]', None, "stream"),
        ('trigger = ["MeetingHeld"]', "trigger", "trigger"),
        ('trigger = ["MinutesAgreed"]', "trigger", "trigger"),
        ('computed = "PeriodOpened"', None, "trigger"),
        ('computed = "RemedyTermExpired"\nstream = "meeting"', None, "stream"),
        ('period = "half_year"', None, "period"),
        ('levels = ["city"]', None, "levels"),
        ('anchor = "court"', None, "anchor"),
        ("anchor = ['trigger']", None, "anchor"),
        ('repeat = { number = 0, unit = "day" }', None, "repeat"),
        ('repeat = { unit = "immediate" }', None, "repeat"),
        ('repeat = { unit = "fixed_date", month = 12, day = 25 }', None, "repeat"),
        ('repeat = { number = 3, unit = "day", direction = "before" }', None, "repeat"),
        ('repeat = { number = 3, unit = "day", not_before = true }', None, "repeat"),
        ("repeat = 30", None, "repeat"),
        ("escalation = 3", None, "escalation"),
        ('escalation = [{ after = 0, to = "head" }]', None, "escalation"),
        ('escalation = [{ after = true, to = "head" }]', None, "escalation"),
        ('escalation = [{ after = 1, to = "mayor" }]', None, "escalation"),
        ('escalation = [{ after = 1, to = ["head"] }]', None, "escalation"),
        ('escalation = [{ after = 1 }]', None, "escalation"),
        ('escalation = [{ after = 1, to = "head", colour = 1 }]', None, "escalation"),
        ('escalation = [{ after = 3, to = "deputy" }, { after = 1, to = "head" }]', None, "escalation"),
        ('not_to = "everybody"', None, "not_to"),
        ('extended_by = [{ event = "DecisionTermExtended", until = "note" }]', None, "extended_by"),
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
        "defaults = 7", "[defaults]\ncolour = 1", "[defaults]\nescalation = 3", "later = 7", "[[later]]\nid = 'x'", "[[later]]\nreason = 'x'",
        "[[later]]\nid = 'x'\nreason = 'y'\nsource = 'z'", "[instruments]\na = 1", "instruments = []", "[colour]\nx = 1", "[[pack]]\nid='x'", "[pack]\nvalid_from = 2024-01-01T00:00:00",
        "[pack]\nvalid_from = '2024-01-01'",
    ],
)  # fmt: skip
def test_wrong_shapes_are_faults_and_never_errors(text):
    assert faults(text) != []


VALUES = ["7", "-1", "1.5", "true", "''", "'x'", "[]", "[7]", "['x']", "[[]]", "[{}]", "{}", "{ a = 1 }", "{ a = { b = [] } }",
          "2024-01-01", "nan", "[{ event = [] }]", "[{ event = {} }]", "[{ event = 'EnforcementApplied', where = { court = [1] } }]",
          "{ number = [], unit = {} }", "{ number = 1, unit = [] }", "[{ event = 'SuggestionExtended', until = {} }]"]  # fmt: skip
VALUES += [
    "[{ after = 1, to = [] }]",
    "[[{ after = 1 }]]",
    "{ unit = 'fixed_date', month = [], day = {} }",
    "['nr', []]",
    "[{}, {}]",
]
KEYS = ["id", "name_zh", "kind", "subject", "trigger", "announced_by", "computed", "anchor", "anchor_fallback", "holder",
        "recipient", "term", "warn", "fixed_by", "discharged_by", "extended_by", "cancelled_by", "suspended_by", "resumed_by",
        "to_recipient_only", "late", "early", "remedy", "group", "loses_right", "source", "stream", "period", "levels", "repeat",
        "escalation", "not_to", "latest", "undone_by"]  # fmt: skip


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
            assert match.event in EVENTS or match.event in DERIVED
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


# --- recurring duties, several agencies, other streams -------------------------------------------------------------

PERIODIC = """\
[[duty]]
id = "meet"
name_zh = "联席会议"
computed = "PeriodOpened"
period = "half_year"
levels = ["city"]
holder = "nr"
recipient = ["discipline", "court"]
discharged_by = [{ event = "MeetingHeld", where = { kind = ["regular"] } }]
source = "强制法 §1"
"""


def row_of(text: str) -> Any:
    (row,) = read_pack((HEAD + text).encode(), "probe.toml").rows
    return row


def test_what_is_owed_in_each_period_needs_neither_term_nor_subject():
    row = row_of(PERIODIC)
    assert (row.computed, row.period, row.levels, row.stream) == (
        "PeriodOpened",
        "half_year",
        ("city",),
        "registry",
    )
    assert (row.holders, row.recipients, row.term) == (("nr",), ("discipline", "court"), Term(1, "half_year"))
    assert (
        row_of(PERIODIC + 'term = { number = 1, unit = "half_year" }\nsubject = "meeting"').term == row.term
    )


@pytest.mark.parametrize(
    ("line", "replaces", "key"),
    [
        ("", "period", "[[duty]]"),
        ('period = "fortnight"', "period", "period"),
        ('period = ["half_year"]', "period", "period"),
        ('term = { number = 2, unit = "half_year" }', None, "term"),
        ('term = { number = 1, unit = "quarter" }', None, "term"),
        ('stream = "meeting"', None, "stream"),
        ('trigger = ["MeetingConvened"]', None, "trigger"),
        ('fixed_by = "on"', None, "fixed_by"),
        ('repeat = { number = 30, unit = "day" }', None, "repeat"),
        ('levels = ["village"]', "levels", "levels"),
        ('levels = "city"', "levels", "levels"),
        ('levels = [["city"]]', "levels", "levels"),
        ('discharged_by = ["ApplicationCopied"]', "discharged_by", "discharged_by"),
        ('discharged_by = [{ event = "MinutesAgreed", where = { mood = ["good"] } }]', "discharged_by", "discharged_by"),
        ('subject = "weather"', None, "subject"),
    ],
)  # fmt: skip
def test_a_fault_of_a_periodic_duty_stands_at_its_line(line, replaces, key):
    text = HEAD + re.sub(rf"(?m)^{replaces} = .*\n", "", PERIODIC) + line + "\n"
    expected = next(n for n, content in enumerate(text.splitlines(), 1) if content.startswith(key) and n > 9)
    assert expected in [n for n, _ in faults(text)], faults(text)


def test_the_new_syntax_is_read_as_it_is_written():
    row = row_of(
        ROW.replace('"nr"', '["nr", "police"]')
        + 'repeat = { unit = "promptly" }\nnot_to = "author_and_copied"\n'
        + 'escalation = [{ after = 1, to = "officer" }, { after = 1, to = "deputy" }, { after = 30, to = "higher" }]\n'
    )
    assert (row.holders, row.holder, row.recipient) == (("nr", "police"), "nr、police", "procuratorate")
    assert (row.repeat, row.not_to) == (Term(None, "promptly"), "author_and_copied")
    assert [(s.after, s.to) for s in row.escalation] == [(1, "officer"), (1, "deputy"), (30, "higher")]
    fixed = row_of(
        ROW.replace('number = 7, unit = "working_day"', 'unit = "fixed_date", month = 12, day = 25')
    )
    assert fixed.term == Term(None, "fixed_date", roll=False, month=12, day=25)
    rolled = row_of(
        ROW.replace(
            'number = 7, unit = "working_day"', 'unit = "fixed_date", month = 1, day = 10, roll = true'
        )
    )
    assert rolled.term.roll


def test_minutes_that_were_agreed_may_trigger_and_name_the_day():
    row = row_of(
        '[[duty]]\nid = "item"\nname_zh = "纪要事项"\nstream = "meeting"\nsubject = "item"\n'
        'trigger = ["MinutesAgreed"]\nfixed_by = "due_on"\nholder = "addressee"\nrecipient = "nr"\n'
        'term = { unit = "promptly" }\ndischarged_by = ["ItemReported", "ItemClosed"]\nsource = "强制法 §1"\n'
    )
    assert (row.stream, row.fixed_by) == ("meeting", "due_on")


def test_a_field_of_the_trigger_that_is_a_day_may_be_the_anchor():
    text = ROW.replace('"EnforcementApplied"', '"SuggestionIssued"').replace('"application"', '"suggestion"')
    assert row_of(text + 'anchor = "reply_by"').anchor == "reply_by"


def test_rows_without_an_escalation_of_their_own_have_the_packs_default():
    defaults = '[defaults]\nescalation = [{ after = 2, to = "head" }]\n'
    rows = (
        ROW
        + ROW.replace('"copy"', '"own"')
        + 'escalation = [{ after = 5, to = "higher" }]\n'
        + ROW.replace('"copy"', '"none"')
        + "escalation = []\n"
        + ROW.replace('"copy"', '"window"')
        + 'kind = "window"\n'
    )
    pack = read_pack((HEAD + defaults + rows).encode(), "probe.toml")
    assert {r.id: [s.to for s in r.escalation] for r in pack.rows} == {
        "copy": ["head"], "own": ["higher"], "none": [], "window": [],
    }  # fmt: skip


def test_a_duty_left_out_says_why_and_takes_its_id():
    left = '[[later]]\nid = "reward"\nreason = "另有自己的流"\n'
    pack = read_pack((HEAD + ROW + left).encode(), "probe.toml")
    assert [(x.id, x.reason) for x in pack.later] == [("reward", "另有自己的流")]
    text = HEAD + ROW + left.replace("reward", "copy")
    assert [(n, "重复" in m) for n, m in faults(text)] == [(len((HEAD + ROW).splitlines()) + 2, True)]
