"""The tables of docs/reference/case-scripts.md, from the definitions of the acts: `python -m gongze.reference FILE`.

What stands above the mark in the file is written by hand and kept; everything below it is written anew.
"""

import sys
from pathlib import Path
from typing import Any

from domain.acts import EVENTS
from domain.acts.base import ANY, Event, EventKind
from domain.acts.course import PriorAct
from domain.acts.matters import SharedDocument
from domain.acts.meeting import AgendaItem, MinutesItem
from domain.acts.reconciliation import Expected
from domain.forms import FieldType, fields_of
from domain.values import (
    ITEM_ZH,
    KIND_ZH,
    VIOLATION_ZH,
    Basis,
    Delivery,
    Document,
    Item,
    Material,
    Party,
    Place,
)

MARK = "<!-- 以下由 python -m gongze.reference 生成，请勿手改 -->"

FORM_ZH = {
    "text": "文本（1–4000 字）",
    "number": "文号（1–100 字）",
    "label": "短标记（1–100 字，整数亦可）",
    "id": "机构或联络员代码",
    "amount": '两位小数的文本，如 `"12400.50"`',
    "moment": "日期，或带时区的日期时间",
    "digest": "SHA-256，64 位小写十六进制",
    "key": "小写十六进制",
    "json": "一组字段（JSON 对象）",
    "sealed": "密封内容：脚本中写明文，声明中只有承诺值",
}
SHAPE_ZH = {"date": "日期", "bool": "`true` 或 `false`", "int": "不小于零的整数"}
REFERS_ZH = {
    "decision": "处罚决定", "application": "申请", "ruling": "裁定", "suggestion": "检察建议", "notice": "通知书",
    "lawsuit": "诉讼案件", "copy": "抄送、报送件", "act": "本案任一记录",
    "assistance": "协助请求", "supervision": "监督申请", "opinion": "检察意见", "files": "调卷请求",
    "crime": "涉嫌犯罪移送", "appraisal": "认定请求", "obstruction": "妨碍公务报告", "returned_clue": "非罪线索移送",
    "handover": "移送、移交政府的", "difference": "核账差异", "thing": "所涉决定、裁判、申请",
}  # fmt: skip
WORDS_ZH = VIOLATION_ZH | ITEM_ZH | KIND_ZH | {
    "patrol": "巡查", "patch": "卫片", "public_report": "群众举报", "assigned": "上级交办", "referred": "部门转交",
    "served_original": "送达的原件", "copy": "复印件", "official_platform": "官方平台", "phone": "电话", "site": "现场",
    "stop_violation": "责令停止违法行为", "correct_violation": "责令改正违法行为", "stop_construction": "责令停止建设",
    "demolish_by_deadline": "责令限期拆除",
    "court_only": "只能申请法院执行", "own": "本机关有强制执行权",
    "direct": "直接送达", "left": "留置送达", "mailed": "邮寄", "electronic": "电子送达", "announced": "公告送达",
    "upheld": "维持", "revoked": "撤销", "changed": "变更", "unlawful": "确认违法", "withdrawn": "撤回",
    "claims_dismissed": "驳回诉讼请求", "suit_dismissed": "驳回起诉", "revoked_and_remade": "撤销并责令重作",
    "invalid": "确认无效", "ordered_to_perform": "责令履行", "mediated": "调解",
    "non_litigation": "非诉执行", "judgment": "生效判决", "granted": "准予", "partly_granted": "部分准予",
    "refused": "不准予", "not_accepted": "不予受理", "full": "全部", "partial": "部分",
    "unlawful_act": "违法行使职权", "inaction": "怠于行使职权", "court_execution": "法院执行活动",
    "ministry": "部", "province": "省", "city": "市", "county": "县（区）", "park": "园区", "township": "乡镇",
    "lawsuit": "诉讼", "supervision": "检察监督", "crime": "涉嫌犯罪", "planning": "规划违建",
    "signing": "签名", "confirming": "确认", "paper": "纸质", "principal": "第一责任人", "deputy": "直接责任人",
    "Ed25519": "Ed25519", "root": "根密钥", "sign": "签名", "encrypt": "加密",
    "crowd_control": "人员管控", "site_confirmation": "场地范围确认", "cordon": "封控",
    "not_competent": "不属于本机关职权", "prohibited": "法律、法规规定不得协助", "unable": "客观上不能",
    "court_handling": "法院办理情况", "administrative_execution": "行政执行情况", "joint_case": "联合执法案件",
    "enforcement": "申请强制执行的案件", "wrong_judgment": "判决确有错误", "wrong_ruling": "裁定确有错误",
    "wrong_mediation": "调解书确有错误", "unlawful_trial": "审判程序违法",
    "unlawful_litigation_execution": "行政诉讼执行活动违法", "materials_refused": "不接收申请执行材料",
    "no_ruling_in_time": "未在法定期限内作出裁定", "execution_refused": "裁定不予执行", "suspended": "中止执行",
    "round_terminated": "终结本次执行", "terminated": "终结执行", "ruling_execution_split": "裁执分离",
    "protest_requested": "提请抗诉", "protest": "抗诉", "retrial_suggestion": "再审检察建议",
    "suggestion": "检察建议", "not_supported": "不支持监督申请", "ended": "终结审查",
    "prosecuted": "提起公诉", "not_prosecuted": "不起诉", "judged": "作出判决", "keep": "维持不立案",
    "violation_report": "违法情况报告", "penalty_decision": "行政处罚决定", "enforcement_application": "强制执行申请书",
    "court_ruling": "法院裁定", "discipline_referral": "问题线索移送书", "crime_referral": "涉嫌犯罪案件移送书",
    "typical_case": "典型案例",
    "level": "级别管辖", "territory": "地域管辖", "boundary": "区划调整", "difficulty": "重大复杂",
    "wrong_case": "登错案件", "duplicate": "重复登记", "accepted": "受理", "passed_on": "转办", "not_handled": "不予办理",
    "regular": "定期会议", "ad_hoc": "临时会议", "completed": "办结", "ended_lawfully": "依法终结", "transferred": "移交",
    "merged": "合并", "entered_in_error": "误登", "cannot_be_executed": "无法执行",
    "browser": "浏览器", "file": "文件", "agent": "签名代理", "token": "硬件令牌",
}  # fmt: skip
"""The words of the enumerations. A few have another word in one field than in another."""
WORDS_HERE_ZH = {
    ("matter", "discipline"): "问题线索", ("kind", "township"): "乡镇（街道）",
    ("executor", "court"): "法院", ("executor", "government"): "政府（裁执分离）",
    ("outcome", "withdrawn"): "撤回（刑事案件为撤销案件）", ("outcome", "file"): "立案",
    ("category", "judgment"): "以自己为被告的裁判、调解",
}  # fmt: skip
THROUGH_LEDGER = "通过台账办理：期限按入账日计算，见[哪一天算数](../duties.md#哪一天算数)。"
STREAM_ZH = {
    "case": "案件（`case` 写案号）", "discipline": "问题线索（`case` 写 `discipline/编号`）",
    "meeting": "联席会议（`case` 写 `meeting/编号`）", "reconciliation": "核账销账（`case` 写 `reconciliation/编号`）",
    "registry": "登记簿（`case` 写 `registry`）",
}  # fmt: skip
RECORDS = (
    (Party, "当事人"), (Place, "地点"), (Item, "处罚项"), (Material, "材料"), (Document, "文件"),
    (Delivery, "送达、寄送"), (Basis, "代录依据"), (SharedDocument, "并送文书"), (PriorAct, "此前行为"),
    (AgendaItem, "议题"), (MinutesItem, "纪要事项"), (Expected, "应有而未见的文书"),
)  # fmt: skip


def text() -> str:
    """All events with their fields, as Markdown."""
    parts = [_common()]
    for stream, title in STREAM_ZH.items():
        kinds = [kind for kind in EVENTS.values() if kind.stream == stream]
        parts.append(f"## {title}：{len(kinds)} 种事件\n")
        parts += [_event(kind) for kind in kinds]
    parts.append("## 各处共用的字段组\n")
    parts += [f"### {cls.__name__} {zh}\n\n{_table(fields_of(cls))}" for cls, zh in RECORDS]
    return "\n".join(parts)


def _common() -> str:
    shared = {name: kind for name, kind in fields_of(Event).items() if name != "behalf"}
    return f"## 每种事件都可以带的字段\n\n{_table(shared)}"


def _event(kind: EventKind) -> str:
    own = {name: field for name, field in fields_of(kind.cls).items() if field.attr not in fields_of(Event)}
    signers = "任何机关" if kind.by == ANY else "、".join(KIND_ZH[k] for k in KIND_ZH if k in kind.by)
    through = f"\n{THROUGH_LEDGER}" if kind.through_ledger else ""
    return f"### {kind.name} {kind.zh}\n\n签名机关：{signers}。{through}\n\n{_table(own)}"


def _table(fields: dict[str, FieldType]) -> str:
    if not fields:
        return "没有自己的字段。\n"
    rows = [f"| `{name}` | {_needed(field)} | {_how(field)} |" for name, field in fields.items()]
    return "\n".join(["| 字段 | 必填 | 写法 |", "| --- | --- | --- |", *rows]) + "\n"


def _needed(field: FieldType) -> str:
    if field.optional:
        return "否"
    return "是" if field.default is None else f"否，默认 {_default(field.default)}"


def _default(value: Any) -> str:
    if value == ():
        return "空"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _how(field: FieldType) -> str:
    match field.shape:
        case "string":
            return "六位行政区划代码" if field.attr == "region" else FORM_ZH[field.form]
        case "enum":
            return "、".join(f"`{symbol}` {_word(field, symbol)}" for symbol in field.symbols)
        case "ref":
            return f"{REFERS_ZH[field.refers_to]}的文号或记录编号"
        case "record":
            assert field.record is not None
            return f"一组 [{field.record.__name__}](#{_anchor(field.record)})"
        case "list":
            assert field.item is not None
            return f"列表，每项：{_how(field.item)}"
        case _:
            return SHAPE_ZH[field.shape]


def _word(field: FieldType, symbol: str) -> str:
    return WORDS_HERE_ZH.get((field.enum_name, symbol)) or WORDS_ZH[symbol]


def _anchor(cls: type[Any]) -> str:
    return f"{cls.__name__} {dict(RECORDS)[cls]}".lower().replace("、", "").replace(" ", "-")


def main(path: Path) -> None:
    """Write the part below the mark anew."""
    by_hand = path.read_text("utf-8").partition(MARK)[0]
    path.write_text(f"{by_hand}{MARK}\n\n{text()}", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
