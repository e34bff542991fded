"""The kinds of official documents, each with the act of the ledger that it writes out and its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from domain.refusal import Refusal

Stream = Literal["case", "meeting", "discipline", ""]
"""Which kind of dossier a document is drawn from; "" for those that the ledger has no acts of."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`acts`: the types that it writes out, the latest one unless told otherwise; before there is one it is a draft.

    `only`: values that a field of the act must have (a notice to stop is not one to correct). `issuer`: who issues the
    draft, as a selector of the case (`nr`, `court` …) or "" where that has to be said.
    """

    id: str
    zh: str
    stream: Stream
    acts: tuple[str, ...]
    issuer: str
    source: str
    only: tuple[str, frozenset[str]] | None = None


def _kinds(*kinds: Kind) -> Mapping[str, Kind]:
    return {kind.id: kind for kind in kinds}


_STOP = ("notice", frozenset({"stop_violation", "stop_construction"}))
_CORRECT = ("notice", frozenset({"correct_violation", "demolish_by_deadline"}))

KINDS: Mapping[str, Kind] = _kinds(
    Kind("stop-notice", "责令停止违法行为通知书", "case", ("NoticeIssued",), "nr",
         "土地管理法 §67；拉萨实施意见 三（六）", _STOP),
    Kind("correction-notice", "责令改正违法行为通知书", "case", ("NoticeIssued",), "nr",
         "行政处罚法 §28；拉萨实施意见 三（六）", _CORRECT),
    Kind("violation-report", "自然资源违法情况报告", "case", ("ViolationReported",), "nr",
         "拉萨实施意见 三（一）、三（六）、四（三）"),
    Kind("enforcement-application", "强制执行申请书", "case", ("EnforcementApplied",), "nr",
         "行政强制法 §53–§55；拉萨实施意见 三（六）"),
    Kind("copy-application", "抄送强制执行申请材料的函", "case", ("ApplicationCopied",), "nr",
         "拉萨实施意见 三（六）"),
    Kind("copy-acceptance", "报送受理通知书复印件的函", "case", ("AcceptanceCopied",), "nr", "拉萨实施意见 三（六）"),
    Kind("copy-ruling", "报送准予执行裁定书的函", "case", ("RulingCopied",), "nr", "拉萨实施意见 三（六）"),
    Kind("supervision-application", "检察监督申请书", "case", ("SupervisionApplied",), "nr",
         "拉萨实施意见 三（四）、三（六）"),
    Kind("crime-referral", "涉嫌犯罪案件移送书", "case", ("CrimeReferred",), "nr",
         "移送规定 §5、§6；拉萨实施意见 三（五）、三（六）"),
    Kind("clue-referral", "问题线索移送函", "discipline", ("DisciplineClueReferred",), "nr",
         "拉萨实施意见 三（二）、三（六）"),
    Kind("assistance-request", "请求协助执行函", "case", ("AssistanceRequested",), "court", "拉萨实施意见 三（三）"),
    Kind("assistance-answer", "协助执行复函", "case", ("AssistanceConfirmed", "AssistanceDeclined"), "",
         "拉萨实施意见 三（三）"),
    Kind("suggestion", "检察建议书", "case", ("SuggestionIssued",), "procuratorate",
         "拉萨实施意见 三（四）；检察建议工作规定 §16"),
    Kind("suggestion-reply", "检察建议回复函", "case", ("SuggestionReplied",), "nr",
         "检察建议工作规定 §19；拉萨实施意见 三（四）"),
    Kind("meeting-notice", "联席会议通知", "meeting", ("MeetingConvened",), "nr", "拉萨实施意见 四（一）"),
    Kind("meeting-agenda", "联席会议议程", "meeting", ("MeetingConvened",), "nr", "拉萨实施意见 四（一）"),
    Kind("meeting-minutes", "联席会议纪要", "meeting", ("MinutesDrafted",), "nr",
         "拉萨实施意见 四（一）；GB/T 9704-2012 §10.3"),
    Kind("inspection-notice", "督察通知书", "", (), "", "平顶山督察办法 §7、附件 一"),
    Kind("inspection-opinion", "督察意见书", "", (), "", "平顶山督察办法 §11、附件 二"),
    Kind("assignment-list", "交办清单", "", (), "", "平顶山督察办法 附件 三"),
    Kind("urging-list", "督办清单", "", (), "", "平顶山督察办法 §13、附件 四"),
    Kind("transfer-list", "移交清单", "", (), "", "平顶山督察办法 附件 五"),
)  # fmt: skip


def kind_called(name: str) -> Kind:
    """By its id or its Chinese name. Raises Refusal: document_unknown."""
    for kind in KINDS.values():
        if name in (kind.id, kind.zh):
            return kind
    raise Refusal("document_unknown", f"没有公文“{name}”，gongze document list 列出全部", "KIND")
