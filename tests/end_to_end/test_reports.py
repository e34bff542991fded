"""The joint meeting's report of the sample year through the real command: its numbers add up, are
the same in every form, and are traced to the acts that they were counted from; each is counted another way in
test_report_figures. Source: 拉萨实施意见 四（一）."""

import csv
import json
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
from docx import Document
from docx.oxml.ns import qn

from connectors.documents import office
from domain.acts import EVENTS
from events.logroot import LogRoot
from gongze.books.cases import shares_clues
from gongze.ledger import Ledger
from gongze.reporting import kept, paper, singles, tracing, workbook
from gongze.reporting.definitions import DEFINITIONS, STAGES
from gongze.reporting.facts import Period
from gongze.reporting.figures import Figure, tag_of
from gongze.reporting.gathering import Gathered, Reader, asked, gather
from gongze.reporting.report import Paragraph, Plot, Report, Table, report
from projections import reading
from tests.end_to_end.conftest import CASE, FILING, FIRST, LAST, SampleYear, line, real_command, told_of
from tests.worlds import day

NOW = "2026-07-10T18:00:00+08:00"
UNCONFIRMED = {
    "due_unconfirmed", "copies_unconfirmed", "overdue_unconfirmed", "overdue_days_unconfirmed", "due", "copies_due",
}  # fmt: skip
"""What would tell, shown apart, whose unconfirmed lateness it is; the last two by subtraction."""


# --- what must add up -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("of", ["now", "before"])
def test_the_balance_adds_up_everywhere(half_year, of):
    figures = getattr(half_year.figures, of)
    for scope in ("", *(f"@{region}" for region in figures.regions())):
        opening, new, off, closing = (
            figures.number(f"{n}{scope}") for n in ("opening", "new", "written_off", "closing")
        )
        assert opening + new - off == closing
        assert figures.number(f"on_account{scope}") == opening + new
        assert sum(figures.number(f"{stage}{scope}") for stage in STAGES) == figures.number(
            f"on_record{scope}"
        )
    assert half_year.figures.before.number("closing") == half_year.figures.now.number("opening")


def test_regions_and_agencies_together_are_the_whole(half_year):
    figures = half_year.figures.now
    ids = figures.ids()
    for definition in DEFINITIONS.values():
        if (
            definition.way not in ("count", "sum")
            or definition.whole_only
            or definition.id.startswith("agreed")
        ):
            continue
        whole = figures.number(definition.id)
        places = [i for i in ids if i.startswith(f"{definition.id}@")]
        for numbers in (True, False):
            apart = [figures.number(i) for i in places if i.rpartition("@")[2].isdigit() is numbers]
            if apart or numbers:
                assert sum(apart) == whole, definition.id


def test_rates_lie_between_nothing_and_all(half_year):
    for figures in (half_year.figures.now, half_year.figures.before, half_year.figures.year_before):
        for id_ in figures.ids():
            if figures[id_].definition.way == "rate":
                assert figures[id_].value is None or 0 <= figures[id_].value <= 1, id_
    assert half_year.figures.year_before["closing_rate"].value is None


def test_due_duties_are_in_time_late_or_unconfirmed(half_year):
    figures = half_year.figures.now
    for name in ("due", "copies"):
        whole = "due" if name == "due" else "copies_due"
        parts = sum(figures.number(f"{name}_{how}") for how in ("on_time", "late", "unconfirmed"))
        assert figures.number(whole) == parts > 0
    assert figures.number("overdue") == sum(o.counts for o in half_year.overdue)


def test_a_county_has_a_report_of_its_own(sample_year, half_year):
    county = told_of(sample_year, "2026-01-01", "2026-06-30", "540102")
    for name in ("filed", "closing", "applied", "copies_late", "on_record"):
        assert county.figures[name].value == half_year.figures[f"{name}@540102"].value


def test_several_processes_count_the_same(sample_year, half_year):
    with Ledger.open(sample_year.settings) as ledger:
        shared = gather(ledger, half_year.asked, workers=2)
    for mine, theirs in (
        (shared.figures.now, half_year.figures.now),
        (shared.figures.before, half_year.figures.before),
    ):
        assert {i: (mine[i].value, sorted(mine[i].about)) for i in mine.ids()} == {
            i: (theirs[i].value, sorted(theirs[i].about)) for i in theirs.ids()
        }
    assert shared.overdue == half_year.overdue


# --- what is kept from one report to the next -------------------------------------------------------------------------


def numbers(told: Gathered) -> dict[str, Any]:
    """Every number of a report's three periods, and its list of what is overdue."""
    periods = {name: getattr(told.figures, name) for name in ("now", "before", "year_before")}
    values: dict[str, Any] = {f"{n}:{i}": of[i].value for n, of in periods.items() for i in of.ids()}
    return {**values, "overdue": told.overdue}


def counted_again(ledger: Ledger, what: Any, monkeypatch: Any) -> tuple[Gathered, int]:
    """Told from what is kept, and how many cases had to be read for it."""
    with monkeypatch.context() as here:
        read: list[str] = []
        dossier = Reader.dossier

        def noted(self: Reader, id_: str) -> Any:
            read.append(id_)
            return dossier(self, id_)

        here.setattr(Reader, "dossier", noted)
        told = gather(ledger, what, workers=1, how="kept")
    return told, sum("/" not in id_ for id_ in read)


def test_what_is_kept_is_what_is_counted(sample_year, half_year, monkeypatch):
    (sample_year.folder / kept.NAME).unlink(missing_ok=True)
    with Ledger.open(sample_year.settings) as ledger:
        assert numbers(gather(ledger, half_year.asked, workers=1, how="fresh")) == numbers(half_year)
        first, read = counted_again(ledger, half_year.asked, monkeypatch)
        assert (numbers(first), read) == (numbers(half_year), len(cases(ledger)))
        again, read = counted_again(ledger, half_year.asked, monkeypatch)
        shared = [case for case in cases(ledger) if shares_clues(ledger.case(case))]
        assert (numbers(again), read) == (
            numbers(half_year),
            len(shared),
        )  # what another dossier says of them
        assert numbers(gather(ledger, half_year.asked, workers=2, how="kept")) == numbers(half_year)
        county = asked(ledger, "540102", half_year.asked.period)
        assert numbers(counted_again(ledger, county, monkeypatch)[0]) == numbers(gather(ledger, county))
        # of the next half-year what came to its end before all that is compared is kept already
        later = asked(ledger, None, Period(day("2027-07-01"), day("2027-12-31")))
        told, read = counted_again(ledger, later, monkeypatch)
        assert numbers(told) == numbers(gather(ledger, later))
        with closing(sqlite3.connect(sample_year.folder / kept.NAME)) as file:
            ended = file.execute("SELECT count(*) FROM counted WHERE last = ''").fetchone()[0]
        assert read == len(cases(ledger))
        much_later = asked(ledger, None, Period(day("2028-01-01"), day("2028-06-30")))
        told, read = counted_again(ledger, much_later, monkeypatch)
        assert (numbers(told), read) == (numbers(gather(ledger, much_later)), len(cases(ledger)) - ended)
        assert ended > 5


def cases(ledger: Ledger) -> list[str]:
    with ledger.projections.reading() as connection:
        return [row.case for row in reading.cases(connection)]


def test_what_has_changed_is_counted_again(told_here, monkeypatch):
    """An act of the case, an act of the registry that changes days, an agreement to write off, and another release's code;
    never a key or an officer."""
    half = Period(day("2026-01-01"), day("2026-06-30"))

    def again() -> tuple[dict[str, Any], int]:
        with told_here.open() as ledger:
            what = asked(ledger, None, half)
            told, read = counted_again(ledger, what, monkeypatch)
            assert numbers(told) == numbers(gather(ledger, what))
        return numbers(told), read

    before, _ = again()
    assert again() == (before, 0)
    told_here.replay([line("AcceptanceReceived", "nr.lhasa", "2026-03-17", {"review_case_no": "行审81"})])
    assert again()[1] == 1
    officer = {"officer": "nr.lhasa/9", "name": "某", "from": "2026-03-18"}
    told_here.replay([line("OfficerAppointed", "nr.lhasa", "2026-03-18", officer, case="registry")])
    assert again()[1] == 0
    holidays = {
        "year": 2026,
        "region": "540100",
        "holidays": ["2026-03-24"],
        "workdays": [],
        "notice": "地方节日",
    }
    told_here.replay([line("CalendarPublished", "operator", "2026-03-18", holidays, case="registry")])
    assert again()[1] == 1
    assert again()[1] == 0
    monkeypatch.setattr(kept, "code", lambda: "another release")
    assert again()[1] == 1
    folder = told_here.folder / "gongze-data"
    (folder / kept.NAME).write_bytes(b"no database at all" * 1000)
    assert again()[1] == 1
    assert again()[1] == 0
    assert (folder / kept.NAME).stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(folder / kept.NAME)) as file, file:
        file.execute("UPDATE counted SET body = x'00'")
    assert again()[1] == 1


def test_the_clock_counts_the_half_year_that_is_running_ahead_of_its_report(told_here, monkeypatch):
    """In the week of its end, so that on the first day after it only what has happened since is counted."""
    half = Period(day("2026-01-01"), day("2026-06-30"))
    ran = told_here.run("schedule", "--once", "figures", GONGZE_NOW="2026-06-29T07:00:00+08:00")
    assert "2026-H1：1 件案件的数字已备好" in ran.out
    with told_here.open() as ledger:
        for region in (None, "540102"):
            what = asked(ledger, region, half)
            told, read = counted_again(ledger, what, monkeypatch)
            assert (numbers(told), read) == (numbers(gather(ledger, what)), 0)


def test_a_case_that_was_taken_up_again_after_the_latest_period_has_not_come_to_its_end(here):
    """Not confirmed in March 2024, filed in March 2026: the report of late 2025 must not keep it for all that follow."""
    case = "拉自然资执〔2024〕7号"
    here.replay([
        line("ViolationFound", "nr.lhasa", "2024-03-04", {"what": "某处施工"}, case),
        line("ViolationNotConfirmed", "nr.lhasa", "2024-03-06", {"what": "已取得批准"}, case),
        line("ViolationFound", "nr.lhasa", "2024-03-04", {"what": "某处施工"}, "拉自然资执〔2024〕8号"),
        line("ViolationNotConfirmed", "nr.lhasa", "2024-03-06", {"what": "已取得批准"}, "拉自然资执〔2024〕8号"),
        line("CaseFiled", "nr.lhasa", "2026-03-03", FILING, case),
    ])  # fmt: skip
    with here.open() as ledger:
        told = []
        for first, last in (("2025-07-01", "2025-12-31"), ("2026-01-01", "2026-03-20")):
            what = asked(ledger, None, Period(day(first), day(last)))
            told.append(numbers(gather(ledger, what, how="kept")))
            assert told[-1] == numbers(gather(ledger, what, how="fresh"))
    assert [one["now:filed"] for one in told] == [0, 1]
    with closing(sqlite3.connect(here.folder / "gongze-data" / kept.NAME)) as file:
        ended = file.execute("SELECT \"case\" FROM counted WHERE last = ''").fetchall()
    assert ended == [("拉自然资执〔2024〕8号",)]


def test_a_ledger_that_was_put_back_and_went_on_otherwise_takes_nothing_of_what_was_kept(told_here, tmp_path):
    """The same places in the log, other acts: as after a copy was restored."""
    data = told_here.folder / "gongze-data"
    shutil.copytree(data, tmp_path / "copy")
    half = ("--from", "2026-01-01", "--to", "2026-03-20")

    def told() -> dict[str, list[str]]:
        told_here.run("report", "joint-meeting", *half, "-o", "r.xlsx")
        told_here.run("report", "joint-meeting", *half, "-o", "fresh.xlsx", "--fresh")
        made = [tracing.read(told_here.folder / name).texts for name in ("r.xlsx", "fresh.xlsx")]
        assert made[0] == made[1]
        return made[0]

    told_here.replay([line("AcceptanceReceived", "nr.lhasa", "2026-03-17", {"review_case_no": "行审81"})])
    size, before = told_here.size, told()
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (data / name).unlink(missing_ok=True)
        if (tmp_path / "copy" / name).exists():
            shutil.copy(tmp_path / "copy" / name, data / name)
    told_here.replay([line("ApplicationWithdrawn", "nr.lhasa", "2026-03-17", {})])
    assert (told_here.size, before["withdrawn"], told()["withdrawn"]) == (size, ["0"], ["1"])


def test_what_was_kept_is_not_taken_after_a_report_of_less_of_the_log_either(told_here, tmp_path):
    """The report of an earlier head, made in between, leaves the mark by which another ledger is known."""
    data = told_here.folder / "gongze-data"
    shutil.copytree(data, tmp_path / "copy")
    half = ("--from", "2026-01-01", "--to", "2026-03-20", "-o", "r.xlsx")
    told_here.replay([line("AcceptanceReceived", "nr.lhasa", "2026-03-17", {"review_case_no": "行审81"})])
    told_here.run("report", "joint-meeting", *half)
    told_here.run("report", "joint-meeting", *half, "--head", told_here.size - 1)
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (data / name).unlink(missing_ok=True)
        if (tmp_path / "copy" / name).exists():
            shutil.copy(tmp_path / "copy" / name, data / name)
    told_here.replay([line("ApplicationWithdrawn", "nr.lhasa", "2026-03-17", {})])
    told_here.run("report", "joint-meeting", *half)
    assert tracing.read(told_here.folder / "r.xlsx").texts["withdrawn"] == ["1"]


# --- the prints ------------------------------------------------------------------------------------------------------


def test_in_the_meetings_print_nobody_is_named_by_an_unconfirmed_lateness(half_year):
    names = {
        p: {i.partition(":")[2] or i for i in report(half_year, p).figures()} for p in ("meeting", "internal")
    }
    apart = {
        p: {i for i in found if re.split("[@#]", i)[0] in UNCONFIRMED and re.search("[@#]", i)}
        for p, found in names.items()
    }
    assert apart["meeting"] == set()
    assert apart["internal"] != set()
    unconfirmed = [o for o in half_year.overdue if not o.counts]
    assert unconfirmed
    annexes = {
        p: [row for a in report(half_year, p).annexes if a.id != "口径" for row in a.rows]
        for p in ("meeting", "internal")
    }
    assert len(annexes["internal"]) - len(annexes["meeting"]) == len(unconfirmed)


def test_every_overdue_duty_stands_in_the_annex_with_its_clause(half_year):
    annex = report(half_year).annexes[0]
    assert len(annex.rows) == half_year.figures.now.number("overdue") > 0
    assert all(row[-1] for row in annex.rows)


def test_the_meetings_print_tells_of_no_single_case(sample_year, half_year):
    connection = sqlite3.connect(f"file:{sample_year.folder}/ledger.db?mode=ro", uri=True)
    cases = {case for (case,) in connection.execute("SELECT \"case\" FROM p_case WHERE kind = 'case'")}
    connection.close()
    told = {
        p: repr([*report(half_year, p).blocks, *report(half_year, p).annexes])
        for p in ("meeting", "internal")
    }
    assert not [case for case in cases if case in told["meeting"]]
    assert [case for case in cases if case in told["internal"]]


def test_a_countys_print_for_the_meeting_has_no_number_of_clues(sample_year, half_year):
    county = told_of(sample_year, "2026-01-01", "2026-06-30", "540102")
    assert "clues_referred" not in report(county).figures()
    assert "clues_referred" in report(county, "internal").figures()
    assert "clues_referred" in report(half_year).figures()


def test_no_party_is_named_anywhere(sample_year, half_year):
    connection = sqlite3.connect(f"file:{sample_year.folder}/ledger.db?mode=ro", uri=True)
    parties = {n for (p,) in connection.execute("SELECT parties FROM p_case") for n in json.loads(p).values()}
    connection.close()
    made = report(half_year, "internal")
    text = json.dumps([repr(b) for b in (*made.blocks, *made.annexes)], ensure_ascii=False)
    assert parties
    assert not [name for name in parties if len(name) > 2 and name in text]


def test_a_name_that_looks_like_a_number_of_the_report_is_printed_as_it_is(told_here):
    name = "城关区人民法院{acts}{筹}"
    told_here.replay(
        [line("AgencyChanged", "operator", "2026-03-20", {"id": "court.chengguan", "name": name}, "registry")]
    )
    told_here.settings["GONGZE_NOW"] = NOW
    told_here.run("report", "joint-meeting", "-o", "r.json")
    blocks = json.loads((told_here.folder / "r.json").read_text("utf-8"))["blocks"]
    assert [b["editable"] for b in blocks if str(b.get("text", "")).startswith(f"{name}：到期责任")] == [
        f"{name}履职情况"
    ]
    told_here.run("report", "joint-meeting", "-o", "r.docx")
    assert told_here.ask("report", "check", "r.json")["differing"] == []
    assert told_here.ask("report", "check", "r.docx")["differing"] == []


# --- the files ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(
    sample_year: SampleYear, half_year: Gathered, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """The report of the half-year in all four forms, two of them by the real command."""
    folder = tmp_path_factory.mktemp("reports")
    made = {kind: folder / f"报告.{kind}" for kind in ("docx", "xlsx", "pdf", "json")}
    desk = sample_year.desk(real_command, NOW)
    for kind in ("docx", "xlsx"):
        desk.run("report", "joint-meeting", "--from", "2026-01-01", "--to", "2026-06-30", "-o", made[kind])
    told = report(half_year)
    paper.write(made["pdf"], told)
    made["json"].write_text(json.dumps(workbook.document(told)), "utf-8")
    return made


def controls(path: Path) -> dict[str, list[str]]:
    """The locked content of a .docx by tag."""
    found: dict[str, list[str]] = {}
    for control in Document(str(path)).element.body.iter(qn("w:sdt")):
        properties = control.find(qn("w:sdtPr"))
        if properties.find(qn("w:lock")).get(qn("w:val")) == "contentLocked":
            text = "".join(t.text for t in control.iter(qn("w:t")))
            found.setdefault(properties.find(qn("w:tag")).get(qn("w:val")), []).append(text)
    return found


def test_the_numbers_are_the_same_in_every_form(files, half_year):
    """In the .docx by its controls, in the .xlsx and the .pdf cell by cell, in the .json by id."""
    made = report(half_year)
    wanted = {id_: f.text for id_, f in made.figures().items()}
    document = json.loads(files["json"].read_text("utf-8"))
    assert {id_: f["text"] for id_, f in document["figures"].items()} == wanted
    locked = controls(files["docx"])
    drawn = {f.id for b in made.blocks if isinstance(b, Plot) for _, figures in b.series for f in figures}
    assert set(map(tag_of, wanted)) - set(locked) <= drawn
    for id_, text in wanted.items():
        assert set(locked.get(tag_of(id_), [text])) == {text}, id_
    book: Any = openpyxl.load_workbook(files["xlsx"])
    listed = list(book["数字来源"].iter_rows(min_row=4, values_only=True))
    assert {row[2]: row[4] for row in listed if row[2]} == wanted
    for sheet, place, id_, *_ in listed:
        if place:
            assert _same(book[sheet][place].value, wanted[id_]), (sheet, place)
    pages = (re.sub(r"\s", "", page.extract_text()) for page in pypdf.PdfReader(files["pdf"]).pages)
    printed = "".join(re.sub(r"—\d+—", "", page) for page in pages)
    spoken = [re.sub(r"\s", "", b.text) for b in made.blocks if isinstance(b, Paragraph)]
    assert len(spoken) > 20
    assert [said for said in spoken if said not in printed] == []
    assert rows_in_order(made, printed) > 150


def rows_in_order(made: Report, printed: str) -> int:
    """How many rows of tables stand in a PDF: each with all its cells, one beside the other, after its table's title and the
    row above it. So each cell is compared with what stands in its own place."""
    at, found = 0, 0
    for block in (*made.blocks, *made.annexes):
        if not isinstance(block, Table):
            continue
        title = re.sub(r"\s", "", block.title.partition("　")[2] or block.title)
        heads = "".join(re.sub(r"\s", "", head) for head in block.heads)
        at = printed.index(title, at)
        at = printed.index(heads, at) + len(heads)
        for row in (*block.rows, *((block.total,) if block.total is not None else ())):
            whole = re.sub(r"\s", "", "".join(map(paper.cell_text, row)))
            place = printed.find(whole, at)
            between = printed[at:place].replace(heads, "")  # a table that goes on has its heads anew
            assert place >= 0, (block.id, whole)
            assert between == "", (block.id, whole, between)
            at, found = place + len(whole), found + 1
    return found


def test_the_workbook_has_charts_of_the_plots_numbers(files, half_year):
    """Drawn by the spreadsheet from cells that hold the very figures of the paper's plots."""
    plots = [b for b in report(half_year).blocks if isinstance(b, Plot)]
    book: Any = openpyxl.load_workbook(files["xlsx"])
    listed = {
        (sheet, place): id_
        for sheet, place, id_, *_ in book["数字来源"].iter_rows(min_row=4, values_only=True)
    }
    assert len(plots) == 2
    for plot in plots:
        page = book[plot.id]
        (chart,) = page._charts
        assert [page[cell.coordinate].value for cell in page[3]][1:] == [name for name, _ in plot.series]
        assert [s.val.numRef.f for s in chart.series] == [
            f"'{plot.id}'!${column}$4:${column}${3 + len(plot.labels)}"
            for column in "BCDE"[: len(plot.series)]
        ]
        for column, (_, figures) in zip("BCDE", plot.series, strict=False):
            assert [listed[plot.id, f"{column}{4 + at}"] for at in range(len(figures))] == [
                f.id for f in figures
            ]


def _same(value: Any, text: str) -> bool:
    """Whether a cell holds the number that is printed."""
    if isinstance(value, str):
        return value == text
    if text.endswith("%"):
        return Decimal(str(value)) * 100 == Decimal(text.removesuffix("%"))
    return Decimal(str(value)) == Decimal(text.replace(",", ""))


def test_the_file_says_what_it_rests_on(files, half_year, sample_year):
    line = Document(str(files["docx"])).core_properties.keywords
    assert line == openpyxl.load_workbook(files["xlsx"]).properties.keywords
    assert json.loads(files["json"].read_text("utf-8"))["format"] == line
    assert f"head={half_year.asked.head} " in line
    root = LogRoot()
    with Ledger.open(sample_year.settings) as ledger:
        for entry in list(ledger.entries())[: half_year.asked.head]:
            root.add(entry.leaf_hash)
    assert line.endswith(f"root={root.root().hex()}")
    told = "".join(p.text for p in Document(str(files["docx"])).paragraphs)
    assert root.root().hex() in told.replace(" ", "")
    properties = pypdf.PdfReader(files["pdf"]).metadata
    assert properties is not None
    assert properties.title == report(half_year).title


def test_numbers_of_all_kinds_in_one_column_are_numbers_that_look_as_printed(files):
    """So that they can be summed and sorted; only points of a percentage stay a text, as no number looks so."""
    page = openpyxl.load_workbook(files["xlsx"])["主要数字"]
    rows = [row for row in page.iter_rows(min_row=4) if row[1].value is not None]
    looks = {"%": {"0.0%"}, "元": {"#,##0.00"}, "亩": {"#,##0.00"}}
    units = set()
    for _, unit, figure, *_ in rows:
        if figure.value != "—":
            assert isinstance(figure.value, int | float), figure.value
            assert figure.number_format in looks.get(str(unit.value), {"0", "0.0##"})
            units.add(unit.value)
    assert {"件", "%", "元", "亩"} <= units
    changes = {row[4].value: row[4].number_format for row in rows if row[1].value == "件"}
    assert {form for value, form in changes.items() if value != "—"} == {"+0;-0;0"}


def test_the_same_report_twice_is_the_same_file(files, half_year):
    assert paper.paper(report(half_year)).bytes() == files["docx"].read_bytes()


def test_all_forms_that_can_be_traced_say_the_same(files):
    read = {kind: tracing.read(files[kind]) for kind in ("docx", "xlsx", "json")}
    assert read["xlsx"].texts == read["json"].texts
    assert read["docx"].texts.items() <= {tag_of(i): text for i, text in read["json"].texts.items()}.items()
    assert len({found.provenance for found in read.values()}) == 1


def test_a_number_is_traced_to_its_acts(files, sample_year, entered, half_year):
    found = sample_year.desk(entered, NOW).ask("report", "trace", files["docx"], "granted@court.duilong")
    assert found["agrees"]
    assert found["now"] is None
    assert {s["type_zh"] for s in found["statements"]} <= {
        EVENTS["EnforcementGranted"].zh,
        EVENTS["RulingReceived"].zh,
    }
    assert len(found["statements"]) == half_year.figures["granted@court.duilong"].value > 0


@pytest.mark.parametrize(
    ("figure", "by"), [("written_off", "WriteOffAgreed"), ("reinstated", "RowReinstated")]
)
def test_what_went_off_the_books_and_came_back_is_traced_to_the_acts_by_which_it_did(
    files, sample_year, entered, half_year, figure, by
):
    found = sample_year.desk(entered, NOW).ask("report", "trace", files["docx"], figure)
    assert found["agrees"]
    assert half_year.figures[figure].value > 0
    told = {s["type_zh"] for s in found["statements"]}
    assert EVENTS[by].zh in told
    assert EVENTS["CaseFiled"].zh not in told


def test_a_cell_is_traced_by_its_place_to_duties_and_their_acts(files, sample_year, entered, half_year):
    rows = openpyxl.load_workbook(files["xlsx"])["数字来源"].iter_rows(min_row=4, values_only=True)
    place = next(f"{sheet}!{cell}" for sheet, cell, id_, *_ in rows if id_ == "copies_late#ruling")
    found = sample_year.desk(entered, NOW).ask("report", "trace", files["xlsx"], place)
    assert found["figure"] == "copies_late#ruling"
    assert {s["duty"]["duty"] for s in found["statements"]} == {"copy_ruling_to_procuratorate"}
    assert {s["duty"]["source"] for s in found["statements"]} == {"拉萨实施意见 三（六）"}
    assert int(found["printed"]) == half_year.figures["copies_late#ruling"].value


@pytest.fixture(scope="module")
def register(sample_year: SampleYear):
    """The register of duties by id: (what it is, the act that opened it)."""
    with closing(sqlite3.connect(f"file:{sample_year.folder}/ledger.db?mode=ro", uri=True)) as connection:
        return {i: (row, by) for i, row, by in connection.execute('SELECT id, "row", opened_by FROM p_duty')}


def test_each_line_of_the_overdue_list_is_traced_to_the_acts_that_opened_and_extended_its_duty(
    files, sample_year, entered, half_year, register
):
    """By its cell in the meeting's print, and by the mark of the paper's control."""
    desk = sample_year.desk(entered, NOW)
    extended = {
        "reply_suggestion_in_two_months": "SuggestionExtended",
        "attend_joint_meeting": "MeetingDeferred",
    }
    seen = set()
    for number, one in enumerate((o for o in half_year.overdue if o.counts), 1):
        row, opened_by = register.get(one.id, ("", ""))
        if number > 1 and row not in extended:
            continue
        found = desk.ask("report", "trace", files["xlsx"], f"逾期清单!E{3 + number}")
        assert (found["figure"], found["printed"]) == (f"overdue_days#{number}", str(one.days))
        assert (found["agrees"], found["unit"], found["now"]) == (True, "工作日", None)
        assert found["duty"]["id"] == one.id
        assert {s["duty"]["id"] for s in found["statements"]} == {one.id}
        assert opened_by in {s["statement"] for s in found["statements"]}
        others = {s["type_zh"] for s in found["statements"] if s["statement"] != opened_by}
        if others:
            assert others == {EVENTS[extended[row]].zh}
            seen.add(row)
    assert seen == set(extended)
    again = desk.ask("report", "trace", files["docx"], "overdue_days#1")
    assert again == desk.ask("report", "trace", files["xlsx"], "逾期清单!E4")


def test_a_term_that_stood_still_is_traced_to_what_stopped_it_and_let_it_run_on(told_here):
    """The government's duty to organise the execution of a grant, which the court suspended for two weeks."""
    acts = [
        ("EnforcementGranted", "2026-02-20", {"ruling_no": "行审81裁", "executor": "government"}),
        ("ExecutionSuspended", "2026-03-02", {"reasons": "案外人异议"}),
        ("ExecutionResumed", "2026-03-16", {}),
    ]
    told_here.replay([line(type_, "court.chengguan", on, data) for type_, on, data in acts])
    with told_here.open() as ledger:
        reader = Reader(ledger, told_here.size)
        (stood,) = [
            d for d in reader.stored_duties(CASE) if d.stopped == ((day("2026-03-02"), day("2026-03-16")),)
        ]
        types = {a.id: a.type for a in reader.dossier(CASE).acts}
        assert [types[act] for act in singles.acts_of(stood, reader)] == [type_ for type_, _, _ in acts]


def test_an_agreed_items_standing_is_traced_to_the_minutes_and_what_was_done(
    files, sample_year, entered, half_year
):
    desk = sample_year.desk(entered, NOW)
    for number, one in [*enumerate(half_year.agreed, 1)][:2]:
        found = desk.ask("report", "trace", files["xlsx"], f"议定事项!E{3 + number}")
        assert (found["figure"], found["agrees"]) == (f"agreed_standing#{number}", True)
        types = [s["type_zh"] for s in found["statements"]]
        assert {s["dossier"] for s in found["statements"]} == {one.meeting.id}
        assert EVENTS["MinutesDrafted"].zh in types
        assert (
            (EVENTS["ItemClosed"].zh in types)
            == (found["printed"] == "已办结")
            == (one.item.closed_on is not None)
        )
    listed = [i for i in tracing.read(files["docx"]).texts if i.startswith("agreed_standing#")]
    assert len(listed) == half_year.figures["agreed_items"].value == 5


def test_a_line_that_was_traced_is_found_again_in_what_is_known_now(
    sample_year, entered, tmp_path, half_year
):
    """The lines of an earlier list are others now: what is asked for is the same duty, not the same number of a line."""
    desk = sample_year.desk(entered, NOW)
    early = tmp_path / "early.json"
    desk.run("report", "joint-meeting", "--from", FIRST, "--to", "2026-06-30", "--head", "2000", "-o", early)
    listed = [i for i in json.loads(early.read_text("utf-8"))["figures"] if i.startswith("overdue_days#")]
    days = {o.id: str(o.days) for o in half_year.overdue}
    now = []
    for number in (listed[0], listed[-1]):
        found = desk.ask("report", "trace", early, number)
        assert found["agrees"]
        assert found["now"] == days.get(found["duty"]["id"], "—")
        now.append(found["now"])
    assert set(now) > {"—"}


def test_a_days_late_that_was_changed_is_found_out_in_every_form(
    files, sample_year, entered, half_year, tmp_path
):
    desk = sample_year.desk(entered, NOW)
    true = next(o.days for o in half_year.overdue if o.counts)
    book: Any = openpyxl.load_workbook(files["xlsx"])
    assert book["逾期清单"]["E4"].value == true
    book["逾期清单"]["E4"] = 1
    book["议定事项"]["E4"] = "已办结"
    book.save(tmp_path / "changed.xlsx")
    document = Document(str(files["docx"]))
    for control in document.element.body.iter(qn("w:sdt")):
        new = {"overdue_days#1": "1", "agreed_standing#1": "已办结"}.get(
            control.find(qn("w:sdtPr")).find(qn("w:tag")).get(qn("w:val"))
        )
        if new is not None:
            next(control.iter(qn("w:t"))).text = new
    document.save(str(tmp_path / "changed.docx"))
    office.to_pdf(tmp_path / "changed.docx", tmp_path / "changed.pdf")
    wanted = [
        {"figure": "agreed_standing#1", "printed": "已办结", "counted": "逾期未办结"},
        {"figure": "overdue_days#1", "printed": "1", "counted": str(true)},
    ]
    for kind in ("xlsx", "docx", "pdf"):
        checked = desk.ask("report", "check", tmp_path / f"changed.{kind}", code=1)
        assert sorted(checked["differing"], key=lambda d: d["figure"]) == wanted, kind


def test_numbers_that_were_changed_by_hand_are_found_out(files, sample_year, entered, tmp_path):
    document = json.loads(files["json"].read_text("utf-8"))
    true = document["figures"]["filed"]["text"]
    document["figures"]["filed"]["text"] = "61"
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(document), "utf-8")
    desk = sample_year.desk(entered, NOW)
    answer = desk.ask("report", "trace", forged, "filed", code=1)
    assert (answer["printed"], answer["recounted"], answer["agrees"]) == ("61", true, False)
    checked = desk.ask("report", "check", forged, code=1)
    assert checked["differing"] == [{"figure": "filed", "printed": "61", "counted": true}]


def test_a_pdf_is_checked_word_by_word(files, sample_year, entered, half_year, tmp_path):
    """Its pages against what is counted: two numbers altered, in a sentence and in a table, and one sentence rewritten."""
    desk = sample_year.desk(entered, NOW)
    whole = desk.ask("report", "check", files["pdf"])
    made = report(half_year)
    drawn = {f.id for b in made.blocks if isinstance(b, Plot) for _, figures in b.series for f in figures}
    assert whole["differing"] == []
    assert len(made.figures()) - len(drawn) <= whole["figures"] <= len(made.figures())
    document = Document(str(files["docx"]))
    changed = {"on_time_rate": "99.9%", "grant_rate@court.dagze": "100.0%"}
    for control in document.element.body.iter(qn("w:sdt")):
        new = changed.get(control.find(qn("w:sdtPr")).find(qn("w:tag")).get(qn("w:val")))
        if new is not None:
            next(control.iter(qn("w:t"))).text = new
    for spoken in document.paragraphs:
        for text in spoken._p.iter(qn("w:t")):
            text.text = (text.text or "").replace("移送涉嫌犯罪", "移送涉及犯罪")
    document.save(str(tmp_path / "changed.docx"))
    office.to_pdf(tmp_path / "changed.docx", tmp_path / "changed.pdf")
    answer = desk.ask("report", "check", tmp_path / "changed.pdf", code=1)
    differing = {d["figure"]: (d["printed"], d["counted"]) for d in answer["differing"]}
    for id_, text in changed.items():
        assert differing[id_] == (text, made.figures()[id_].text)
    rewritten = {f for b in made.blocks if isinstance(b, Paragraph) and "移送涉嫌犯罪" in b.text
                 for f in (s.id for s in b.segments if isinstance(s, Figure))}  # fmt: skip
    assert {f for f, (printed, _) in differing.items() if "已改写" in printed} <= rewritten
    assert set(differing) <= rewritten | set(changed)
    assert "crime_referred" in differing


def test_a_number_that_was_changed_in_one_of_its_places_is_found_out(
    files, sample_year, entered, half_year, tmp_path
):
    """It stands in a sentence and in several tables, of which the last one is left as it is."""
    desk = sample_year.desk(entered, NOW)
    true = half_year.figures["granted"].text
    document = Document(str(files["docx"]))
    places = [c for c in document.element.body.iter(qn("w:sdt"))
              if c.find(qn("w:sdtPr")).find(qn("w:tag")).get(qn("w:val")) == "granted"]  # fmt: skip
    assert len(places) > 2
    next(places[0].iter(qn("w:t"))).text = "999"
    document.save(str(tmp_path / "changed.docx"))
    wanted = [{"figure": "granted", "printed": "999", "counted": true}]
    assert desk.ask("report", "check", tmp_path / "changed.docx", code=1)["differing"] == wanted
    traced = desk.ask("report", "trace", tmp_path / "changed.docx", "granted", code=1)
    assert (traced["printed"], traced["recounted"]) == ("999", true)

    whole = files["json"].read_text("utf-8")
    in_table = json.loads(whole)
    rows = next(b["rows"] for b in in_table["blocks"] if b.get("table") == "主要数字")
    next(c for row in rows for c in row if isinstance(c, dict) and c["figure"] == "granted")["text"] = "999"
    spoken = json.loads(whole)
    for block in spoken["blocks"]:
        if "text" in block:
            block["text"] = block["text"].replace(f"裁定准予{true}件", "裁定准予999件")
    for number, one in enumerate((in_table, spoken)):
        forged = tmp_path / f"{number}.json"
        forged.write_text(json.dumps(one), "utf-8")
        assert desk.ask("report", "check", forged, code=1)["differing"] == wanted


def test_a_number_that_was_changed_beside_its_text_is_found_out(files, sample_year, entered, tmp_path):
    """JSON is read by programs, which take `value`; a workbook by people, who look at the tables and not at the sources."""
    desk = sample_year.desk(entered, NOW)
    document = json.loads(files["json"].read_text("utf-8"))
    true = document["figures"]["filed"]["value"]
    document["figures"]["filed"]["value"] = 999
    (tmp_path / "forged.json").write_text(json.dumps(document), "utf-8")
    checked = desk.ask("report", "check", tmp_path / "forged.json", code=1)
    assert checked["differing"] == [{"figure": "filed", "printed": "999", "counted": str(true)}]

    book = openpyxl.load_workbook(files["xlsx"])
    rows = book["数字来源"].iter_rows(min_row=4, max_col=6, values_only=True)
    sheet, cell, text = next((str(row[0]), str(row[1]), row[4]) for row in rows if row[2] == "filed")
    book[sheet][cell] = 999
    book.save(tmp_path / "forged.xlsx")
    checked = desk.ask("report", "check", tmp_path / "forged.xlsx", code=1)
    assert checked["differing"] == [{"figure": "filed", "printed": "999", "counted": text}]
    for whole in ("json", "xlsx", "docx"):
        assert desk.ask("report", "check", files[whole])["differing"] == []


def test_an_earlier_head_tells_what_was_known_then(sample_year, entered, tmp_path, half_year):
    desk = sample_year.desk(entered, NOW)
    early = tmp_path / "early.json"
    desk.run(
        "report", "joint-meeting", "--from", "2026-01-01", "--to", "2026-06-30", "--head", "2000", "-o", early
    )
    told = json.loads(early.read_text("utf-8"))
    assert told["head"] == 2000
    assert int(told["figures"]["filed"]["text"]) < half_year.figures["filed"].value
    found = desk.ask("report", "trace", early, "filed")
    assert (found["agrees"], found["now"]) == (True, half_year.figures["filed"].text)
    assert all(s["index"] < 2000 for s in found["statements"])


def test_the_draft_that_the_meeting_adopted_is_known_by_its_bytes(told_here):
    """Drafted, circulated, changed and adopted: of two files the ledger knows which was which."""
    told_here.settings["GONGZE_NOW"] = "2026-07-05T18:00:00+08:00"
    drafts = [told_here.folder / f"{name}.docx" for name in ("会议", "内部")]
    for draft, print_ in zip(drafts, ("meeting", "internal"), strict=True):
        told_here.run("report", "joint-meeting", "--print", print_, "-o", draft)
    documents = [
        {"number": "报告1", "title": "半年报告", "kind": "报告", "media_type": "application/octet-stream",
         "sha256": sha256(draft.read_bytes()).hexdigest(), "bytes": draft.stat().st_size}
        for draft in drafts
    ]  # fmt: skip
    agenda = [{"class": "通报", "text": "进展"}]
    meeting: list[tuple[str, dict[str, Any]]] = [
        (
            "MeetingConvened",
            {"kind": "regular", "agenda": agenda, "attendees": ["court.lhasa"], "on": "2026-07-20"},
        ),
        ("ReportCirculated", {"from": "2026-01-01", "to": "2026-06-30", "documents": [documents[0]]}),
        ("ReportCirculated", {"documents": [documents[1]]}),
        ("ReportAdopted", {"documents": [documents[1]]}),
    ]
    told_here.replay(
        [line(type_, "nr.lhasa", "2026-07-04", data, "meeting/2026-2") for type_, data in meeting]
    )
    acts = [[a["type_zh"] for a in told_here.ask("report", "check", draft)["acts"]] for draft in drafts]
    assert acts == [["会议报告送审"], ["会议报告送审", "会议报告通过"]]


# --- bad input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("missing.xlsx", None, "file_unusable"),
        ("empty.xlsx", b"", "report_unreadable"),
        ("no.docx", b"PK\x03\x04broken", "report_unreadable"),
        ("no.json", b"[1]", "report_unreadable"),
        ("deep.json", b"[" * 100_000, "report_unreadable"),
        ("report.pdf", b"%PDF-", "format_unknown"),
        ("report.odt", b"PK", "format_unknown"),
    ],
)
def test_files_that_are_no_report(sample_year, entered, tmp_path, name, content, code):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    desk = sample_year.desk(entered, NOW)
    assert desk.fails("report", "trace", path, "filed", code=2)["code"] == code
    checked = desk.fails("report", "check", path, code=2)["code"]
    assert checked == ("report_unreadable" if name == "report.pdf" else code)


@pytest.mark.parametrize(
    "days", [("0001-01-01", "0001-06-30"), ("9999-01-01", "9999-12-31"), ("2026-06-30", "2026-01-01")]
)
def test_a_file_of_days_that_no_report_can_be_of(files, sample_year, entered, tmp_path, days):
    document = json.loads(files["json"].read_text("utf-8"))
    for name, true, new in zip(("from", "to"), ("2026-01-01", "2026-06-30"), days, strict=True):
        document["format"] = document["format"].replace(f"{name}={true}", f"{name}={new}")
    (tmp_path / "r.json").write_text(json.dumps(document), "utf-8")
    desk = sample_year.desk(entered, NOW)
    for question in (("check",), ("trace",)):
        of = ("filed",) if question == ("trace",) else ()
        assert (
            desk.fails("report", *question, tmp_path / "r.json", *of, code=2)["code"] == "report_unreadable"
        )


def test_statistics_of_days_that_are_not_counted(sample_year, entered):
    desk = sample_year.desk(entered, NOW)
    for to, code in (("0001-06-01", "date_out_of_range"), ("9999-12-31", "date_out_of_range"),
                     ("2026-07-11", "date_in_future")):  # fmt: skip
        assert desk.fails("statistics", "--to", to, code=2)["code"] == code


def test_a_city_without_a_department_is_told_so(bare, entered):
    """Founded with a procuratorate alone: nobody's work is there to report."""
    (bare.folder / "passphrase").write_text("word")
    desk = replace(bare, settings={"GONGZE_KEY_PASSPHRASE_FILE": "passphrase"}, runner=entered)
    root = desk.ask("key", "new", "--root", "-o", "root.key")["key_id"]
    agency = {"id": "procuratorate.lhasa", "kind": "procuratorate", "name": "拉萨市人民检察院", "level": "city",
              "region": "540100", "root_key_id": root}  # fmt: skip
    (desk.folder / "agencies.jsonl").write_text(json.dumps(agency))
    desk.run("init", "--agencies", "agencies.jsonl", "--origin", "gongze.example/real")
    refused = desk.run("report", "joint-meeting", "-o", "r.json", code=2).err
    assert "region_unknown" in refused
    assert "还没有自然资源主管部门" in refused


def test_a_file_that_grows_without_end_is_not_unpacked(files, sample_year, entered, monkeypatch):
    monkeypatch.setattr(tracing, "INFLATED", 1000)
    for kind in ("docx", "xlsx"):
        error = sample_year.desk(entered, NOW).fails("report", "trace", files[kind], "filed", code=2)
        assert error["code"] == "report_unreadable"


def test_what_cannot_be_traced_is_said(files, sample_year, entered, tmp_path):
    desk = sample_year.desk(entered, NOW)
    assert desk.fails("report", "trace", files["xlsx"], "分地区!A1", code=2)["code"] == "figure_unknown"
    assert desk.fails("report", "trace", files["json"], "nothing", code=2)["code"] == "figure_unknown"
    document = json.loads(files["json"].read_text("utf-8"))
    wrong = (
        ("ledger", "0" * 64, "report_foreign"),
        ("head", "999999", "head_unknown"),
        ("root", "0" * 64, "report_foreign"),
    )
    for field, value, code in wrong:
        changed = tmp_path / f"{field}.json"
        line = re.sub(rf"{field}=\w+", f"{field}={value}", document["format"])
        changed.write_text(json.dumps({**document, "format": line}), "utf-8")
        assert desk.fails("report", "trace", changed, "filed", code=2)["code"] == code


def test_reports_that_are_not_made(sample_year, entered, tmp_path):
    desk = sample_year.desk(entered, NOW)
    target = tmp_path / "r.xlsx"
    for arguments in (["--to", "2026-12-31"], ["--region", "999999"], ["--head", "999999"]):
        desk.run("report", "joint-meeting", "-o", target, *arguments, code=2)
    desk.run("report", "joint-meeting", "-o", tmp_path / "r.odt", code=2)
    desk.run("report", "joint-meeting", "-o", target, "--from", "2026-06-30", "--to", "2026-01-01", code=2)
    assert not target.exists()


# --- statistics -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def counted(sample_year: SampleYear, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    desk = sample_year.desk(real_command, NOW)
    plots = tmp_path_factory.mktemp("plots")
    answer = desk.ask("statistics", "--from", FIRST, "--to", LAST, "--plots", plots)
    assert sorted(p.name for p in plots.iterdir()) == [
        "各月按期.png",
        "各环节用时.png",
        "执行路径.png",
        "账龄.png",
    ]
    assert all(p.read_bytes().startswith(b"\x89PNG") for p in plots.iterdir())
    return dict(answer)


def test_the_funnel_narrows_from_step_to_step(counted, whole_year):
    numbers = [step["decisions"] for step in counted["funnel"]]
    assert numbers == sorted(numbers, reverse=True)
    assert 0 < numbers[-1] < numbers[0] <= whole_year.figures["decided"].value


def test_each_step_is_somebodys(counted):
    """Also an execution that the court left to the government, before it had designated anybody."""
    for step in {s["step"] for s in counted["steps"]}:
        of = {s["scope"]: s["number"] for s in counted["steps"] if s["step"] == step}
        by_agency = sum(number for scope, number in of.items() if scope is not None and not scope.isdigit())
        assert by_agency == of[None], step


def test_the_months_are_the_reports_duties(counted, whole_year):
    for name in ("on_time", "late", "unconfirmed"):
        assert sum(m[name] for m in counted["months"]) == whole_year.figures[f"due_{name}"].value


def test_the_ages_are_the_reports_overdue(counted, whole_year):
    whole = [a for a in counted["ageing"] if a["scope"] is None]
    assert sum(a["counted"] for a in whole if a["age"] != "未到期") == whole_year.figures["overdue"].value
    for age in whole:
        apart = [a for a in counted["ageing"] if a["scope"] and a["age"] == age["age"]]
        assert sum(a["counted"] for a in apart) == age["counted"]


def test_days_of_a_step_by_sql(counted, sql):
    """From application to acceptance, as the register has them."""
    of = "FROM p_application WHERE accepted_on BETWEEN :first AND :last"
    (whole,) = [s for s in counted["steps"] if s["step"] == "applied_to_accepted" and s["scope"] is None]
    assert whole["number"] == sql(f"SELECT count(*) {of}")
    assert whole["worst_days"] == sql(f"SELECT max(julianday(accepted_on) - julianday(applied_on)) {of}")


def test_statistics_as_csv(sample_year, entered, counted):
    out = (
        sample_year.desk(entered, NOW).run("statistics", "--from", FIRST, "--to", LAST, "--format", "csv").out
    )
    rows = list(csv.reader(out.splitlines()))
    assert rows[0] == ["统计", "项目", "范围", "指标", "数值"]
    assert ["执行路径", "申请强制执行", "合计", "份", str(counted["funnel"][3]["decisions"])] in rows
