"""Acts on behalf (代录) through the real command, by both doors: a script replayed, and a file of signed statements.

The court of Chengguan takes part on paper from January 2026; the department of Lhasa records what it gets from it. The
case is that of STORY up to the application of Tuesday 2026-02-10; the court has five working days to accept it: 11, 12,
13 February, the make-up Saturday 14, and after the Spring Festival (15th to 23rd) the 24th.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import CASE, FILING, NOW, STORY, Desk, Runner, line

COURT, NR, INSPECTION = "court.chengguan", "nr.lhasa", "discipline.lhasa"
PAPER = [
    {
        "number": "通81",
        "title": "受理通知书",
        "kind": "受理通知书",
        "sha256": "ab" * 32,
        "media_type": "application/pdf",
        "bytes": 9,
    }
]
BASIS = {"how": "served_original", "obtained_on": "2026-02-25", "from_whom": "立案庭"}
PHONE = {"how": "phone", "obtained_on": "2026-02-25"}
LATE = "2026-02-25"
"""The first working day after the court's last one."""


def participates(mode: str, day: str = "2026-01-01", agency: str = COURT) -> str:
    return line(
        "ParticipationSet", "operator", day, {"agency": agency, "mode": mode, "from": day}, case="registry"
    )


def recorded(
    kind: str,
    data: dict[str, Any],
    /,
    signer: str = NR,
    agency: str | None = COURT,
    day: str = LATE,
    **more: Any,
) -> str:
    """A line on behalf of `agency`, with its paper; `basis` and `documents` as said, left out where None."""
    told = {"basis": more.pop("basis", BASIS), "for": agency}
    documents = more.pop("documents", PAPER)
    full = {**data, "documents": documents} if documents is not None else data
    more.setdefault("received_at", f"{LATE}T16:00:00+08:00")
    return line(kind, signer, day, full, **{k: v for k, v in told.items() if v is not None}, **more)


ACCEPTED: dict[str, Any] = {"review_case_no": "行审81"}
RECORDED = recorded("EnforcementAccepted", ACCEPTED)
Door = Callable[..., Any]


def by_script(desk: Desk, *lines: str, signer: str = NR) -> Any:
    return desk.replay(lines, code=None)


def by_signed_file(desk: Desk, *lines: str, signer: str = NR) -> Any:
    """Signed on the agency's side, then brought to the ledger as a file."""
    return desk.ask("record", signed(desk, *lines, signer=signer), code=None)


def signed(desk: Desk, *lines: str, signer: str = NR) -> Path:
    path = desk.folder / "signed.cbors"
    path.unlink(missing_ok=True)
    desk.run("sign", desk.script(lines, "to-sign.jsonl"), "--key", f"keys/{signer}/1.key", "-o", path)
    return path


@pytest.fixture(params=[by_script, by_signed_file], ids=["script", "signed file"])
def enter(request: pytest.FixtureRequest) -> Door:
    door: Door = request.param
    return door


@pytest.fixture(scope="module")
def paper_folder(tmp_path_factory: pytest.TempPathFactory, founded_folder: Path) -> Path:
    folder = tmp_path_factory.mktemp("paper") / "desk"
    shutil.copytree(founded_folder, folder)
    desk = Desk(folder)
    desk.run("replay", desk.script([participates("paper"), *STORY[:5]]), "--keys", "keys", "--stop-on-error")
    return folder


@pytest.fixture
def paper(paper_folder: Path, tmp_path: Path, entered: Runner) -> Desk:
    """The applied case, its court taking part on paper."""
    shutil.copytree(paper_folder, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path, {"GONGZE_NOW": NOW}, entered)


def refusal(answer: Any) -> tuple[str, str | None]:
    assert answer["accepted"] == []
    (one,) = answer["refused"]
    assert one["message"]
    return one["code"], one["field"]


def acceptance(desk: Desk, day: str = LATE) -> dict[str, Any]:
    """The court's duty to accept, on the board."""
    board = desk.ask("duties", "--as-of", day, "--duty", "accept_enforcement")
    (duty,) = board["duties"]
    return dict(duty)


# --- what goes in -------------------------------------------------------------------------------------------


def test_the_same_line_is_the_same_act_by_whichever_door(paper, enter):
    """A line always gives the same statement as long as nothing else happened in its case."""
    file = signed(paper, RECORDED)
    first = paper.ask("record", file) if enter is by_signed_file else paper.replay([RECORDED])
    assert (first["refused"], first["irregular"]) == ([], [])
    (receipt,) = first["accepted"]
    size = paper.size
    assert (receipt["index"], receipt["duplicate"]) == (size - 1, False)
    for again in (paper.replay([RECORDED]), paper.ask("record", file), paper.replay([RECORDED])):
        assert again["accepted"] == [{**receipt, "duplicate": True}]
    assert paper.size == size


def test_it_is_the_courts_act_and_its_unconfirmed_lateness_is_shown_apart(paper, enter):
    enter(paper, RECORDED)
    duty = acceptance(paper)
    assert (duty["holder"], duty["due_on"], duty["discharged_on"]) == (COURT, "2026-02-24", LATE)
    assert (duty["state"], duty["evidence"], duty["late_counts"]) == (
        "discharged_late",
        "attested_doc",
        False,
    )
    # what it is worth is told to the court, too, and to nobody whom it does not concern
    assert (
        paper.ask("duties", "--as-of", LATE, "--duty", "accept_enforcement", "--holder", NR)["duties"] == []
    )


def test_told_by_telephone_it_discharges_nothing_and_makes_nothing_late(paper, enter):
    told = recorded("EnforcementAccepted", ACCEPTED, basis=PHONE, documents=None)
    assert enter(paper, told)["refused"] == []
    duty = acceptance(paper)
    assert (duty["state"], duty["discharged_on"], duty["late_counts"]) == ("overdue", None, False)


def test_once_confirmed_it_counts_and_confirming_twice_is_refused(paper, enter):
    enter(paper, RECORDED)
    confirmed = line("ActConfirmed", COURT, "2026-02-26", {"of": ["行审81"]})
    assert enter(paper, confirmed, signer=COURT)["refused"] == []
    duty = acceptance(paper, "2026-02-26")
    assert (duty["state"], duty["evidence"], duty["late_counts"]) == ("discharged_late", "confirmed", True)
    again = line("ActConfirmed", COURT, "2026-02-27", {"of": ["行审81"]})
    assert refusal(enter(paper, again, signer=COURT)) == ("case_rule_broken", "of.0")


@pytest.mark.parametrize(("mode", "codes"), [("signing", ["behalf_though_signing"]), ("confirming", [])])
def test_for_an_agency_that_signs_itself_it_is_recorded_and_irregular(here, enter, mode, codes):
    here.replay([participates(mode), *STORY[:5]])
    answer = enter(here, RECORDED)
    assert answer["refused"] == []
    assert [(i["code"], i["source"]) for i in answer["irregular"]] == [
        (code, "台账运行规则 代录") for code in codes
    ]


# --- what does not ------------------------------------------------------------------------------------------

WARNING = {"decision_no": "罚82", "items": [{"kind": "warning"}]}
REFUSED: dict[str, tuple[str, tuple[str, str]]] = {
    "no document": (recorded("EnforcementAccepted", ACCEPTED, documents=None), ("behalf_needs_document", "documents")),
    "no basis": (recorded("EnforcementAccepted", ACCEPTED, basis=None), ("schema_invalid", "basis")),
    "nobody it is for": (
        recorded("RemovalVerified", {"what": "已拆除", "on_site": True}, agency=None),
        ("schema_invalid", "basis"),
    ),
    "learned after today": (
        recorded("EnforcementAccepted", ACCEPTED, basis={**BASIS, "obtained_on": "2026-03-21"}),
        ("date_in_future", "basis.obtained_on"),
    ),
    "itself": (recorded("PenaltyDecided", WARNING, agency=NR), ("behalf_not_allowed", "for")),
    "the operator": (recorded("PenaltyDecided", WARNING, agency="operator"), ("behalf_not_allowed", "for")),
    "nobody known": (
        recorded("EnforcementAccepted", ACCEPTED, agency="court.nowhere"),
        ("behalf_not_allowed", "for"),
    ),
    "no court's act": (recorded("PenaltyDecided", WARNING), ("not_authorised", "actor")),
    "a registry act": (
        recorded(
            "ResponsiblePersonNamed", {"agency": COURT, "role": "principal", "officer": "示例", "from": LATE},
            case="registry",
        ),
        ("behalf_not_allowed", "for"),
    ),
    "a correction": (
        recorded("StatementCorrected", {"of": "申81", "reason": "写错", "data": {"occurred_on": "2026-02-09"}}),
        ("behalf_not_allowed", "for"),
    ),
    "a confirmation": (recorded("ActConfirmed", {"of": ["申81"]}), ("behalf_not_allowed", "for")),
    "a dispute": (
        recorded("ActDisputed", {"of": "申81", "field": "occurred_on", "own_value": "2026-02-09", "reason": "不符"}),
        ("behalf_not_allowed", "for"),
    ),
}  # fmt: skip


def refusals(answer: Any) -> list[tuple[str, str | None]]:
    assert answer["accepted"] == []
    return [(one["code"], one["field"]) for one in answer["refused"]]


def test_refused_by_both_doors(paper, enter):
    size = paper.size
    answer = enter(paper, *(text for text, _ in REFUSED.values()))
    assert dict(zip(REFUSED, refusals(answer), strict=True)) == {what: e for what, (_, e) in REFUSED.items()}
    assert paper.size == size


def test_a_stranger_to_the_act_does_not_record_it(paper, enter):
    """Neither applicant nor addressee, nor the department that convenes there."""
    for signer in ("nr.duilong", "procuratorate.lhasa", "government.chengguan"):
        raw = recorded("EnforcementAccepted", ACCEPTED, signer=signer)
        assert refusal(enter(paper, raw, signer=signer)) == ("behalf_not_allowed", "for")


def test_the_operator_records_for_nobody(paper, enter):
    raw = recorded("EnforcementAccepted", ACCEPTED, signer="operator")
    assert refusal(enter(paper, raw, signer="operator")) == ("behalf_not_allowed", "for")


def test_a_word_that_is_none_of_the_ways_to_know(paper):
    for basis, field in (({**BASIS, "how": "rumour"}, "basis.how"), ({"how": "copy"}, "basis.obtained_on")):
        answer = paper.replay([recorded("EnforcementAccepted", ACCEPTED, basis=basis)], code=1)
        assert refusal(answer) == ("schema_invalid", field)


def test_what_is_sealed_is_never_told_for_another(paper, enter):
    """追责结果 is discipline inspection's to tell; refused, nothing of its words is left in the ledger's file."""
    secret = "给予党内警告处分"
    text = recorded(
        "AccountabilityReported", {"outcome": secret}, agency=INSPECTION, case="discipline/2026-1"
    )
    assert refusal(enter(paper, text)) == ("behalf_not_allowed", "for")
    assert secret.encode() not in paper.database.read_bytes()


def test_a_partys_sealed_number_is_no_exception(paper, enter):
    """Another department's filing can be recorded for it, but not with what only that department was told."""
    filing = {**FILING, "place": {"region": "540103", "address": "示例村一组"}}
    case = {"agency": "nr.duilong", "case": "堆自然资执〔2026〕1号"}
    sealed = {**filing, "parties": [{"name": "张某", "id_no": "540102199001011234"}]}
    assert refusal(enter(paper, recorded("CaseFiled", sealed, **case))) == ("behalf_not_allowed", "for")
    assert len(enter(paper, recorded("CaseFiled", filing, **case))["accepted"]) == 1


# --- how the two name what was recorded ---------------------------------------------------------------------


def test_a_rulings_number_means_the_ruling_and_not_what_was_done_by_it(paper):
    """The court confirms its ruling by the number that it gave it; the execution only refers to that number."""
    said = {"received_at": "2026-03-10T10:00:00+08:00"}
    paper.replay([
        RECORDED,
        recorded("EnforcementGranted", {"ruling_no": "裁81", "executor": "court"}, day="2026-03-02", **said),
        recorded("ExecutionCompleted", {"ruling_no": "裁81", "result": "full"}, day="2026-03-09", **said),
        line("ActConfirmed", COURT, "2026-03-11", {"of": ["裁81"]}),
    ])  # fmt: skip
    with paper.open() as ledger:
        entries = [e for e in ledger.case(CASE).entries if e.act.agency == COURT and e.act.signer == NR]
    assert {e.type: e.evidence for e in entries} == {
        "EnforcementAccepted": "attested_doc", "EnforcementGranted": "confirmed", "ExecutionCompleted": "attested_doc",
    }  # fmt: skip


def test_the_recorder_corrects_it_by_its_kind_as_it_would_its_own(paper):
    paper.replay([RECORDED])
    right = {
        "of": "EnforcementAccepted",
        "reason": "误将收到日登记为受理日",
        "data": {"occurred_on": "2026-02-24"},
    }
    assert paper.replay([line("StatementCorrected", NR, "2026-02-26", right)], code=None)["refused"] == []
    with paper.open() as ledger:
        (entry,) = [e for e in ledger.case(CASE).entries if e.type == "EnforcementAccepted"]
    assert (entry.on.isoformat(), entry.act.agency) == ("2026-02-24", COURT)


# --- its own statement later --------------------------------------------------------------------------------


def test_the_courts_own_statement_joins_and_what_differs_is_told(paper, enter):
    """The court says that it accepted on the 24th, in time; what was recorded for it said the 25th."""
    enter(paper, RECORDED)
    own = line("EnforcementAccepted", COURT, "2026-02-24", ACCEPTED, received_at="2026-02-27T09:00:00+08:00")
    answer = enter(paper, own, signer=COURT)
    assert answer["refused"] == []
    assert [i["code"] for i in answer["irregular"]] == ["dates_contradict"]
    duty = acceptance(paper, "2026-02-27")
    assert (duty["state"], duty["discharged_on"], duty["evidence"]) == ("discharged", "2026-02-24", "signed")
    again = recorded("EnforcementAccepted", ACCEPTED, received_at="2026-02-27T10:00:00+08:00")
    assert refusal(enter(paper, again)) == ("case_rule_broken", "case")
