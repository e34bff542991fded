"""The ferry as officers use it: discs to the court and back, mixed up, lost, and after a ledger was restored."""

import json
import shutil
import sqlite3
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.ferry import bundles
from connectors.ferry.bundles import Address, Answer, Extent
from events.keys import SigningKey
from tests.end_to_end.conftest import CASE, STORY, Desk, Runner, line, real_command

COURT = "court.chengguan"
ACCEPTED: dict[str, object] = {
    "type": "EnforcementAccepted", "case": CASE, "actor": COURT, "occurred_on": "2026-02-13",
    "data": {"review_case_no": "行审81"},
}  # fmt: skip
GRANTED: dict[str, object] = {
    "type": "EnforcementGranted", "case": CASE, "actor": COURT, "occurred_on": "2026-02-24",
    "data": {"ruling_no": "裁81", "executor": "court"},
}  # fmt: skip


class Court:
    """An officer at the court, on a machine of their own, and the discs that are carried there and back."""

    def __init__(self, desk: Desk, name: str = "court", agency: str = COURT) -> None:
        self.desk, self.agency, self.folder = desk, agency, desk.folder / name
        self.out, self.back = desk.folder / f"{name}-out", desk.folder / f"{name}-back"
        for made in (self.folder, self.out, self.back):
            made.mkdir()
        self.key = self.folder / "encrypt.key"
        SigningKey.generate().save(self.key, None)
        # without the ledger's database: none of the agency's commands may want it
        nowhere = {"GONGZE_DATABASE_URL": f"sqlite:///{self.folder}/none.db", "GONGZE_CONFIG": ""}
        self.own = replace(desk, settings={k: v for k, v in nowhere.items() if v})

    def register(self) -> None:
        self.desk.ask(
            "key", "register", "--agency", self.agency, "--root-key", f"keys/{self.agency}/root.key", "--encrypt",
            "--key", self.key,
        )  # fmt: skip

    def join(self, at: str = "ferry") -> None:
        card = self.folder / "card.json"
        card.write_text(self.desk.run("ferry", "card", "--to", self.agency).out, "utf-8")
        self.own.run("ferry", "join", card, "--at", self.folder / at)

    def export(self, *more: object):
        return self.desk.ask("ferry", "export", "--to", self.agency, "-o", self.out, *more)["written"]

    def open(self, *files: Path, code: int = 0, at: str = "ferry"):
        return self.own.ask(
            "ferry", "open", *(files or sorted(self.out.iterdir())), "--at", self.folder / at, "--key", self.key, code=code
        )  # fmt: skip

    def sign(self, *acts: dict[str, object], code: int = 0):
        script = self.desk.script([json.dumps(act, ensure_ascii=False) for act in acts], "court.jsonl")
        return self.own.ask("ferry", "sign", script, *self._mine(), code=code)

    def pack(self, at: str = "ferry") -> list[Path]:
        written = self.own.ask("ferry", "pack", *self._mine(at), "-o", self.back)["written"]
        return [Path(name) for name in written]

    def send(self, *files: Path, code: int = 0):
        return self.desk.ask("ferry", "import", *(files or self.pack()), "-o", self.out, code=code)

    def status(self, code: int = 0):
        return self.own.ask("ferry", "status", "--at", self.folder / "ferry", code=code)

    def _mine(self, at: str = "ferry") -> tuple[object, ...]:
        key = self.desk.folder / f"keys/{self.agency}/1.key"
        return "--at", self.folder / at, "--key", key


def cases(opened) -> list[str]:
    """The acts of cases that came with some bundles."""
    return [a["type"] for one in opened["bundles"] for a in one.get("acts", ()) if a["case"] != "registry"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either(request: pytest.FixtureRequest, tmp_path: Path, entered: Runner) -> Desk:
    """The one case up to its application, on either database."""
    if request.param == "sqlite":
        desk: Desk = request.getfixturevalue("here")
    else:
        url = request.getfixturevalue("postgres_database")
        desk = Desk(
            tmp_path, {"GONGZE_DATABASE_URL": url, "GONGZE_NOW": "2026-03-20T18:00:00+08:00"}, entered
        )
        desk.run("init", "--demo-keys", "keys")
    desk.replay(STORY[:5], "--stop-on-error")
    return desk


def test_a_court_without_a_ledger_receives_verifies_signs_and_is_answered(either: Desk):
    court = Court(either)
    refused = either.fails("ferry", "export", "--to", COURT, "-o", court.out, code=2)
    assert refused["code"] == "encryption_key_missing"
    assert list(court.out.iterdir()) == []
    court.register()
    court.join()
    (made,) = court.export()
    assert (made["number"], made["again"], made["acts"]) == (1, False, either.size)
    opened = court.open()
    assert cases(opened) == [json.loads(one)["type"] for one in STORY[:5]]
    assert (opened["known"]["size"], opened["missing"], opened["faults"]) == (either.size, [], [])
    # two acts of one disc, the second of which stands on the first, named as the officer names them
    assert len(court.sign(ACCEPTED, GRANTED)["signed"]) == 2
    assert [one["duplicate"] for one in court.sign(ACCEPTED)["signed"]] == [True]
    answer = court.send()
    (taken,) = answer["bundles"]
    assert [(a["index"], a["duplicate"]) for a in taken["accepted"]] == [
        (either.size - 2, False), (either.size - 1, False),
    ]  # fmt: skip
    assert [(w["number"], w["acts"]) for w in answer["written"]] == [(2, 2)]
    # the first disc was confirmed; the second brings the receipts
    opened = court.open(Path(answer["written"][0]["file"]))
    assert cases(opened) == ["EnforcementAccepted", "EnforcementGranted"]
    assert (opened["waiting"], opened["known"]["size"]) == ([], either.size)
    # the same disc once more, and the same act by another way: nothing is counted twice
    size = either.size
    again = court.send(*sorted(court.back.iterdir()))
    assert [one["repeated"] for one in again["bundles"]] == [True]
    assert [a["duplicate"] for one in again["bundles"] for a in one["accepted"]] == [True, True]
    assert either.size == size
    assert court.send()["written"] == []
    assert court.export() == []
    assert either.ask("verify", "--deep")["ok"]
    # and once as officers have it: a process of its own, in words
    own = replace(court.own, runner=real_command)
    assert "没有缺号" in own.run("ferry", "status", "--at", court.folder / "ferry").out


@pytest.fixture
def court(here: Desk) -> Court:
    """A court with its folder, on a ledger with the case filed and decided, nothing applied for as yet."""
    here.replay(STORY[:4], "--stop-on-error")
    made = Court(here)
    made.register()
    made.join()
    return made


def counted(court: Court) -> tuple[int, int, int]:
    status = court.status()
    return status["leaves"], status["openings"], status["statements"]


def test_who_comes_into_a_case_later_is_shown_then_what_was_done_before(court: Court):
    court.export()
    # the four acts of the case: leaves only, so that the root can be computed
    assert cases(court.open()) == []
    leaves, openings, statements = counted(court)
    assert (leaves, openings, statements) == (court.desk.size, court.desk.size - 4, court.desk.size - 4)
    court.send()
    court.desk.replay(STORY[4:5])  # the application to this court
    opened = court.open(Path(court.export()[0]["file"]))
    assert sorted(cases(opened)) == sorted(json.loads(one)["type"] for one in STORY[:5])
    assert counted(court) == (court.desk.size,) * 3


def test_who_takes_over_a_place_is_shown_what_was_done_there_before(court: Court):
    """区划调整: nothing was appended to the case itself; what changed is who answers for the court that it is at."""
    court.desk.replay(STORY[4:5])
    heir = Court(court.desk, "heir", "court.duilong")
    heir.register()
    heir.join()
    heir.export()
    assert cases(heir.open()) == []
    heir.send()
    change = {"region": "540102", "from_agency": COURT, "to_agency": heir.agency, "on": "2026-03-20"}
    court.desk.replay([line("BoundaryChanged", "operator", "2026-03-20", change, case="registry")])
    opened = heir.open(Path(heir.export()[0]["file"]))
    assert sorted(cases(opened)) == sorted(json.loads(one)["type"] for one in STORY[:5])


def test_an_agency_with_no_part_in_a_case_gets_times_and_nothing_else(court: Court):
    police = Court(court.desk, "police", "police.dagze")
    police.register()
    police.join()
    court.desk.replay(STORY[4:])
    police.export()
    assert cases(police.open()) == []
    leaves, openings, statements = counted(police)
    assert leaves == court.desk.size
    assert openings == statements == leaves - len(STORY)
    database = (police.folder / "ferry/ferry.db").read_bytes()
    assert CASE.encode() not in database
    assert "甲公司".encode() not in database


def test_a_statement_that_is_refused_is_told_and_another_may_follow(court: Court):
    court.desk.replay(STORY[4:5])
    court.export()
    court.open()
    court.sign({**ACCEPTED, "occurred_on": "2026-12-31"})  # the ledger is at 20 March
    sent = court.send(code=1)
    assert [one["code"] for one in sent["bundles"][0]["refused"]] == ["date_in_future"]
    assert [w["refused"] for w in sent["written"]] == [1]
    opened = court.open(code=1)
    assert [one["code"] for one in opened["refused"]] == ["date_in_future"]
    assert opened["waiting"] == []
    court.sign(ACCEPTED)
    assert len(court.send()["bundles"][0]["accepted"]) == 1


def test_what_no_ledger_can_judge_is_refused_where_it_is_signed(court: Court):
    assert court.sign(ACCEPTED, code=1)["refused"][0]["code"] == "bundle_missing"
    assert (
        court.own.fails("ferry", "pack", *court._mine(), "-o", court.back, code=2)["code"] == "bundle_missing"
    )
    court.export()
    court.open()
    wrong = [{**ACCEPTED, "actor": "nr.lhasa"}, {**ACCEPTED, "received_at": "2026-02-13T10:00:00+08:00"}]
    assert [r["code"] for r in court.sign(*wrong, code=1)["refused"]] == ["not_authorised", "schema_invalid"]


def test_files_that_are_mixed_up_or_damaged_are_named_and_change_nothing(court: Court, tmp_path: Path):
    other = Court(court.desk, "other", "police.lhasa")
    other.register()
    other.join()
    strange = replace(court.desk, folder=tmp_path / "strange")
    strange.folder.mkdir()
    strange.run("init", "--demo-keys", "keys")
    away = Court(strange)
    away.register()
    away.join()
    for one in (court, other, away):
        one.export()
    ours, others, theirs = (next(one.out.iterdir()) for one in (court, other, away))
    half = tmp_path / "half.ferry"
    half.write_bytes(ours.read_bytes()[:-1])
    before = counted(court)
    opened = court.open(others, theirs, half, code=1)
    assert {one["file"]: one["code"] for one in opened["bundles"]} == {
        others.name: "bundle_misdirected", theirs.name: "bundle_misdirected", half.name: "bundle_unusable",
    }  # fmt: skip
    assert counted(court) == before == (0, 0, 0)
    # the right one beside them is taken all the same
    assert [("code" in one) for one in court.open(half, ours, code=1)["bundles"]] == [False, True]
    away.open()
    sent = court.send(*away.pack(), ours, code=1)
    assert [one["code"] for one in sent["bundles"]] == ["bundle_misdirected"] * 2
    assert court.own.fails("ferry", "status", "--at", tmp_path / "none", code=2)["code"] == "folder_unusable"
    bad = tmp_path / "card.json"
    bad.write_text("{}")
    court.own.run("ferry", "join", bad, "--at", tmp_path / "x", code=2)
    court.own.run("ferry", "join", court.folder / "card.json", "--at", court.folder / "ferry", code=2)


def test_only_an_officer_of_the_agency_answers_and_only_with_its_own_acts(court: Court):
    court.export()
    court.open()
    packed = court.pack()[0]
    address = bundles.read(packed.read_bytes()).address
    seal_to = SigningKey.load(court.desk.folder / "gongze-data/ferry.key", None).public
    with court.desk.open() as ledger:
        foreign = next(e.statement for e in ledger.entries() if e.iss == "nr.lhasa")
    answer = Answer(0, 0, (), Extent(0, sha256().digest()), address.number, (foreign,))

    def by(key: str, number: int) -> Path:
        path = court.back / f"{number}.ferry"
        signer = SigningKey.load(court.desk.folder / f"keys/{key}.key", None)
        path.write_bytes(bundles.write(replace(address, number=address.number), answer, signer, seal_to))
        return path

    size = court.desk.size
    codes = [
        court.send(by(key, n), code=1)["bundles"][0].get("code")
        for n, key in enumerate(("nr.lhasa/1", f"{COURT}/root", "operator/1"))
    ]
    assert codes == ["key_unknown", "not_authorised", "key_unknown"]
    sent = court.send(by(f"{COURT}/1", 9), code=1)
    assert [one["code"] for one in sent["bundles"][0]["refused"]] == ["not_authorised"]
    assert court.desk.size == size
    ahead = court.back / "ahead.ferry"
    officer = SigningKey.load(court.desk.folder / f"keys/{COURT}/1.key", None)
    later = Address("back", address.ledger, COURT, address.epoch, 9)
    ahead.write_bytes(bundles.write(later, replace(answer, first=7, statements=()), officer, seal_to))
    assert court.send(ahead, code=1)["bundles"][0]["code"] == "bundle_gap"


def test_a_lost_disc_is_named_and_the_next_export_brings_it(court: Court, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bundles, "FILE_MIN", 20_000)
    made = court.export("--max-bytes", 40_000)
    assert len(made) > 3
    files = [Path(one["file"]) for one in made]
    status = court.open(*files[:1], *files[3:])
    assert status["missing"] == [2, 3]
    assert status["known"]["size"] == 0
    court.send()
    again = court.export()
    assert [(one["number"], one["again"]) for one in again] == [(2, True), (3, True)]
    assert court.open(*[Path(one["file"]) for one in again])["known"]["size"] == court.desk.size


def test_a_restored_ledger_begins_anew_and_nothing_that_was_shown_is_forgotten(court: Court):
    desk = court.desk
    court.desk.replay(STORY[4:5])
    court.export()
    court.open()
    court.send()
    backup = desk.ask("backup", "-o", "copy.db")["path"]
    court.sign(ACCEPTED)
    court.open(Path(court.send()["written"][0]["file"]))  # receipted, and then lost with the disk
    seen = desk.size
    data = desk.folder / "gongze-data"
    for path in data.glob("ledger.db*"):
        path.unlink()
    desk.run("restore", backup)
    assert desk.size == seen - 1
    anew = court.export()
    assert [one["number"] for one in anew] == [1]
    opened = court.open(Path(anew[0]["file"]), code=1)
    assert [f["code"] for f in opened["bundles"][0]["faults"]] == ["ledger_older"]
    # what the ledger has forgotten the agency sends again by itself
    assert len(opened["waiting"]) == 1
    sent = court.send()
    assert [a["duplicate"] for a in sent["bundles"][0]["accepted"]] == [False]
    assert court.open(Path(sent["written"][0]["file"]))["waiting"] == []
    assert desk.size == seen
    # a disc of before is put aside
    old = sorted(court.out.iterdir())[0]
    assert court.open(old, code=1)["bundles"][0]["code"] == "bundle_stale"


def test_a_database_that_was_put_back_by_hand_is_noticed_by_the_answer(court: Court):
    """Its tables say that the next number is one that has been used."""
    desk = court.desk
    court.export()
    court.open()
    court.send()
    kept = desk.folder / "kept.db"
    with sqlite3.connect(desk.database) as source, sqlite3.connect(kept) as target:
        source.backup(target)
    source.close()
    target.close()
    desk.replay(STORY[4:5])
    court.open(Path(court.export()[0]["file"]))
    for path in (desk.folder / "gongze-data").glob("ledger.db*"):
        path.unlink()
    shutil.copy(kept, desk.database)
    desk.replay(STORY[5:6], code=None)
    desk.replay(
        [
            line(
                "CaseFiled",
                "nr.lhasa",
                "2026-03-02",
                json.loads(STORY[0])["data"],
                case="拉自然资执〔2026〕1号",
            )
        ]
    )
    again = court.export()
    assert [one["number"] for one in again] == [2]
    assert court.open(Path(again[0]["file"]), code=1)["bundles"][0]["code"] == "bundle_contradicted"
    sent = court.send(code=1)
    assert {w["code"] for w in sent["bundles"][0]["warnings"]} <= {"ledger_older", "receipt_contradicted"}
    assert sent["bundles"][0]["warnings"]
    opened = court.open(*[Path(one["file"]) for one in sent["written"]], code=1)
    assert {f["code"] for f in opened["bundles"][0]["faults"]} == {"receipt_contradicted"}
    assert opened["known"]["size"] == desk.size
    assert court.send()["written"] == []


def test_an_agency_that_lost_its_folder_makes_another_and_is_sent_everything(court: Court):
    court.export()
    court.open()
    court.send()
    court.join("second")
    court.desk.replay(STORY[4:5])
    court.open(Path(court.export()[0]["file"]), at="second")
    sent = court.send(*court.pack("second"), code=1)
    assert [w["code"] for w in sent["bundles"][0]["warnings"]] == ["bundle_restarted"]
    assert (
        court.open(*[Path(w["file"]) for w in sent["written"]], at="second")["known"]["size"]
        == court.desk.size
    )


def test_everything_can_be_sent_anew_and_the_key_must_be_the_ledgers(court: Court):
    first = court.export()
    assert [one["again"] for one in court.export()] == [True]
    anew = court.export("--anew")
    assert (anew[0]["number"], anew[0]["epoch"] > first[0]["epoch"]) == (1, True)
    key = court.desk.folder / "gongze-data/log.key"
    key.unlink()
    SigningKey.generate().save(key, None)
    refused = court.desk.fails("ferry", "export", "--to", COURT, "-o", court.out, code=2)
    assert refused["code"] == "key_file_unusable"
    refused = court.desk.fails("ferry", "export", "--to", COURT, "--max-bytes", 5, code=2)
    assert refused["code"] == "settings_unusable" or refused["code"] == "key_file_unusable"
