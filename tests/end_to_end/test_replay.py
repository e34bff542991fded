"""Case scripts and signed files through the real command: receipts, repetitions, order, and what a real ledger refuses."""

import json
import re
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from domain.refusal import Refusal
from events.statement import decode
from events.store import Entry, PositionTaken, StoreUnreachable
from gongze.ledger import Accepted, Ledger
from gongze.script import KeyRing, replay_groups, replay_line
from tests.end_to_end.conftest import FILING, STORY, line

Shape = dict[str, Any]
ACCEPTED: Shape = {"line": int, "id": str, "index": int, "received_at": str, "duplicate": bool}
REFUSED: Shape = {"line": int, "code": str, "message": str, "field": (str, type(None))}
IRREGULAR: Shape = {"line": int, "id": str, "code": str, "source": str}


def assert_shape(answer) -> None:
    """All three lists, with at least these fields of these types."""
    assert set(answer) == {"accepted", "refused", "irregular"}
    for name, shape in (("accepted", ACCEPTED), ("refused", REFUSED), ("irregular", IRREGULAR)):
        for one in answer[name]:
            for key, kind in shape.items():
                assert isinstance(one[key], kind), (name, key, one)
                assert kind is not int or not isinstance(one[key], bool)
    for one in answer["accepted"]:
        assert re.fullmatch("[0-9a-f]{32}", one["id"])
        assert datetime.fromisoformat(one["received_at"]).utcoffset() == timedelta(hours=8)


def receipts(answer):
    return [(a["line"], a["id"], a["index"], a["received_at"]) for a in answer["accepted"]]


def test_each_line_gets_a_receipt_and_the_second_time_the_same(desk):
    size = desk.size
    first = desk.replay(STORY)
    assert_shape(first)
    assert [a["line"] for a in first["accepted"]] == list(range(1, len(STORY) + 1))
    assert [a["index"] for a in first["accepted"]] == list(range(size, size + len(STORY)))
    assert not any(a["duplicate"] for a in first["accepted"])
    assert first["accepted"][0]["received_at"] == "2025-06-02T10:00:00.000+08:00"
    # applied within days of the demand, and the copy came a day late: irregular, not refused
    assert {i["line"] for i in first["irregular"]} >= {7}
    again = desk.replay(STORY)
    assert_shape(again)
    assert receipts(again) == receipts(first)
    assert all(a["duplicate"] for a in again["accepted"])
    assert again["irregular"] == again["refused"] == []
    assert desk.size == size + len(STORY)


def test_ids_come_from_the_ledger_and_the_line_alone(here, tmp_path_factory):
    copy = replace(here, folder=tmp_path_factory.mktemp("copy") / "desk")
    shutil.copytree(here.folder, copy.folder)
    first, there = here.replay(STORY[:2]), copy.replay(STORY[:2], GONGZE_NOW="2031-05-05T00:00:00+08:00")
    assert receipts(first) == receipts(there)
    for shown, day in zip(first["accepted"], ("2025-06-02", "2025-07-01"), strict=True):
        moment = datetime.fromisoformat(f"{day}T10:00:00+08:00")
        assert int(shown["id"][:12], 16) == round(
            moment.timestamp() * 1000
        )  # UUIDv7: the receipt's milliseconds
        assert shown["id"][12] == "7"
        assert shown["id"][16] in "89ab"


def test_without_a_receipt_time_the_id_is_of_the_day_it_happened_and_now_is_the_receipt(here):
    bare = json.loads(STORY[0])
    del bare["received_at"]
    answer = here.replay([json.dumps(bare)])
    midnight = datetime.fromisoformat("2025-06-02T00:00:00+08:00")
    assert int(answer["accepted"][0]["id"][:12], 16) == round(midnight.timestamp() * 1000)
    assert answer["accepted"][0]["received_at"] == "2026-03-20T18:00:00.000+08:00"


def test_equal_lines_are_one_act_however_they_are_spelled(here):
    act = json.loads(STORY[0])
    shuffled = json.dumps(
        dict(reversed(act.items())), ensure_ascii=True, indent=None, separators=(" ,", " : ")
    )
    answer = here.replay([STORY[0], shuffled, STORY[0]])
    assert len({(a["id"], a["index"]) for a in answer["accepted"]}) == 1
    assert [a["duplicate"] for a in answer["accepted"]] == [False, True, True]


def test_physical_lines_are_counted_and_bom_crlf_and_blank_lines_are_fine(here):
    path = here.folder / "windows.jsonl"
    path.write_bytes(b"\xef\xbb\xbf\r\n" + STORY[0].encode() + b"\r\n\r\n   \r\n{\r\n" + STORY[1].encode())
    answer = here.ask("replay", path, "--keys", "keys", code=1)
    assert [a["line"] for a in answer["accepted"]] == [2, 6]
    assert [(r["line"], r["code"]) for r in answer["refused"]] == [(5, "schema_invalid")]
    bom_first = here.folder / "bom.jsonl"
    bom_first.write_bytes(b"\xef\xbb\xbf" + STORY[0].encode() + b"\r\n")
    assert [a["duplicate"] for a in here.ask("replay", bom_first, "--keys", "keys")["accepted"]] == [True]


def test_stop_on_error_stops_and_otherwise_the_rest_goes_in(here):
    lines = [STORY[0], "{", STORY[1]]
    stopped = here.replay(lines, "--stop-on-error", code=1)
    assert ([a["line"] for a in stopped["accepted"]], [r["line"] for r in stopped["refused"]]) == ([1], [2])
    through = here.replay(lines, code=1)
    assert ([a["line"] for a in through["accepted"]], [r["line"] for r in through["refused"]]) == (
        [1, 3],
        [2],
    )


MANY = [f"拉自然资执〔2025〕{number}号" for number in range(1, 6)]
BESIDE = {"notice": "stop_violation"}


def filed(case: str) -> str:
    return line("CaseFiled", "nr.lhasa", "2025-06-02", FILING, case)


def noticed(case: str, number: int, actor: str = "nr.lhasa") -> str:
    return line("NoticeIssued", actor, "2025-06-03", {**BESIDE, "notice_no": f"停{number}"}, case)


def test_stop_on_error_stores_nothing_behind_a_refused_line_of_other_cases_either(here):
    size = here.size
    refused = line("CaseFiled", "court.chengguan", "2025-06-02", FILING, MANY[1])
    lines = [filed(MANY[0]), refused, filed(MANY[2]), noticed(MANY[0], 1)]
    stopped = here.replay(lines, "--stop-on-error", code=1)
    assert ([a["line"] for a in stopped["accepted"]], [r["line"] for r in stopped["refused"]]) == ([1], [2])
    assert here.size == size + 1


def test_the_lines_of_many_cases_are_stored_as_one_by_one(here, tmp_path_factory):
    """In the order of the script, whichever of them share a commit; a refused line takes nobody with it."""
    copy = replace(here, folder=tmp_path_factory.mktemp("copy") / "desk")
    shutil.copytree(here.folder, copy.folder)
    meeting = {
        "kind": "regular",
        "agenda": [{"class": "通报", "text": "一"}],
        "attendees": ["court.lhasa"],
        "on": "2025-06-20",
    }
    lines = [
        *map(filed, MANY), filed(MANY[0]), "{", noticed(MANY[1], 1), noticed(MANY[0], 2), noticed(MANY[0], 3),
        noticed(MANY[4], 4, actor="court.chengguan"), noticed(MANY[2], 5),
        line("MeetingConvened", "nr.lhasa", "2025-06-03", meeting, case="meeting/2025-1"),
        line("ParticipationSet", "operator", "2025-06-04", {"agency": "court.duilong", "mode": "paper",
                                                            "from": "2025-06-04"}, case="registry"),
        noticed(MANY[3], 6), noticed(MANY[2], 7), noticed(MANY[1], 8),
    ]  # fmt: skip
    together = here.replay(lines, code=1)
    with copy.open() as ledger:
        answers: list[tuple[int, object]] = []
        for number, raw in enumerate(lines, 1):
            try:
                answers.append(
                    (number, replay_line(ledger, number, raw.encode(), KeyRing(copy.folder / "keys")))
                )
            except Refusal as refusal:
                answers.append((number, refusal))
        one_by_one = [entry.commitment for entry in ledger.entries()]
    with here.open() as ledger:
        assert [entry.commitment for entry in ledger.entries()] == one_by_one
    refused = [(number, answer.code) for number, answer in answers if isinstance(answer, Refusal)]
    assert [(one["line"], one["code"]) for one in together["refused"]] == refused
    accepted = [(n, a.receipt.entry.index, a.receipt.repeated) for n, a in answers if isinstance(a, Accepted)]
    assert [(a["line"], a["index"], a["duplicate"]) for a in together["accepted"]] == accepted
    assert dict(refused).keys() == {7, 11}
    irregular = [(n, i.code) for n, a in answers if isinstance(a, Accepted) for _, i in a.irregular]
    assert [(i["line"], i["code"]) for i in together["irregular"]] == irregular


def test_a_case_that_goes_to_another_department_is_verified_as_it_was_taken_in(here):
    """It is folded anew with the registry as it is by then, in the ledger and in what verifies it."""
    change = {"region": "540102", "from_agency": "nr.lhasa", "to_agency": "nr.chengguan", "on": "2025-06-10"}
    decision = {"decision_no": "罚81", "items": [{"kind": "demolish"}]}
    here.replay([
        STORY[0],
        line("BoundaryChanged", "operator", "2025-06-10", change, case="registry"),
        line("PenaltyDecided", "nr.chengguan", "2025-07-01", decision),
        line("PenaltyServed", "nr.chengguan", "2025-07-04", {"decision_no": "罚81", "method": "direct"}),
    ])  # fmt: skip
    assert here.ask("verify", "--deep")["ok"]


def test_what_is_stored_is_told_with_what_was_irregular_though_the_store_fails_after_it(here, monkeypatch):
    """The last line's place is taken by another process, and for the second attempt there is no store any more."""
    with here.open() as ledger:
        append_all = ledger.store.append_all

        def fails(_):
            raise StoreUnreachable("no")

        def all_but_one(proposals):
            monkeypatch.setattr(ledger.store, "append_all", fails)
            return [*append_all(proposals[:-1]), PositionTaken(0, 0)]

        monkeypatch.setattr(ledger.store, "append_all", all_but_one)
        told: list[tuple[int, Any]] = []
        script = enumerate((one.encode() for one in STORY), 1)
        groups = replay_groups(ledger, script, KeyRing(here.folder / "keys"))
        with pytest.raises(StoreUnreachable):
            told.extend(chain.from_iterable(groups))
    assert [number for number, _ in told] == list(range(1, len(STORY)))
    assert {number for number, one in told if one.irregular} >= {7}


def test_receipt_times_of_a_demonstration_may_go_back_and_the_day_counts(here):
    answer = here.replay([
        STORY[0],
        line("NoticeIssued", "nr.lhasa", "2025-06-01", {"notice": "stop_violation", "notice_no": "停1"}),
        line("NoticeIssued", "nr.lhasa", "2025-06-04", {"notice": "stop_violation", "notice_no": "停2"},
             received_at="2025-06-03T16:30:00Z"),
    ], code=None)  # fmt: skip
    # 16:30 UTC on the third is half past midnight on the fourth in Shanghai, so the fourth is no future
    assert answer["accepted"][-1]["received_at"] == "2025-06-04T00:30:00.000+08:00"
    assert here.ask("verify", "--deep")["ok"]


def test_the_table_shows_the_same_receipts_line_by_line(here):
    shown = here.run("replay", here.script(STORY[:2]), "--keys", "keys").out.splitlines()
    cells = [one.split("\t") for one in shown if "\t" in one]
    answer = here.replay(STORY[:2])
    assert [(int(c[0]), c[1], int(c[2]), c[3]) for c in cells] == receipts(answer)
    quiet = here.run("replay", here.script(STORY[:2]), "--keys", "keys", "--quiet").out
    assert answer["accepted"][0]["id"] not in quiet


def test_a_warning_is_on_stderr_and_stdout_stays_one_document(desk):
    ran = desk.run("replay", desk.script(STORY[:1]), "--keys", "keys", "--format", "json", GONGZE_NO_SUCH="1")
    assert "GONGZE_NO_SUCH" in ran.err
    assert_shape(ran.json)


NOTICE = line("NoticeIssued", "nr.lhasa", "2025-06-03", {"notice": "stop_violation", "notice_no": "停81"})


class Overtaken(KeyRing):
    """Keys at whose first use another process stores lines: what is just being signed has not seen them."""

    def __init__(self, folder: Path, other: Ledger, lines: list[str]) -> None:
        super().__init__(folder)
        self.other, self.lines, self.used = other, lines, 0
        self.stored: list[Entry] = []

    def for_line(self, line, event):
        self.used += 1
        for one in () if self.stored else self.lines:
            taken = replay_line(self.other, 1, one.encode(), KeyRing(self.folder))
            self.stored.append(taken.receipt.entry)
        return super().for_line(line, event)


def test_a_line_that_another_process_stores_at_the_same_moment_gets_its_first_receipt(desk):
    desk.replay(STORY[:1])
    with desk.open() as ledger, desk.open() as other:
        keys = Overtaken(desk.folder / "keys", other, [NOTICE, STORY[1]])
        receipt = replay_line(ledger, 1, STORY[1].encode(), keys).receipt
    assert (receipt.repeated, receipt.entry) == (True, keys.stored[1])


def test_what_another_process_adds_to_a_case_meanwhile_has_its_lines_signed_anew(desk):
    """All of a group that follow it in this case, and those of no other one."""
    desk.replay([STORY[0], filed(MANY[1])])
    mine = [STORY[1], noticed(MANY[1], 2), STORY[2], noticed(MANY[1], 3)]
    with desk.open() as ledger, desk.open() as other:
        keys = Overtaken(desk.folder / "keys", other, [NOTICE])
        groups = list(replay_groups(ledger, enumerate((one.encode() for one in mine), 1), keys))
        assert keys.used == len(mine) + 2
        found = [answer for group in groups for _, answer in group]
        entries = [
            one.receipt.entry for one in found if isinstance(one, Accepted) and not one.receipt.repeated
        ]
        assert len(entries) == len(mine)
        of_case = [one for one in entries if one.stream == keys.stored[0].stream]
        seen = [decode(one.statement).claims.seen for one in of_case]
        assert seen == [(2, keys.stored[0].commitment), (3, of_case[0].commitment)]
    assert desk.ask("verify", "--deep")["ok"]


def test_a_key_revoked_while_lines_are_being_signed_signs_none_of_them(desk, monkeypatch):
    """The registry is looked at once for each attempt, before the first line is signed: here another process comes then."""
    desk.replay([STORY[0]])
    ring = KeyRing(desk.folder / "keys")
    revoked = {"key_id": ring.get("nr.lhasa/1").kid.hex(), "since": "2025-06-03", "reason": "遗失"}
    with desk.open() as ledger, desk.open() as other:
        prepare = ledger.intake.history.prepare

        def late(streams, registry):
            monkeypatch.undo()
            prepare(streams, registry)
            replay_line(
                other, 1, line("KeyRevoked", "nr.lhasa", "2025-06-03", revoked, "registry").encode(), ring
            )

        monkeypatch.setattr(ledger.intake.history, "prepare", late)
        mine = enumerate((one.encode() for one in (NOTICE, STORY[1])), 1)
        found = [answer for group in replay_groups(ledger, mine, ring) for _, answer in group]
    assert [one.code for one in found if isinstance(one, Refusal)] == ["key_revoked"] * 2
    assert desk.ask("verify", "--deep")["ok"]


# --- signed on the agency's side ----------------------------------------------------------------------------


def test_signed_there_and_recorded_here(desk):
    size = desk.size
    script = desk.script(STORY[:1])
    said = desk.run("sign", script, "--key", "keys/nr.lhasa/1.key", "-o", "filed.cbors")
    assert desk.size == size  # signing stores nothing
    signed = (desk.folder / "filed.cbors").read_bytes()
    assert signed[:2] == b"\xd2\x84"
    assert said.out
    first = desk.ask("record", "filed.cbors")
    assert_shape(first)
    assert [(a["line"], a["index"], a["duplicate"]) for a in first["accepted"]] == [(1, size, False)]
    again = desk.ask("record", "filed.cbors", "filed.cbors")
    assert [(a["id"], a["duplicate"]) for a in again["accepted"]] == [(first["accepted"][0]["id"], True)] * 2
    # the same line replayed is the same act as the one that was signed
    assert [(a["id"], a["duplicate"]) for a in desk.replay(STORY[:1])["accepted"]] == [
        (first["accepted"][0]["id"], True)
    ]
    # nothing is overwritten
    desk.run("sign", script, "--key", "keys/nr.lhasa/1.key", "-o", "filed.cbors", code=2)
    assert (desk.folder / "filed.cbors").read_bytes() == signed


def test_a_sequence_of_statements_in_one_file_and_what_is_refused_of_it(here):
    notices = [
        line("NoticeIssued", "nr.lhasa", "2025-06-03", {"notice": "stop_violation", "notice_no": f"停{n}"})
        for n in (1, 2)
    ]
    here.replay(STORY[:1])
    here.run("sign", here.script(notices), "--key", "keys/nr.lhasa/1.key", "-o", "two.cbors")
    here.run("sign", here.script(notices[:1]), "--key", "keys/nr.duilong/1.key", "-o", "other.cbors")
    two, other = ((here.folder / name).read_bytes() for name in ("two.cbors", "other.cbors"))
    (here.folder / "all.cbors").write_bytes(two[: len(two) // 2 + 1] and other + two)
    answer = here.ask("record", "all.cbors", code=1)
    assert_shape(answer)
    assert [(r["line"], r["code"], r["field"]) for r in answer["refused"]] == [(1, "key_unknown", "kid")]
    assert [a["line"] for a in answer["accepted"]] == [2, 3]


def test_a_script_recorded_with_one_key(here):
    answer = here.ask("record", here.script([STORY[0], STORY[5]]), "--key", "keys/nr.lhasa/1.key", code=1)
    assert [a["line"] for a in answer["accepted"]] == [1]
    assert [(r["line"], r["code"]) for r in answer["refused"]] == [(2, "key_unknown")]


def test_an_unusable_line_is_named_when_signing_and_the_rest_is_signed(here):
    ran = here.run(
        "sign", here.script(["{", STORY[0]]), "--key", "keys/nr.lhasa/1.key", "-o", "one.cbors", code=1
    )
    assert "schema_invalid" in ran.err
    assert [a["line"] for a in here.ask("record", "one.cbors")["accepted"]] == [1]


@pytest.mark.parametrize("number", ["81", "（2025）81号", "[2025]81号"])
def test_a_case_is_one_however_its_brackets_are_typed(here, number):
    case = f"拉自然资执{number}"
    other = line(
        "CaseFiled", "nr.lhasa", "2025-06-02", FILING, case=case.replace("（", "(").replace("）", ")")
    )
    first = line(
        "CaseFiled", "nr.lhasa", "2025-06-02", FILING, case=case, received_at="2025-06-02T11:00:00+08:00"
    )
    answer = here.replay([first, other], code=1)
    assert [r["code"] for r in answer["refused"]] == ["case_rule_broken"]
