"""The clock over half a year: each alert expected by hand arrives once, on its day, on its channel.

The State Council's arrangement for early 2026: 1–3 January off, Sunday the 4th worked; 15–23 February off, Saturdays
the 14th and 28th worked; 19–21 June off.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time as clock
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from gongze.ledger import Ledger
from scheduler import alerts as kept
from scheduler import outbox, runs
from scheduler.running import work_database
from tests.clock import DEPUTY, HEAD, OFFICER, World, world
from tests.end_to_end.conftest import GONGZE, STORY, line
from tests.end_to_end.test_behalf import ACCEPTED, recorded

APPLIED = STORY[:5]
ACTS = [
    *STORY[:6],
    line("AcceptanceReceived", "nr.lhasa", "2026-02-24", {"review_case_no": "行审81"}),
    STORY[6],
    STORY[7],
    line("AcceptanceCopied", "nr.lhasa", "2026-03-04", {}),
    line("EnforcementGranted", "court.chengguan", "2026-03-06", {"ruling_no": "裁81", "executor": "court"}),
]
APPLY = "期限届满之日起三个月内申请强制执行"
COPY, ACCEPT, RULE = "抄送申请材料", "接到申请五个工作日内受理", "受理之日起七个工作日内裁定"
COPY_2, MEETING, ACCOUNTS = "报送受理通知书复印件", "市级联席会议每半年一次", "每半年核账"
SECONDS = 180.0


@pytest.fixture
def held(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """On either database."""
    url = request.getfixturevalue("postgres_database") if request.param == "postgresql" else None
    with world(tmp_path, url) as made:
        yield made


@contextmanager
def asked(world: World) -> Iterator[Connection]:
    """What the clock has kept."""
    with closing(work_database(world.settings.database_url)) as database, database.reading() as connection:
        yield connection


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def received(act: str) -> date:
    return date.fromisoformat(json.loads(act)["received_at"][:10])


class Reader:
    """What arrived since it was last asked: channel, duty's name, how it stands as people read it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seen = [0, 0, 0]

    def arrived(self) -> list[tuple[str, str, str]]:
        found: list[tuple[str, str, str]] = []
        seen, w = self.seen, self.world
        for mail in w.post.mails[seen[0] :]:
            text = mail.get_content().replace("\r\n", "\n")
            told = re.findall(
                r"^\d+\. (\S+?)　.*?期限：\S+，(?:(已逾期[^\n]+)|还剩 \d+ 个工作日（([^）]+)）)$",
                text,
                re.M | re.S,
            )
            found += [(mail["To"], name, late or stage) for name, late, stage in told]
        for asked in w.robot.requests[seen[1] :]:
            numbers = re.findall(r"\b[0-9a-f]{16}\b", asked.json["text"]["content"].partition(" https")[0])
            found += [("robot", self.name(number), "") for number in numbers]
        for asked in w.hook.requests[seen[2] :]:
            found += [("hook", one["name_zh"], one["stage"]) for one in asked.json["alerts"]]
        self.seen = [len(w.post.mails), len(w.robot.requests), len(w.hook.requests)]
        return sorted(found)

    def name(self, number: str) -> str:
        """A robot tells the number only; the ledger knows what it is."""
        with Ledger.open(self.world.settings) as ledger:
            return next(r.duty.row.name_zh for r in ledger.board(day("06-30")) if r.duty.id == number)


EXPECTED: dict[str, list[tuple[str, str, str]]] = {
    # the half-year that ended on 31 December: the first working day after it is Sunday 4 January, the third Tuesday
    # the 6th, the seventh Monday the 12th. The meeting climbs to the deputy and the head, the accounts to the deputy
    # and then the meeting, for which the city's department is told
    "01-04": [(DEPUTY, MEETING, "已逾期 1 个工作日"), (OFFICER, MEETING, "已逾期 1 个工作日"),
              (OFFICER, ACCOUNTS, "已逾期 1 个工作日"), ("hook", ACCOUNTS, "overdue-1")],
    "01-06": [(DEPUTY, ACCOUNTS, "已逾期 3 个工作日"), (HEAD, MEETING, "已逾期 3 个工作日"),
              (OFFICER, MEETING, "已逾期 3 个工作日"), (OFFICER, ACCOUNTS, "已逾期 3 个工作日"), ("hook", ACCOUNTS, "overdue-3")],
    "01-12": [(OFFICER, MEETING, "已逾期 7 个工作日"), (OFFICER, ACCOUNTS, "已逾期 7 个工作日"),
              (OFFICER, ACCOUNTS, "已逾期 7 个工作日"), ("hook", ACCOUNTS, "overdue-7")],
    # applied on 10 February: five working days for the court are 11, 12, 13, 14 and 24; three are left on the 12th
    "02-12": [("robot", ACCEPT, "")],
    # accepted on the 13th: seven working days end on 2 March, seven days on the 20th, which moves to the 24th;
    # seven working days for the copy (11, 12, 13, 14, 24, 25, 26) leave three on Saturday the 14th
    "02-14": [(OFFICER, COPY, "临近届满"), ("robot", RULE, "")],
    "02-24": [("robot", RULE, "")],
    "02-26": [(OFFICER, COPY, "今日届满"), ("robot", RULE, "")],
    "02-27": [(DEPUTY, COPY, "已逾期 1 个工作日"), (OFFICER, COPY, "已逾期 1 个工作日")],
    # the notice was obtained on the 24th: 25, 26, 27, 28 February, 2, 3 and 4 March
    "02-28": [(OFFICER, COPY_2, "临近届满")],
    "03-02": [("robot", RULE, "")],
    "03-03": [("robot", RULE, "")],  # the officer and, by the row, the head, in the one group of both
    "03-04": [(OFFICER, COPY_2, "今日届满")],
    "03-05": [("hook", RULE, "overdue-3"), ("robot", RULE, "")],  # the third day: the procuratorate
    # 30 June: 26, 29 and 30 are left on the 25th
    "06-25": [(OFFICER, MEETING, "临近届满"), (OFFICER, ACCOUNTS, "临近届满"), ("hook", ACCOUNTS, "before")],
    "06-30": [(OFFICER, MEETING, "今日届满"), (OFFICER, ACCOUNTS, "今日届满"), ("hook", ACCOUNTS, "due")],
}  # fmt: skip


EVERY_SEVEN = {
    14: "01-21", 21: "01-30", 28: "02-10", 35: "02-26", 42: "03-06", 49: "03-17", 56: "03-26", 63: "04-07", 70: "04-16",
    77: "04-27", 84: "05-09", 91: "05-19", 98: "05-28", 105: "06-08", 112: "06-17", 119: "06-29",
}  # fmt: skip
"""What is overdue since 4 January goes on every seven working days: 13, 14, 15, 16, 19, 20 and 21 January; 22, 23, 26 to 30; 2 to
6, 9, 10 February; 11 to 14 (a Saturday), 24, 25, 26; 27, 28 (a Saturday), 2 to 6 March; two weeks of five and one of four, thrice:
to the 17th, the 26th and, 4 to 6 April off, the 7th; 8 to 10, 13 to 16; 17, 20 to 24, 27; 28 to 30, 6 to 8 and Saturday 9 May, 1
to 5 off; 11 to 15, 18, 19; 20 to 22, 25 to 28; 29, 1 to 5, 8 June; 9 to 12, 15 to 17; 18, 22 to 26, 29, with 19 to 21 off."""


APPLY_EVERY_SEVEN = {56: "01-08", 63: "01-19", 70: "01-28", 77: "02-06"}
"""Served on 4 July 2025, to be performed in 15 days, which end on a Saturday and so on Monday the 21st, to be applied for
within three months: late from 22 October, 8 working days of which are left in October, 20 in November, 23 in December, and
4 to 8 January make 56. It is applied for on 10 February."""


def expected() -> dict[str, list[tuple[str, str, str]]]:
    found = {on: list(arrived) for on, arrived in EXPECTED.items()}
    for n, on in APPLY_EVERY_SEVEN.items():
        found.setdefault(on, []).append((OFFICER, APPLY, f"已逾期 {n} 个工作日"))
    for n, on in EVERY_SEVEN.items():
        late = f"已逾期 {n} 个工作日"
        found.setdefault(on, []).extend([
            (OFFICER, MEETING, late), (OFFICER, ACCOUNTS, late), ("hook", ACCOUNTS, f"overdue-{n}"),
        ])  # fmt: skip
    return {on: sorted(arrived) for on, arrived in found.items()}


def days_late(how: str) -> int:
    found = re.search(r"(?:逾期 |overdue-)(\d+)", how)
    return int(found[1]) if found is not None else 0


def test_over_half_a_year_each_alert_arrives_once_on_its_day_and_its_channel(held):
    held.act(*[a for a in ACTS if received(a) <= day("01-01")])
    reader, today = Reader(held), day("01-01")
    found: dict[str, list[tuple[str, str, str]]] = {}
    while today <= day("06-30"):
        held.morning(today, again=2 if today.day == 1 else 1)
        found[f"{today:%m-%d}"] = reader.arrived()
        held.act(*[a for a in ACTS if received(a) == today != day("01-01")])
        today += timedelta(1)
    del found["01-01"]  # what had been left undone for two years before anybody was reminded
    oldest = {how for arrived in found.values() for _, _, how in arrived if days_late(how) > max(EVERY_SEVEN)}
    assert {days_late(how) % 7 for how in oldest} == {0}  # the half-years before that, too
    told = {on: [one for one in arrived if one[2] not in oldest] for on, arrived in found.items()}
    assert {on: arrived for on, arrived in told.items() if arrived} == expected()


def story(world: World, *more: str) -> Reader:
    """The case as applied for, everything older already told."""
    world.act(*APPLIED, *more)
    world.morning(day("02-10"))
    reader = Reader(world)
    reader.arrived()
    return reader


def test_what_was_missed_while_the_machine_was_off_comes_once_on_return(either):
    reader = story(either)
    either.morning(day("03-01"), again=2)  # Sunday: the last working day was Saturday 28 February
    assert [a for a in reader.arrived() if a[1] == COPY] == [
        (DEPUTY, COPY, "已逾期 2 个工作日"), (OFFICER, COPY, "已逾期 2 个工作日"),  # 27 and 28 February
    ]  # fmt: skip
    either.morning(day("03-02"))  # third working day of lateness: 27, 28 February, 2 March
    assert [a for a in reader.arrived() if a[1] == COPY] == [
        (HEAD, COPY, "已逾期 3 个工作日"), (OFFICER, COPY, "已逾期 3 个工作日"),
    ]  # fmt: skip


def contact(world: World, address: str) -> str:
    """The lines of the contacts that name one address."""
    path = world.settings.contacts_file
    assert path is not None
    (found,) = (one for one in path.read_text("utf-8").split("[[") if address in one)
    return f"[[{found}"


def write(world: World, was: str, becomes: str) -> None:
    """Change the contacts."""
    path = world.settings.contacts_file
    assert path is not None
    text = path.read_text("utf-8")
    assert was in text
    path.write_text(text.replace(was, becomes), "utf-8")


def test_whoever_gets_an_address_later_hears_once_of_what_is_open(either):
    """The meeting of the half-year before is overdue since 4 January: 20 working days to the end of that month (4–9, 12–16,
    19–23, 26–30 make 6 + 5 + 5 + 5 = 21), 2–6 February make 26, the 9th to the 11th 29."""
    lines = {one: contact(either, one) for one in (OFFICER, DEPUTY)}
    for one in lines.values():
        write(either, one, "")
    reader = story(either)
    either.morning(day("02-10"), again=2)
    assert not [a for a in reader.arrived() if a[0] in lines]
    write(either, "[[robot]]", lines[OFFICER] + lines[DEPUTY] + "[[robot]]")
    either.morning(day("02-11"))
    late = "已逾期 29 个工作日"
    assert [a for a in reader.arrived() if a[1:] == (MEETING, late)] == [
        (DEPUTY, MEETING, late), (OFFICER, MEETING, late),
    ]  # fmt: skip
    either.morning(day("02-12"), again=2)
    assert not [a for a in reader.arrived() if a[1:] == (MEETING, "已逾期 30 个工作日")]


def test_a_backlog_is_told_each_person_once_a_duty_by_the_days_it_is_late_in_truth(held):
    """The same meeting on 10 February, the 28th working day: no rung of the ladder is told as of the day it was passed."""
    reader = Reader(held)
    held.act(*APPLIED)
    held.morning(day("02-10"), again=2)
    heard = [a for a in reader.arrived() if a[1] == MEETING]  # and those of the three half-years before
    assert Counter(who for who, _, _ in heard) == {OFFICER: 4, DEPUTY: 4, HEAD: 4}
    late = "已逾期 28 个工作日"
    assert [a[0] for a in heard if a[2] == late] == sorted([OFFICER, DEPUTY, HEAD])
    assert not [a for a in heard if a[2] == "已逾期 1 个工作日"]
    (deputys,) = (m.get_content() for m in held.post.mails if m["To"] == DEPUTY)
    assert "按规则送：分管负责人（逾期满 1 个工作日起）" in deputys


def test_who_is_reached_for_two_roles_is_told_of_a_duty_once(held):
    """The officer is named as the head as well, who by the row is told from the third working day on."""
    write(held, contact(held, HEAD), "")
    held.act(*APPLIED, line("ResponsiblePersonNamed", "nr.lhasa", "2026-01-05",
                            {"agency": "nr.lhasa", "role": "principal", "officer": "nr.lhasa/1", "from": "2026-01-05"},
                            case="registry"))  # fmt: skip
    held.morning(day("02-10"))
    heard = Counter(who for who, name, _ in Reader(held).arrived() if name == MEETING)
    assert heard == {DEPUTY: 4, OFFICER: 4}  # four half-years without a meeting
    with asked(held) as connection:
        sent = outbox.counts(connection)
    assert set(sent) == {outbox.SENT}


def test_a_clock_that_jumps_makes_nobody_hear_twice_and_stops_nothing(held):
    reader = story(held)
    held.morning(day("02-26"))
    assert (OFFICER, COPY, "今日届满") in reader.arrived()
    for back in ("02-25", "02-24", "02-26"):
        held.morning(day(back), time(9))
        assert reader.arrived() == []
    held.morning(date(2027, 6, 1))
    reader.arrived()
    held.morning(day("02-27"))
    with asked(held) as connection:
        assert runs.last_done(connection, "daily", until=day("12-31")) == day("02-27")


def test_what_is_done_a_second_before_it_is_sent_is_not_sent(either):
    reader = story(either)
    assert either.run("daily", day("02-26")).result == "done"
    either.act(line("ApplicationCopied", "nr.lhasa", "2026-02-26", {"materials": [{"title": "申请书"}]},
                    received_at="2026-02-26T07:59:59+08:00"))  # fmt: skip
    sent = either.run("send", day("02-26"))
    assert "不必再发" in (sent.told or "")
    assert [a for a in reader.arrived() if a[1] == COPY] == []
    either.morning(day("02-27"))
    assert [a for a in reader.arrived() if a[1] == COPY] == []
    assert [a for a in listed(either) if a.name_zh == COPY and a.closed_on is None] == []


def listed(world: World) -> list[kept.Alert]:
    with asked(world) as connection:
        return list(kept.listed(connection, everything=True))


def test_a_mail_server_that_refuses_for_two_days_delays_and_doubles_nothing(either):
    reader = story(either)
    either.post.answers["RCPT"] = "451 come back later"
    for on in ("02-26", "02-27"):
        either.morning(day(on))
        for hour in (9, 12, 18):
            either.run("send", day(on), time(hour))
    assert [a for a in reader.arrived() if a[1] == COPY] == []
    with asked(either) as connection:
        assert any("451" in (one.failure or "") for one in outbox.stuck(connection))
    del either.post.answers["RCPT"]
    either.morning(day("02-28"))
    for hour in (9, 12, 18):
        either.run("send", day("02-28"), time(hour))
    # that it was to end on the 26th is overtaken: what is true on the 28th is told, once
    assert [a for a in reader.arrived() if a[1] == COPY] == [
        (DEPUTY, COPY, "已逾期 2 个工作日"), (OFFICER, COPY, "已逾期 2 个工作日"),
    ]  # fmt: skip


def test_what_can_not_be_delivered_is_given_up_and_reported(held):
    story(held)
    held.post.answers["RCPT"] = "550 no such user"
    held.morning(day("02-26"))
    with asked(held) as connection:
        (copy,) = (a for a in kept.listed(connection) if a.name_zh == COPY)
        (dead,) = outbox.of_alerts(connection, [copy.id])[copy.id]
        assert outbox.unheard(connection, 0) == outbox.counts(connection)["dead"]
    assert (dead.channel, dead.recipient, dead.state) == ("mail", "nr.lhasa/1", "dead")


def test_what_was_given_up_goes_out_when_the_address_is_put_right(either):
    """An alert of the half-year before, which stays open, is refused; the same officer's address is mended."""
    reader = story(either)
    either.post.answers["RCPT"] = "550 no such user"
    either.act(line("OfficerAppointed", "nr.lhasa", "2026-02-11", {"officer": "nr.lhasa/2", "name": "王", "from": "2026-02-11"},
                    case="registry"))  # fmt: skip
    new = "new@nr.gov.example"
    write(either, "[[robot]]", '[[contact]]\nofficer = "nr.lhasa/2"\nmail = "nwe@nr.gov.example"\n[[robot]]')
    either.morning(day("02-11"))
    with asked(either) as connection:
        assert {one.recipient for one in outbox.stuck(connection) if one.state == "dead"} == {"nr.lhasa/2"}
    del either.post.answers["RCPT"]
    reader.arrived()
    either.morning(day("02-12"))  # nothing else went out by mail until then, and nobody has changed anything
    assert not [a for a in reader.arrived() if a[1:] == (MEETING, "已逾期 30 个工作日")]
    write(either, "nwe@", "new@")
    either.morning(day("02-13"), again=2)
    late = "已逾期 31 个工作日"  # 29 on the 11th
    assert [a for a in reader.arrived() if a[1:] == (MEETING, late)] == [(new, MEETING, late)]
    with asked(either) as connection:
        assert outbox.unheard(connection, 0) == 0


def test_a_lateness_that_rests_on_what_others_recorded_is_told_to_its_holder_alone_until_confirmed(held):
    """The court's acceptance of 13 February is recorded for it: by that its ruling is late from 3 March. The procuratorate,
    which the row names for the third working day, the 5th, hears when the court has confirmed."""
    court = "head@court.gov.example"
    write(
        held,
        "[[robot]]",
        f'[[contact]]\nagency = "court.chengguan"\nrole = "head"\nmail = "{court}"\n[[robot]]',
    )
    reader = story(held, recorded("EnforcementAccepted", ACCEPTED, day="2026-02-13"))
    held.morning(day("03-03"))
    assert (court, RULE, "已逾期 1 个工作日") in reader.arrived()
    held.morning(day("03-05"))
    arrived = reader.arrived()
    assert ("robot", RULE, "") in arrived
    assert not [a for a in arrived if a[0] == "hook" and a[1] == RULE]
    told = [m.get_content() for m in held.post.mails if m["To"] == court]
    assert all("尚未经贵单位确认，不据此认定贵单位逾期" in text for text in told if RULE in text)
    held.act(
        line(
            "ActConfirmed",
            "court.chengguan",
            "2026-03-05",
            {"of": ["行审81"]},
            received_at="2026-03-05T15:00:00+08:00",
        )
    )
    held.morning(day("03-06"))
    assert [a for a in reader.arrived() if a[1] == RULE] == [("hook", RULE, "overdue-3")]


def test_contacts_that_are_broken_for_one_while_it_runs_silence_nobody_else(held):
    """The officer's entry is misspelt in the morning and mended the day after: the deputy hears on the day, the officer then,
    also of what had been waiting for them when it was broken."""
    reader = story(held)
    held.post.answers["RCPT"] = "451 come back later"
    held.morning(day("02-26"))
    del held.post.answers["RCPT"]
    right = contact(held, OFFICER)
    write(held, right, right.replace("@", " at "))
    held.morning(day("02-27"))
    assert [a for a in reader.arrived() if a[1] == COPY] == [(DEPUTY, COPY, "已逾期 1 个工作日")]
    with asked(held) as connection:
        assert outbox.counts(connection).get(outbox.DEAD, 0) == 0
    write(held, right.replace("@", " at "), right)
    held.morning(day("02-28"))
    arrived = reader.arrived()
    assert [a for a in arrived if a[1] == COPY] == [(OFFICER, COPY, "已逾期 2 个工作日")]
    late = "已逾期 37 个工作日"  # the 35th, told of on the 26th and never sent, is still true
    assert (OFFICER, MEETING, late) in arrived


# --- real processes -----------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from gongze import clockwork, reminding
from gongze.settings import load
def die(*args, **kwargs): os.kill(os.getpid(), signal.SIGKILL)
setattr(reminding if sys.argv[1] == "_close" else reminding.outbox, sys.argv[1], die)
with clockwork.Clockwork(load()) as work:
    work.run(sys.argv[2])
"""


def environment(world: World, now: str) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GONGZE_")}
    s = world.settings
    return {
        **clean, "GONGZE_DATABASE_URL": s.database_url, "GONGZE_DATA_DIR": str(s.data_dir),
        "GONGZE_CONTACTS": str(s.contacts_file), "GONGZE_NOW": now,
    }  # fmt: skip


def killed_in(world: World, where: str, job: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, where, job], cwd=Path(__file__).parents[2], check=False,
        env=environment(world, "2026-02-26T08:00:00+08:00"), timeout=120,
    )  # fmt: skip
    assert ran.returncode == -signal.SIGKILL


def eventually(found: Callable[[], Any]) -> Any:
    """What is found in the end."""
    until = clock.monotonic() + SECONDS
    while not (value := found()):
        assert clock.monotonic() < until, "it did not come"
        clock.sleep(0.05)
    return value


def test_a_job_whose_leader_is_killed_in_the_middle_is_done_by_the_next(either):
    reader = story(either)
    killed_in(either, "_close", "daily")  # the alerts are opened, the run is not ended
    eventually(lambda: either.run("daily", day("02-26")).result == "done")
    either.run("send", day("02-26"))
    assert [a for a in reader.arrived() if a[1] == COPY] == [(OFFICER, COPY, "今日届满")]
    with asked(either) as connection:
        (run,) = (r for r in runs.latest(connection, "daily") if r.period == "2026-02-26")
    assert (run.state, run.attempts) == ("done", 2)


def test_whoever_is_killed_before_it_could_note_that_it_sent_lets_it_be_sent_again_under_the_same_id(held):
    story(held)
    held.run("daily", day("02-26"))
    before = Counter(messages(held))
    killed_in(held, "sent", "send")
    eventually(lambda: held.run("send", day("02-26")).told)
    arrived = Counter(messages(held)) - before
    assert sorted(arrived.values())[-2:] == [1, 2]


def messages(world: World) -> list[str]:
    """The ids of all that arrived; a robot's message has none but its text."""
    mails = [str(mail["Message-ID"]) for mail in world.post.mails]
    robots = [request.json["text"]["content"] for request in world.robot.requests]
    return mails + robots + [request.headers["Gongze-Id"] for request in world.hook.requests]


def test_of_two_schedulers_started_together_one_works_and_the_other_takes_over(either):
    reader = story(either)
    told = [either.settings.data_dir / f"{n}.log" for n in (1, 2)]
    with ExitStack() as open_files:
        began = [
            subprocess.Popen([GONGZE, "schedule"], env=environment(either, "2026-02-26T08:00:00+08:00"),
                             cwd=either.settings.data_dir, stderr=open_files.enter_context(path.open("w")))
            for path in told
        ]  # fmt: skip
    try:
        leads = eventually(lambda: [n for n in (0, 1) if "成为主调度" in told[n].read_text("utf-8")])
        eventually(
            lambda: any(
                m["Subject"].startswith("共责台账提醒") and COPY in m.get_content() for m in either.post.mails
            )
        )  # the week's digest speaks of it as well
        assert len(leads) == 1
        first, second = leads[0], 1 - leads[0]
        assert "成为主调度" not in told[second].read_text("utf-8")
        began[first].kill()
        eventually(lambda: "成为主调度" in told[second].read_text("utf-8"))
        began[second].send_signal(signal.SIGTERM)
        assert began[second].wait(SECONDS) == 0
    finally:
        for process in began:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()
    assert [a for a in reader.arrived() if a[1] == COPY] == [(OFFICER, COPY, "今日届满")]


def test_once_a_week_each_gets_a_digest_of_the_agencys_duties(held):
    reader = story(held)
    for on in ("03-02", "03-03"):  # Monday, and again on Tuesday
        held.run("digest", day(on))
        held.run("send", day(on))
    digests = [mail for mail in held.post.mails if mail["Subject"] == "共责台账一周摘要"]
    assert sorted(mail["To"] for mail in digests) == sorted([OFFICER, DEPUTY, HEAD])
    assert reader.arrived() == []  # no alert was looked for
    text = digests[0].get_content().replace("\r\n", "\n")
    assert f"{COPY}　拉自然资执〔2025〕81号　2026-02-26　逾期 3 个工作日" in text  # 27, 28 February, 2 March
    overdue = re.search(r"逾期 (\d+) 项，三个工作日内届满 0 项", text)
    assert overdue is not None
    assert text.count("逾期 ") == int(overdue[1]) + 1
