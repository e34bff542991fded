"""A real ledger from its first day: encrypted keys, registered, changed and revoked by signed events; then a first act."""

import json
import stat
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from domain.values import SHANGHAI
from tests.end_to_end.conftest import FILING, Desk, Runner

PASSPHRASE = "a passphrase of the tests"
KEY_FIELDS = {"key_id", "agency", "officer", "purpose", "custody", "from", "registered_at", "revoked_at"}


@pytest.fixture
def office(tmp_path: Path, entered: Runner) -> Desk:
    """A folder with a passphrase file, and the root key of an agency in it."""
    (tmp_path / "passphrase").write_text(f"{PASSPHRASE}\n")
    desk = Desk(tmp_path, {"GONGZE_KEY_PASSPHRASE_FILE": "passphrase"}, entered)
    desk.run("key", "new", "--root", "-o", "root.key")
    return desk


def found(desk: Desk) -> None:
    root = desk.ask("key", "new", "--root", "-o", "their-root.key")["key_id"]
    own = json.loads((desk.folder / "id.json").read_text())["key_id"]
    agencies = [
        {"id": "nr.lhasa", "kind": "nr", "name": "拉萨市自然资源局", "level": "city", "region": "540100",
         "number_prefixes": ["拉"], "root_key_id": own},
        {"id": "procuratorate.lhasa", "kind": "procuratorate", "name": "拉萨市人民检察院", "level": "city",
         "region": "540100", "root_key_id": root},
    ]  # fmt: skip
    (desk.folder / "agencies.jsonl").write_text(
        "\n".join(json.dumps(a, ensure_ascii=False) for a in agencies)
    )
    shown = desk.ask("init", "--agencies", "agencies.jsonl", "--origin", "gongze.example/real")
    assert (shown["demo"], shown["agencies"]) == (False, 2)


@pytest.fixture
def real(office: Desk) -> Desk:
    """A founded real ledger of two agencies, none of whose keys is registered yet."""
    (office.folder / "root.key").unlink()
    shown = office.ask("key", "new", "--root", "-o", "root.key")
    (office.folder / "id.json").write_text(json.dumps(shown))
    found(office)
    return office


def today() -> str:
    return datetime.now(SHANGHAI).date().isoformat()


def filing(**more) -> str:
    act = {
        "type": "CaseFiled",
        "case": "拉自然资执〔2026〕1号",
        "actor": "nr.lhasa",
        "occurred_on": today(),
        "data": FILING,
    }
    return json.dumps({**act, **more}, ensure_ascii=False)


def test_a_key_file_is_its_owners_alone_encrypted_and_never_overwritten(office):
    shown = office.ask("key", "new", "-o", "my.key")
    path: Path = office.folder / "my.key"
    assert set(shown) >= {"file", "purpose", "key_id", "public_key"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_bytes()
    assert b"PRIVATE KEY" not in content
    assert office.fails("key", "new", "-o", "my.key", code=2)["code"] == "file_exists"
    assert path.read_bytes() == content
    without = replace(office, settings={})
    assert without.fails("key", "new", "-o", "other.key", code=2)["code"] == "passphrase_missing"
    assert not (office.folder / "other.key").exists()


def test_from_the_founding_to_the_first_act_and_a_change_of_keys(real):
    assert real.ask("key", "list") == {"keys": []}
    # the root on paper first; then the officer's key, by the root
    made = real.ask("key", "register", "--agency", "nr.lhasa", "--root-key", "root.key")["accepted"]
    assert [m["type"] for m in made] == ["KeyRegistered"]
    officer_key = real.ask("key", "new", "-o", "my.key")["key_id"]
    register = ["key", "register", "--agency", "nr.lhasa", "--root-key", "root.key", "--key"]
    assert real.fails(*register, "my.key", code=2)["field"] == "--name"
    made = real.ask(*register, "my.key", "--officer", "nr.lhasa/1", "--name", "示例")["accepted"]
    assert [m["type"] for m in made] == ["OfficerAppointed", "KeyRegistered"]
    listed = real.ask("key", "list", "--agency", "nr.lhasa")["keys"]
    assert all(set(k) >= KEY_FIELDS for k in listed)
    assert [(k["purpose"], k["officer"], k["custody"]) for k in listed] == [
        ("root", None, "file"), ("sign", "nr.lhasa/1", "file"),
    ]  # fmt: skip

    # a first act, signed at the agency
    real.run("sign", real.script([filing()]), "--key", "my.key", "-o", "filed.cbors")
    answer = real.ask("record", "filed.cbors")
    assert [(a["index"], a["duplicate"]) for a in answer["accepted"]] == [(made[-1]["index"] + 1, False)]
    assert [d["case"] for d in real.ask("duties")["duties"]][:1] == ["拉自然资执〔2026〕1号"]
    by_root = real.ask("record", real.script([filing(occurred_on="2026-01-05")]), "--key", "root.key", code=1)
    assert [r["code"] for r in by_root["refused"]] == ["not_authorised"]

    # another key for the officer: what the old one signed today is in doubt, and it signs no more
    real.run("key", "new", "-o", "new.key")
    changed = real.ask("key", "rotate", "--agency", "nr.lhasa", "--root-key", "root.key", "--old", officer_key[:16],
                       "--key", "new.key", "--reason", "遗失", "--since", today())["accepted"]  # fmt: skip
    assert [m["type"] for m in changed] == ["KeyRegistered", "KeyRevoked"]
    notice = {"type": "NoticeIssued", "data": {"notice": "stop_violation", "notice_no": "停1"}}
    old = real.ask("record", real.script([filing(**notice)]), "--key", "my.key", code=1)
    assert [(r["code"], r["field"]) for r in old["refused"]] == [("key_revoked", "kid")]
    assert [a["duplicate"] for a in real.ask("record", "filed.cbors")["accepted"]] == [
        True
    ]  # its receipt stays
    assert len(real.ask("record", real.script([filing(**notice)]), "--key", "new.key")["accepted"]) == 1
    assert [k["key_id"] for k in real.ask("key", "list")["keys"]].count(officer_key) == 0
    history = {k["key_id"]: k for k in real.ask("key", "history")["keys"]}
    assert history[officer_key]["revoked_at"] == changed[1]["index"]

    # an officer's key may end itself, once
    new_key = changed[0]["key_id"]
    revoke = ["key", "revoke", new_key, "--agency", "nr.lhasa", "--key", "new.key", "--reason", "停用"]
    assert [m["type"] for m in real.ask(*revoke)["accepted"]] == ["KeyRevoked"]
    assert real.fails(*revoke, code=2)["code"] in ("key_revoked", "case_rule_broken")
    report = real.ask("verify", "--deep")
    assert report["ok"]
    doubts = [n for n in report["notes"] if n.startswith("key_in_doubt")]
    assert any(answer["accepted"][0]["id"] in n for n in doubts)
    assert any("key_attested_by_operator_only" in n for n in report["notes"])


@pytest.fixture
def keyed(real: Desk) -> Desk:
    """The agency's root is registered and its officer's key, with another key at hand."""
    real.run("key", "register", "--agency", "nr.lhasa", "--root-key", "root.key")
    for name in ("my.key", "new.key"):
        real.run("key", "new", "-o", name)
    real.run("key", "register", *BY_ROOT, "--key", "my.key", "--name", "示例")
    return real


BY_ROOT = ("--agency", "nr.lhasa", "--root-key", "root.key")


def officers_key(desk: Desk) -> str:
    (key,) = [k["key_id"] for k in desk.ask("key", "list")["keys"] if k["purpose"] == "sign"]
    return str(key)


def test_a_change_of_keys_that_cannot_be_done_whole_is_not_begun(keyed):
    before, old = keyed.size, officers_key(keyed)
    rotate = ["key", "rotate", *BY_ROOT, "--old", old, "--reason", "遗失", "--key"]
    assert keyed.fails(*rotate, "new.key", "--since", "昨天", code=2)["code"] == "schema_invalid"
    assert keyed.fails(*rotate, "my.key", code=2)["code"] == "case_rule_broken"
    assert keyed.fails(*rotate, "no.key", code=2)["code"] == "key_file_unusable"
    register = ["key", "register", *BY_ROOT, "--officer", "nr.lhasa/2", "--name", "新人", "--key"]
    assert keyed.fails(*register, "no.key", code=2)["code"] == "key_file_unusable"
    assert keyed.fails(*register, "my.key", code=2)["code"] == "case_rule_broken"
    assert keyed.fails(*register, "new.key", "--custody", "pocket", code=2)["code"] == "schema_invalid"
    assert keyed.size == before
    made = keyed.ask(*rotate, "new.key", "--since", today())["accepted"]
    assert [m["type"] for m in made] == ["KeyRegistered", "KeyRevoked"]
    assert keyed.ask("verify", "--deep")["ok"]


def test_a_change_of_keys_that_was_killed_half_way_goes_on(keyed):
    """Its first half is exactly the registration of another key of the same officer."""
    old = officers_key(keyed)
    keyed.run("key", "register", *BY_ROOT, "--key", "new.key")
    rotate = ["key", "rotate", *BY_ROOT, "--old", old, "--key", "new.key", "--reason", "遗失"]
    assert [m["type"] for m in keyed.ask(*rotate)["accepted"]] == ["KeyRevoked"]
    assert officers_key(keyed) != old
    assert keyed.fails(*rotate, code=2)["code"] == "case_rule_broken"


def test_the_key_of_another_officer_does_not_take_the_place_of_ones_own(keyed):
    old = officers_key(keyed)
    keyed.run("key", "register", *BY_ROOT, "--key", "new.key", "--officer", "nr.lhasa/2", "--name", "新人")
    before = keyed.size
    rotate = ["key", "rotate", *BY_ROOT, "--old", old, "--key", "new.key", "--reason", "遗失"]
    assert keyed.fails(*rotate, code=2)["code"] == "case_rule_broken"
    assert keyed.size == before


def test_an_encryption_key_is_no_officers_and_no_signing_key(keyed):
    before = keyed.size
    register = ["key", "register", *BY_ROOT, "--encrypt", "--key"]
    for more in (["--officer", "nr.lhasa/1"], ["--name", "示例"]):
        error = keyed.fails(*register, "new.key", *more, code=2)
        assert (error["code"], error["field"]) == ("usage", "--officer")
    root = keyed.fails("key", "register", *BY_ROOT, "--officer", "nr.lhasa/2", "--name", "示例", code=2)
    assert (root["code"], root["field"]) == ("usage", "--key")
    for signing in ("my.key", "root.key"):
        assert keyed.fails(*register, signing, code=2)["code"] == "case_rule_broken"
    assert keyed.size == before
    keyed.run(*register, "new.key")


def test_what_the_paper_does_not_name_is_not_registered(real):
    before = real.size
    real.run("key", "new", "--root", "-o", "forged.key")
    forged = real.fails("key", "register", "--agency", "nr.lhasa", "--root-key", "forged.key", code=2)
    assert (forged["code"], forged["field"]) == ("not_authorised", "key_id")
    for arguments, code in (
        (["--agency", "nr.nowhere", "--root-key", "root.key"], "case_rule_broken"),
        (["--agency", "procuratorate.lhasa", "--root-key", "root.key"], "not_authorised"),
        (["--agency", "nr.lhasa", "--root-key", "no.key"], "key_file_unusable"),
        (["--agency", "nr.lhasa", "--root-key", "passphrase"], "key_file_unusable"),
    ):
        assert real.fails("key", "register", *arguments, code=2)["code"] == code
    (real.folder / "passphrase").write_text("wrong")
    wrong = real.fails("key", "register", "--agency", "nr.lhasa", "--root-key", "root.key", code=2)
    assert wrong["code"] == "key_file_unusable"
    assert PASSPHRASE not in wrong["message"]
    assert real.size == before


def test_a_real_ledger_takes_no_time_but_its_own(real):
    before = real.size
    refused = real.ask(
        "record", real.script([filing(received_at="2026-01-01T00:00:00+08:00")]), "--key", "root.key", code=1
    )["refused"]
    assert [(r["code"], r["field"]) for r in refused] == [("schema_invalid", "received_at")]
    for command in (
        ["duties"],
        ["accounts"],
        ["key", "list"],
        ["record", "script.jsonl", "--key", "root.key"],
    ):
        error = real.fails(*command, code=2, GONGZE_NOW="2026-03-20T00:00:00+08:00")
        assert (error["code"], error["field"]) == ("settings_unusable", "GONGZE_NOW")
    assert real.size == before


def test_the_sample_is_never_put_into_a_real_ledger(real):
    before = real.size
    ran = real.run("demo", code=2)
    assert "not_demo" in ran.err
    assert real.size == before
    assert not (real.folder / "gongze-data/sample.jsonl").exists()


def test_founding_twice_changes_nothing(real, tmp_path):
    def content():
        return {p: p.read_bytes() for p in (tmp_path / "gongze-data").iterdir()}

    before = content()
    for more in ([], ["--demo-keys", "keys"], ["--agencies", "agencies.jsonl"]):
        assert real.fails("init", *more, code=2)["code"] == "ledger_exists"
    assert content() == before
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("wrong", [
    b"{", b"[]", b'{"id": "nr.lhasa"}', "案".encode("gbk"), b"[" * 5000,
    b'{"id": "nr.x", "kind": "bakery", "name": "x", "level": "city", "region": "540100"}',
])  # fmt: skip
def test_a_list_of_agencies_that_is_wrong_founds_nothing(office, wrong):
    good = b'{"id": "nr.x", "kind": "nr", "name": "x", "level": "city", "region": "540100"}\n'
    (office.folder / "agencies.jsonl").write_bytes(good + wrong)
    error = office.fails("init", "--agencies", "agencies.jsonl", code=2)
    assert error["field"] == "--agencies"
    assert "2" in error["message"]
    assert not office.database.exists()
    assert not (office.folder / "gongze-data/operator.key").exists()
    (office.folder / "agencies.jsonl").write_bytes(good)
    office.run("init", "--agencies", "agencies.jsonl")


def test_agencies_that_contradict_one_another_found_nothing(office):
    good = b'{"id": "nr.x", "kind": "nr", "name": "x", "level": "city", "region": "540100"}\n'
    (office.folder / "agencies.jsonl").write_bytes(good * 2)
    assert office.fails("init", "--agencies", "agencies.jsonl", code=2)["code"] == "case_rule_broken"
    assert not office.database.exists()
    (office.folder / "agencies.jsonl").write_bytes(good)
    office.run("init", "--agencies", "agencies.jsonl")


def test_founding_needs_a_passphrase_a_known_pack_and_a_list_that_is_there(office):
    assert replace(office, settings={}).fails("init", code=2)["code"] == "passphrase_missing"
    assert office.fails("init", "--pack", "no-such", code=2)["field"] == "--pack"
    office.fails("init", "--agencies", "missing.jsonl", code=2)
    assert office.fails("init", code=2, GONGZE_KEY_PASSPHRASE_FILE="missing")["code"] == "settings_unusable"
    assert not office.database.exists()
