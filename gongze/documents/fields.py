"""What the ledger fills in: each name that a template may use, and where in the ledger it comes from.

`FIELDS` is the catalogue that docs/documents.md prints; `of_case`, `of_act`, `of_meeting` give the values. What is not
given is not known: it becomes a visible blank, and nothing is made up. Nothing is given that the reader is not shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.documents.filling import Value
from domain.cases import Case
from domain.cases.model import Application, Decision, Ruling
from domain.chinese import LARGEST_YUAN, day_arabic, day_zh, sum_zh
from domain.entries import Entry
from domain.meetings import Meeting
from domain.registry import Registry
from domain.values import COMMITMENT, ITEM_ZH, SHANGHAI, VIOLATION_ZH, Item, Place, parse_moment
from gongze.books.rows import mu, yuan
from gongze.books.sources import File
from gongze.reference import WORDS_ZH


@dataclass(frozen=True, slots=True)
class Field:
    """A name in templates. `rows`: of a list, what each row has."""

    name: str
    help: str
    example: str
    rows: Mapping[str, str] | None = None


def _f(name: str, help_: str, example: str, **rows: str) -> Field:
    return Field(name, help_, example, rows or None)


FIELDS: tuple[Field, ...] = (
    # the paper itself
    _f("发文机关", "谁的公文：登记这一行为的机关，或 `--for`", "拉萨市自然资源局"),
    _f("发文字号", "这份公文自己的文号", "拉自然资申〔2026〕3号"),
    _f("成文日期", "登记的发生日期，或 `--date`", "二〇二六年二月十日"),
    _f("成文日期数字", "同上，用阿拉伯数字", "2026年2月10日"),
    _f("年份", "成文日期的年份", "2026"),
    _f("主送机关", "送给谁：登记所写的，或按路由应送的，或 `--to`", "城关区人民法院"),
    _f("抄送机关", "登记所写的抄送对象", "城关区人民检察院"),
    _f("联系人", "登记这一行为的联络员", "次仁"),
    _f("联系电话", "台账不存", ""),
    _f("签发人", "台账不存", ""),
    _f("地方", "发文机关所在的行政区", "拉萨市"),
    _f("地方简称", "发文机关案号的字头", "拉"),
    # the case
    _f("案号", "现在的案号", "拉自然资执〔2025〕81号"),
    _f("案件名称", "立案时的名称", "甲公司未批先占建房案"),
    _f("当事人", "全部当事人，顿号隔开", "甲公司"),
    _f("当事人列表", "逐个当事人", "", 名称="甲公司", 类型="法人", 证件号码="密封，台账不存明文"),
    _f("违法类型", "立案时的违法类型", "未批先占"),
    _f("违法地点", "立案时的地址；还没有立案的，取最近一次登记的发现", "示例村一组"),
    _f("占地面积", "平方米，出处同违法地点", "2180.00"),
    _f("占地亩数", "折合亩", "3.27"),
    _f("耕地亩数", "其中耕地，折合亩", "1.20"),
    _f("基本农田亩数", "其中永久基本农田，折合亩", "0.00"),
    _f("案件来源", "立案时的来源", "巡查"),
    _f("立案日期", "立案登记的日期；存量结转的没有", "2025年6月2日"),
    _f("违法事实", "最近一次登记的发现违法行为（没有的取发现涉嫌犯罪）所写；经过和证据台账不存", "巡查发现未经批准建设围墙。"),
    _f("法律依据", "台账不存所违反、所依据的条款", ""),
    # the penalty
    _f("处罚决定文号", "所涉处罚决定，没有写明的取最后一个", "拉自然资罚〔2025〕41号"),
    _f("处罚决定日期", "决定的日期", "2025年7月1日"),
    _f("处罚事项", "逐项", "", 序号="1", 种类="罚款", 内容="罚款12400.50元", 金额="12400.50",
       金额大写="壹万贰仟肆佰元零伍角整", 面积="2180.00"),
    _f("罚款金额", "罚款各项合计，元", "12400.50"),
    _f("罚款大写", "同上，大写；一万亿元以上的待填", "壹万贰仟肆佰元零伍角整"),
    _f("送达日期", "最后一次送达", "2025年7月4日"),
    _f("送达方式", "送达登记所写", "直接送达"),
    _f("救济情况", "已登记的复议、诉讼及结果；没有登记的留空白，由承办人核对", "2025年8月1日申请行政复议，维持"),
    _f("催告日期", "最后一次催告送达", "2026年1月12日"),
    _f("未履行事项", "没有登记履行、执行完毕的各项", "", 序号="1", 内容="责令限期拆除"),
    # enforcement
    _f("申请书文号", "所涉的申请，没有写明的取最后一个", "拉自然资申〔2026〕3号"),
    _f("申请日期", "申请登记的日期", "2026年2月10日"),
    _f("执行法院", "向哪个法院申请", "城关区人民法院"),
    _f("申请执行事项", "申请所列的各项，没有列的是决定的全部", "", 序号="1", 内容="责令限期拆除"),
    _f("受理案号", "法院登记或取得的受理通知书所写", "（2026）藏0102行审12号"),
    _f("受理日期", "法院受理的日期", "2026年2月13日"),
    _f("取得受理通知书日期", "登记取得的日期", "2026年2月14日"),
    _f("裁定文号", "所涉的裁定，没有写明的取最后一个", "（2026）藏0102行审12号"),
    _f("裁定日期", "裁定的日期", "2026年3月10日"),
    _f("裁定结果", "准予、不准予、不予受理", "准予"),
    _f("收到裁定日期", "登记收到的日期", "2026年3月12日"),
    _f("执行主体", "裁定所定由谁组织实施；只定由政府的，按路由是哪一级政府", "城关区人民政府"),
    _f("材料", "抄送的材料，或移送所附", "", 名称="强制执行申请书", 页数="3", 形式="复印件"),
    # notices
    _f("通知种类", "责令停止违法行为、责令改正违法行为、责令停止建设、责令限期拆除", "责令停止违法行为"),
    _f("责令内容", "通知书登记的内容；违法情况报告里是已经发出的各份通知书", "立即停止施工"),
    _f("履行期限", "通知书所定的日期", "2025年6月10日"),
    # supervision
    _f("监督类别", "以自己为被告的裁判、调解；或申请强制执行的案件", "申请强制执行的案件"),
    _f("监督理由", "拉萨实施意见 三（六）所列情形", "", 内容="未在法定期限内作出裁定"),
    _f("监督对象", "所不服的裁判、裁定或者申请的文号", "拉自然资申〔2026〕3号"),
    _f("建议事由", "违法行使职权、怠于行使职权、法院执行活动", "怠于行使职权"),
    _f("建议书文号", "回复所指的检察建议书", "城检行建〔2026〕3号"),
    _f("回复期限", "检察建议书所定的日期", "2026年5月10日"),
    _f("是否采纳", "采纳、不采纳", "采纳"),
    _f("回复内容", "整改措施或者不采纳的理由", "已重新立案查处"),
    # crime, discipline
    _f("涉嫌罪名", "移送登记所写", "涉嫌非法占用农用地罪"),
    _f("线索对象", "密封，台账不存明文", ""),
    _f("线索内容", "密封，台账不存明文", ""),
    _f("关联案件", "密封，台账不存明文", ""),
    # assistance
    _f("协助文号", "请求协助的文号", "（2026）协1号"),
    _f("协助时间", "请求登记所写，最小到分", "2026年4月2日9时00分"),
    _f("协助地点", "请求登记所写", "示例村一组"),
    _f("协助事项", "人员管控、场地范围确认、封控、其他", "", 内容="人员管控"),
    _f("协助人数", "请求或答复登记所写", "6"),
    _f("协助装备", "请求或答复登记所写", "挖掘机1台"),
    _f("协助意见", "同意协助、不予协助", "同意协助"),
    _f("不予协助理由", "答复登记的情形和理由", "不属于本机关职权"),
    # meetings
    _f("会议类型", "定期会议、临时会议", "定期会议"),
    _f("会议日期", "召开的日期；没有召开的是定于何日（延期的为新日期）", "2026年6月15日"),
    _f("会议地点", "台账不存", ""),
    _f("会议时间", "台账不存", ""),
    _f("会议编号", "会议流水的编号", "拉2026-1"),
    _f("参会单位", "召集登记的参会机关和各自指定的人员", "", 名称="拉萨市中级人民法院", 人员="示例分管负责人、示例联络员"),
    _f("议题", "逐项；类别是通报、重大、会商", "", 序号="1", 类别="通报", 内容="上半年强制执行情况"),
    _f("召集单位", "召集会议的机关", "拉萨市自然资源局"),
    _f("出席单位", "登记到会的机关，顿号隔开", "拉萨市公安局、拉萨市人民检察院"),
    _f("缺席单位", "登记未到会的机关", ""),
    _f("议定事项", "最新一稿纪要的各项", "", 序号="1", 内容="统一申请材料清单", 责任单位="拉萨市中级人民法院", 期限="2026年7月28日"),
    _f("会签情况", "逐个机关；没有会签的写“尚未会签”", "", 机关="拉萨市公安局", 日期="2026年7月1日"),
    # inspection: nothing of it is in the ledger yet
    _f("督察机构", "台账登记的督察机构", "拉萨市自然资源督察办公室"),
    _f("序号", "督察文书的顺序号，台账不存", "3"),
    _f("督察时间", "台账不存", ""),
    _f("督察方式", "台账不存", ""),
    _f("督察事项", "台账不存", ""),
    _f("工作要求", "台账不存", ""),
    _f("人员组成", "台账不存", ""),
    _f("配合事项", "台账不存", ""),
    _f("存在问题", "台账不存", ""),
    _f("整改要求", "台账不存", ""),
    _f("问题来源", "台账不存", ""),
    _f("问题危害", "台账不存", ""),
    _f("整改标准", "台账不存", ""),
    _f("整改措施", "台账不存", ""),
    _f("整改时间", "台账不存", ""),
    _f("报送整改方案时间", "台账不存", ""),
    _f("验收检查时间", "台账不存", ""),
    _f("失职渎职行为", "台账不存", ""),
    _f("追责问责依据", "台账不存", ""),
    _f("追责问责建议", "台账不存", ""),
)  # fmt: skip
"""Every name, in the order of the page that explains them."""
BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}
NAMES: Mapping[str, frozenset[str] | None] = {
    f.name: frozenset(f.rows) if f.rows is not None else None for f in FIELDS
}
"""As templates are checked against."""
OUTLINED = frozenset({"违法事实"})
"""Of which the ledger has an outline only: an officer may write more in its place."""

Known = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Source:
    """What a document is drawn from: a dossier as one agency is shown it, and the act that it writes out."""

    file: File[Any]
    registry: Registry
    entry: Entry | None

    def name(self, agency: str | None) -> str | None:
        found = self.registry.agencies.get(agency or "")
        return found.name if found is not None else agency or None

    def names(self, agencies: Sequence[str]) -> str | None:
        return "、".join(filter(None, map(self.name, agencies))) or None

    def sees(self, act: str) -> bool:
        return self.file.sees(act)


def known(**values: Value | None) -> Known:
    """Without what is not known. A sealed field's commitment says nothing to a reader: not known either."""
    return {
        name: value
        for name, value in values.items()
        if value is not None and not (isinstance(value, str) and (not value or COMMITMENT.fullmatch(value)))
    }


def _row(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value and not COMMITMENT.fullmatch(value)}


def _day(day: date | None) -> str | None:
    return day_arabic(day) if day is not None else None


# --- the paper ---------------------------------------------------------------------------------------------------


def of_issuer(source: Source, issuer: str | None, day: date | None) -> Known:
    """Who issues it, where and when."""
    agency = source.registry.agencies.get(issuer or "")
    place = prefix = inspectorate = None
    if agency is not None:
        near = [a for a in source.registry.agencies.values() if a.region == agency.region]
        seat = next((a.name for a in near if a.kind == "government" and a.level == agency.level), None)
        place = seat.removesuffix("人民政府") if seat is not None else None
        prefix = next((a.number_prefixes[0] for a in near if a.kind == "nr" and a.number_prefixes), None)
        inspectorate = next((a.name for a in near if a.kind == "inspectorate"), None)
    return known(
        发文机关=source.name(issuer),
        成文日期=day_zh(day) if day is not None else None,
        成文日期数字=_day(day),
        年份=str(day.year) if day is not None else None,
        地方=place,
        地方简称=prefix,
        督察机构=inspectorate,
    )


_OWN_NUMBERS = (
    "application_no", "notice_no", "report_no", "supervision_no", "referral_no", "assistance_no", "suggestion_no",
    "minutes_no",
)  # fmt: skip
_ADDRESSED = ("to", "court", "government")


def of_act(source: Source) -> Known:
    """What the act itself says, as corrected."""
    if source.entry is None:
        return {}
    entry, event = source.entry, source.entry.act.event
    said: Any = event
    numbers = [getattr(event, name, None) for name in _OWN_NUMBERS]
    to = entry.to or next((a for a in (getattr(event, name, None) for name in _ADDRESSED) if a), None)
    named = (to,) if isinstance(to, str) else tuple(to or ())
    officer = source.registry.officers.get(entry.act.officer)
    found = known(
        发文字号=next((no for no in numbers if isinstance(no, str)), None),
        主送机关=source.names(named),
        抄送机关=source.names(getattr(event, "copied_to", None) or ()),
        联系人=officer.name if officer is not None else None,
    )
    match entry.act.type:
        case "NoticeIssued":
            found |= known(通知种类=WORDS_ZH[said.notice], 责令内容=said.what, 履行期限=_day(said.comply_by))
        case "ViolationReported":
            found |= known(责令内容="".join(_notices(source)))
        case "ApplicationCopied":
            found |= known(
                材料=[
                    _row(名称=m.title, 页数=str(m.pages) if m.pages is not None else None, 形式=m.form)
                    for m in said.materials
                ]
            )
        case "SupervisionApplied":
            found |= _of_supervision(source, said)
        case "CrimeReferred":
            found |= known(涉嫌罪名=said.suspected_crime)
        case "DisciplineClueReferred":
            found |= known(线索对象=said.subjects, 线索内容=said.content, 关联案件=said.related)
        case "AssistanceRequested":
            found |= _of_assistance(said)
        case "AssistanceConfirmed" | "AssistanceDeclined":
            found |= _of_answer(source, said, declined=entry.act.type == "AssistanceDeclined")
        case "SuggestionIssued":
            found |= known(建议事由=WORDS_ZH[said.subject], 回复期限=_day(said.reply_by))
        case "SuggestionReplied":
            found |= known(
                建议书文号=said.suggestion_no.no,
                是否采纳="采纳" if said.adopted else "不采纳",
                回复内容=said.measures,
            )
        case _:
            pass
    return found


def _notices(source: Source) -> Iterator[str]:
    """Each notice that was issued before, as a sentence."""
    for entry in source.file.dossier.entries:
        if entry.type == "NoticeIssued" and entry.stands_for is None and source.sees(entry.act.id):
            event: Any = entry.act.event
            told = f"{day_arabic(entry.on)}发出{WORDS_ZH[event.notice]}通知书（{event.notice_no}）"
            yield _sentence(f"{told}：{event.what}" if event.what is not None else told)


def _of_supervision(source: Source, said: Any) -> Known:
    category = {"judgment": "以自己为被告的裁判、调解", "enforcement": "申请强制执行的案件"}[said.category]
    about = said.about
    number = about.no if about is not None else None
    if number is None and about is not None and about.act is not None:
        thing = source.file.dossier.applications.get(about.act) or source.file.dossier.rulings.get(about.act)
        number = thing.no if thing is not None and source.sees(about.act) else None
    return known(
        监督类别=category, 监督对象=number, 监督理由=[_row(内容=WORDS_ZH[ground]) for ground in said.grounds]
    )


def _of_assistance(said: Any) -> Known:
    return known(
        协助文号=said.assistance_no,
        协助时间=moment_zh(said.at),
        协助地点=said.place,
        协助事项=[_row(内容=WORDS_ZH[task]) for task in said.tasks],
        协助人数=said.people,
        协助装备=said.equipment,
    )


def _of_answer(source: Source, said: Any, *, declined: bool) -> Known:
    """The answer, and what was asked where the answering agency is shown that."""
    asked = source.file.dossier.entry(said.assistance_no.act or "")
    found = _of_assistance(asked.act.event) if asked is not None and source.sees(asked.act.id) else {}
    found |= known(协助文号=said.assistance_no.no, 协助意见="不予协助" if declined else "同意协助")
    if declined:
        ground = WORDS_ZH[said.ground] if said.ground is not None else None
        return found | known(不予协助理由="：".join(filter(None, (ground, said.reasons))))
    return found | known(协助人数=said.people, 协助装备=said.equipment)


def moment_zh(moment: str) -> str:
    """2026年4月2日9时00分; a day alone where no time was said."""
    when = parse_moment(moment).astimezone(SHANGHAI)
    return day_arabic(when.date()) + (f"{when.hour}时{when.minute:02d}分" if "T" in moment else "")


# --- a case ------------------------------------------------------------------------------------------------------


def of_case(source: Source) -> Known:
    """What the case says, up to the decision, application and ruling that the act is about."""
    case: Case = source.file.dossier
    found = known(案号=case.number) | _of_finding(source)
    if case.filing is not None and source.sees(case.filing.act):
        found |= _of_filing(source, case)
    ruling = _concerned(source, case.rulings, "ruling")
    applications = (
        {ruling.application: case.applications[ruling.application]}
        if ruling is not None
        else case.applications
    )
    application = _concerned(source, applications, "application")
    decisions = case.decisions
    if application is not None and application.decision in decisions:
        decisions = {application.decision: decisions[application.decision]}
    decision = _concerned(source, decisions, "decision")
    if decision is not None:
        found |= _of_decision(source, case, decision)
    if application is not None:
        found |= _of_application(source, case, application)
    if ruling is not None:
        found |= _of_ruling(source, case, ruling)
    return found


def _of_finding(source: Source) -> Known:
    """What the latest finding says, before the case is filed or beside its filing: where, how large, what was found."""
    found = [_latest(source, type_) for type_ in ("SuspectedCrimeFound", "ViolationFound")]
    findings = [entry.act.event for entry in found if entry is not None]
    places = [place for event in findings if (place := getattr(event, "place", None)) is not None]
    told = [what for event in findings if (what := getattr(event, "what", None)) is not None]
    return (_of_place(places[-1]) if places else {}) | known(违法事实=_sentence(told[-1]) if told else None)


def _sentence(text: str) -> str:
    return text if text.endswith(("。", "！", "？", "；")) else f"{text}。"


def _of_place(place: Place) -> Known:
    return known(
        违法地点=place.address,
        占地面积=place.area_m2,
        占地亩数=mu(place.area_m2),
        耕地亩数=mu(place.farmland_m2),
        基本农田亩数=mu(place.basic_farmland_m2),
    )


def _concerned(source: Source, things: Mapping[str, Any], what: str) -> Any:
    """The thing that the act is about, else the latest one; None where there is none, or the reader is not shown it."""
    about = source.entry.subjects.get(what) if source.entry is not None else None
    shown = [thing for act, thing in things.items() if source.sees(act) and about in (None, act)]
    return shown[-1] if shown else None


def _of_filing(source: Source, case: Case) -> Known:
    filed = case.filed
    entry = source.file.entry(filed.act)
    event: Any = entry.act.event if entry is not None else None
    parties = getattr(event, "parties", ())
    origin = getattr(event, "source", None)
    return known(
        案件名称=filed.title,
        当事人="、".join(filed.parties.values()),
        当事人列表=[_row(名称=p.name, 类型=p.kind, 证件号码=p.id_no) for p in parties],
        违法类型=VIOLATION_ZH.get(filed.violation),
        案件来源=WORDS_ZH.get(origin) if origin is not None and origin != "other" else None,
        立案日期=None if filed.carried else _day(filed.filed_on),
    ) | _of_place(filed.place)


def _of_decision(source: Source, case: Case, decision: Decision) -> Known:
    fines = [
        Decimal(i.amount_yuan)
        for i in decision.items.values()
        if i.kind == "fine" and i.amount_yuan is not None
    ]
    served = [(day, act) for act, (_, day) in decision.served.items() if source.sees(act)]
    service = source.file.entry(max(served)[1]) if served else None
    method = getattr(service.act.event, "method", None) if service is not None else None
    demanded = [day for act, day in decision.demanded if source.sees(act)]
    total = sum(fines, Decimal(0))
    return known(
        处罚决定文号=decision.no,
        处罚决定日期=_day(decision.decided_on),
        处罚事项=[_item(no, item) for no, item in enumerate(decision.items.values(), start=1)],
        罚款金额=yuan(total) if fines else None,
        罚款大写=_in_capitals(total) if fines else None,
        送达日期=_day(max(served)[0]) if served else None,
        送达方式=WORDS_ZH.get(method) if method is not None else None,
        救济情况=_remedies(source, case, decision),
        催告日期=_day(max(demanded, default=None)),
        未履行事项=_undone(source, decision),
    )


def _in_capitals(amount: Decimal | str) -> str | None:
    """None for what the ledger takes and no words are fixed for: it is left to be filled in."""
    return sum_zh(amount) if Decimal(amount) < LARGEST_YUAN else None


def _item(no: int, item: Item) -> dict[str, str]:
    amount, what = item.amount_yuan, ITEM_ZH[item.kind]
    said = item.what or (what if item.kind != "other" else None)
    if item.what is None and amount is not None:
        said = f"{what}{amount}元"
    return _row(
        序号=str(no), 种类=what, 内容=said, 金额=amount, 金额大写=_in_capitals(amount) if amount is not None else None,
        面积=item.area_m2,
    )  # fmt: skip


def _undone(source: Source, decision: Decision) -> list[dict[str, str]] | None:
    """None where the reader is not shown who performed what."""
    if not source.file.sees_types("Performed", "FinePaid", "ExecutionCompleted"):
        return None
    left = [item for name, item in decision.items.items() if name not in decision.done]
    return [
        {k: v for k, v in _item(no, item).items() if k in ("序号", "内容")}
        for no, item in enumerate(left, start=1)
    ]


_REMEDY = {"review": "申请行政复议", "lawsuit": "提起行政诉讼"}


def _remedies(source: Source, case: Case, decision: Decision) -> str | None:
    told = []
    for remedy in case.remedies.values():
        if remedy.decision == decision.act and source.sees(remedy.act):
            outcome = (
                WORDS_ZH.get(remedy.outcome, remedy.outcome) if remedy.outcome is not None else "尚无结果登记"
            )
            told.append(f"{day_arabic(remedy.on)}{_REMEDY[remedy.kind]}，{outcome}")
    return "；".join(told) or None


def _of_application(source: Source, case: Case, application: Application) -> Known:
    items = case.decisions[application.decision].items if application.decision in case.decisions else {}
    asked = [items[name] for name in application.items if name in items]
    accepted = source.file.sees_types("EnforcementAccepted", "AcceptanceReceived")
    return known(
        申请书文号=application.no,
        申请日期=_day(application.applied_on),
        执行法院=source.name(application.court),
        申请执行事项=[
            {k: v for k, v in _item(no, item).items() if k in ("序号", "内容")}
            for no, item in enumerate(asked, start=1)
        ],
        受理案号=application.review_case_no if accepted else None,
        受理日期=_day(application.accepted_on) if accepted else None,
        取得受理通知书日期=_day(application.received_on) if accepted else None,
    )


_RESULT = {"granted": "准予", "refused": "不准予", "not_accepted": "不予受理"}


def _of_ruling(source: Source, case: Case, ruling: Ruling) -> Known:
    executor = source.name(ruling.executing_agency)
    if executor is None and ruling.executor == "court" and ruling.result == "granted":
        executor = source.name(case.applications[ruling.application].court)
    if executor is None and ruling.executor == "government" and ruling.result == "granted":  # 裁执分离
        routed = case.meant("government", {"ruling": ruling.act}, None, ruling.made_on, source.registry)
        executor = source.name(next(iter(routed), None))
    received = ruling.received is not None and source.sees(ruling.received)
    return known(
        裁定文号=ruling.no,
        裁定日期=_day(ruling.made_on),
        裁定结果=_RESULT[ruling.result],
        收到裁定日期=_day(ruling.received_on) if received else None,
        执行主体=executor,
    )


# --- a meeting ---------------------------------------------------------------------------------------------------


def of_meeting(source: Source) -> Known:
    meeting: Meeting = source.file.dossier
    called = _latest(source, "MeetingConvened")
    held = _latest(source, "MeetingHeld")
    invited = tuple(a for a in meeting.attendees if a != meeting.convener) if called is not None else ()
    found = known(
        会议编号=meeting.id.partition("/")[2],
        召集单位=source.name(meeting.convener),
        参会单位=[_row(名称=source.name(a), 人员="、".join(meeting.named.get(a, ()))) for a in invited]
        or None,
    )
    if called is not None:
        event: Any = called.act.event
        found |= known(
            会议类型=WORDS_ZH[event.kind],
            主送机关=source.names(invited),
            会议日期=_day(meeting.held_on or meeting.planned_on),
            议题=[
                _row(序号=str(no), 类别=i.class_, 内容=i.text) for no, i in enumerate(event.agenda, start=1)
            ],
        )
    if held is not None:
        found |= known(
            出席单位=source.names(
                (meeting.convener, *(a for a in meeting.attended if a != meeting.convener))
            ),
            缺席单位=source.names(meeting.absent) or "无",
        )
    minutes = meeting.minutes
    if minutes is not None and source.sees(minutes.act):
        found |= known(
            议定事项=[
                _row(
                    序号=str(no),
                    内容=i.text,
                    责任单位=source.name(i.holder),
                    期限=_day(i.due_on) or "未定期限",
                )
                for no, i in enumerate(minutes.items.values(), start=1)
            ],
            会签情况=list(_endorsements(source, meeting)),
        )
    return found


def of_next_meeting(source: Source, convener: str, attendees: Sequence[str]) -> Known:
    """Of a regular meeting that is owed and not convened yet: who convenes, who is asked, and the three heads of the agenda
    (拉萨实施意见 四（一）); when, where and about what is for the office to say."""
    return known(
        会议类型=WORDS_ZH["regular"],
        召集单位=source.name(convener),
        主送机关=source.names(attendees),
        参会单位=[_row(名称=source.name(a)) for a in attendees] or None,
        议题=[_row(序号=str(no), 类别=head) for no, head in enumerate(AGENDA_HEADS, start=1)],
    )


AGENDA_HEADS = ("通报", "重大", "会商")


def _endorsements(source: Source, meeting: Meeting) -> Iterator[dict[str, str]]:
    assert meeting.minutes is not None
    endorsed = meeting.minutes.endorsed
    for agency in meeting.minutes.needed:
        seen = agency in endorsed and source.sees(endorsed[agency][0])
        yield _row(机关=source.name(agency), 日期=day_arabic(endorsed[agency][1]) if seen else "尚未会签")


def _latest(source: Source, type_: str) -> Entry | None:
    own = [
        e
        for e in source.file.dossier.entries
        if e.type == type_ and e.stands_for is None and source.sees(e.act.id)
    ]
    return own[-1] if own else None
