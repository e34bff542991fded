"""Official documents by the real command: what the ledger knows is there, what it does not is blank, nothing else leaks."""

import io
import re
import resource
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from pypdf import PdfReader

from connectors.documents.office import to_pdfs
from gongze.documents import drawing
from gongze.documents.drawing import SHIPPED
from gongze.documents.kinds import KINDS
from tests.end_to_end.conftest import CASE, NOW, Desk, Runner, line

FILED = {
    "title": "甲公司、乙未批先占建房案", "parties": [{"name": "甲公司", "kind": "法人"}, {"name": "乙", "id_no": "540102199001011234"}],
    "violation": "unapproved_land_use", "source": "patrol",
    # 2180 平方米 × 3 / 2000 = 3.27 亩; 800 × 3 / 2000 = 1.20; 400 × 3 / 2000 = 0.60
    "place": {"region": "540102", "address": "示例村一组", "area_m2": "2180.00", "farmland_m2": "800.00", "basic_farmland_m2": "400.00"},
}  # fmt: skip
ACTS = [
    line("NoticeIssued", "nr.lhasa", "2025-06-03", {"notice": "stop_violation", "notice_no": "停81", "what": "立即停止施工。"}),
    line("NoticeIssued", "nr.lhasa", "2025-06-04",
         {"notice": "correct_violation", "notice_no": "改81", "what": "拆除围墙。", "comply_by": "2025-06-20"}),
    line("ViolationReported", "nr.lhasa", "2025-06-05", {"government": "government.lhasa", "report_no": "报81"}),
    line("PenaltyDecided", "nr.lhasa", "2025-07-01", {"decision_no": "罚81", "items": [
        {"kind": "demolish", "what": "限期拆除新建建筑物"}, {"kind": "fine", "amount_yuan": "12400.50"}]}),
    line("PenaltyServed", "nr.lhasa", "2025-07-04", {"decision_no": "罚81", "method": "direct"}),
    line("PerformanceDemanded", "nr.lhasa", "2026-01-12", {"decision_no": "罚81"}),
    line("EnforcementApplied", "nr.lhasa", "2026-02-10",
         {"court": "court.chengguan", "decision_no": "罚81", "application_no": "申81"}),
    line("ApplicationCopied", "nr.lhasa", "2026-02-11", {"materials": [{"title": "申请书", "pages": 3}]}),
    line("EnforcementAccepted", "court.chengguan", "2026-02-13", {"review_case_no": "行审81"}),
    line("AcceptanceReceived", "nr.lhasa", "2026-02-24", {"review_case_no": "行审81"}),
    line("AcceptanceCopied", "nr.lhasa", "2026-02-25", {}),
    line("EnforcementGranted", "court.chengguan", "2026-03-02", {"ruling_no": "行审裁81", "executor": "court"}),
    line("RulingReceived", "nr.lhasa", "2026-03-03", {"ruling_no": "行审裁81"}),
    line("RulingCopied", "nr.lhasa", "2026-03-04", {"ruling_no": "行审裁81"}),
    line("AssistanceRequested", "court.chengguan", "2026-03-05",
         {"assistance_no": "协81", "to": "police.chengguan", "at": "2026-03-16T09:05:00+08:00", "place": "示例村一组",
          "tasks": ["crowd_control", "cordon"], "people": "6"}),
    line("AssistanceDeclined", "police.chengguan", "2026-03-06",
         {"assistance_no": "协81", "reasons": "当日另有警务", "ground": "unable"}),
    line("SupervisionApplied", "nr.lhasa", "2026-03-07",
         {"supervision_no": "监81", "category": "enforcement", "grounds": ["no_ruling_in_time", "suspended"], "about": "申81"}),
    line("SuggestionIssued", "procuratorate.lhasa", "2026-03-09",
         {"suggestion_no": "检建81", "to": "nr.lhasa", "subject": "inaction", "reply_by": "2026-05-09"}),
    line("SuggestionReplied", "nr.lhasa", "2026-03-10", {"suggestion_no": "检建81", "adopted": True, "measures": "已组织拆除"}),
    line("CrimeReferred", "nr.lhasa", "2026-03-11", {"referral_no": "刑移81", "to": "police.lhasa",
         "suspected_crime": "涉嫌非法占用农用地罪", "copied_to": ["procuratorate.lhasa"]}),
]  # fmt: skip
MEETING = [
    line("MeetingConvened", "nr.lhasa", "2026-01-05", {"kind": "regular", "on": "2026-01-20", "agenda": [
        {"class": "通报", "text": "上半年情况"}, {"class": "会商", "text": "裁执分离"}],
        "attendees": ["court.lhasa", "police.lhasa"]}, "meeting/拉2026-1"),
    line("AttendeesNamed", "court.lhasa", "2026-01-06", {"attendees": ["张某", "李某"]}, "meeting/拉2026-1"),
    line("MeetingHeld", "nr.lhasa", "2026-01-20", {"attended": ["court.lhasa"], "absent": ["police.lhasa"]}, "meeting/拉2026-1"),
    line("MinutesDrafted", "nr.lhasa", "2026-01-22", {"minutes_no": "联纪1", "items": [
        {"item_no": "1", "text": "统一申请材料清单", "holder": "court.lhasa", "due_on": "2026-03-01"}]}, "meeting/拉2026-1"),
    line("MinutesEndorsed", "court.lhasa", "2026-01-26", {}, "meeting/拉2026-1"),
]  # fmt: skip
CLUE = [
    line("DisciplineClueReferred", "nr.lhasa", "2026-03-12",
         {"referral_no": "纪移1", "to": "discipline.lhasa", "subjects": "丙某某", "content": "收受好处"}, "discipline/2026-1"),
]  # fmt: skip
SECRETS = ("540102199001011234", "丙某某", "收受好处", "sha256:")
INSPECTED = ["--for", "nr.lhasa", "--to", "government.chengguan", "--date", "2026-03-05"]
WHERE = {
    **{k.id: ["--case", CASE] for k in KINDS.values() if k.stream == "case"},
    **{k.id: ["--case", "meeting/拉2026-1"] for k in KINDS.values() if k.stream == "meeting"},
    **{k.id: INSPECTED for k in KINDS.values() if not k.stream},
    "clue-referral": ["--case", "discipline/2026-1"],
}


@pytest.fixture(scope="module")
def filled_folder(tmp_path_factory: pytest.TempPathFactory, founded_folder: Path) -> Path:
    folder = tmp_path_factory.mktemp("documents") / "desk"
    shutil.copytree(founded_folder, folder)
    desk = Desk(folder, {"GONGZE_NOW": NOW})
    desk.replay(
        [line("CaseFiled", "nr.lhasa", "2025-06-02", FILED), *ACTS, *MEETING, *CLUE], "--stop-on-error"
    )
    return folder


@pytest.fixture
def office(filled_folder: Path, tmp_path: Path, entered: Runner) -> Desk:
    shutil.copytree(filled_folder, tmp_path, dirs_exist_ok=True)
    return replace(Desk(tmp_path, {"GONGZE_NOW": NOW}), runner=entered)


def words(path: Path) -> str:
    """All text of the file, headers and text boxes too."""
    document = Document(io.BytesIO(path.read_bytes()))
    roots = [document.element, *(
        r.target_part.element for r in document.part.rels.values() if r.reltype.endswith(("/header", "/footer")))]  # fmt: skip
    return "".join(t.text or "" for root in roots for t in root.iter(qn("w:t")))


def write(office: Desk, kind: str, *more: str) -> tuple[dict[str, Any], str]:
    """The command's answer and the text of what it wrote."""
    answer = office.ask("document", kind, *(more or WHERE[kind]), "-o", "x.docx")
    return answer, words(office.folder / "x.docx")


# --- every kind ---------------------------------------------------------------------------------------------

SAYS = {
    "stop-notice": ("责令停止违法行为通知书", "停81", "立即停止施工", "二〇二五年六月三日"),
    "correction-notice": ("责令改正违法行为通知书", "改81", "拆除围墙", "2025年6月20日前"),
    "violation-report": ("报81", "拉萨市人民政府：", "3.27亩", "耕地1.20亩、永久基本农田0.60亩"),
    "enforcement-application": ("强制执行申请书", "申81", "被申请人：甲公司", "被申请人：乙", "1. 限期拆除新建建筑物", "2. 罚款12400.50元",
                                "罚81", "2025年7月4日", "直接送达", "2026年1月12日", "城关区人民法院", "二〇二六年二月十日"),
    "copy-application": ("拉萨市人民检察院：", "2026年2月10日", "申81", "申请书3", "二〇二六年二月十一日"),
    "copy-acceptance": ("2026年2月13日受理（行审81）", "2026年2月24日取得受理通知书"),
    "copy-ruling": ("2026年3月2日作出裁定（行审裁81）", "准予执行", "由城关区人民法院组织实施", "2026年3月3日收到"),
    "supervision-application": ("监81", "申请强制执行的案件", "对申81申请监督", "1. 未在法定期限内作出裁定", "2. 中止执行"),
    "crime-referral": ("刑移81", "拉萨市公安局：", "涉嫌非法占用农用地罪", "抄送：拉萨市人民检察院"),
    "clue-referral": ("纪移1", "拉萨市纪委监委："),
    "assistance-request": ("协81", "城关区公安局：", "1. 人员管控", "2. 封控", "2026年3月16日9时05分，示例村一组", "人员6名"),
    "assistance-answer": ("协81", "城关区人民法院：", "不予协助", "客观上不能：当日另有警务"),
    "suggestion": ("检察建议书", "检建81", "拉萨市自然资源局：", "怠于行使职权", "2026年5月9日前"),
    "suggestion-reply": ("拉萨市人民检察院：", "检建81", "采纳", "已组织拆除"),
    "meeting-notice": ("2026年1月20日", "定期会议", "1. 通报：上半年情况", "拉萨市人民法院、拉萨市公安局："),
    "meeting-agenda": ("拉2026-1", "上半年情况", "裁执分离", "张某、李某"),
    "meeting-minutes": ("联席会议纪要", "联纪1", "统一申请材料清单。责任单位：拉萨市人民法院；完成期限：2026年3月1日", "2026年1月26日",
                        "出席：拉萨市自然资源局、拉萨市人民法院", "缺席：拉萨市公安局"),
    **dict.fromkeys(("inspection-notice", "inspection-opinion", "assignment-list", "urging-list", "transfer-list"), ("拉萨市自然资源督察", "〔2026〕", "城关区人民政府：", "二〇二六年三月五日")),
}  # fmt: skip


@pytest.fixture(scope="module")
def written(
    filled_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[str, PdfReader]]:
    """All kinds as text, and as PDF by one run of LibreOffice."""
    from gongze.documents import drawing
    from gongze.ledger import Ledger
    from gongze.settings import load

    folder = tmp_path_factory.mktemp("papers")
    url = f"sqlite:///{filled_folder}/gongze-data/ledger.db"
    with Ledger.open(load({"GONGZE_DATABASE_URL": url, "GONGZE_NOW": NOW})) as ledger:
        for kind in KINDS.values():
            given = dict(zip(WHERE[kind.id][::2], WHERE[kind.id][1::2], strict=True))
            on = date.fromisoformat(given["--date"]) if "--date" in given else None
            asked = drawing.Asked(
                given.get("--case"), reader=given.get("--for"), to=given.get("--to"), day=on
            )
            drawn = drawing.draw(ledger, kind, asked)
            (folder / f"{kind.id}.docx").write_bytes(drawing.write(drawn, drawing.template_of(kind, None)))
    made = to_pdfs([folder / f"{kind}.docx" for kind in KINDS], folder)
    return {path.stem: (words(folder / f"{path.stem}.docx"), PdfReader(path)) for path in made}


@pytest.mark.parametrize("kind", KINDS)
def test_each_document_says_what_the_ledger_says(written, kind):
    text, _ = written[kind]
    for part in SAYS[kind]:
        assert part in text, part
    assert not any(secret in text for secret in SECRETS)
    assert "{{" not in text
    assert "{%" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_on_the_way_to_pdf(written, kind):
    """Every character, each as often as in the .docx. Page numbers come on top."""

    def signs(text: str) -> Counter[str]:
        return Counter(re.sub(r"\s", "", unicodedata.normalize("NFKC", text)))

    text, pdf = written[kind]
    printed = "".join(page.extract_text() for page in pdf.pages)
    body = text.replace("— 1 —", "").replace("— ", "").replace(" —", "")
    assert not signs(body) - signs(printed)


# --- who may print what -------------------------------------------------------------------------------------


def test_a_document_is_of_its_day_and_does_not_know_what_came_later(office):
    office.replay([line("Performed", "nr.lhasa", "2026-03-12", {"decision_no": "罚81"})])
    _, text = write(office, "enforcement-application")
    assert "当事人仍未履行下列义务：1. 限期拆除新建建筑物。2. 罚款12400.50元。" in text
    _, copied = write(office, "copy-application")
    assert "行审81" not in copied


def test_before_a_case_is_filed_a_notice_says_what_was_found(office):
    """1500 平方米; of the latest finding that says so, and once the case is filed of its filing, with the facts as found."""
    case = "拉自然资执〔2026〕8号"
    place = {"region": "540102", "address": "示例村二组", "area_m2": "1500.00"}
    office.replay([
        line("ViolationFound", "nr.lhasa", "2026-03-02", {"what": "旧的说法", "place": {**place, "address": "别处"}}, case),
        line("ViolationFound", "nr.lhasa", "2026-03-03", {"what": "未经批准建设围墙", "place": place}, case),
        line("NoticeIssued", "nr.lhasa", "2026-03-04", {"notice": "stop_violation", "notice_no": "停8"}, case),
    ])  # fmt: skip
    answer, text = write(office, "stop-notice", "--case", case)
    assert "在示例村二组的行为" in text
    assert "占地1500.00平方米。未经批准建设围墙。" in text
    assert not {"违法地点", "占地面积", "违法事实"} & set(answer["blanks"])
    assert {"当事人", "违法类型"} <= set(answer["blanks"])  # nobody has said so yet
    fuller = write(office, "stop-notice", "--case", case, "--set", "违法事实=三月二日起建成围墙八十米。")[1]
    assert "平方米。三月二日起建成围墙八十米。" in fuller
    office.replay([
        line("CaseFiled", "nr.lhasa", "2026-03-05", FILED, case),
        line("ViolationReported", "nr.lhasa", "2026-03-06", {"government": "government.lhasa", "report_no": "报8"}, case),
    ])  # fmt: skip
    _, report = write(office, "violation-report", "--case", case)
    assert "违法地点为示例村一组，占地2180.00平方米" in report
    assert "未经批准建设围墙。" in report
    assert "制止上述违法行为。2026年3月4日发出责令停止违法行为通知书（停8）。" in report
    assert "占地1500.00平方米" in write(office, "stop-notice", "--case", case)[1]  # as of its day


def test_a_suspected_crime_s_facts_stand_where_no_violation_was_found_before(office):
    case = "拉自然资执〔2026〕10号"
    office.replay([
        line("CaseFiled", "nr.lhasa", "2026-03-05", FILED, case),
        line("SuspectedCrimeFound", "nr.lhasa", "2026-03-06", {"what": "毁坏耕地十亩"}, case),
        line("CrimeReferred", "nr.lhasa", "2026-03-09", {"referral_no": "刑移10", "to": "police.lhasa", "suspected_crime": "涉嫌非法占用农用地罪"}, case),
    ])  # fmt: skip
    answer, text = write(office, "crime-referral", "--case", case)
    assert "毁坏耕地十亩。" in text
    assert "违法地点为示例村一组" in text
    assert "违法事实" not in answer["blanks"]


def test_a_ruling_left_to_the_government_says_which_one(office):
    """裁执分离: the ruling says only that the government organises; the routes say that it is the district's."""
    case = "拉自然资执〔2026〕11号"
    office.replay([
        line("CaseFiled", "nr.lhasa", "2025-06-02", FILED, case),
        line("PenaltyDecided", "nr.lhasa", "2025-07-01", {"decision_no": "罚11", "items": [{"kind": "demolish"}]}, case),
        line("EnforcementApplied", "nr.lhasa", "2026-02-10",
             {"court": "court.chengguan", "decision_no": "罚11", "application_no": "申11"}, case),
        line("EnforcementGranted", "court.chengguan", "2026-03-02", {"ruling_no": "裁11", "executor": "government"}, case),
        line("RulingReceived", "nr.lhasa", "2026-03-03", {"ruling_no": "裁11"}, case),
        line("RulingCopied", "nr.lhasa", "2026-03-04", {"ruling_no": "裁11"}, case),
    ])  # fmt: skip
    assert "由拉萨市人民政府组织实施" in write(office, "copy-ruling", "--case", case)[1]


def test_blanks_whose_names_hold_a_pause_mark_are_told_apart(office):
    said = office.run("document", "enforcement-application", "--case", CASE, "-o", "x.docx").out
    assert re.search("待填 [0-9]+ 处：姓名、职务；申请人住所地；", said)


def test_before_the_act_is_recorded_a_draft_goes_where_the_routes_say(office):
    office.replay([line("CaseFiled", "nr.lhasa", "2026-03-01", FILED, "拉自然资执〔2026〕9号")])
    answer, text = write(office, "enforcement-application", "--case", "拉自然资执〔2026〕9号")
    assert answer["statement"] is None
    assert "发文字号" in answer["blanks"]
    assert "【待填：处罚决定文号】" in text
    _, report = write(office, "violation-report", "--case", "拉自然资执〔2026〕9号")
    assert "拉萨市人民政府：" in report


def test_an_agency_prints_only_what_it_is_shown(office):
    answer, _ = write(office, "enforcement-application", "--case", CASE, "--for", "court.chengguan")
    assert answer["issuer"] == "nr.lhasa"
    unknown = office.fails(
        "document", "stop-notice", "--case", CASE, "--for", "nr.dagze", "-o", "y.docx", code=2
    )
    nowhere = office.fails(
        "document", "stop-notice", "--case", "无此案", "--for", "nr.dagze", "-o", "y.docx", code=2
    )
    assert unknown["code"] == nowhere["code"] == "dossier_unknown"
    assert unknown["message"].replace(CASE, "") == nowhere["message"].replace("无此案", "")
    refused = office.fails(
        "document", "stop-notice", "--case", CASE, "--for", "court.chengguan", "-o", "y.docx", code=2
    )
    assert refused["code"] == "document_unavailable"
    assert not (office.folder / "y.docx").exists()


def test_a_draft_is_the_reader_s_own_and_shows_nothing_of_another_s(office):
    """The court is not shown the department's reply; one of its own it may write."""
    answer, text = write(office, "suggestion-reply", "--case", CASE, "--for", "court.chengguan")
    assert (answer["issuer"], answer["statement"]) == ("court.chengguan", None)
    assert "检建81" not in text
    assert "已组织拆除" not in text
    refused = office.fails("document", "assistance-answer", "--case", CASE, "--of", "协81", "--for", "procuratorate.lhasa",
                           "-o", "y.docx", code=2)  # fmt: skip
    assert refused["code"] == "document_unavailable"


def test_which_of_several_is_asked_by_its_number(office):
    office.replay(
        [line("NoticeIssued", "nr.lhasa", "2025-06-09", {"notice": "stop_violation", "notice_no": "停82"})]
    )
    assert "停82" in write(office, "stop-notice")[1]
    assert "停81" in write(office, "stop-notice", "--case", CASE, "--of", "停81")[1]
    refused = office.fails("document", "stop-notice", "--case", CASE, "--of", "停99", "-o", "y.docx", code=2)
    assert (refused["code"], refused["field"]) == ("document_unavailable", "--of")


def test_an_officer_fills_in_only_what_the_ledger_does_not_know(office):
    answer, text = write(
        office,
        "copy-application",
        "--case",
        CASE,
        "--set",
        "联系电话=0891-1<2&3",
        "--set",
        "发文字号=拉函〔2026〕1号",
    )
    assert "0891-1<2&3" in text
    assert answer["blanks"] == []
    for given in ("处罚决定文号=罚99", "没有的=x", "材料=x"):
        refused = office.fails(
            "document", "copy-application", "--case", CASE, "--set", given, "-o", "y.docx", code=2
        )
        assert refused["code"] == "document_field"


def test_the_file_says_what_it_rests_on_and_is_the_same_each_time(office):
    answer, _ = write(office, "copy-ruling")
    first = (office.folder / "x.docx").read_bytes()
    assert f"第 {answer['index']} 条" in Document(io.BytesIO(first)).core_properties.comments
    assert f"第 {answer['index']} 条" not in words(office.folder / "x.docx")
    write(office, "copy-ruling")
    assert (office.folder / "x.docx").read_bytes() == first


# --- templates and bad calls --------------------------------------------------------------------------------


def test_an_office_s_own_template_is_used_checked_and_refused_with_its_place(office):
    office.run("document", "templates", "-o", "模板")
    assert office.fails("document", "templates", "-o", "模板", code=2)["code"] == "file_exists"
    own = office.folder / "模板/copy-application.docx"
    document = Document(io.BytesIO(own.read_bytes()))
    document.add_paragraph("本局印。{{ 案号 }}")
    document.save(str(own))
    assert office.ask("document", "check", own) == {"ok": True, "faults": []}
    settings = {"GONGZE_TEMPLATES_DIR": str(own.parent)}
    office.run("document", "copy-application", "--case", CASE, "-o", "x.docx", **settings)
    assert f"本局印。{CASE}" in words(office.folder / "x.docx")
    document.add_paragraph("{{ 案好 }}")
    document.save(str(own))
    (fault,) = office.ask("document", "check", own, code=1)["faults"]
    assert "案好" in fault["place"]
    assert "是不是：案号" in fault["what"]
    refused = office.fails("document", "copy-application", "--case", CASE, "-o", "y.docx", code=2, **settings)
    assert (refused["code"], refused["field"]) == ("template_field", fault["place"])
    assert str(own) in refused["message"]
    assert fault["place"] in refused["message"]
    own.write_bytes(own.read_bytes()[:-100])
    for call in (
        ("document", "check", own),
        ("document", "copy-application", "--case", CASE, "-o", "y.docx"),
    ):
        assert office.fails(*call, code=2, **settings)["code"] == "template_unusable"
    broken = office.fails("document", "copy-application", "--case", CASE, "-o", "y.docx", code=2, **settings)
    assert str(own) in broken["message"]
    assert broken["field"] == own.name
    with own.open("wb") as file:
        file.truncate(200 * 2**20)
    assert office.fails("document", "check", own, code=2)["code"] == "template_unusable"
    assert not (office.folder / "y.docx").exists()
    listed = office.ask("document", "list", **settings)["documents"]
    assert [d["kind"] for d in listed if d["template"]] == list(KINDS)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (("没有的", "--case", CASE, "-o", "y.docx"), "document_unknown"),
        (("stop-notice", "--case", CASE), "usage"),
        (("stop-notice", "--case", CASE, "-o", "y.odt"), "format_unknown"),
        (("stop-notice", "-o", "y.docx"), "dossier_unknown"),
        (("stop-notice", "--case", "无此案", "-o", "y.docx"), "dossier_unknown"),
        (("stop-notice", "--case", "meeting/拉2026-1", "-o", "y.docx"), "document_unavailable"),
        (("meeting-minutes", "--case", CASE, "-o", "y.docx"), "document_unavailable"),
        (("meeting-minutes", "--case", "meeting/没有", "-o", "y.docx"), "dossier_unknown"),
        (("urging-list", "--case", CASE, "-o", "y.docx"), "document_unavailable"),
        (("urging-list", "--for", "nr.nowhere", "-o", "y.docx"), "agency_unknown"),
        (("urging-list", "--to", "nr.nowhere", "-o", "y.docx"), "agency_unknown"),
        (("stop-notice", "--case", CASE, "--set", "联系电话", "-o", "y.docx"), "usage"),
        (("stop-notice", "--case", CASE, "--date", "2026-02-30", "-o", "y.docx"), "usage"),
        (("stop-notice", "--case", CASE, "-o", "没有/y.docx"), "file_unusable"),
        (("check", "没有.docx"), "file_unusable"),
        (("check",), "usage"),
        (("list", "x.docx"), "usage"),
    ],
)
def test_a_bad_call_is_refused_and_writes_nothing(office, call, code):
    assert office.fails("document", *call, code=2)["code"] == code
    assert not list(office.folder.glob("y.*"))


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """As on a volume that is full: what is longer cannot be written to its end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_document_that_cannot_be_written_to_its_end_leaves_the_one_before_it(office, monkeypatch):
    call = ("document", "责令停止违法行为通知书", "--case", CASE, "-o", "函.docx")
    office.run(*call)
    before: bytes = (office.folder / "函.docx").read_bytes()
    with ExitStack() as full:

        def drawn_on_a_full_volume(*given: Any) -> bytes:
            full.enter_context(no_file_beyond(len(before) // 2))
            return before

        with monkeypatch.context() as here:
            here.setattr(drawing, "write", drawn_on_a_full_volume)
            assert office.fails(*call, code=2)["code"] == "file_unusable"
    assert (office.folder / "函.docx").read_bytes() == before
    assert not list(office.folder.glob(".*.part"))


def test_templates_that_cannot_all_be_written_are_written_once_there_is_room(office):
    with no_file_beyond(40_000):
        office.fails("document", "templates", "-o", "新模板", code=2)
    office.run("document", "templates", "-o", "新模板")
    written = sorted(p.name for p in (office.folder / "新模板").iterdir())
    assert written == sorted(p.name for p in SHIPPED.glob("*.docx"))


def test_the_command_writes_a_pdf_whole(office):
    answer = office.ask("document", "责令停止违法行为通知书", "--case", CASE, "-o", "通知.pdf")
    assert answer["kind"] == "stop-notice"
    assert "停81" in PdfReader(office.folder / "通知.pdf").pages[0].extract_text().replace(" ", "")
    assert not list(office.folder.glob(".*.part"))
