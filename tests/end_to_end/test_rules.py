"""gongze rules diff and simulate: a locality sees what a pack would change, before anybody adopts it."""

from hashlib import sha256
from pathlib import Path

from gongze.packs import shipped

CITY = Path(__file__).parents[1] / "fixtures/example-city.toml"
COPY = 'id = "copy_application_to_procuratorate"'


def with_longer_copy_term(folder: Path) -> Path:
    """The shipped pack of Lhasa with ten working days for the first copy instead of seven."""
    text = shipped()["lhasa"][0].decode()
    at = text.index(COPY)
    changed = text[:at] + text[at:].replace("number = 7", "number = 10", 1)
    path = folder / "changed.toml"
    path.write_text(changed, "utf-8")
    return path


def test_diff_names_the_one_field_that_was_changed(bare, entered):
    bare.runner = entered
    path = with_longer_copy_term(bare.folder)
    answer = bare.ask("rules", "diff", "lhasa", path)
    assert (answer["head"], answer["added"], answer["removed"]) == ([], [], [])
    (row,) = answer["changed"]
    assert row["id"] == "copy_application_to_procuratorate"
    assert row["fields"] == [
        {
            "field": "term",
            "before": {"number": 7, "unit": "working_day"},
            "after": {"number": 10, "unit": "working_day"},
        }
    ]
    assert answer["before"]["digest"] == sha256(shipped()["lhasa"][0]).hexdigest()
    assert answer["after"]["digest"] == sha256(path.read_bytes()).hexdigest()
    told = bare.run("rules", "diff", "lhasa", path).out
    assert "增加 0 行，删去 0 行，改动 1 行" in told
    assert "working_day" in told


def test_simulate_lists_what_would_differ_and_writes_nothing(told):
    """Applied 10 February 2026, copied on the 27th: a day late after seven working days (26 February, counted in
    STORY), in time after ten (27, the made-up Saturday 28, Monday 2 March)."""
    path = with_longer_copy_term(told.folder)
    told.run("duties")  # the projections are there
    before = {p: sha256(p.read_bytes()).digest() for p in told.database.parent.iterdir() if p.is_file()}
    answer = told.ask("rules", "simulate", path, "--as-of", "2026-03-10")
    assert (answer["as_of"], answer["pack"]) == ("2026-03-10", "lhasa")
    assert answer["instead_of"] == [sha256(shipped()["lhasa"][0]).hexdigest()]
    (change,) = answer["changes"]
    assert (change["kind"], change["duty"]) == ("changed", "copy_application_to_procuratorate")
    assert change["fields"] == [
        {"field": "due_on", "before": "2026-02-26", "after": "2026-03-02"},
        {"field": "state", "before": "discharged_late", "after": "discharged"},
    ]
    board = told.ask("duties", "--as-of", "2026-03-10")["duties"]
    assert answer["instances"] == len(board)
    assert change["before"] in board
    table = told.run("rules", "simulate", path, "--as-of", "2026-03-10").out
    assert "逾期办结" in table
    assert "会改变 1 项" in table
    assert before == {p: sha256(p.read_bytes()).digest() for p in before}


def test_the_adopted_pack_itself_changes_nothing(told_here):
    path = told_here.folder / "same.toml"
    path.write_bytes(shipped()["lhasa"][0])
    answer = told_here.ask("rules", "simulate", path)
    assert answer["changes"] == []
    assert answer["as_of"] == "2026-03-20"


def test_what_cannot_be_compared_is_refused(here):
    faulty = here.folder / "faulty.toml"
    faulty.write_text("[pack]\n", "utf-8")
    unadopted = here.folder / "unadopted.toml"
    unadopted.write_bytes(CITY.read_bytes())
    for command, code in (
        (("diff", "lhasa", "missing.toml"), "pack_unknown"),
        (("diff", faulty, "lhasa"), "pack_faulty"),
        (("simulate", "missing.toml"), "pack_unknown"),
        (("simulate", faulty), "pack_faulty"),
        (("simulate", unadopted), "pack_unknown"),
    ):
        assert here.fails("rules", *command, code=2)["code"] == code, command
    here.run("rules", "simulate", unadopted, "--as-of", "2026-02-30", code=2)


def test_without_a_ledger_there_is_nothing_to_simulate(bare, entered):
    bare.runner = entered
    assert (
        bare.fails("rules", "simulate", with_longer_copy_term(bare.folder), code=2)["code"]
        == "ledger_missing"
    )
    assert not bare.database.exists()


def test_another_citys_pack_is_checked_and_counted_without_a_ledger(bare, entered):
    bare.runner = entered
    checked = bare.ask("rules", "check", CITY)
    assert (checked["ok"], [p["id"] for p in checked["packs"]]) == (True, ["example-city"])
    counted = bare.ask("deadline", "city_copy_application", "--from", "2026-02-10", "--pack", CITY)
    assert counted["due_on"] == "2026-03-02"
