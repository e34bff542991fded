"""The calendar file of an officer: read by another library's eyes, updated and never doubled by a second import."""

from datetime import date
from typing import Any

from icalendar import Calendar

from tests.end_to_end.conftest import Desk, line

COPIED_LATE = date(2026, 2, 26)


def events(desk: Desk, name: str = "a.ics") -> dict[str, Any]:
    desk.run("calendar", "export", "--officer", "nr.lhasa/1", "-o", name)
    read = Calendar.from_ical((desk.folder / name).read_bytes())
    found = {str(e["UID"]): e for e in read.walk("VEVENT")}
    assert len(found) == len(read.walk("VEVENT"))
    return found


def of_copy(found, name):
    return next(e for e in found.values() if f"届满：{name}（拉自然资执〔2025〕81号）" == str(e["SUMMARY"]))


def test_due_days_are_all_day_events_with_their_clause(told_here):
    told_here.settings["GONGZE_NOW"] = "2026-02-20T08:00:00+08:00"
    copy = of_copy(events(told_here), "抄送申请材料")
    assert copy["DTSTART"].dt == COPIED_LATE
    assert copy["DTEND"].dt == date(2026, 2, 27)
    assert copy["STATUS"] == "CONFIRMED"  # on the 20th it had not been copied
    assert "三（六）" in copy["DESCRIPTION"]


def test_the_same_ledger_gives_the_same_bytes(told_here):
    events(told_here, "a.ics")
    events(told_here, "b.ics")
    assert (told_here.folder / "a.ics").read_bytes() == (told_here.folder / "b.ics").read_bytes()


def test_a_second_export_updates_by_sequence_and_cancels_what_is_done(told_here):
    told_here.replay([line("AcceptanceReceived", "nr.lhasa", "2026-03-17", {"review_case_no": "行审81"})])
    before = events(told_here)
    owed = of_copy(before, "报送受理通知书复印件")
    assert owed["STATUS"] == "CONFIRMED"
    told_here.replay([line("AcceptanceCopied", "nr.lhasa", "2026-03-19", {})])
    after = events(told_here)
    done = of_copy(after, "报送受理通知书复印件")
    assert (done["UID"], done["STATUS"]) == (owed["UID"], "CANCELLED")
    assert done["SEQUENCE"] > owed["SEQUENCE"]
    assert done["DTSTAMP"].dt > owed["DTSTAMP"].dt


def test_a_day_that_moves_with_the_calendar_keeps_its_uid(told_here):
    told_here.settings["GONGZE_NOW"] = "2026-02-20T08:00:00+08:00"
    before = of_copy(events(told_here), "抄送申请材料")
    told_here.replay([
        line("CalendarPublished", "operator", "2026-02-20", {
            "year": 2026, "region": "540100", "holidays": ["2026-02-24", "2026-02-25", "2026-02-26"], "workdays": ["2026-02-28"],
            "notice": "藏历新年"}, case="registry"),
    ])  # fmt: skip
    after = of_copy(events(told_here), "抄送申请材料")
    # 11, 12, 13, 14, 27, 28 February and 2 March
    assert (after["UID"], after["DTSTART"].dt) == (before["UID"], date(2026, 3, 2))
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_only_an_officer_in_office_and_an_ics_file(told_here):
    assert (
        told_here.run("calendar", "export", "--officer", "nobody/1", "-o", "a.ics", code=2).err.count(
            "officer_unknown"
        )
        == 1
    )
    assert (
        "format_unknown"
        in told_here.run("calendar", "export", "--officer", "nr.lhasa/1", "-o", "a.txt", code=2).err
    )
    assert not list(told_here.folder.glob("a.*"))
    (told_here.folder / "folder.ics").mkdir()
    refused = told_here.run("calendar", "export", "--officer", "nr.lhasa/1", "-o", "folder.ics", code=2).err
    assert "folder.ics 是文件夹，请写明文件名" in refused
    assert ".part" not in refused
    refused = told_here.run("calendar", "export", "--officer", "nr.lhasa/1", "-o", "no/a.ics", code=2).err
    assert "no/a.ics 不存在" in refused
