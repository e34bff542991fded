"""The enforcement register through the real command: one row an application, its three copies, counted by hand."""

import csv
import io
from typing import Any

from tests.end_to_end.conftest import CASE, line

ROW: dict[str, Any] = {
    "case": str, "parties": list, "court": str, "application_no": (str, type(None)), "applied_on": str,
    "accepted_on": (str, type(None)), "granted_on": (str, type(None)), "outcome": str, "evidence": str, "copies": dict,
}  # fmt: skip
COPY = {"due_on", "copied_on", "acknowledged_on", "days_late", "state"}


def enforcement(desk, *arguments):
    answer = desk.ask("accounts", *arguments)
    assert set(answer) >= {"as_of", "papers", "cases", "balance"}
    assert (answer["cases"], answer["balance"]) == ([], {})
    for row in answer["papers"]["enforcement"]:
        for key, kind in ROW.items():
            assert isinstance(row[key], kind), (key, row)
        assert set(row["copies"]) == {"application", "acceptance", "ruling"}
        assert all(set(copy) >= COPY for copy in row["copies"].values())
    return answer["papers"]["enforcement"]


def test_one_row_an_application(told):
    (row,) = enforcement(told)
    assert (row["case"], row["parties"], row["court"]) == (CASE, ["甲公司"], "court.chengguan")
    assert (row["application_no"], row["applied_on"], row["accepted_on"]) == (
        "申81",
        "2026-02-10",
        "2026-02-13",
    )
    assert row["granted_on"] is None
    # due on the 26th (seven working days across the festival), copied on the 27th: one working day late
    assert {k: row["copies"]["application"][k] for k in COPY} == {
        "due_on": "2026-02-26", "copied_on": "2026-02-27", "acknowledged_on": "2026-03-02", "days_late": 1,
        "state": "discharged_late",
    }  # fmt: skip
    # the acceptance notice is not received, the ruling not made: what is to follow does not run
    for name in ("acceptance", "ruling"):
        copy = row["copies"][name]
        assert (copy["due_on"], copy["copied_on"], copy["days_late"], copy["state"]) == (
            None,
            None,
            None,
            "not_running",
        )


def test_days_late_grow_while_it_is_not_copied(told_here):
    def copy(day):
        (row,) = enforcement(told_here, "--as-of", day)
        return row["copies"]["application"]

    assert (copy("2026-02-26")["days_late"], copy("2026-02-26")["copied_on"]) == (0, None)
    notified = line("AcceptanceReceived", "nr.lhasa", "2026-02-24", {})
    told_here.replay([notified])
    # seven working days after 24 February: 25, 26, 27, the make-up Saturday 28, 2, 3, 4 March
    (row,) = enforcement(told_here, "--as-of", "2026-03-10")
    acceptance = row["copies"]["acceptance"]
    assert (acceptance["due_on"], acceptance["state"]) == ("2026-03-04", "overdue")
    assert acceptance["days_late"] == 4  # 5, 6, 9, 10 March
    (row,) = enforcement(told_here, "--as-of", "2026-03-04")
    assert row["copies"]["acceptance"]["days_late"] == 0


def test_as_of_a_day_before_there_was_anything(told_here):
    assert enforcement(told_here, "--as-of", "2026-02-09") == []
    (row,) = enforcement(told_here, "--as-of", "2026-02-12")
    assert row["accepted_on"] is None


def test_an_agency_sees_what_concerns_it(told_here):
    for agency in ("nr.lhasa", "court.chengguan", "procuratorate.lhasa"):
        assert len(enforcement(told_here, "--agency", agency)) == 1
    assert enforcement(told_here, "--agency", "nr.duilong") == []


def test_files_for_a_spreadsheet(told_here):
    told_here.run("accounts", "-o", "台账.csv")
    content = (told_here.folder / "台账.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n") == 3
    title, heads, row = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert "2026-03-20" in title[1]
    assert len(heads) == len(row)
    assert {CASE, "甲公司", "申81", "2026-02-27"} <= set(row)
    told_here.run("accounts", "-o", "台账.json")
    assert (told_here.folder / "台账.json").read_text("utf-8") == told_here.run(
        "accounts", "--format", "json"
    ).out
    assert told_here.run("accounts", "--format", "csv").out.encode() == content
    told_here.run("accounts", "-o", "no/such/folder.csv", code=2)


def test_a_party_named_like_a_formula_stays_text(told_here):
    case = {"case": "拉自然资执〔2025〕82号"}
    name = "=1+2"
    filing = {"title": "案", "parties": [{"name": name}], "violation": "unapproved_land_use", "source": "patrol",
              "place": {"region": "540102", "address": "村"}}  # fmt: skip
    told_here.replay([
        line("CaseFiled", "nr.lhasa", "2025-06-02", filing, **case),
        line("PenaltyDecided", "nr.lhasa", "2025-07-01", {"decision_no": "罚82", "items": [{"kind": "demolish"}]}, **case),
        line("PenaltyServed", "nr.lhasa", "2025-07-04", {"decision_no": "罚82", "method": "direct"}, **case),
        line("PerformanceDemanded", "nr.lhasa", "2026-01-12", {"decision_no": "罚82"}, **case),
        line("EnforcementApplied", "nr.lhasa", "2026-02-11", {"court": "court.chengguan", "decision_no": "罚82"}, **case),
    ])  # fmt: skip
    cells = next(
        r
        for r in csv.reader(io.StringIO(told_here.run("accounts", "--format", "csv").out))
        if case["case"] in r
    )
    assert f"'{name}" in cells
    assert name not in cells
