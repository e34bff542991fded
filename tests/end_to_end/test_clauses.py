"""Each sentence of the instrument is carried by acts, duties and tests, or it is said why not; what the templates say is
what the software does."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from domain.acts import EVENTS
from domain.acts.base import ANY
from domain.values import KIND_ZH
from gongze import clauses, datalist

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/clauses.md"
TEMPLATES = ROOT / "docs/templates"
RULES = TEMPLATES / "运行规则.md"
DATA = TEMPLATES / "数据责任清单.md"
SOURCES = [
    path
    for room in ("domain", "events", "projections", "gongze")
    for pattern in ("*.py", "*.toml")
    for path in (ROOT / room).rglob(pattern)
]


# --- sentence by sentence -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def book() -> clauses.Book:
    return clauses.read(PAGE)


def test_each_sentence_is_carried_and_proved_or_it_is_said_why_not(book):
    assert clauses.faults(book) == []


def test_the_page_is_what_the_list_the_acts_the_packs_and_the_tests_say(book):
    below = PAGE.read_text("utf-8").partition(clauses.MARK)[2]
    assert below.strip() == clauses.text(book).strip(), "run: python -m gongze.clauses docs/clauses.md"


def test_every_clause_of_the_instrument_is_there(book):
    """Five parts: a preamble, two without clauses, six responsibilities, three mechanisms, four safeguards."""
    wanted = ["前言", "一", "二", *(f"三（{n}）" for n in "一二三四五六"), *(f"四（{n}）" for n in "一二三"),
              *(f"五（{n}）" for n in "一二三四")]  # fmt: skip
    assert list(dict.fromkeys(s.clause for s in book.sentences)) == wanted
    copies = {
        s.no: s.duties[-1] for s in book.sentences if s.no in ("三（六）-2.2", "三（六）-2.3", "三（六）-2.4")
    }
    assert list(copies.values()) == [
        "copy_application_to_procuratorate", "copy_acceptance_to_procuratorate", "copy_ruling_to_procuratorate",
    ]  # fmt: skip


SENTENCE = clauses.Sentence("三（五）-1.2", "公安部门对于", ("ClueReturned",), ("return_non_crime_clue",))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"events": (), "duties": ()}, "二者取一"),
        ({"reason": "只是原则"}, "二者取一"),
        (
            {"events": (), "duties": ("summarise_experience",)},
            "二者取一",
        ),  # left for later: it carries nothing
        ({"events": ("ClueFound",)}, "没有事件 ClueFound"),
        ({"duties": ("return_clue",)}, "没有责任 return_clue"),
        ({"opens": "公安部门对于在办案过程中发现的未涉嫌刑事犯罪的自然资源违法线索"}, "不超过 25 字"),
        ({"no": "三（五）-1.3"}, "编号不连续"),
        ({"no": "三（五）"}, "应写作"),
        ({"no": "六（一）-1.1"}, "没有 六（一） 的标题"),
    ],
)
def test_what_is_wrong_with_a_sentence_is_named(book, changes, fault):
    place = [s.no for s in book.sentences].index("三（五）-1.2")
    sentences = list(book.sentences)
    sentences[place] = replace(SENTENCE, **changes)
    assert any(fault in found for found in clauses.faults(replace(book, sentences=tuple(sentences))))


def test_a_sentence_without_a_test_a_repeated_one_and_a_mark_of_none_are_named(book):
    untested = {no: tests for no, tests in book.tests.items() if no != "三（五）-1.2"}
    assert clauses.faults(replace(book, tests=untested)) == ["三（五）-1.2: 没有测试"]
    stray = {**book.tests, "三（七）-1.1": ("tests/test_x.py::test_y",)}
    assert clauses.faults(replace(book, tests=stray)) == ["tests/test_x.py::test_y: 没有条款 三（七）-1.1"]
    twice = (*book.sentences, book.sentences[-1])
    assert "五（四）-1.1: 重复列出" in clauses.faults(replace(book, sentences=twice))


def test_a_duty_of_the_instrument_that_no_sentence_of_its_clause_names_is_told(book):
    """五（四） is the only place of track_joint_case; write it under 三（六） and its own clause lacks it."""
    moved = tuple(
        replace(s, duties=()) if s.no == "五（四）-1.1" else
        replace(s, duties=("track_joint_case",)) if s.no == "三（六）-3.1" else s
        for s in book.sentences
    )  # fmt: skip
    found = clauses.faults(replace(book, sentences=moved))
    assert found == ["track_joint_case: 出处是 拉萨实施意见 五（四），没有列在那一条之下"]
    without = tuple(replace(s, duties=()) if s.no == "五（三）-1.1" else s for s in book.sentences)
    assert clauses.faults(replace(book, sentences=without)) == [
        "summarise_experience: 规则包暂不列为责任的，也应列在一句之下"
    ]


MARK = "# 条" + "款 "  # in two parts, so that it is no marker here


def test_a_marker_belongs_to_the_test_below_it(tmp_path):
    tests = tmp_path / "tests"
    tests.mkdir()
    file = tests / "test_it.py"
    file.write_text(
        f"import pytest\n\n\n{MARK}四（一）-1.1、四（一）-1.2\n# why\n{MARK}五（四）-1.1\n"
        "@pytest.mark.parametrize(\n    'n',\n    [1],\n)\ndef test_a(n):\n    pass\n\n\n"
        f"def test_b():\n    pass\n\n\n{MARK}四（一）-1.1\ndef test_c():\n    pass\n",
        "utf-8",
    )
    assert clauses.marked(tests, tmp_path) == {
        "四（一）-1.1": ("tests/test_it.py::test_a", "tests/test_it.py::test_c"),
        "四（一）-1.2": ("tests/test_it.py::test_a",),
        "五（四）-1.1": ("tests/test_it.py::test_a",),
    }
    file.write_text(f"{MARK}四（一）-1.1\n\n\ndef test_a():\n    pass\n", "utf-8")
    with pytest.raises(ValueError, match=r"tests/test_it.py:1: "):
        clauses.marked(tests, tmp_path)


def test_the_page_is_written_anew_below_its_mark_and_not_at_all_from_a_wrong_list(tmp_path, capsys):
    docs, tests = tmp_path / "docs", tmp_path / "tests"
    docs.mkdir()
    tests.mkdir()
    page = docs / "clauses.md"
    page.write_text(f"# 手写的\n\n{clauses.MARK}\n\n旧的\n", "utf-8")
    listed = (ROOT / "docs/clauses.toml").read_text("utf-8")
    (docs / "clauses.toml").write_text(listed, "utf-8")
    with pytest.raises(SystemExit) as ended:
        clauses.main(page)
    assert ended.value.code == 1
    assert "三（六）-2.2: 没有测试" in capsys.readouterr().err
    assert "旧的" in page.read_text("utf-8")
    every = "、".join(re.findall(r'^no = "(.+)"$', listed, re.M))
    (tests / "test_all.py").write_text(f"{MARK}{every}\ndef test_all():\n    pass\n", "utf-8")
    clauses.main(page)
    made = page.read_text("utf-8")
    assert made.startswith(f"# 手写的\n\n{clauses.MARK}\n\n## 前言 依据\n")
    assert "旧的" not in made


# --- the templates ------------------------------------------------------------------------------------------


def test_each_section_of_the_rules_for_use_that_the_software_cites_is_a_section_there():
    cited = {
        name
        for path in SOURCES
        for name in re.findall(r"台账运行规则 ([\u4e00-\u9fff]+)", path.read_text("utf-8"))
    }
    sections = re.findall(r"^## (.+)$", RULES.read_text("utf-8"), re.M)
    assert cited >= {"时间", "密钥", "代录", "更正", "存量结转", "披露"}
    assert cited <= set(sections), cited - set(sections)


def in_chinese(number: int) -> str:
    """1–99 as articles are numbered: 一, 十, 十一, 二十, 二十一."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    begin = "" if tens == 0 else "十" if tens == 1 else f"{digits[tens]}十"
    return begin + (digits[ones] if ones or not tens else "")


@pytest.mark.parametrize("page", sorted(TEMPLATES.glob("*.md")), ids=lambda p: p.stem)
def test_the_articles_of_a_template_are_numbered_without_a_gap(page):
    numbered = re.findall(r"^\*\*第(.+?)条\*\* ", page.read_text("utf-8"), re.M)
    assert numbered == [in_chinese(n) for n in range(1, len(numbered) + 1)]
    assert numbered


def test_the_list_of_data_is_what_the_acts_and_the_packs_say():
    below = DATA.read_text("utf-8").partition(datalist.MARK)[2]
    assert below.strip() == datalist.text().strip(), (
        "run: python -m gongze.datalist docs/templates/数据责任清单.md"
    )


def test_each_event_is_listed_under_every_kind_of_agency_that_may_record_it():
    parts = re.split(r"^## (.+)：\d+ 种$", DATA.read_text("utf-8"), flags=re.M)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    for event in EVENTS.values():
        row = f" {event.zh}{'☆' if event.through_ledger else ''} | `{event.name}` |"
        places = ["各机关都可以登记的"] if event.by == ANY else [KIND_ZH[kind] for kind in event.by]
        assert {title for title, section in sections.items() if row in section} == set(places), event.name


@pytest.mark.parametrize(
    ("kind", "event", "term"),
    [
        ("自然资源主管部门", "ApplicationCopied", "7个工作日内（拉萨实施意见 三（六））"),
        ("人民法院", "EnforcementAccepted", "5个工作日内（行政强制法 §56、§69）"),
        ("人民政府", "MeasuresTaken", "立即（拉萨实施意见 三（一））"),
        ("公安机关", "ObstructionHandled", "立即（拉萨实施意见 三（五））"),
        ("纪检监察机关", "DisciplineClueReceived", "及时（拉萨实施意见 三（二））"),
    ],
)
def test_the_term_of_an_act_stands_with_the_agency_that_owes_it(kind, event, term):
    section = DATA.read_text("utf-8").partition(f"\n## {kind}：")[2].partition("\n## ")[0]
    (row,) = re.findall(rf"^\|.*`{event}` \| (.*) \|$", section, re.M)
    assert term in row


def test_what_another_is_waiting_for_is_no_term_of_the_one_who_verifies_it():
    """The government owes that the state is removed; the department only looks whether it is."""
    section = DATA.read_text("utf-8").partition("\n## 自然资源主管部门：")[2].partition("\n## ")[0]
    assert re.search(r"`RemovalVerified` \| — \|", section)
