"""Which column is which field: by the names offices use, or as somebody said once and kept under a name.

What is kept is a TOML file below the data folder, one line a column: `"案件号" = "case"`.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from domain.acts import EVENTS
from domain.forms import fields_of
from domain.refusal import Refusal
from gongze.sheets.reading import Head, bare, plain
from gongze.tomltext import parsed

Kind = Literal["cases", "acts", "reply-sheet"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a column may stand for: its code, its Chinese name, the other names that offices give it."""

    code: str
    zh: str
    also: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (self.zh, *self.also)


def _fields(text: str) -> tuple[Field, ...]:
    rows = (line.split() for line in text.splitlines() if line.strip())
    return tuple(Field(code, names[0], tuple(names[1:])) for code, *names in rows)


_CASE = """
case 案号 案件编号 案件号 立案编号 立案号 案件文号
title 案件名称 案由 案名 案件标题
parties 当事人 当事人名称 当事人姓名 当事人姓名或名称 违法主体 违法当事人 违法单位 行政相对人
party_kind 当事人类型 当事人性质
region 行政区划代码 行政区划 区划代码
address 违法地点 地址 位置 坐落 违法地址 违法位置 项目位置 土地坐落 地点
area 面积 占地面积 违法面积 违法占地面积 土地面积 占用土地面积
farmland 耕地面积 耕地 占用耕地面积 其中耕地 其中耕地面积
basic_farmland 永久基本农田面积 永久基本农田 永农 永农面积 基本农田面积 占用永久基本农田面积
violation 违法类型 违法行为 违法性质 案件类型
filed_on 立案日期 立案日 立案时间
actor 承办机关 办案机关 承办单位 立案机关 机关 单位
note 备注 说明
"""
FILED = _fields(
    _CASE
    + """
source 案件来源 来源 线索来源
clue 线索编号 线索号
"""
)
CARRIED = _fields(
    _CASE
    + """
source_row 序号
stage 办理阶段 当前阶段 阶段 办理进度 进展 进展情况 状态
carried_on 结转日期
decision_no 处罚决定文号 决定文号 处罚决定书文号 处罚文号 行政处罚决定书文号 处罚决定书编号
decided_on 处罚决定日期 处罚日期 处罚决定时间 作出处罚决定日期
items 处罚内容 处罚决定内容 处罚事项 处罚内容逐项
fine 罚款金额 罚款 罚款应缴 应缴罚款
served_on 送达日期 处罚决定送达日期 送达日 送达时间
demanded_on 催告日期 催告日 催告时间
court 法院 管辖法院 受理法院 执行法院
application_no 申请编号 申请书编号 申请书文号 强制执行申请编号
applied_on 申请执行日期 申请日期 申请强制执行日期 申请法院执行日期
review_case_no 行审案号 法院案号 受理案号
accepted_on 受理日期 法院受理日期 受理日 受理时间
ruling_no 裁定文号 裁定书文号 裁定书编号
ruling 裁定结果 裁定主文 裁定内容
executor 执行主体
ruled_on 裁定日期 裁定日 裁定时间
received_on 收到裁定日期 收到日期
"""
)
ACTS = _fields(
    """
case 案号 案件编号 案件号 立案编号 立案号
type 事项 办理事项 事项名称 事件 行为 类型
occurred_on 日期 发生日期 办理日期 办理时间 时间
actor 机关 办理机关 承办机关 单位 承办单位 机构
number 文号 文书文号 文书编号
note 备注
batch_no 批次 批次号
how 代录依据 得知方式
obtained_on 取得日期 得知日期
from_whom 提供人
court 法院 管辖法院 受理法院
decision_no 处罚决定文号 决定文号 处罚决定书文号 行政处罚决定书文号
application_no 申请编号 申请书编号 申请书文号
ruling_no 裁定文号 裁定书文号
review_case_no 行审案号 法院案号 受理案号
notice_no 通知书文号
execution_case_no 执行案号
court_case_no 诉讼案号
suggestion_no 检察建议文号 建议书文号
assistance_no 协助文号
supervision_no 监督申请文号
referral_no 移送文号
report_no 报告文号
reasons 理由 原因 事由
method 送达方式
put_out_on 公告日期
items 处罚内容 处罚事项
materials 材料 材料清单 抄送材料
to 送往机关 接收机关 抄送机关 收件机关 主送机关
outcome 结果 办理结果
executor 执行主体
executing_agency 执行机关
until 延至 延长至
comply_by 限期改正日期 改正期限
notice 通知书种类
what 内容 情况 情况说明
measures 措施 整改措施
plan 方案 实施方案
government 政府
accepted_on 受理日期
made_on 作出日期
hearing_on 听证日期 开庭日期
amount_yuan 金额 缴款金额
of 所答复文号 签收文号
received_on 签收日期
adopted 是否采纳
finding 核查情况
authority 复议机关
effective_on 生效日期
"""
)
REPLY = _fields(
    """
row_id 编号 回执编号
case 案号
outcome 办理结果
occurred_on 日期 办理日期
number 文号
handler 经办人
note 备注
"""
)
SAME = {
    "application_no": ("application_no", "application"), "reasons": ("reasons", "reason"),
    "outcome": ("outcome", "result", "disposition"), "what": ("what", "finding", "conclusion"), "to": ("to", "court"),
}  # fmt: skip
"""Columns that stand for the one of several fields that an event has."""
NEEDED: dict[str, tuple[str, ...]] = {
    "filed": ("case", "title", "parties", "address", "violation", "source", "filed_on"),
    "carried": ("case", "parties"),
    "acts": ("case", "type", "occurred_on"),
    "reply-sheet": ("row_id", "outcome", "occurred_on"),
}
FIELDS: dict[str, tuple[Field, ...]] = {
    "filed": FILED,
    "carried": CARRIED,
    "acts": ACTS,
    "reply-sheet": REPLY,
}
"""By purpose: cases are filed anew or carried forward."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table by field code; `unused` are the headings that stand for nothing."""

    by_code: Mapping[str, Head]
    unused: tuple[str, ...]


def recogniser(purpose: str, given: Mapping[str, str]) -> Callable[[str], bool]:
    """Whether a heading stands for a field, by itself or because somebody said so."""
    names = {bare(name) for field in FIELDS[purpose] for name in field.names}
    names |= {bare(name) for name in given}
    return lambda heading: bare(heading) in names


def columns_of(purpose: str, heads: Sequence[Head], given: Mapping[str, str]) -> Columns:
    """Columns by field. `given` (heading → code) goes before the names that offices use.

    Raises Refusal: column_missing, column_repeated.
    """
    there = {**{h.full: h for h in heads}, **{h.name: h for h in heads}}
    meaning = {bare(name): field.code for field in FIELDS[purpose] for name in field.names}
    by_code: dict[str, Head] = {}
    for heading, code in given.items():
        head = there.get(heading) or there.get(bare(heading))
        if head is None:
            raise Refusal("column_missing", f"没有“{heading}”这一列。{_listed(heads)}", "--map")
        if code in by_code:
            raise Refusal(
                "column_repeated", f"“{by_code[code].name}”和“{head.name}”两列指向同一字段", "--map"
            )
        by_code[code] = head
    stated = set(by_code)
    taken = {h.name for h in by_code.values()}
    for head in heads:
        meant = meaning.get(head.full) or meaning.get(bare(head.name))
        if meant is None or meant in stated or head.name in taken:
            continue
        if meant in by_code:
            names = f"“{by_code[meant].name}”和“{head.name}”"
            raise Refusal("column_repeated", f"{names}两列意思相同，请用 --map 列=字段 指明用哪一列", "FILE")
        by_code[meant] = head
    for code in NEEDED[purpose]:
        if code not in by_code:
            raise Refusal(
                "column_missing",
                f"缺少“{_zh(purpose, code)}”列，可用 --map 列={code} 指明。{_listed(heads)}",
                "FILE",
            )
    used = {h.name for h in by_code.values()}
    return Columns(by_code, tuple(h.name for h in heads if h.name not in used))


def _listed(heads: Sequence[Head]) -> str:
    return f"表中有这些列：{'、'.join(h.name for h in heads)}"


def _zh(purpose: str, code: str) -> str:
    return next(f.zh for f in FIELDS[purpose] if f.code == code)


# --- what somebody says, and what is kept of it -------------------------------------------------------------


def said(purpose: str, pairs: Iterable[str]) -> dict[str, str]:
    """Heading → code of `列=字段`; a field by its code or one of its names. Raises Refusal: field_unknown."""
    found: dict[str, str] = {}
    for pair in pairs:
        heading, equals, name = pair.rpartition("=")
        if not equals or not heading.strip() or not name.strip():
            raise Refusal("field_unknown", f"“{pair}”应写作 列=字段，如 案件号=case", "--map")
        found[heading.strip()] = _code(purpose, name.strip())
    return found


def _code(purpose: str, name: str) -> str:
    for field in FIELDS[purpose]:
        if name == field.code or plain(name) in map(plain, field.names):
            return field.code
    if purpose == "acts" and any(name in fields_of(kind.cls) for kind in EVENTS.values()):
        return name
    fields = "、".join(f"{f.zh}（{f.code}）" for f in FIELDS[purpose])
    raise Refusal("field_unknown", f"没有字段“{name}”。可用的字段：{fields}", "--map")


def kept(folder: Path, name: str, purpose: str) -> dict[str, str]:
    """The columns kept under a name; none where nothing is kept yet. Raises Refusal: mapping_unusable."""
    path = _path(folder, name)
    if not path.exists():
        return {}
    try:
        data = parsed(path.read_bytes())
        columns = data["columns"]
        if data["purpose"] != purpose:
            raise Refusal("mapping_unusable", f"列对照“{name}”是导入别的内容用的，请换一个名称", "--mapping")
        return {str(heading): _code(purpose, str(code)) for heading, code in columns.items()}
    except (OSError, ValueError, KeyError, AttributeError):
        raise Refusal("mapping_unusable", f"列对照文件 {path} 无法读取，请改正或删去", "--mapping") from None


def keep(folder: Path, name: str, purpose: str, columns: Mapping[str, str]) -> None:
    """Keep columns under a name, in place of what was kept. Raises Refusal, OSError."""
    path = _path(folder, name)
    lines = [f"{_quoted(heading)} = {_quoted(code)}" for heading, code in columns.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text("\n".join([f"purpose = {_quoted(purpose)}", "", "[columns]", *lines, ""]), "utf-8")
    part.replace(path)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace(
        "\x7f", "\\u007f"
    )  # a JSON string is a TOML string but for DEL


def _path(folder: Path, name: str) -> Path:
    if not re.fullmatch(r"[\w-]{1,60}", name):
        raise Refusal("mapping_unusable", "列对照的名称只能用文字、数字、- 和 _", "--mapping")
    return folder / f"{name}.toml"
