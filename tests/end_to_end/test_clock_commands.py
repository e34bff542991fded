"""gongze schedule --once, jobs and alerts as they are typed."""

from tests import sinks
from tests.end_to_end.conftest import CASE, line

MORNING = {"GONGZE_NOW": "2026-02-26T08:00:00+08:00"}
"""The last day of STORY's copy."""
ALERT = {
    "id", "case", "duty", "row", "name_zh", "source", "holder", "stage", "due_on", "agency", "role", "opened_on", "closed_on",
    "why", "addressed", "messages",
}  # fmt: skip


def test_a_job_run_by_hand_says_what_it_did_and_does_it_once(told_here):
    first = told_here.run("schedule", "--once", "daily", **MORNING).out
    assert "新提醒" in first
    assert "已经做过" in told_here.run("schedule", "--once", "daily", **MORNING).out
    shown = told_here.ask("jobs", **MORNING)
    (run,) = shown["runs"]
    assert (run["job"], run["period"], run["state"], run["attempts"]) == ("daily", "2026-02-26", "done", 1)
    assert run["did"] in first
    assert {job["id"] for job in shown["jobs"]} >= {"daily", "send"}
    assert shown["stuck"] == []
    assert "每日提醒" in told_here.run("jobs", "--job", "daily", **MORNING).out


def test_no_alerts_because_nobody_has_computed_any_is_said(told_here):
    assert "gongze schedule --once daily" in told_here.run("alerts", **MORNING).err
    told_here.run("schedule", "--once", "daily", **MORNING)
    assert told_here.run("alerts", "--agency", "police.lhasa", **MORNING).err == ""


def test_alerts_are_listed_for_an_agency_and_for_an_officer(told_here):
    told_here.run("schedule", "--once", "daily", **MORNING)
    listed = told_here.ask("alerts", "--agency", "nr.lhasa", **MORNING)["alerts"]
    copy = next(a for a in listed if a["row"] == "copy_application_to_procuratorate")
    assert set(copy) == ALERT
    assert (copy["stage"], copy["role"], copy["due_on"], copy["addressed"]) == (
        "due",
        "officer",
        "2026-02-26",
        0,
    )
    assert copy in told_here.ask("alerts", "--officer", "nr.lhasa/1", **MORNING)["alerts"]
    assert copy not in told_here.ask("alerts", "--officer", "court.chengguan/1", **MORNING)["alerts"]
    assert "抄送申请材料" in told_here.run("alerts", **MORNING).out


def test_a_list_for_an_officer_who_was_released_says_so(told_here):
    assert "卸任" not in told_here.run("alerts", "--officer", "nr.lhasa/1", **MORNING).err
    told_here.replay([
        line("OfficerReleased", "nr.lhasa", "2026-03-19", {"officer": "nr.lhasa/1", "from": "2026-03-19"}, case="registry"),
    ])  # fmt: skip
    assert "已于 2026-03-19 卸任" in told_here.run("alerts", "--officer", "nr.lhasa/1").err


def test_an_alert_that_is_over_is_kept_and_listed_where_all_are_asked_for(told_here):
    told_here.run("schedule", "--once", "daily", **MORNING)
    told_here.run("schedule", "--once", "daily")  # 20 March: copied on 27 February
    late = told_here.ask("alerts", "--agency", "nr.lhasa")["alerts"]
    assert all(a["row"] != "copy_application_to_procuratorate" for a in late)
    every = told_here.ask("alerts", "--agency", "nr.lhasa", "--all")["alerts"]
    over = next(a for a in every if a["row"] == "copy_application_to_procuratorate")
    assert (over["closed_on"], over["why"]) == ("2026-03-20", "逾期办结")


def test_what_cannot_be_run_is_refused(told_here, bare):
    assert "job_unknown" in told_here.run("schedule", "--once", "dayly", code=2).err
    # it would count as done until that day
    assert (
        "date_in_future" in told_here.run("schedule", "--once", "daily", "--as-of", "9998-03-02", code=2).err
    )
    told_here.run("schedule", "--once", "daily")
    assert (
        "job_overtaken" in told_here.run("schedule", "--once", "daily", "--as-of", "2026-03-02", code=2).err
    )
    told_here.run("schedule", "--as-of", "2026-03-02", code=2)
    assert told_here.fails("alerts", "--agency", "nr.nowhere", code=2)["code"] == "agency_unknown"
    assert told_here.fails("alerts", "--officer", "nr.nowhere/1", code=2)["code"] == "officer_unknown"
    (told_here.folder / "gongze-data/contacts.toml").write_text("[[contact]\n")
    assert "settings_unusable" in told_here.run("schedule", "--once", "daily", code=2).err
    (told,) = told_here.ask("jobs", code=1)["contacts"]
    assert "无法读取" in told


def test_a_bad_entry_in_the_contacts_is_left_out_and_told_of_wherever_one_looks(told_here):
    (told_here.folder / "gongze-data/contacts.toml").write_text(
        '[[contact]]\nofficer = "x"\nmail = "a@b.c\\nBcc: d@e.f"\n'
    )
    fault = "通讯录 第 1 个 [[contact]]：mail 应为一行文本"
    ran = told_here.run("schedule", "--once", "daily", **MORNING)
    assert f"{fault}，已略去" in ran.err
    assert f"{fault}，已略去" in ran.out
    assert told_here.ask("jobs", code=1, **MORNING)["contacts"] == [fault]
    assert fault in told_here.run("jobs", code=1, **MORNING).out
    found = {f["name"]: f for f in told_here.ask("doctor", code=1)["findings"]}
    assert found["通讯录"] == {"name": "通讯录", "ok": False, "what": fault}
    (told_here.folder / "gongze-data/contacts.toml").write_text("")
    assert told_here.ask("jobs", **MORNING)["contacts"] == []


def test_contacts_written_later_are_read_and_what_was_given_up_is_sent_again_when_asked(told_here):
    told_here.run("schedule", "--once", "daily", **MORNING)
    folder = told_here.folder / "gongze-data"
    (folder / "hook.secret").write_text("geheim\n")
    (folder / "contacts.toml").write_text(
        '[[webhook]]\nname = "平台"\nagency = "nr.lhasa"\nurl = "http://hook.example/in"\nsecret_file = "hook.secret"\n'
    )
    later = {"GONGZE_NOW": "2026-02-27T08:00:00+08:00"}
    assert "排入待发 0 条" not in told_here.run("schedule", "--once", "daily", **later).out
    told_here.run("schedule", "--once", "send", **later)  # an address without TLS is given up at once
    dead = told_here.ask("jobs", code=1, **later)
    stuck = dead["stuck"][0]
    assert stuck["duty"] in {
        a["duty"] for a in told_here.ask("alerts", "--agency", "nr.lhasa", **later)["alerts"]
    }
    listed = told_here.run("jobs", code=1, **later).out
    assert f"放弃：责任 {stuck['duty']} 的提醒，经推送给 平台（" in listed
    assert CASE not in listed
    assert dead["messages"]["dead"] == dead["unheard"] > 0
    again = told_here.ask("jobs", "--resend", **later)
    assert (again["resent"], again["unheard"]) == (dead["unheard"], 0)
    assert again["messages"]["waiting"] == dead["unheard"]
    assert "重新排入待发 0 条" in told_here.run("jobs", "--resend", **later).out


def test_each_alert_says_whether_it_went_out_and_why_not(told_here):
    def copies(**now):
        listed = told_here.ask("alerts", "--agency", "nr.lhasa", "--all", **now)["alerts"]
        return [
            a for a in listed if a["row"] == "copy_application_to_procuratorate" and a["role"] == "officer"
        ]

    before = {"GONGZE_NOW": "2026-02-25T08:00:00+08:00"}
    told_here.run("schedule", "--once", "daily", **before)
    (copy,) = copies(**before)
    assert (copy["stage"], copy["messages"]) == ("before", [])
    assert "没有联系方式，只在这里" in told_here.run("alerts", **before).out
    folder = told_here.folder / "gongze-data"
    (folder / "hook.secret").write_text("geheim\n")
    with sinks.http() as hook:
        (folder / "contacts.toml").write_text(
            f'inner_hosts = ["127.0.0.1"]\n[[webhook]]\nname = "平台"\nagency = "nr.lhasa"\n'
            f'url = "http://127.0.0.1:{hook.port}/in"\nsecret_file = "hook.secret"\n'
        )
        told_here.run("schedule", "--once", "daily", **MORNING)
        due = next(a for a in copies(**MORNING) if a["stage"] == "due")
        assert [(m["state"], m["ended_at"]) for m in due["messages"]] == [("waiting", None)]
        assert "推送 平台 待送" in told_here.run("alerts", "--agency", "nr.lhasa", **MORNING).out
        told_here.run("schedule", "--once", "send", **MORNING)
    sent = next(a for a in copies(**MORNING) if a["stage"] == "due")
    at = "2026-02-26T08:00:00+08:00"
    assert sent["messages"] == [
        {"channel": "webhook", "recipient": "平台", "state": "sent", "attempts": 1, "queued_at": at, "ended_at": at,
         "failure": None},
    ]  # fmt: skip
    assert "已送" in told_here.run("alerts", "--agency", "nr.lhasa", **MORNING).out


def test_without_a_ledger_there_is_no_clock(bare):
    for command in (["schedule", "--once", "daily"], ["jobs"], ["alerts"]):
        assert "ledger_missing" in bare.run(*command, code=2).err
    assert not bare.database.exists()


def test_the_doctor_looks_at_contacts_and_jobs(told_here):
    (told_here.folder / "gongze-data/contacts.toml").write_text(
        '[[contact]]\nofficer = "nr.nowhere/1"\nmail = "a@gov.example"\n'
    )
    found = {f["name"]: f for f in told_here.ask("doctor", code=1)["findings"]}
    assert not found["通讯录"]["ok"]
    assert "nr.nowhere/1" in found["通讯录"]["what"]
    assert found["定时任务"]["ok"]
