"""Whatever stands in a file or on the command line: an answer, an exit code, never a traceback, never half an act."""

import json
import random
from collections.abc import Iterator

import cbor2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.acts import EVENTS
from domain.refusal import Refusal
from gongze.ledger import Ledger
from gongze.script import FIELDS, KeyRing, parse, replay_line
from tests.end_to_end.conftest import FILING, STORY, Desk, line

GOOD = json.loads(STORY[0])


def changed(**fields) -> str:
    return json.dumps({**GOOD, **fields})


def without(name) -> str:
    return json.dumps({k: v for k, v in GOOD.items() if k != name})


def filing(**fields) -> str:
    return changed(data={**FILING, **fields})


REFUSED = [
    # what is no act at all
    (b"\xff\xfe\x00", "schema_invalid", "line"),
    ("案件".encode("gbk"), "schema_invalid", "line"),
    ("{", "schema_invalid", "line"),
    ("null", "schema_invalid", "line"),
    ("[]", "schema_invalid", "line"),
    ('"CaseFiled"', "schema_invalid", "line"),
    ("{} {}", "schema_invalid", "line"),
    ("{}", "schema_invalid", "type"),
    ('{"type": NaN}', "schema_invalid", "line"),
    ('{"data": {"x": -Infinity}}', "schema_invalid", "line"),
    ('{"type": "CaseFiled", "type": "CaseFiled"}', "schema_invalid", "line"),
    (STORY[0].replace('"title"', '"source": "patrol", "title"'), "schema_invalid", "line"),
    ("[" * 100_000, "schema_invalid", "line"),
    ('{"data": ' + "[" * 900 + "]" * 900 + "}", "schema_invalid", "type"),
    (changed(note="x"), "schema_invalid", "note"),
    (filing(note="长" * 300_000), "too_large", "line"),
    # the act's own fields
    *[(without(name), "schema_invalid", name) for name in ("type", "case", "actor", "occurred_on")],
    (changed(type="caseFiled"), "schema_invalid", "type"),
    (changed(type=["CaseFiled"]), "schema_invalid", "type"),
    (changed(type="__class__"), "schema_invalid", "type"),
    (changed(case=""), "schema_invalid", "case"),
    (changed(case=81), "schema_invalid", "case"),
    (changed(case="x" * 191), "schema_invalid", "case"),
    (changed(case="拉自然资执\x00"), "schema_invalid", "case"),
    (changed(case="拉自然资执\u202e号"), "schema_invalid", "sub"),
    (changed(case="拉自然资执\ud800"), "schema_invalid", "case"),
    (changed(case="meeting/2026-1"), "schema_invalid", "case"),
    (changed(case="registry"), "schema_invalid", "case"),
    (changed(actor="../../etc"), "schema_invalid", "actor"),
    (changed(actor="nr.lhasa/../court.lhasa"), "schema_invalid", "actor"),
    (changed(actor="/etc/passwd"), "schema_invalid", "actor"),
    (changed(actor="nr.nowhere"), "key_unknown", "actor"),
    (changed(actor="operator"), "not_authorised", "actor"),
    (changed(officer="../root"), "schema_invalid", "officer"),
    (changed(officer="court.lhasa/1"), "schema_invalid", "officer"),
    (changed(officer="nr.lhasa/7"), "key_unknown", "actor"),
    (changed(officer="nr.lhasa/root"), "not_authorised", "kid"),
    (changed(occurred_on="2025-02-30"), "schema_invalid", "occurred_on"),
    (changed(occurred_on="20250602"), "schema_invalid", "occurred_on"),
    (changed(occurred_on=20250602), "schema_invalid", "occurred_on"),
    (changed(occurred_on="2025-06-03"), "date_in_future", "occurred_on"),
    (changed(occurred_on="0001-01-01"), "case_rule_broken", "occurred_on"),
    (changed(received_at="2025-06-02"), "schema_invalid", "received_at"),
    (changed(received_at="2025-06-02T10:00:00"), "schema_invalid", "received_at"),
    (changed(received_at="0001-01-01T00:00:00+23:59"), "schema_invalid", "received_at"),
    (changed(received_at="9999-12-31T23:59:59-23:59"), "schema_invalid", "received_at"),
    (changed(received_at="1969-12-31T23:59:59Z"), "schema_invalid", "received_at"),
    (changed(received_at=1748829600), "schema_invalid", "received_at"),
    (changed(**{"for": "nr.duilong"}), "schema_invalid", "basis"),
    (changed(**{"for": 1}), "schema_invalid", "for"),
    (changed(basis={"how": "rumour", "obtained_on": "2025-06-02"}), "schema_invalid", "basis.how"),
    (changed(data=[]), "schema_invalid", "data"),
    # the event's fields
    (changed(data={}), "schema_invalid", "title"),
    (filing(titel="x"), "schema_invalid", "titel"),
    (filing(title="\ud800"), "schema_invalid", None),
    (changed(data={**FILING, "\ud800": 1}), "schema_invalid", None),
    (filing(title=" "), "schema_invalid", "title"),
    (filing(title=None), "schema_invalid", "title"),
    (filing(title="\x00"), "schema_invalid", "title"),
    (filing(title="长" * 4001), "schema_invalid", "title"),
    (filing(parties=[]), "schema_invalid", "parties"),
    (filing(parties=[{"name": "甲"}] * 501), "schema_invalid", "parties"),
    (filing(parties=[{"name": 1}]), "schema_invalid", "parties.0.name"),
    (filing(violation="theft"), "schema_invalid", "violation"),
    (filing(place={**FILING["place"], "area_m2": 1200}), "schema_invalid", "place.area_m2"),
    (filing(place={**FILING["place"], "area_m2": 1200.5}), "schema_invalid", "place.area_m2"),
    (filing(place={**FILING["place"], "area_m2": "1200"}), "schema_invalid", "place.area_m2"),
    # who may not, and what cannot be
    (changed(actor="court.chengguan"), "not_authorised", "actor"),
    (changed(type="EnforcementAccepted", data={"review_case_no": 1}), "not_authorised", "actor"),
    (changed(actor="nr.duilong"), "case_rule_broken", "case"),
    (line("NoticeIssued", "nr.lhasa", "2025-06-02", {"notice": "stop_violation", "notice_no": "1"}),
     "case_rule_broken", "case"),
]  # fmt: skip


def test_each_bad_line_of_a_script_is_refused_by_its_code_and_the_rest_goes_in(desk):
    lines = [one for one, _, _ in REFUSED] + [STORY[0]]
    size = desk.size
    answer = desk.replay(lines, code=1)
    found = {r["line"]: (r["code"], r["field"]) for r in answer["refused"]}
    for number, (one, code, field) in enumerate(REFUSED, 1):
        got = found.pop(number, None)
        assert got is not None, one[:200]
        assert got == (code, got[1] if field is None else field), (one[:200], got)
    assert not found
    assert [a["line"] for a in answer["accepted"]] == [len(lines)]
    assert desk.size == size + 1
    assert desk.ask("verify", "--deep")["ok"]


def test_far_days_are_answered_not_crashed_on(here):
    """Amidst far-away days the command still answers, and the board and the accounts after it."""
    far = {"case": "拉自然资执〔9998〕1号", "received_at": "9998-12-31T10:00:00+08:00"}
    here.replay([
        line("CaseFiled", "nr.lhasa", "9998-12-31", FILING, **far),
        line("PenaltyDecided", "nr.lhasa", "9998-12-31", {"decision_no": "罚9", "items": [{"kind": "fine"}]}, **far),
        line("PenaltyServed", "nr.lhasa", "9998-12-31", {"decision_no": "罚9", "method": "direct"}, **far),
        line("PaymentPostponed", "nr.lhasa", "9998-12-31", {"decision_no": "罚9", "until": "9999-12-31"}, **far),
        line("DecisionTermExtended", "nr.lhasa", "9998-12-31", {"until": "9999-12-31"}, **far),
    ], code=None)  # fmt: skip
    here.ask("duties", "--as-of", "9999-12-31")
    for first, last in (("0001-01-01", "0001-06-30"), ("9999-01-01", "9999-12-31")):
        told = here.run("report", "joint-meeting", "--from", first, "--to", last, "-o", "x.docx", code=2).err
        assert "date_out_of_range" in told
    for now in ("0001-01-01", "9999-12-31"):
        assert here.fails("duties", GONGZE_NOW=now, code=2)["code"] == "settings_unusable"
    here.ask("accounts", "--as-of", "0001-01-01")
    assert here.ask("verify", "--deep")["ok"]


# --- files --------------------------------------------------------------------------------------------------


def test_files_that_are_none(here):
    size = here.size
    empty = here.folder / "empty.jsonl"
    blank = here.folder / "blank.jsonl"
    empty.write_bytes(b"")
    blank.write_bytes(b"\xef\xbb\xbf\r\n  \n\n")
    for path in (
        empty,
        blank,
        here.folder / "missing.jsonl",
        here.folder,
        here.folder / "missing" / "x.jsonl",
    ):
        assert here.fails("replay", path, "--keys", "keys", code=2)["code"] == "file_unusable"
    for path in (empty, here.folder / "missing.cbors", here.folder):
        assert here.fails("record", path, code=2)["code"] == "file_unusable"
    script = here.script(STORY)
    assert here.fails("replay", script, "--keys", "no-keys", code=2)["code"] == "file_unusable"
    here.run("sign", script, "--key", "no.key", "-o", "out.cbors", code=2)
    here.run("sign", empty, "--key", "keys/nr.lhasa/1.key", "-o", "out.cbors", code=2)
    assert not (here.folder / "out.cbors").exists()
    assert here.size == size


def test_a_record_of_several_files_of_which_one_is_unusable_does_nothing(here):
    """Exit code 2 promises that nothing was done, so the last file is looked at before the first is taken in."""
    size = here.size
    here.run("sign", here.script(STORY[:1]), "--key", "keys/nr.lhasa/1.key", "-o", "one.cbors")
    (here.folder / "empty.cbors").write_bytes(b"")
    for second in ("missing.cbors", "empty.cbors", "keys"):
        assert here.fails("record", "one.cbors", second, code=2)["code"] == "file_unusable"
        assert here.size == size
    assert [a["line"] for a in here.ask("record", "one.cbors")["accepted"]] == [1]


def test_truncated_and_garbled_statements(here):
    here.run("sign", here.script(STORY[:1]), "--key", "keys/nr.lhasa/1.key", "-o", "one.cbors")
    good = (here.folder / "one.cbors").read_bytes()
    item = cbor2.dumps(cbor2.CBORTag(18, ["not", "a", "statement", "x"]))
    files = {
        "truncated": (good[:-1], [1]),
        "cut in the second": (good + good[:100], [2]),
        "garbage": (random.Random(1).randbytes(500), None),
        "text": (b"{}\n", None),
        "another item first": (item + good, [1]),
        "far too long a length": (b"\x5b" + b"\xff" * 8, [1]),
    }
    for name, (content, refused) in files.items():
        (here.folder / "some.cbors").write_bytes(content)
        answer = here.ask("record", "some.cbors", code=1)
        assert {r["code"] for r in answer["refused"]} <= {"schema_invalid", "too_large"}, name
        assert refused is None or [r["line"] for r in answer["refused"]] == refused, name
        assert [a["line"] for a in answer["accepted"]] == {
            "cut in the second": [1], "another item first": [2],
        }.get(name, []), name  # fmt: skip
    assert here.ask("verify")["ok"]


# --- arguments ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [
    ["duties", "--as-of", "2026-02-30"], ["duties", "--as-of", "20260210"], ["duties", "--format", "xml"],
    ["duties", "--state", "late"], ["duties", "--known-at", "yesterday"], ["deadline", "copy_application_to_procuratorate"],
    ["deadline", "no_such_duty", "--from", "2026-02-10"], ["explain", "ffffffff"], ["explain", ""], ["nonsense"],
    ["duties", "surplus"], ["key", "nonsense"], ["key", "new"], ["verify", "--nonsense"], ["replay"], ["record"],
    ["accounts", "-o", "x.doc"], ["rules", "show", "--pack", "no_such"], ["rules", "check", "no-such.toml"],
    ["deadline", "copy_application_to_procuratorate", "--from", "9999-12-31"],
    ["deadline", "copy_application_to_procuratorate", "--from", "2026-02-10", "--holder", "nr.nowhere"],
    ["deadline", "copy_application_to_procuratorate", "--from", "2026-02-10", "--pack", "no-such"],
], ids=" ".join)  # fmt: skip
def test_unusable_arguments_are_2(here, arguments):
    ran = here.run(*arguments, code=2)
    assert ran.out == ""
    assert ran.err


# --- anything at all, through the real parser and the real door ----------------------------------------------


@pytest.fixture(scope="module")
def open_desk(told_folder, tmp_path_factory) -> Iterator[tuple[Ledger, KeyRing]]:
    import shutil

    folder = tmp_path_factory.mktemp("property") / "desk"
    shutil.copytree(told_folder, folder)
    with Desk(folder).open() as ledger:
        yield ledger, KeyRing(folder / "keys")


def take(open_desk, raw: bytes) -> None:
    """Either a receipt, or a refusal that changed nothing; nothing else ever comes out."""
    ledger, keys = open_desk
    before, said = ledger.store.head(), []
    try:
        stored = not replay_line(ledger, 1, raw, keys).receipt.repeated
        ledger.catch_up()
    except Refusal as refusal:
        stored = False
        said.append(refusal)
    assert ledger.store.head().size == before.size + stored
    assert all(one.code and one.message for one in said)


@given(st.binary(max_size=300))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_bytes(open_desk, raw):
    with pytest.raises(Refusal):
        parse(1, raw)


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.integers(), st.floats(), st.text(max_size=20),
    st.text(alphabet="\ud800\u202e\x00 \n", max_size=4), st.just([]), st.just({}), st.just("罚81"), st.just("申81"),
    st.dates().map(str), st.datetimes().map(lambda d: f"{d.isoformat(timespec='seconds')}+08:00"),
    st.sampled_from(["0001-01-01", "9999-12-31", "2026-02-29", "nr.lhasa", "court.chengguan", "../x", "case/x", "registry"]),
)  # fmt: skip
DEEP = st.recursive(
    ODD, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@st.composite
def mutated(draw) -> bytes:
    """A right line with one to three of its values, at any depth, replaced, left out or added."""
    act = json.loads(draw(st.sampled_from(STORY)))
    for _ in range(draw(st.integers(1, 3))):
        at = (
            act if draw(st.integers(0, 5)) == 0 else act["data"] if isinstance(act.get("data"), dict) else act
        )
        while True:
            keys = list(at.keys()) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(at[key], dict | list) and at[key] and draw(st.booleans()):
                at = at[key]
                continue
            if isinstance(at, dict) and draw(st.integers(0, 9)) == 0:
                del at[key]
            else:
                at[key] = draw(DEEP)
            break
    if draw(st.integers(0, 9)) == 0:
        act[draw(st.sampled_from(sorted(FIELDS)))] = draw(DEEP)
    if draw(st.integers(0, 9)) == 0:
        act["type"] = draw(st.sampled_from(sorted(EVENTS)))
    return json.dumps(act, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


@given(mutated())
@settings(max_examples=800, suppress_health_check=[HealthCheck.too_slow])
def test_any_mutation_of_a_right_line(open_desk, raw):
    take(open_desk, raw)


@pytest.mark.parametrize("depth", range(940, 1001, 3))
def test_nesting_near_the_limit_of_the_parser(open_desk, depth):
    """A line that could just be read must not be too deep for what follows."""
    for deep in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        with pytest.raises(Refusal):
            replay_line(
                open_desk[0],
                1,
                f'{{"type": "CaseFiled", "case": "x", "actor": "nr.lhasa", "occurred_on": "2025-06-02", "data": {{"title": {deep}}}}}'.encode(),
                open_desk[1],
            )
