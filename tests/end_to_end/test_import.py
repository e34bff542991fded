"""`gongze import` and `gongze querysheet`: registers into the ledger, and what comes back of them."""

import openpyxl
import pytest

from events.keys import SigningKey
from gongze.querysheet import asked
from tests.books import xlsx
from tests.end_to_end.conftest import line

HEADS = ["案号", "案件名称", "当事人", "违法地点", "违法类型", "案件来源", "立案日期", "占地面积（亩）"]


def case(number, on="2026-2-3", party="甲公司"):
    return [f"拉自然资执〔2026〕{number}号", "未批先占建房案", party, "示例村一组", "未批先占", "巡查", on, 3]


def put(desk, name, content):
    path = desk.folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def csv_of(*rows, encoding="utf-8"):
    return "\r\n".join(",".join("" if v is None else str(v) for v in row) for row in rows).encode(encoding)


def filed(desk, file, *more, code=0):
    return desk.ask(
        "import", "cases", file, "--as", "filed", "--actor", "nr.lhasa", "--keys", "keys", *more, code=code
    )


def cells(path):
    return [[c.value for c in row] for row in openpyxl.load_workbook(path).worksheets[0].iter_rows()]


# --- cases -----------------------------------------------------------------------------------------------------


def test_cases_of_a_register_are_filed_row_by_row(here):
    title = [["拉萨市执法台账"], ["填报单位：甲局", "填报时间：2026年3月1日"], HEADS]
    file = put(
        here,
        "台账.xlsx",
        xlsx([*title, case(1), case(2, "2026年2月4日", "乙某、丙某"), ["合计", 2]], ["A1:H1"]),
    )
    answer = filed(here, file)
    assert [(a["line"], a["row"], a["duplicate"]) for a in answer["accepted"]] == [
        (4, 4, False),
        (5, 5, False),
    ]
    assert (answer["refused"], answer["irregular"], answer["passed_over"]) == ([], [], [6])
    with here.open() as ledger:
        second = ledger.case("拉自然资执〔2026〕2号").filed
    assert (list(second.parties.values()), second.filed_on.isoformat()) == (["乙某", "丙某"], "2026-02-04")
    assert (second.place.area_m2, second.place.region, second.violation) == (
        "2000.00",
        "540100",
        "unapproved_land_use",
    )


@pytest.mark.parametrize(
    "on", ["2026-2-3", "2026/02/03", "2026.2.3", "2026年2月3日", "20260203", "２０２６－２－３", "46056"]
)
def test_a_day_in_any_way_of_writing_is_the_same_day(here, on):
    """46056: the day number of 3 February 2026, counted by hand in tests/unit/gongze/test_sheets_cells.py."""
    filed(here, put(here, "台账.csv", csv_of(HEADS, case(1, on))))
    with here.open() as ledger:
        assert ledger.case("拉自然资执〔2026〕1号").filed.filed_on.isoformat() == "2026-02-03"


def test_what_is_imported_twice_or_by_two_people_is_one_act(here):
    rows = [HEADS, case(1), case(2)]
    filed(here, put(here, "甲的.xlsx", xlsx(rows)))
    size = here.size
    again = filed(here, put(here, "乙的.csv", csv_of(HEADS, case(2), case(1), encoding="gbk")))
    assert [a["duplicate"] for a in again["accepted"]] == [True, True]
    assert (again["refused"], here.size) == ([], size)
    assert (
        "（已在账）"
        in here.run(
            "import", "cases", "甲的.xlsx", "--as", "filed", "--actor", "nr.lhasa", "--keys", "keys"
        ).out
    )


def test_two_officers_of_an_agency_make_the_same_act_of_the_same_row(here):
    SigningKey.generate().save(here.folder / "二.key", None)
    here.run(
        "key", "register", "--agency", "nr.lhasa", "--root-key", "keys/nr.lhasa/root.key", "--key", "二.key", "--officer",
        "nr.lhasa/2", "--name", "乙", "--custody", "agent",
    )  # fmt: skip
    file = put(here, "台账.xlsx", xlsx([HEADS, case(1), case(2)]))
    filed(here, put(here, "一行.xlsx", xlsx([HEADS, case(1)])))
    second = here.ask("import", "cases", file, "--as", "filed", "--actor", "nr.lhasa", "--key", "二.key")
    assert [a["duplicate"] for a in second["accepted"]] == [True, False]
    with here.open() as ledger:
        assert [a.officer for n in (1, 2) for a in ledger.acts(f"case/拉自然资执〔2026〕{n}号")] == [
            "nr.lhasa/1",
            "nr.lhasa/2",
        ]


def test_a_number_twice_in_a_file_is_refused_unless_the_rows_are_the_same(here):
    answer = filed(
        here, put(here, "台账.xlsx", xlsx([HEADS, case(1), case(1), case(1, party="别人")])), code=1
    )
    assert [(a["row"], a["duplicate"]) for a in answer["accepted"]] == [(2, False), (3, True)]
    assert [(r["row"], r["code"]) for r in answer["refused"]] == [(4, "case_rule_broken")]


def test_refused_rows_come_back_corrected_and_only_they_go_in(here):
    spoilt = ("raw", '<c r="{r}"><f>1+1</f></c>')
    bad = [
        case(2, "2026-2-30"),
        [*case(3)[:4], "盖房子", *case(3)[5:]],
        [*case(4)[:7], spoilt],
        [None, *case(5)[1:]],
    ]
    answer = filed(here, put(here, "台账.xlsx", xlsx([["标题"], HEADS, case(1), *bad], ["A1:H1"])), code=1)
    assert [(r["row"], r["code"], r["field"]) for r in answer["refused"]] == [
        (4, "schema_invalid", "立案日期"), (5, "schema_invalid", "违法类型"), (6, "schema_invalid", "占地面积"),
        (7, "schema_invalid", "案号"),
    ]  # fmt: skip
    back = here.folder / "台账-退回.xlsx"
    assert answer["refused_file"] == str(back)
    rows = cells(back)
    assert rows[0][0] == "标题"
    assert rows[1] == [*HEADS, "错误原因"]
    assert [row[:7] for row in rows[2:]] == [[*b[:7]] for b in bad]
    assert all("schema_invalid" in row[8] for row in rows[2:])
    book = openpyxl.load_workbook(back)
    page = book.worksheets[0]
    page["G3"], page["E4"], page["H5"], page["A6"] = "2026-2-28", "未批先占", 3, "拉自然资执〔2026〕5号"
    book.save(back)
    corrected = filed(here, back)
    assert [a["duplicate"] for a in corrected["accepted"]] == [False] * 4
    assert corrected["refused"] == []


def test_refused_rows_of_a_csv_come_back_in_its_own_encoding(here):
    answer = filed(here, put(here, "台账.csv", csv_of(HEADS, case(1, "昨天"), encoding="gbk")), code=1)
    text = (here.folder / "台账-退回.csv").read_bytes().decode("gb18030")
    assert text.splitlines()[0] == ",".join([*HEADS, "错误原因"])
    assert "昨天" in text.splitlines()[1]
    again = filed(here, "台账-退回.csv", code=1)
    assert [r["field"] for r in again["refused"]] == ["立案日期"]
    assert again["refused_file"].endswith("台账-退回2.csv")  # never over another
    assert (here.folder / "台账-退回2.csv").read_bytes().decode("gb18030") == text
    assert answer["accepted"] == []


def test_a_dry_run_says_what_would_happen_and_writes_nothing(here):
    file = put(here, "台账.xlsx", xlsx([HEADS, case(1), case(1, party="别人"), case(2, "昨天")]))
    before = {p.relative_to(here.folder): p.read_bytes() for p in here.folder.rglob("*") if p.is_file()}
    tried = filed(here, file, "--dry-run", "--mapping", "我的", "--map", "案件名称=title", code=1)
    assert tried["dry_run"] is True
    assert [(a["row"], a["index"], a["duplicate"]) for a in tried["accepted"]] == [(2, None, False)]
    assert [(r["row"], r["code"]) for r in tried["refused"]] == [
        (3, "case_rule_broken"),
        (4, "schema_invalid"),
    ]
    after = {p.relative_to(here.folder): p.read_bytes() for p in here.folder.rglob("*") if p.is_file()}
    assert {p: c for p, c in after.items() if p.suffix not in (".db-shm", ".db-wal", ".lock")} == {
        p: c for p, c in before.items() if p.suffix not in (".db-shm", ".db-wal", ".lock")
    }
    real = filed(here, file, code=1)
    assert [(a["row"], a["id"]) for a in real["accepted"]] == [(a["row"], a["id"]) for a in tried["accepted"]]
    assert real["refused"] == tried["refused"]
    out = here.run(
        "import", "cases", file, "--as", "filed", "--actor", "nr.lhasa", "--keys", "keys", "--dry-run", code=1
    ).out
    assert "已在账" in out
    assert "什么也没有写入" in out


def test_columns_named_once_are_kept_under_their_name(here):
    rows = [["编号甲", *HEADS[1:]], case(1)]
    file = put(here, "台账.xlsx", xlsx(rows))
    assert here.fails(
        "import", "cases", file, "--as", "filed", "--actor", "nr.lhasa", "--keys", "keys", code=2
    )["code"] == "column_missing"  # fmt: skip
    assert len(filed(here, file, "--map", "编号甲=案号", "--mapping", "甲县")["accepted"]) == 1
    assert (
        len(filed(here, put(here, "二.xlsx", xlsx([rows[0], case(2)])), "--mapping", "甲县")["accepted"]) == 1
    )
    other = here.fails("import", "acts", file, "--mapping", "甲县", "--keys", "keys", code=2)
    assert other["code"] == "mapping_unusable"


@pytest.mark.parametrize(
    ("content", "more", "code"),
    [
        (xlsx([HEADS, case(1)]), ["--map", "没有的列=case"], "column_missing"),
        (xlsx([HEADS, case(1)]), ["--map", "案号=没有的字段"], "field_unknown"),
        (xlsx([HEADS, case(1)]), ["--sheet", "没有"], "sheet_unknown"),
        (xlsx([HEADS, case(1)]), ["--refused", "台账.xlsx"], "file_exists"),
        (xlsx([HEADS, case(1)]), ["--refused", "退回.csv"], "format_unknown"),
        (xlsx([HEADS, case(1)]), ["--actor", "nr.nobody"], "key_unknown"),
        (xlsx([HEADS, case(1)]), ["--keys", "没有"], "file_unusable"),
        (xlsx([HEADS, case(1)])[:300], [], "sheet_unusable"),
        (xlsx([["甲", "乙"]]), [], "heading_missing"),
        (b"", [], "file_unusable"),
        (csv_of(HEADS, case(1), ['"x']), [], "sheet_unusable"),
    ],
)
def test_what_cannot_be_used_changes_nothing_and_is_one_sentence(here, content, more, code):
    put(here, "台账.xlsx", content)
    size, files = here.size, sorted(p.name for p in here.folder.iterdir())
    error = here.fails(
        "import",
        "cases",
        "台账.xlsx",
        "--as",
        "filed",
        "--actor",
        "nr.lhasa",
        "--keys",
        "keys",
        *more,
        code=2,
    )
    assert error["code"] == code
    assert "\n" not in error["message"]
    assert (here.size, sorted(p.name for p in here.folder.iterdir())) == (size, files)


@pytest.mark.parametrize(
    "arguments", [("horses", "x"), ("cases", "x", "--as", "y"), ("reply-sheet", "x", "--how", "y")]
)
def test_a_call_that_cannot_be_understood(here, arguments):
    assert here.run("import", *arguments, code=2).out == ""


def test_macros_and_other_sheets_are_named_on_stderr(here):
    content = xlsx([HEADS, case(1)], more=[("别的", [["甲"]])], parts={"xl/vbaProject.bin": "x"})
    ran = here.run(
        "import",
        "cases",
        put(here, "台账.xlsm", content),
        "--as",
        "filed",
        "--actor",
        "nr.lhasa",
        "--keys",
        "keys",
    )
    assert "宏没有运行" in ran.err
    assert "没有读取：别的" in ran.err


def test_an_old_case_is_carried_forward_with_what_its_line_tells(here):
    heads = ["序号", "案号", "当事人", "违法地点", "立案日期", "处罚决定文号", "处罚决定日期", "处罚内容", "送达日期", "申请执行日期",
             "法院", "受理日期", "行审案号"]  # fmt: skip
    row = [7, "拉自然资执〔2022〕1号", "甲", "示例村", "2022-1-4", "罚1", "2022-3-1", "罚款1万元", "2022-3-3", "2022-12-1",
           "城关区人民法院", "2022-12-5", "行审1"]  # fmt: skip
    file = put(here, "存量.xlsx", xlsx([heads, row]))
    ask = ("import", "cases", file, "--actor", "nr.lhasa", "--keys", "keys")
    assert [a["duplicate"] for a in here.ask(*ask)["accepted"]] == [False]
    assert [a["duplicate"] for a in here.ask(*ask)["accepted"]] == [True]
    moved = put(here, "另存.xlsx", xlsx([heads, [8, "拉自然资执〔2022〕2号", *row[2:5]], [9, *row[1:]]]))
    assert [a["duplicate"] for a in here.ask(*ask[:2], moved, *ask[3:])["accepted"]] == [False, True]
    with here.open() as ledger:
        case = ledger.case("拉自然资执〔2022〕1号")
        act = ledger.acts("case/拉自然资执〔2022〕1号")[0]
    assert act.occurred_on.isoformat() == "2024-01-01"  # the day the sample ledger was started
    assert [(p.type, p.on.isoformat(), p.for_, p.number) for p in act.event.prior_acts] == [
        ("CaseFiled", "2022-01-04", None, None), ("PenaltyDecided", "2022-03-01", None, "罚1"),
        ("PenaltyServed", "2022-03-03", None, "罚1"), ("EnforcementApplied", "2022-12-01", None, None),
        ("EnforcementAccepted", "2022-12-05", "court.chengguan", "行审1"),
    ]  # fmt: skip
    assert act.event.source_row == "7"
    assert [i.amount_yuan for d in case.decisions.values() for i in d.items.values()] == ["10000.00"]


# --- acts --------------------------------------------------------------------------------------------------------


def test_acts_of_a_week_are_signed_by_the_agency_of_their_row(told_here):
    number, court, nr = "拉自然资执〔2025〕81号", "城关区人民法院", "拉萨市自然资源局"
    rows: list[list[object]] = [
        ["案号", "事项", "日期", "机关", "文号", "结果", "执行主体"],
        [number, "裁定准予执行", "2026-3-10", court, "裁81", None, "法院"],
        [number, "收到裁定", "2026-3-12", nr, "裁81", None, None],
        [number, "吃饭", "2026-3-12", nr, None, None, None],
        [number, "结案", "2026-3-12", nr, None, "完", None],
        [number, "收到裁定", "2026-3-12", "某某局", "裁81", None, None],
    ]
    answer = told_here.ask(
        "import", "acts", put(told_here, "周报.xlsx", xlsx(rows)), "--keys", "keys", code=1
    )
    assert [a["row"] for a in answer["accepted"]] == [2, 3]
    assert [(r["row"], r["field"]) for r in answer["refused"]] == [(4, "事项"), (5, "结果"), (6, "机关")]
    with told_here.open() as ledger:
        acts = ledger.acts("case/拉自然资执〔2025〕81号")[-2:]
    assert [(a.type, a.agency) for a in acts] == [
        ("EnforcementGranted", "court.chengguan"),
        ("RulingReceived", "nr.lhasa"),
    ]


# --- the query sheet ----------------------------------------------------------------------------------------------


def test_an_agency_on_paper_is_asked_for_what_it_owes_and_the_row_number_stays(told_here):
    assert told_here.ask("querysheet", "--agency", "court.chengguan", "-o", "回执.xlsx") == {
        "file": "回执.xlsx",
        "rows": 1,
    }
    rows = cells(told_here.folder / "回执.xlsx")
    assert rows[1][0] == "填报单位：城关区人民法院（court.chengguan）"
    assert rows[2][8:10] == ["可填结果", "请填写"]
    asked = dict(zip(rows[2], rows[4], strict=False))
    assert (asked["案号"], asked["事项"]) == ("拉自然资执〔2025〕81号", "受理之日起七个工作日内裁定（申81）")
    assert "裁定准予执行：政府（裁执分离）；" in asked["可填结果"]
    told_here.run(
        "querysheet", "--agency", "court.chengguan", "-o", "下周.xlsx", GONGZE_NOW="2026-03-27T18:00:00+08:00"
    )
    assert cells(told_here.folder / "下周.xlsx")[4][1] == asked["编号"]


def test_each_answer_is_about_the_very_application_that_the_row_asks_for(told_here):
    with told_here.open() as ledger:
        (row,) = asked(ledger, "court.chengguan")
        (applied,) = [a for a in ledger.acts("case/拉自然资执〔2025〕81号") if a.type == "EnforcementApplied"]
    assert {(a.event, a.data["application"]) for a in row.answers} == {
        ("EnforcementGranted", applied.id), ("EnforcementRefused", applied.id),
    }  # fmt: skip


def test_a_query_sheet_names_the_parties_only_to_whom_the_case_is_shown(told_here):
    shared = line("DocumentShared", "nr.lhasa", "2026-03-02", {
        "kind": "penalty_decision", "document_no": "罚81", "to": ["court.lhasa", "court.chengguan"]})  # fmt: skip
    assert told_here.replay([shared])["refused"] == []
    with told_here.open() as ledger:
        (stranger,) = asked(ledger, "court.lhasa")
        own = next(a for a in asked(ledger, "court.chengguan") if "罚81" in a.what)
    assert (stranger.case, stranger.parties, own.case, own.parties) == (own.case, "", own.case, "甲公司")
    assert "（罚81）" in stranger.what


@pytest.mark.parametrize(("agency", "output", "code"), [
    ("court.nobody", "x.xlsx", "agency_unknown"), ("court.chengguan", "x.csv", "format_unknown"),
    ("court.chengguan", "script.xlsx", "file_exists"),
])  # fmt: skip
def test_a_query_sheet_that_cannot_be_written(told_here, agency, output, code):
    put(told_here, "script.xlsx", "x")
    assert told_here.fails("querysheet", "--agency", agency, "-o", output, code=2)["code"] == code
    assert (told_here.folder / "script.xlsx").read_bytes() == b"x"


def filled(desk, **answers):
    """The court's query sheet with its one row filled in by hand."""
    desk.run("querysheet", "--agency", "court.chengguan", "-o", "回执.xlsx")
    book = openpyxl.load_workbook(desk.folder / "回执.xlsx")
    page = book.worksheets[0]
    for column, value in answers.items():
        page[f"{column}5"] = value
    book.save(desk.folder / "填好.xlsx")
    return desk.folder / "填好.xlsx"


def replied(desk, file, *more, code=0, **settings):
    asked = ("import", "reply-sheet", file, "--actor", "nr.lhasa", "--keys", "keys", *more)
    return desk.ask(*asked, code=code, **settings)


def test_a_filled_sheet_is_recorded_on_behalf_with_its_scan(told_here):
    file = filled(told_here, J="裁定准予执行：法院", K="2026年3月12日", L="（2026）行审1号", M="扎西", N="无")
    scan = put(told_here, "扫描.pdf", b"%PDF-1.7 signed and sealed")
    answer = replied(told_here, file, "--scan", scan)
    assert [(a["row"], a["duplicate"]) for a in answer["accepted"]] == [(5, False)]
    assert answer["refused"] == []
    with told_here.open() as ledger:
        act = ledger.acts("case/拉自然资执〔2025〕81号")[-1]
    assert (act.type, act.agency, act.signer, act.occurred_on.isoformat()) == (
        "EnforcementGranted", "court.chengguan", "nr.lhasa", "2026-03-12",
    )  # fmt: skip
    event = act.event
    assert (event.ruling_no, event.executor, event.note) == ("（2026）行审1号", "court", "无")
    assert (event.behalf.how, event.behalf.obtained_on.isoformat(), event.behalf.from_whom) == (
        "served_original", "2026-03-20", "扎西",
    )  # fmt: skip
    assert [(d.media_type, d.bytes) for d in event.documents] == [("application/pdf", 26)]
    size = told_here.size
    later = replied(
        told_here, file, "--scan", scan, GONGZE_NOW="2026-03-23T09:00:00+08:00"
    )  # obtained again, later
    assert [a["duplicate"] for a in later["accepted"]] == [True]
    assert told_here.size == size


@pytest.mark.parametrize(("answers", "field", "code"), [
    ({"J": "裁定", "K": "2026-3-12"}, "办理结果", "schema_invalid"),
    ({"J": "裁定不准予执行", "L": "裁1"}, "日期", "schema_invalid"),
    ({"J": "裁定不准予执行", "K": "2026-3-12", "N": "事实不清"}, "文号", "schema_invalid"),
    ({"J": "裁定不准予执行", "K": "2026-3-12", "L": "裁1"}, "备注", "schema_invalid"),
    ({"B": "ffffffffffffffff", "J": "裁定不准予执行", "K": "2026-3-12"}, "编号", "row_unknown"),
    ({"C": "拉自然资执〔2025〕82号", "J": "裁定不准予执行", "K": "2026-3-12"}, "编号", "schema_invalid"),
])  # fmt: skip
def test_an_answer_that_says_too_little_is_refused_with_its_column(told_here, answers, field, code):
    answer = replied(told_here, filled(told_here, **answers), code=1)
    assert [(r["code"], r["field"]) for r in answer["refused"]] == [(code, field)]


def test_rows_not_yet_answered_are_counted_and_left_alone(told_here):
    answer = replied(told_here, filled(told_here, J="正在办理"))
    assert (answer["accepted"], answer["refused"], answer["unanswered"]) == ([], [], 1)


def test_a_reply_sheet_needs_to_say_whose_it_is_and_who_records_it(told_here):
    file = filled(told_here)
    assert told_here.fails("import", "reply-sheet", file, "--keys", "keys", code=2)["field"] == "--actor"
    book = openpyxl.load_workbook(file)
    book.worksheets[0]["A2"] = "填报单位："
    book.worksheets[0]["H2"] = None
    book.save(file)
    told = told_here.fails("import", "reply-sheet", file, "--actor", "nr.lhasa", "--keys", "keys", code=2)
    assert (told["code"], told["field"]) == ("agency_unknown", "--agency")
    scan = put(told_here, "扫描.txt", "no scan")
    assert told_here.fails(
        "import", "reply-sheet", file, "--actor", "nr.lhasa", "--keys", "keys", "--scan", scan, code=2
    )["field"] == "--scan"  # fmt: skip
