"""Two packs compared, and one case's duties counted under another pack than the adopted one."""

from dataclasses import replace
from pathlib import Path

import pytest

from domain.duties import Pack, duties_of
from domain.refusal import Refusal
from gongze import rulesim
from gongze.packs import read_pack, shipped
from tests.worlds import World, applied, day

HEAD = """\
[pack]
id = "lhasa"
name_zh = "试验"
version = "1"
valid_from = 2024-01-01

[instruments]
"强制法" = "中华人民共和国行政强制法"

"""
COPY = """\
[[duty]]
id = "copy_application_to_procuratorate"
name_zh = "抄送"
subject = "application"
trigger = ["EnforcementApplied"]
holder = "nr"
recipient = "procuratorate"
term = { number = 7, unit = "working_day" }
discharged_by = ["ApplicationCopied"]
source = "强制法 §1"

"""
OTHER = COPY.replace("copy_application_to_procuratorate", "other").replace("抄送", "另一项")


def pack(text: str) -> Pack:
    return read_pack(text.encode(), "probe.toml")


# --- two packs compared -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(shipped()))
def test_a_pack_does_not_differ_from_itself(name):
    content, same = shipped()[name]
    assert rulesim.diff(same, read_pack(content, "again.toml")).same


def test_a_changed_term_is_one_field_of_one_row():
    found = rulesim.diff(pack(HEAD + COPY + OTHER), pack(HEAD + COPY.replace("= 7", "= 10") + OTHER))
    assert (found.head, found.added, found.removed) == ((), (), ())
    (row,) = found.changed
    assert (row.id, row.name_zh) == ("copy_application_to_procuratorate", "抄送")
    assert [(f.field, f.before, f.after) for f in row.fields] == [
        ("term", {"number": 7, "unit": "working_day"}, {"number": 10, "unit": "working_day"})
    ]


def test_rows_come_and_go_and_stand_there_with_their_fields():
    found = rulesim.diff(pack(HEAD + COPY), pack(HEAD + OTHER))
    assert ([id_ for id_, _ in found.added], [id_ for id_, _ in found.removed]) == (
        ["other"],
        ["copy_application_to_procuratorate"],
    )
    assert found.changed == ()
    row = found.added[0][1]
    assert row["table"] == "duty"
    assert row["triggers"] == ["EnforcementApplied"]
    assert "cancelled_by" not in row  # nothing was written there


def test_a_duty_that_becomes_a_reference_is_a_change_of_the_same_row():
    refers = '[[refers]]\nid = "other"\nname_zh = "另一项"\nto = "copy_application_to_procuratorate"\nsource = "强制法 §1"\n'
    found = rulesim.diff(pack(HEAD + COPY + OTHER), pack(HEAD + COPY + refers))
    (row,) = found.changed
    fields = {f.field: (f.before, f.after) for f in row.fields}
    assert fields["table"] == ("duty", "refers")
    assert fields["to"] == (None, "copy_application_to_procuratorate")
    assert fields["term"] == ({"number": 7, "unit": "working_day"}, None)
    assert "source" not in fields


def test_the_head_is_compared_too():
    found = rulesim.diff(pack(HEAD + COPY), pack(HEAD.replace("2024-01-01", "2026-07-01") + COPY))
    assert [(f.field, f.before, f.after) for f in found.head] == [("valid_from", "2024-01-01", "2026-07-01")]
    assert found.changed == ()
    assert not found.same


def test_a_pack_is_named_by_its_file_or_its_shipped_id(tmp_path: Path):
    file = tmp_path / "p.toml"
    file.write_text(HEAD + COPY, "utf-8")
    assert rulesim.pack_named(str(file), "PACK").name_zh == "试验"
    assert rulesim.pack_named("statutory", "PACK") == shipped()["statutory"][1]
    for name, code in ((str(tmp_path / "missing.toml"), "pack_unknown"), ("nowhere", "pack_unknown")):
        with pytest.raises(Refusal) as refused:
            rulesim.pack_named(name, "PACK")
        assert (refused.value.code, refused.value.field) == (code, "PACK")
    file.write_text(HEAD + COPY.replace("nr", "mayor"), "utf-8")
    with pytest.raises(Refusal) as refused:
        rulesim.pack_named(str(file), "PACK")
    assert refused.value.code == "pack_faulty"


# --- one case under another pack ----------------------------------------------------------------------------


def changes(world: World, other: Pack, on: str) -> dict[str, rulesim.DutyChange]:
    """What differs, by duty; every duty of the probes has one instance."""
    imagined = rulesim.rules_with(world.rules, other)
    shown = [
        rulesim._shown(duties_of(world.case, rules, day(on)), rules, day(on))
        for rules in (world.rules, imagined)
    ]
    found = list(rulesim.compared(*shown))
    assert len({c.duty for c in found}) == len(found)
    return {c.duty: c for c in found}


def test_longer_terms_move_the_due_day_and_the_state():
    """Applied on Tuesday 10 February 2026. Seven working days: 11, 12, 13, Saturday 14 (made up), then after the
    Spring Festival 24, 25, 26. Ten: also 27, Saturday 28 (made up), and Monday 2 March."""
    world = applied()
    other = pack(HEAD + COPY.replace("= 7", "= 10"))
    found = changes(world, other, "2026-02-27")["copy_application_to_procuratorate"]
    assert found.kind == "changed"
    assert {f.field: (f.before, f.after) for f in found.fields} == {
        "due_on": ("2026-02-26", "2026-03-02"),
        "state": ("overdue", "due_soon"),
    }


def test_rows_of_only_one_pack_appear_and_disappear():
    world = applied()
    adopted = {d.row.id for d in world.duties("2026-02-10")}
    statutory = {row.id for row in shipped()["statutory"][1].rows}
    found = changes(world, pack(HEAD + OTHER), "2026-02-10")
    assert {d for d, c in found.items() if c.kind == "disappeared"} == adopted - statutory
    assert {d for d, c in found.items() if c.kind == "appeared"} == {"other"}
    assert found["other"].before is None
    assert found["other"].after is not None
    assert found["other"].after["due_on"] == "2026-02-26"


def test_a_duty_that_changes_hands_is_one_instance():
    world = applied()
    other = pack(HEAD + COPY.replace('holder = "nr"', 'holder = "court"'))
    found = changes(world, other, "2026-02-10")["copy_application_to_procuratorate"]
    assert found.kind == "changed"
    assert [(f.field, f.before, f.after) for f in found.fields] == [("holder", "nr.lhasa", "court.chengguan")]


def test_instances_that_change_hands_are_told_apart_by_what_opened_them():
    def shown(id_: str, holder: str, opened_by: str) -> dict[str, str]:
        duty = {"case": "案1", "duty": "acknowledge_copy", "name_zh": "签收", "opened_on": "2026-02-10"}
        return {**duty, "id": id_, "holder": holder, "opened_by": opened_by}

    before = [shown("a", "police.lhasa", "act1"), shown("b", "court.dagze", "act2")]
    after = [shown("c", "court.lhasa", "act2"), shown("d", "nr.lhasa", "act1")]
    assert [[(f.before, f.after) for f in c.fields] for c in rulesim.compared(before, after)] == [
        [("police.lhasa", "nr.lhasa")],
        [("court.dagze", "court.lhasa")],
    ]


def test_what_is_owed_in_a_period_is_told_apart_by_the_period():
    def shown(id_: str, holder: str, opened_on: str) -> dict[str, str]:
        duty = {"case": "region/540100", "duty": "hold_joint_meeting", "name_zh": "联席会议", "opened_by": ""}
        return {**duty, "id": id_, "holder": holder, "opened_on": opened_on}

    before = [shown("a", "nr.lhasa", "2025-07-01"), shown("b", "nr.lhasa", "2026-01-01")]
    after = [shown("c", "court.lhasa", "2026-01-01"), shown("d", "police.lhasa", "2026-04-01")]
    found = [(c.kind, (c.before or c.after or {})["opened_on"]) for c in rulesim.compared(before, after)]
    assert found == [("disappeared", "2025-07-01"), ("changed", "2026-01-01"), ("appeared", "2026-04-01")]


def test_other_words_and_another_source_change_no_instance():
    world = applied()
    rules = world.rules
    (shipped_pack,) = (p for p in rules.packs.values() if p.id == "lhasa")
    reworded = replace(
        shipped_pack, digest="ee" * 32, rows=tuple(replace(r, name_zh="改名") for r in shipped_pack.rows)
    )
    assert changes(world, reworded, "2026-03-02") == {}


def test_a_pack_of_an_id_that_nobody_adopted_has_nothing_to_stand_in_for():
    with pytest.raises(Refusal) as refused:
        rulesim.rules_with(World().rules, pack(HEAD.replace('"lhasa"', '"elsewhere"') + COPY))
    assert refused.value.code == "pack_unknown"


def test_the_ledgers_own_rules_stay_as_they_were():
    world = applied()
    rules = world.rules
    before = duties_of(world.case, rules)
    rulesim.rules_with(rules, pack(HEAD + OTHER))
    assert duties_of(world.case, rules) == before
