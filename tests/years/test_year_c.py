"""The year told in `year_c`, through the real command, stage by stage: what the board, both books and the differences say.

A ledger is worth having for the department alone: every row reaches its write-off on what the department recorded for
others. But nobody is called late on another's word: only what the court confirmed or stated itself counts.
"""

import contextlib
import io
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gongze.cli import main
from tests.end_to_end.conftest import Desk, Ran
from tests.years import year_c
from tests.years.year_c import CLUE, COURSES, COURT, INSPECTION, NR, case

ACCEPT, RULE = "accept_enforcement", "rule_on_enforcement"
ON_PAPER = {COURT, INSPECTION}
SUMMER, NOVEMBER, DECEMBER, SETTLED, END = (
    "2026-07-10",
    "2026-11-30",
    "2026-12-09",
    "2026-12-11",
    "2026-12-31",
)
"""The last day of each stage, by which it is known here."""


def entered(arguments: list[str], folder: Path, environment: dict[str, str]) -> Ran:
    """The command's entry point called in this process, for as long as all the module's tests: a new one is only slow."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as here:
        for name, value in environment.items():
            if name.startswith("GONGZE_"):
                here.setenv(name, value)
        here.chdir(folder)
        here.setattr(sys, "argv", ["gongze", *arguments])
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            main()
    assert isinstance(ended.value.code, int)
    return Ran(ended.value.code, out.getvalue(), err.getvalue())


@dataclass
class Stage:
    """The ledger at the end of a stage, and what came of the lines that led to it."""

    desk: Desk
    answer: Any = field(repr=False)
    known: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False)

    def ask(self, *arguments: str) -> Any:
        """The command's JSON answer; nothing changes a stage, so that each is asked for once."""
        if arguments not in self.known:
            self.known[arguments] = self.desk.ask(*arguments, code=None)
        return self.known[arguments]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Stage]:
    home = tmp_path_factory.mktemp("year-c")
    settings = {"GONGZE_NOW": "2026-12-31T18:00:00+08:00"}
    desk = Desk(home / "desk", settings, entered)
    desk.folder.mkdir()
    desk.run("init", "--demo-keys", "keys")
    stages: dict[str, Stage] = {}

    def tell(stage: str, lines: list[str]) -> Any:
        answer = desk.replay(lines, code=None)
        assert answer["refused"] == [], [(lines[r["line"] - 1], r) for r in answer["refused"]]
        shutil.copytree(desk.folder, home / stage)
        stages[stage] = Stage(Desk(home / stage, settings, entered), answer)
        return answer

    lines = year_c.until_summer()
    answer = tell(SUMMER, lines)
    by_word = next(n for n, text in enumerate(lines, 1) if "ExecutionCompleted" in text)
    tell(NOVEMBER, year_c.written_evidence(next(a["id"] for a in answer["accepted"] if a["line"] == by_word)))
    tell(DECEMBER, year_c.december())
    tell(SETTLED, year_c.settled())
    tell(END, year_c.signing())
    return stages


def duties(stage: Stage, day: str) -> list[dict[str, Any]]:
    """The board's duties of cases and of the clue: what a region owes every half-year is another matter."""
    board = stage.ask("duties", "--as-of", day)["duties"]
    return [d for d in board if not d["case"].startswith("region/")]


def late(stage: Stage, day: str) -> dict[tuple[str, str], tuple[str, int, str, bool]]:
    """What is or was not done in time: how it stands, working days, evidence, whether it is held against the holder."""
    return {
        (d["case"], d["duty"]): (d["state"], d["overdue_working_days"], d["evidence"], d["late_counts"])
        for d in duties(stage, day)
        if d["state"] in ("overdue", "discharged_late", "disputed")
    }


def differences(stage: Stage, day: str) -> set[tuple[str, str, str | None, int]]:
    found = stage.ask("reconcile", "--as-of", day)["differences"]
    told = [(d["kind"], d["case"], d["duty"], d["days"] if d["duty"] else 0) for d in found]
    return set(told)


def open_rows(stage: Stage, day: str) -> dict[str, list[str]]:
    """Every row of both books that waits for something, with what it waits for."""
    books = stage.ask("accounts", "--as-of", day)
    rows = [*books["cases"], *(r for lines in books["papers"].values() for r in lines)]
    assert books["balance"]["balanced"]
    return {r["key"]: r["missing"] for r in rows if r["state"] != "closed"}


def grades(stage: Stage, n: int) -> dict[str, str]:
    """Evidence of what the court did in a case, by what it is."""
    with stage.desk.open() as ledger:
        entries = ledger.case(case(n)).entries
    return {
        e.type: e.evidence for e in entries if e.act.agency == COURT and e.type and e.type != "ActConfirmed"
    }


# --- while they sign nothing --------------------------------------------------------------------------------

UNCONFIRMED = {  # the days are counted beside each case in year_c.COURSES
    (case(2), ACCEPT): 2,
    (case(3), RULE): 3,
    (case(4), ACCEPT): 3,
    (case(5), RULE): 4,
    (case(6), RULE): 2,
}


def test_nothing_that_is_recorded_for_them_is_irregular(told):
    """Neither is an act on behalf of who takes part on paper, nor is its lateness theirs to answer for."""
    for stage in (SUMMER, NOVEMBER):
        assert told[stage].answer["irregular"] == []


@pytest.mark.parametrize("stage", [SUMMER, NOVEMBER])
def test_lateness_is_shown_and_held_against_nobody(told, stage):
    year = told[stage]
    assert late(year, stage) == {
        key: ("discharged_late", days, "attested_doc", False) for key, days in UNCONFIRMED.items()
    }
    assert not any(d["late_counts"] for d in duties(year, stage) if d["holder"] in ON_PAPER)


def test_the_departments_own_terms_run_on_what_it_recorded(told):
    """Each count stands beside the script; none is late. The receipts are its own acts, whatever they attest."""
    year = told[SUMMER]
    rows = year.ask("accounts", "--as-of", SUMMER)["papers"]["enforcement"]
    assert [r["case"] for r in rows] == [case(n) for n in COURSES]
    for n, row in zip(COURSES, rows, strict=True):
        assert (row["accepted_on"], row["granted_on"], row["evidence"]) == (
            COURSES[n].accepted_on,
            COURSES[n].ruled_on,
            "attested_oral" if n == 1 else "attested_doc",
        ), n
        told_of = {
            name: (c["due_on"], c["copied_on"], c["acknowledged_on"]) for name, c in row["copies"].items()
        }
        assert told_of == {
            "application": ("2026-05-20", "2026-05-13", "2026-05-14"),
            "acceptance": ("2026-06-03", "2026-05-27", "2026-05-28"),
            "ruling": ("2026-06-12", "2026-06-05", "2026-06-08"),
        }, n


def test_every_paper_is_written_off_on_their_stamped_sheets(told):
    """Six decisions, applications and rulings each, six rows of enforcement, one clue; only cases are still open."""
    year = told[SUMMER]
    papers = year.ask("accounts", "--as-of", SUMMER)["papers"]
    assert {name: len(rows) for name, rows in papers.items() if rows} == {
        "enforcement": 6, "penalty_decision": 6, "enforcement_application": 6, "court_ruling": 6, "discipline_referral": 1,
    }  # fmt: skip
    assert {key for key in open_rows(year, SUMMER) if key.startswith("papers/")} == set()
    received = [
        d for d in duties(year, SUMMER) if d["case"] == CLUE and d["duty"] == "receive_discipline_clue"
    ]
    assert [(d["holder"], d["state"], d["discharged_on"], d["evidence"]) for d in received] == [
        (INSPECTION, "discharged", "2026-07-07", "attested_doc")
    ]


def test_a_word_on_the_telephone_writes_nothing_off_the_paper_does(told):
    """Both days are looked at: what the first case waits for is the record of execution, which came on 20 July."""
    waiting = open_rows(told[SUMMER], SUMMER)
    assert set(waiting) == {f"cases/{case(n)}" for n in COURSES}
    assert waiting[f"cases/{case(1)}"] == ["第1项（责令限期拆除）已登记履行、执行，但仅有口头代录或者有争议"]
    assert grades(told[SUMMER], 1)["ExecutionCompleted"] == "attested_oral"
    assert set(open_rows(told[NOVEMBER], NOVEMBER)) == {f"cases/{case(n)}" for n in COURSES if n != 1}
    assert grades(told[NOVEMBER], 1)["ExecutionCompleted"] == "attested_doc"


def test_what_does_not_agree_is_that_lateness_alone_and_it_is_called_unconfirmed(told):
    """Who takes part on paper is not asked act by act; nothing is `late`, nothing `overdue`."""
    assert differences(told[NOVEMBER], NOVEMBER) == {
        ("unconfirmed", case_, duty, days) for (case_, duty), days in UNCONFIRMED.items()
    }


# --- half of it is confirmed, one date is disputed -----------------------------------------------------------


def test_confirming_and_disputing_tells_at_once_what_it_makes_of_the_acts(told):
    """The confirmed are late from now on, by their own clauses; lines 2 to 5 confirm, line 6 disputes."""
    told_of = [(i["line"], i["code"], i["source"]) for i in told[DECEMBER].answer["irregular"]]
    assert told_of == [
        (2, "ruled_late", "行政强制法 §57、§69"),
        (3, "accepted_late", "行政强制法 §56、§69"),
        (6, "disputed", "台账运行规则 代录"),
    ]


def test_lateness_of_the_confirmed_half_counts_and_no_other(told):
    assert late(told[DECEMBER], DECEMBER) == {
        (case(2), ACCEPT): ("discharged_late", 2, "attested_doc", False),
        (case(3), RULE): ("discharged_late", 3, "confirmed", True),
        (case(4), ACCEPT): ("discharged_late", 3, "confirmed", True),
        # as long as its date is disputed, the ruling does nothing for the court, and nothing is held against it
        (case(5), RULE): ("disputed", 0, "confirmed", False),
        # begun by a confirmed acceptance, ended by a ruling that is not
        (case(6), RULE): ("discharged_late", 2, "attested_doc", False),
    }


def test_what_was_confirmed_holds_for_any_earlier_day(told):
    """As of November, known in December: the acts were done then, whenever they were confirmed."""
    asked = {key: counts for key, (_, _, _, counts) in late(told[DECEMBER], NOVEMBER).items()}
    assert {key for key, counts in asked.items() if counts} == {(case(3), RULE), (case(4), ACCEPT)}


def test_the_differences_name_what_was_confirmed_what_was_not_and_what_is_disputed(told):
    """From December the court is asked act by act: of six cases, two acts each and one execution, six are confirmed,
    one is disputed, six are left."""
    found = differences(told[DECEMBER], DECEMBER)
    of_duties = {one for one in found if one[2] is not None}
    assert of_duties == {
        ("late", case(3), RULE, 3),
        ("late", case(4), ACCEPT, 3),
        ("unconfirmed", case(2), ACCEPT, 2),
        ("unconfirmed", case(6), RULE, 2),
    }
    assert found - of_duties == {
        ("unconfirmed", case(1), None, 0),
        ("unconfirmed", case(2), None, 0),
        ("unconfirmed", case(6), None, 0),
        ("disputed", case(5), None, 0),
    }
    acts = [d for d in told[DECEMBER].ask("reconcile", "--as-of", DECEMBER)["differences"] if not d["duty"]]
    assert sorted((d["case"], d["kind"]) for d in acts) == [
        *[(case(1), "unconfirmed")] * 3,
        *[(case(2), "unconfirmed")] * 2,
        (case(5), "disputed"),
        (case(6), "unconfirmed"),
    ]
    assert all(set(d["agencies"]) == {COURT, NR} for d in acts)


def test_the_grades_of_the_acts_themselves(told):
    year = told[DECEMBER]
    assert {
        n: (g["EnforcementAccepted"], g["EnforcementGranted"]) for n in COURSES for g in [grades(year, n)]
    } == {
        1: ("attested_doc", "attested_doc"),
        2: ("attested_doc", "attested_doc"),
        3: ("confirmed", "confirmed"),
        4: ("confirmed", "confirmed"),
        5: ("confirmed", "attested_doc"),
        6: ("confirmed", "attested_doc"),
    }


def test_a_dispute_reopens_none_of_the_departments_papers(told):
    """Its terms keep running on what it got; only what the court is to answer for has no effect."""
    assert set(open_rows(told[DECEMBER], DECEMBER)) == {f"cases/{case(n)}" for n in COURSES if n != 1}


# --- the dispute is settled ----------------------------------------------------------------------------------


def test_a_date_that_the_recorder_corrects_and_the_court_confirms_is_the_date(told):
    """The slip was the department's pen, about the court's ruling, and both say the 26th now: one working day before
    the last. It was not the court that moved its own day."""
    year, answer = told[SETTLED], told[SETTLED].answer
    assert answer["irregular"] == []
    (duty,) = [d for d in duties(year, SETTLED) if (d["case"], d["duty"]) == (case(5), RULE)]
    assert (duty["due_on"], duty["discharged_on"], duty["evidence"]) == (
        "2026-05-27",
        "2026-05-26",
        "confirmed",
    )
    assert duty["state"] == "discharged"
    assert {one for one in differences(year, SETTLED) if one[1] == case(5)} == set()
    (row,) = [
        r for r in year.ask("accounts", "--as-of", SETTLED)["papers"]["enforcement"] if r["case"] == case(5)
    ]
    assert row["granted_on"] == "2026-05-26"


# --- the court signs -----------------------------------------------------------------------------------------


def test_its_own_statement_joins_what_was_recorded_and_tells_what_differs(told):
    """The ruling of the sixth case: recorded as of 29 May, by the court itself of 28 May; the last day was the 27th."""
    year, answer = told[END], told[END].answer
    assert [(i["line"], i["code"], i["source"]) for i in answer["irregular"]] == [
        (2, "ruled_late", "行政强制法 §57、§69"),
        (2, "dates_contradict", "拉萨实施意见 四（三）"),
    ]
    assert grades(year, 6) == {
        "EnforcementAccepted": "confirmed", "EnforcementGranted": "signed", "ExecutionCompleted": "signed",
    }  # fmt: skip
    with year.desk.open() as ledger:
        dossier = ledger.case(case(6))
    assert len(dossier.rulings) == 1  # joined, not beside the recorded one
    (joined,) = dossier.joined.values()
    assert [a.type for a in dossier.acts if a.id == joined] == ["EnforcementGranted"]
    (row,) = [
        r for r in year.ask("accounts", "--as-of", END)["papers"]["enforcement"] if r["case"] == case(6)
    ]
    assert row["granted_on"] == "2026-05-28"
    (told_of,) = [
        d for d in year.ask("reconcile", "--as-of", END)["differences"] if d["kind"] == "dates_contradict"
    ]
    assert (told_of["case"], set(told_of["agencies"])) == (case(6), {COURT, NR})
    assert "2026-05-29" in told_of["what"]
    assert "2026-05-28" in told_of["what"]


def test_from_then_on_the_sixth_lateness_counts_and_the_second_still_does_not(told):
    """One working day (28 May) by the court's own word, no longer two; the second case nobody ever confirmed."""
    assert late(told[END], END) == {
        (case(2), ACCEPT): ("discharged_late", 2, "attested_doc", False),
        (case(3), RULE): ("discharged_late", 3, "confirmed", True),
        (case(4), ACCEPT): ("discharged_late", 3, "confirmed", True),
        (case(6), RULE): ("discharged_late", 1, "confirmed", True),
    }


def test_every_row_of_both_books_is_written_off_by_the_end_of_the_year(told):
    """The second half-year, counted by hand. Papers: all those of May and June were acknowledged by 10 June, so none is
    brought forward; the clue of 6 July comes and goes. Cases: six are brought forward, six are done with."""
    year = told[END]
    assert open_rows(year, END) == {}
    balance = year.ask("accounts", "--as-of", END)["balance"]
    assert (balance["from"], balance["to"]) == ("2026-07-01", "2026-12-31")
    assert balance["papers"] == {"opening": 0, "new": 1, "reinstated": 0, "written_off": 1, "closing": 0}
    assert balance["cases"] == {"opening": 6, "new": 0, "reinstated": 0, "written_off": 6, "closing": 0}


def test_the_whole_year_verifies_and_told_again_is_the_same_year(told):
    year, answer = told[END], told[END].answer
    assert year.ask("verify")["ok"]
    size = year.desk.size
    again = year.desk.replay(year_c.signing())
    assert [(a["id"], a["index"], a["duplicate"]) for a in again["accepted"]] == [
        (a["id"], a["index"], True) for a in answer["accepted"]
    ]
    assert year.desk.size == size
