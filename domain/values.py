"""The values that acts are made of, and how strictly each is read.

Every field of an act carries a *form*: what a value of it must look like. Forms are part of the type
(`Annotated`), so that the definition of an act is its schema. Reading is strict: only the one spelling
that would be written is taken.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Literal

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has one civil time and no summer time since 1991; days of the law are days of this zone."""

TEXT_MAX = 4_000
NUMBER_MAX = 100
ID_MAX = 200


@dataclass(frozen=True, slots=True)
class Form:
    """How a string field is read: one of text, number, label, id, amount, moment, digest, key, json, sealed."""

    name: str


@dataclass(frozen=True, slots=True)
class RefersTo:
    """What a reference may point at: decision, application, ruling, suggestion, notice, lawsuit, a kind of matter
    (`domain.cases.model.Matter`), thing (any of those the court or the department made), copy, act."""

    what: str


Text = Annotated[str, Form("text")]
"""Free text, 1 to 4,000 characters after trimming."""
Number = Annotated[str, Form("number")]
"""文号、案号: 1 to 100 characters, stored as given, compared by `same_number`."""
Label = Annotated[str, Form("label")]
"""A short mark such as an item's or party's id; a whole number is read as its digits."""
AgencyId = Annotated[str, Form("id")]
Amount = Annotated[str, Form("amount")]
"""Yuan or square metres with exactly two places, as text: "12400.50"."""
Moment = Annotated[str, Form("moment")]
"""A date (its 00:00 in Shanghai) or a date-time with offset, ISO 8601."""
Digest = Annotated[str, Form("digest")]
"""SHA-256, 64 lower-case hex digits."""
PublicKey = Annotated[str, Form("key")]
"""A public key as lower-case hex."""
Json = Annotated[str, Form("json")]
"""A JSON object as canonical text."""

Sealed = Annotated[str, Form("sealed")]
"""密封字段: in a script its clear text (or JSON value); in a statement only a commitment, `sha256:` and 64 hex digits."""
COMMITMENT = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to an earlier act of the same stream.

    Officers type numbers (`no`); the client resolves them to the statement (`act`, 32 hex digits) before
    signing, so that a number corrected later breaks nothing. Either may be missing, not both.
    """

    no: str | None = None
    act: str | None = None


DecisionRef = Annotated[Ref, RefersTo("decision")]
ApplicationRef = Annotated[Ref, RefersTo("application")]
RulingRef = Annotated[Ref, RefersTo("ruling")]
SuggestionRef = Annotated[Ref, RefersTo("suggestion")]
NoticeRef = Annotated[Ref, RefersTo("notice")]
LawsuitRef = Annotated[Ref, RefersTo("lawsuit")]
AssistanceRef = Annotated[Ref, RefersTo("assistance")]
SupervisionRef = Annotated[Ref, RefersTo("supervision")]
OpinionRef = Annotated[Ref, RefersTo("opinion")]
FilesRef = Annotated[Ref, RefersTo("files")]
CrimeRef = Annotated[Ref, RefersTo("crime")]
AppraisalRef = Annotated[Ref, RefersTo("appraisal")]
ObstructionRef = Annotated[Ref, RefersTo("obstruction")]
ReturnedClueRef = Annotated[Ref, RefersTo("returned_clue")]
HandoverRef = Annotated[Ref, RefersTo("handover")]
ThingRef = Annotated[Ref, RefersTo("thing")]
CopyRef = Annotated[Ref, RefersTo("copy")]
ActRef = Annotated[Ref, RefersTo("act")]

AgencyKind = Literal[
    "nr", "court", "procuratorate", "police", "discipline", "government", "inspectorate",
    "township", "village", "audit", "organization", "member_unit", "media",
]  # fmt: skip
Level = Literal["ministry", "province", "city", "county", "park", "township"]
LEVELS: tuple[str, ...] = ("township", "park", "county", "city", "province", "ministry")
"""From the lowest up. A park's agencies rank beside a county's where courts are concerned."""

KIND_ZH = {
    "nr": "自然资源主管部门", "court": "人民法院", "procuratorate": "人民检察院", "police": "公安机关",
    "discipline": "纪检监察机关", "government": "人民政府", "inspectorate": "督察机构", "township": "乡镇（街道）",
    "village": "村（社区）", "audit": "审计机关", "organization": "组织部门", "member_unit": "成员单位", "media": "媒体",
    "operator": "台账运行单位",
}  # fmt: skip

Violation = Literal[
    "unapproved_land_use", "building_on_temporary_land", "farmland_kiln_grave_house_or_dig",
    "basic_farmland_destroyed", "unlicensed_mining", "no_planning_permit", "no_rural_permit",
    "geological_hazard", "other",
]  # fmt: skip
VIOLATION_ZH = {
    "unapproved_land_use": "未批先占", "building_on_temporary_land": "临时用地上建永久建筑",
    "farmland_kiln_grave_house_or_dig": "占耕地建窑建坟建房或挖取", "basic_farmland_destroyed": "破坏永久基本农田",
    "unlicensed_mining": "无证采矿", "no_planning_permit": "未取得建设工程规划许可",
    "no_rural_permit": "未取得乡村建设规划许可", "geological_hazard": "引发地质灾害", "other": "其他",
}  # fmt: skip
LAND_LAW = frozenset(
    {
        "unapproved_land_use",
        "building_on_temporary_land",
        "farmland_kiln_grave_house_or_dig",
        "basic_farmland_destroyed",
    }
)
"""Violations of the Land Administration Law, whose demolition orders have the suit term of 土地管理法 §83."""

CaseSource = Literal["patrol", "patch", "public_report", "assigned", "referred", "media", "other"]
ItemKind = Literal[
    "warning", "fine", "late_payment", "demolish", "confiscate_building", "confiscate_gains",
    "confiscate_minerals", "return_land", "restore", "revoke_permit", "other",
]  # fmt: skip
ITEM_ZH = {
    "warning": "警告", "fine": "罚款", "late_payment": "加处罚款", "demolish": "责令限期拆除",
    "confiscate_building": "没收建筑物", "confiscate_gains": "没收违法所得", "confiscate_minerals": "没收矿产品",
    "return_land": "责令退还土地", "restore": "恢复原状", "revoke_permit": "吊销许可证", "other": "其他",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """当事人. `party_id` defaults to its place in the list, from 1; `id_no`: 证件号码."""

    name: Text
    party_id: Label | None = None
    kind: Text | None = None
    id_no: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """违法地点. `region` is the six-digit code of the administrative division; areas in square metres."""

    region: Label
    address: Text
    area_m2: Amount | None = None
    farmland_m2: Amount | None = None
    basic_farmland_m2: Amount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """处罚内容的一项. `item_id` defaults to its place in the list, from 1."""

    kind: ItemKind
    item_id: Label | None = None
    amount_yuan: Amount | None = None
    area_m2: Amount | None = None
    what: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """随案抄送的一份材料."""

    title: Text
    pages: int | None = None
    form: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that travels as an attachment, named by its digest; never inside the statement."""

    number: Number
    title: Text
    kind: Text
    sha256: Digest
    media_type: Text
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """送达、寄送方式及单号. With the slip attached, `sent_on` is the day that counts (`domain.cases.model.counts_on`)."""

    means: Text
    slip_no: Number | None = None
    sent_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """代录依据: how the recorder came to know another agency's act."""

    how: Literal["served_original", "copy", "official_platform", "phone", "site"]
    obtained_on: date
    from_whom: Text | None = None


_BRACKETS = str.maketrans({"(": "〔", ")": "〕", "（": "〔", "）": "〕", "[": "〔", "]": "〕", "［": "〔", "］": "〕",
                           "【": "〔", "】": "〕"})  # fmt: skip


def same_number(number: str) -> str:
    """The form in which two document numbers are compared: NFKC, one kind of bracket, no spaces.

    (2026), （2026）, [2026] and 〔2026〕 are the same to every office.
    """
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", number)).translate(_BRACKETS)


def stream_name(name: str) -> str:
    """A case number as it names its stream: NFC and one kind of bracket, so that one case has one stream."""
    return unicodedata.normalize("NFC", name.strip()).translate(_BRACKETS)


def parse_day(text: str) -> date:
    """`YYYY-MM-DD` and nothing else (date.fromisoformat would take 20260210 as well). Raises ValueError."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError(text)
    return date.fromisoformat(text)


def parse_moment(text: str) -> datetime:
    """A date or an ISO 8601 date-time with offset, as an aware datetime. Raises ValueError."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), SHANGHAI)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    try:
        moment.astimezone(SHANGHAI)  # its civil day is asked for later
    except OverflowError:
        raise ValueError(text) from None
    return moment


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970 UTC, exactly (a float timestamp would lose the last digit)."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


_SINCE = datetime(1970, 1, 1, tzinfo=UTC).astimezone(SHANGHAI)


def from_milliseconds(ms: int) -> datetime:
    """The inverse of `milliseconds`, in Shanghai time."""
    return _SINCE + timedelta(milliseconds=ms)


def day_of(ms: int) -> date:
    """The civil day in Shanghai of a receipt time."""
    return from_milliseconds(ms).date()
