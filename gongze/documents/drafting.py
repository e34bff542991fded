"""The shipped templates: their wording, laid out by `connectors.documents.gongwen`.

`python -m gongze.documents.drafting` writes `templates/*.docx` anew. What stands in {{ }} is named in `fields`; an office
changes the rest of a template, or all of it, in its word processor.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from connectors.documents.gongwen import Paper
from gongze.documents.kinds import KINDS

TEMPLATES = Path(__file__).parent / "templates"
CONTACT = "联系人：{{ 联系人 }}　联系电话：{{ 联系电话 }}"
SIGNED = ("{{ 发文机关 }}", "{{ 成文日期 }}")
BASIS = "《关于构建拉萨市自然资源执法监管共同责任机制的实施意见》"


def _letter(paper: Paper, title: str) -> None:
    """信函格式: between agencies that are not each other's superiors."""
    paper.red_head("{{ 发文机关 }}", "letter")
    paper.number("{{ 发文字号 }}")
    paper.title(title)
    paper.addressee("{{ 主送机关 }}")


def _instrument(paper: Paper, title: str, to: str | None = None) -> None:
    """A legal instrument: the agency's name and the instrument's as its title, the number at the right."""
    paper.title("{{ 发文机关 }}\n" + title)
    paper.paragraph("{{ 发文字号 }}", align="right", indent=False)
    if to is not None:
        paper.addressee(to)


def _end(paper: Paper, *, note: bool = True) -> None:
    paper.signature(*SIGNED)
    if note:
        paper.note(CONTACT)


def _listed(paper: Paper, row: str, of: str, text: str) -> None:
    """A paragraph for each row of a list."""
    paper.paragraph(f"{{%p for {row} in {of} %}}")
    paper.paragraph(text)
    paper.paragraph("{%p endfor %}")


def _items(paper: Paper, of: str) -> None:
    _listed(paper, "事项", of, "{{ 事项.序号 }}. {{ 事项.内容 }}。")


def _facts(paper: Paper) -> None:
    """Who did what and where, as the case was filed."""
    paper.paragraph(
        "{{ 当事人 }}涉嫌{{ 违法类型 }}一案（案号：{{ 案号 }}），违法地点为{{ 违法地点 }}，占地{{ 占地面积 }}平方米"
        "（折合{{ 占地亩数 }}亩），其中耕地{{ 耕地亩数 }}亩、永久基本农田{{ 基本农田亩数 }}亩，于{{ 立案日期 }}立案。"
    )


def _penalty(paper: Paper) -> None:
    paper.paragraph(
        "我局于{{ 处罚决定日期 }}作出《行政处罚决定书》（{{ 处罚决定文号 }}），于{{ 送达日期 }}以{{ 送达方式 }}方式送达当事人。"
    )


def stop_notice(paper: Paper) -> None:
    _instrument(paper, "{{ 通知种类 }}通知书", "{{ 当事人 }}")
    paper.paragraph(
        "经查，你（单位）在{{ 违法地点 }}的行为涉嫌{{ 违法类型 }}，占地{{ 占地面积 }}平方米。{{ 违法事实 }}"
    )
    paper.paragraph(
        "上述行为违反了{{ 法律依据 }}的规定。依照《中华人民共和国土地管理法》第六十七条的规定，责令你（单位）："
    )
    paper.paragraph("{{ 责令内容 }}")
    paper.paragraph("拒不停止违法行为的，我局将依法处理，并报告违法行为发生地的人民政府。")
    paper.paragraph("如对本通知有异议，可以向我局陈述和申辩。")
    _end(paper)


def correction_notice(paper: Paper) -> None:
    _instrument(paper, "{{ 通知种类 }}通知书", "{{ 当事人 }}")
    paper.paragraph(
        "经查，你（单位）在{{ 违法地点 }}的行为涉嫌{{ 违法类型 }}，占地{{ 占地面积 }}平方米。{{ 违法事实 }}"
    )
    paper.paragraph(
        "上述行为违反了{{ 法律依据 }}的规定。依照《中华人民共和国行政处罚法》第二十八条的规定，责令你（单位）于"
        "{{ 履行期限 }}前改正下列违法行为："
    )
    paper.paragraph("{{ 责令内容 }}")
    paper.paragraph("逾期不改正的，我局将依法处理。")
    paper.paragraph("如对本通知有异议，可以向我局陈述和申辩。")
    _end(paper)


def violation_report(paper: Paper) -> None:
    paper.red_head("{{ 发文机关 }}文件")
    paper.number("{{ 发文字号 }}", signer="{{ 签发人 }}")
    paper.title("关于{{ 案件名称 }}的\n违法情况报告")
    paper.addressee("{{ 主送机关 }}")
    paper.paragraph(f"根据{BASIS}三（一）、三（六）的规定，现将有关自然资源违法情况报告如下。")
    paper.heading("违法情况")
    _facts(paper)
    paper.paragraph("{{ 违法事实 }}")
    paper.heading("已采取的措施")
    paper.paragraph("我局已发现并制止上述违法行为。{{ 责令内容 }}")
    paper.heading("请予采取的措施")
    paper.paragraph(
        "请贵府在接到本报告后立即采取有效措施，以消除违法状态为标准组织开展相关工作，并将采取的措施和结果告知我局。"
    )
    _end(paper)
    paper.imprint("", "{{ 发文机关 }}办公室", "{{ 成文日期数字 }}")


def enforcement_application(paper: Paper) -> None:
    paper.title("强制执行申请书")
    paper.paragraph("{{ 发文字号 }}", align="right", indent=False)
    paper.paragraph("申请人：{{ 发文机关 }}")
    paper.paragraph("法定代表人：【待填：姓名、职务】　住所地：【待填：申请人住所地】")
    paper.paragraph("联系人：{{ 联系人 }}　联系电话：{{ 联系电话 }}")
    _listed(
        paper, "人", "当事人列表", "被申请人：{{ 人.名称 }}　类型：{{ 人.类型 }}　证件号码：{{ 人.证件号码 }}"
    )
    paper.heading("申请执行事项")
    paper.paragraph("请求依法强制执行《行政处罚决定书》（{{ 处罚决定文号 }}）确定的下列事项：")
    _items(paper, "申请执行事项")
    paper.heading("事实和理由")
    _facts(paper)
    paper.paragraph("{{ 违法事实 }}")
    _penalty(paper)
    paper.paragraph("救济情况：{{ 救济情况 }}。")
    paper.paragraph("我局于{{ 催告日期 }}送达催告书，催告当事人履行义务。")
    paper.paragraph("{%p if 未履行事项 %}")
    paper.paragraph("当事人仍未履行下列义务：")
    _items(paper, "未履行事项")
    paper.paragraph("{%p endif %}")
    paper.paragraph(
        "依照《中华人民共和国行政强制法》第五十三条、第五十四条、第五十五条的规定，特申请强制执行。"
    )
    paper.paragraph("此致")
    paper.paragraph("{{ 执行法院 }}", indent=False)
    paper.attachments(
        (
            "行政处罚决定书及作出决定的事实、理由和依据",
            "当事人的意见及行政机关催告情况",
            "申请强制执行标的情况",
            "法律、行政法规规定的其他材料",
        )
    )
    paper.signature("申请人：{{ 发文机关 }}（印章）", "{{ 成文日期 }}")
    paper.paragraph("行政机关负责人（签名）：")


def copy_application(paper: Paper) -> None:
    _letter(paper, "关于抄送强制执行申请材料的函")
    paper.paragraph(
        f"根据{BASIS}三（六）“自然资源主管部门应当在向人民法院提交强制执行申请之日起七个工作日内将相关法律文书、证据材料"
        "抄送同级人民检察院”的规定，现将有关材料抄送你院。"
    )
    paper.heading("案件情况")
    _facts(paper)
    _penalty(paper)
    paper.heading("申请情况")
    paper.paragraph(
        "我局于{{ 申请日期 }}向{{ 执行法院 }}申请强制执行（{{ 申请书文号 }}），申请执行的事项为："
    )
    _items(paper, "申请执行事项")
    paper.heading("抄送材料")
    _table(paper, ("材料名称", "页数"), "材料", ("名称", "页数"), (4, 1))
    paper.paragraph("请你院依法履行检察监督职责，跟踪了解办理情况，并请签收。")
    _end(paper)


def copy_acceptance(paper: Paper) -> None:
    _letter(paper, "关于报送强制执行案件受理通知书的函")
    paper.paragraph(
        f"根据{BASIS}三（六）“自然资源主管部门应当在取得强制执行案件受理通知书之日起七个工作日内将复印件报送人民检察院”的规定，"
        "现将有关情况报送如下。"
    )
    paper.paragraph(
        "{{ 当事人 }}{{ 违法类型 }}一案（案号：{{ 案号 }}），我局于{{ 申请日期 }}向{{ 执行法院 }}申请强制执行"
        "（{{ 申请书文号 }}）。{{ 执行法院 }}于{{ 受理日期 }}受理（{{ 受理案号 }}），我局于{{ 取得受理通知书日期 }}取得受理通知书。"
    )
    paper.paragraph("请你院依法履行检察监督职责，并请签收。")
    paper.attachments(("强制执行案件受理通知书复印件",))
    _end(paper)


def copy_ruling(paper: Paper) -> None:
    _letter(paper, "关于报送准予执行裁定书的函")
    paper.paragraph(
        f"根据{BASIS}三（六）“自然资源主管部门在收到法院准予执行裁定之日起七个工作日内将裁定书报送同级人民检察院”的规定，"
        "现将有关情况报送如下。"
    )
    paper.paragraph(
        "{{ 当事人 }}{{ 违法类型 }}一案（案号：{{ 案号 }}），我局于{{ 申请日期 }}向{{ 执行法院 }}申请强制执行"
        "（{{ 申请书文号 }}）。{{ 执行法院 }}于{{ 裁定日期 }}作出裁定（{{ 裁定文号 }}），裁定结果：{{ 裁定结果 }}执行，"
        "由{{ 执行主体 }}组织实施。我局于{{ 收到裁定日期 }}收到裁定书。"
    )
    paper.paragraph("请你院依法跟踪执行情况，并请签收。")
    paper.attachments(("准予执行裁定书",))
    _end(paper)


def supervision_application(paper: Paper) -> None:
    paper.title("检察监督申请书")
    paper.paragraph("{{ 发文字号 }}", align="right", indent=False)
    paper.paragraph("申请人：{{ 发文机关 }}")
    paper.paragraph("法定代表人：【待填：姓名、职务】　住所地：【待填：申请人住所地】")
    paper.paragraph("其他当事人：{{ 当事人 }}")
    paper.paragraph("申请类别：{{ 监督类别 }}")
    paper.heading("申请监督事项")
    paper.paragraph("对{{ 监督对象 }}申请监督，认为存在下列情形：")
    _listed(paper, "理由", "监督理由", "{{ loop.index }}. {{ 理由.内容 }}。")
    paper.heading("事实和理由")
    paper.paragraph(
        "{{ 当事人 }}{{ 违法类型 }}一案（案号：{{ 案号 }}），我局于{{ 处罚决定日期 }}作出《行政处罚决定书》"
        "（{{ 处罚决定文号 }}），于{{ 申请日期 }}向{{ 执行法院 }}申请强制执行（{{ 申请书文号 }}）。"
    )
    paper.paragraph("【待填：违法情形的具体事实、证据和理由】")
    paper.paragraph(f"根据{BASIS}三（四）、三（六）的规定，特申请检察监督。")
    paper.paragraph("此致")
    paper.paragraph("{{ 主送机关 }}", indent=False)
    paper.attachments(("所涉法律文书", "证据材料"))
    paper.signature("申请人：{{ 发文机关 }}（印章）", "{{ 成文日期 }}")


def crime_referral(paper: Paper) -> None:
    _instrument(paper, "涉嫌犯罪案件移送书", "{{ 主送机关 }}")
    paper.paragraph(
        "我局在查处{{ 案件名称 }}（案号：{{ 案号 }}）中发现，{{ 当事人 }}的行为{{ 涉嫌罪名 }}。依照《行政执法机关移送"
        "涉嫌犯罪案件的规定》第五条、第六条的规定，现将该案移送你单位，请依法处理。"
    )
    paper.heading("案件情况")
    _facts(paper)
    paper.paragraph("{{ 违法事实 }}")
    paper.heading("批准情况")
    paper.paragraph("【待填：核实专案组人员、书面报告日期，正职负责人批准日期】")
    paper.heading("请予办理事项")
    paper.paragraph(
        "请在回执上签字；不属于本机关管辖的，请转送有管辖权的机关并书面告知我局。立案或者不予立案的决定，请书面通知我局。"
    )
    paper.attachments(
        ("涉嫌犯罪案件情况的调查报告", "涉案物品清单", "有关检验报告或者鉴定结论", "其他有关涉嫌犯罪的材料")
    )
    _end(paper)
    paper.imprint("{{ 抄送机关 }}。")


def clue_referral(paper: Paper) -> None:
    _letter(paper, "关于移送问题线索的函")
    paper.paragraph(
        f"根据{BASIS}三（二）、三（六）的规定，现将我局在工作中发现的问题线索移送你单位，请依规依纪依法处理。"
    )
    paper.heading("线索对象")
    paper.paragraph("{{ 线索对象 }}")
    paper.heading("线索内容")
    paper.paragraph("{{ 线索内容 }}")
    paper.heading("关联案件")
    paper.paragraph("{{ 关联案件 }}")
    paper.paragraph("处理情况请告知我局。")
    paper.attachments(("问题线索材料",))
    _end(paper)


def assistance_request(paper: Paper) -> None:
    _letter(paper, "关于请求协助执行的函")
    paper.paragraph(
        "{{ 当事人 }}{{ 违法类型 }}一案（案号：{{ 案号 }}），{{ 执行法院 }}于{{ 裁定日期 }}裁定{{ 裁定结果 }}执行（{{ 裁定文号 }}）。"
        f"根据{BASIS}三（三）的规定，请你单位协助、配合完成下列执行事务。"
    )
    paper.heading("协助事项")
    _listed(paper, "事项", "协助事项", "{{ loop.index }}. {{ 事项.内容 }}。")
    paper.heading("时间和地点")
    paper.paragraph("{{ 协助时间 }}，{{ 协助地点 }}。")
    paper.heading("人力和物力")
    paper.paragraph("人员{{ 协助人数 }}名；装备：{{ 协助装备 }}。")
    paper.paragraph("请在接到本函后书面答复。")
    _end(paper)


def assistance_answer(paper: Paper) -> None:
    _letter(paper, "关于协助执行的复函")
    paper.paragraph(
        "你单位请求协助执行的函（{{ 协助文号 }}）收悉。关于在{{ 协助时间 }}、{{ 协助地点 }}协助执行事，答复如下："
    )
    paper.paragraph("{{ 协助意见 }}。")
    paper.paragraph('{%p if 协助意见 == "不予协助" %}')
    paper.paragraph("理由：{{ 不予协助理由 }}。")
    paper.paragraph("{%p else %}")
    paper.paragraph("到场人员{{ 协助人数 }}名；装备：{{ 协助装备 }}。")
    paper.paragraph("{%p endif %}")
    _end(paper)


def suggestion(paper: Paper) -> None:
    """The parts that 检察建议工作规定 §16 asks for, in its order."""
    _instrument(paper, "检察建议书", "{{ 主送机关 }}")
    parts = (
        ("案件来源", "【待填：案件或者问题的来源】{{ 当事人 }}{{ 违法类型 }}一案（{{ 案号 }}）中存在{{ 建议事由 }}方面的问题。"),
        ("认定的事实和证据", "【待填：依法认定的案件事实或者经调查核实的事实及其证据】"),
        ("存在的违法情形或者应当消除的隐患", "【待填：存在的违法情形或者应当消除的隐患】"),
        ("建议的内容和依据", "【待填：建议的具体内容及所依据的法律、法规和有关文件等的规定】"),
        ("异议期限", "【待填：被建议单位提出异议的期限】"),
        ("回复期限", "请于{{ 回复期限 }}前将落实情况书面回复本院。"),
        ("其他需要说明的事项", "【待填：其他需要说明的事项】"),
    )  # fmt: skip
    for heading, text in parts:
        paper.heading(heading)
        paper.paragraph(text)
    _end(paper, note=False)


def suggestion_reply(paper: Paper) -> None:
    _letter(paper, "关于检察建议书的回复函")
    paper.paragraph("你院《检察建议书》（{{ 建议书文号 }}）收悉。现将有关情况回复如下。")
    paper.heading("采纳情况")
    paper.paragraph("{{ 是否采纳 }}。")
    paper.heading("落实情况")
    paper.paragraph("{{ 回复内容 }}。")
    _end(paper)


def meeting_notice(paper: Paper) -> None:
    _letter(paper, "关于召开{{ 地方 }}自然资源执法监管\n共同责任联席会议的通知")
    paper.paragraph(
        f"根据{BASIS}四（一）的规定，定于{{{{ 会议日期 }}}}召开{{{{ 会议类型 }}}}。现将有关事项通知如下。"
    )
    paper.heading("会议时间、地点")
    paper.paragraph("{{ 会议日期 }} {{ 会议时间 }}，{{ 会议地点 }}。")
    paper.heading("会议议题")
    _listed(paper, "议题项", "议题", "{{ 议题项.序号 }}. {{ 议题项.类别 }}：{{ 议题项.内容 }}。")
    paper.heading("参会单位")
    _listed(paper, "单位", "参会单位", "{{ 单位.名称 }}。")
    paper.heading("有关要求")
    paper.paragraph(
        "参加人员由各单位根据具体涉及领域指定，请于会前将参会人员名单告知我局。重大事项不针对具体案件。"
    )
    _end(paper)


def meeting_agenda(paper: Paper) -> None:
    paper.title("{{ 地方 }}自然资源执法监管共同责任\n联席会议议程")
    paper.paragraph("（{{ 会议编号 }}）", align="centre", indent=False)
    paper.paragraph("时间：{{ 会议日期 }} {{ 会议时间 }}")
    paper.paragraph("地点：{{ 会议地点 }}")
    paper.paragraph("召集：{{ 召集单位 }}")
    for heading, class_ in (
        ("通报重点任务进展情况", "通报"),
        ("研究重大事项", "重大"),
        ("会商疑难问题", "会商"),
    ):
        paper.heading(heading)
        paper.paragraph("{%p for 议题项 in 议题 %}")
        paper.paragraph(f'{{%p if 议题项.类别 == "{class_}" %}}')
        paper.paragraph("{{ 议题项.内容 }}。")
        paper.paragraph("{%p endif %}")
        paper.paragraph("{%p endfor %}")
    paper.heading("参会单位和人员")
    _table(paper, ("单位", "人员"), "参会单位", ("名称", "人员"), (2, 3))


def meeting_minutes(paper: Paper) -> None:
    paper.red_head("{{ 地方 }}自然资源执法监管共同责任联席会议纪要", "minutes")
    paper.number("{{ 发文字号 }}")
    paper.paragraph(
        "{{ 会议日期 }}，{{ 召集单位 }}召集召开{{ 地方 }}自然资源执法监管共同责任联席会议（{{ 会议类型 }}）。会议议题如下："
    )
    _listed(paper, "议题项", "议题", "{{ 议题项.序号 }}. {{ 议题项.类别 }}：{{ 议题项.内容 }}。")
    paper.heading("会议议定事项")
    _listed(
        paper, "事项", "议定事项",
        "{{ 事项.序号 }}. {{ 事项.内容 }}。责任单位：{{ 事项.责任单位 }}；完成期限：{{ 事项.期限 }}。",
    )  # fmt: skip
    paper.heading("会签情况")
    _table(paper, ("单位", "会签日期"), "会签情况", ("机关", "日期"), (3, 2))
    paper.paragraph("")
    paper.attendees_line("出席", "{{ 出席单位 }}")
    paper.attendees_line("缺席", "{{ 缺席单位 }}")
    paper.imprint("{{ 主送机关 }}。")


def _table(
    paper: Paper, heads: Sequence[str], of: str, names: Sequence[str], widths: Sequence[float]
) -> None:
    """A ruled table with a row for each of a list."""
    empty = [""] * (len(heads) - 1)
    cells = [f"{{{{ 行.{name} }}}}" for name in names]
    paper.table(
        heads,
        [[f"{{%tr for 行 in {of} %}}", *empty], cells, ["{%tr endfor %}", *empty]],
        widths=widths,
        size=14,
    )


def _inspection(
    name: str, number: str, to: str, parts: Sequence[tuple[str, Sequence[str]]]
) -> Callable[[Paper], None]:
    """One of the five instruments of 平顶山督察办法's annex: its heading, number, addressee, sections and ending."""

    def draft(paper: Paper) -> None:
        paper.red_head("{{ 地方 }}自然资源督察", "inspection")
        paper.red_head(name, "inspection")
        paper.number(f"{{{{ 地方简称 }}}}自然督察{number}〔{{{{ 年份 }}}}〕{{{{ 序号 }}}}号")
        paper.addressee(to)
        for heading, texts in parts:
            paper.heading(heading)
            for text in texts:
                paper.paragraph(text)
        paper.paragraph("联系人及电话：{{ 联系人 }}　{{ 联系电话 }}")
        paper.signature("{{ 督察机构 }}", "{{ 成文日期 }}")
        paper.imprint("", "{{ 督察机构 }}", "{{ 成文日期数字 }}")

    return draft


GOVERNMENT = "{{ 主送机关 }}"
DRAFTS: Mapping[str, Callable[[Paper], None]] = {
    "stop-notice": stop_notice,
    "correction-notice": correction_notice,
    "violation-report": violation_report,
    "enforcement-application": enforcement_application,
    "copy-application": copy_application,
    "copy-acceptance": copy_acceptance,
    "copy-ruling": copy_ruling,
    "supervision-application": supervision_application,
    "crime-referral": crime_referral,
    "clue-referral": clue_referral,
    "assistance-request": assistance_request,
    "assistance-answer": assistance_answer,
    "suggestion": suggestion,
    "suggestion-reply": suggestion_reply,
    "meeting-notice": meeting_notice,
    "meeting-agenda": meeting_agenda,
    "meeting-minutes": meeting_minutes,
    "inspection-notice": _inspection("督 察 通 知 书", "通知", GOVERNMENT, (
        ("督察时间、督察事项、工作要求和人员组成等内容",
         ("督察时间：{{ 督察时间 }}", "督察事项：{{ 督察事项 }}", "工作要求：{{ 工作要求 }}", "人员组成：{{ 人员组成 }}")),
        ("督察期间相关配合工作及有关注意事项", ("{{ 配合事项 }}",)),
    )),
    "inspection-opinion": _inspection("督 察 意 见 书", "意见", GOVERNMENT, (
        ("说明督察情况，包括：督察方式、督察事项等内容", ("督察方式：{{ 督察方式 }}", "督察事项：{{ 督察事项 }}")),
        ("存在的主要问题", ("{{ 存在问题 }}",)),
        ("提出整改要求", ("{{ 整改要求 }}",)),
    )),
    "assignment-list": _inspection("交 办 清 单", "交办", GOVERNMENT, (
        ("说明问题来源，包括：上级交办事项、遥感监测图斑等内容", ("{{ 问题来源 }}",)),
        ("存在的主要问题", ("{{ 存在问题 }}",)),
        ("提出整改要求", ("{{ 整改要求 }}",)),
    )),
    "urging-list": _inspection("督 办 清 单", "督办", GOVERNMENT, (
        ("存在的问题及危害", ("{{ 存在问题 }}", "{{ 问题危害 }}")),
        ("具体要求，包括整改标准、整改措施、整改时间等",
         ("整改标准：{{ 整改标准 }}", "整改措施：{{ 整改措施 }}", "整改时间：{{ 整改时间 }}")),
        ("督办要求，包括报送整改方案时间、验收检查时间等",
         ("报送整改方案时间：{{ 报送整改方案时间 }}", "验收检查时间：{{ 验收检查时间 }}")),
    )),
    "transfer-list": _inspection("移 交 清 单", "移交", GOVERNMENT, (
        ("相关责任人存在的严重失职渎职等行为", ("{{ 失职渎职行为 }}",)),
        ("追责问责依据", ("{{ 追责问责依据 }}",)),
        ("追责问责建议", ("{{ 追责问责建议 }}",)),
    )),
}  # fmt: skip
"""By kind."""


def draft(kind: str) -> Paper:
    """The template of a kind."""
    paper = Paper(KINDS[kind].zh)
    DRAFTS[kind](paper)
    return paper


if __name__ == "__main__":
    TEMPLATES.mkdir(exist_ok=True)
    for kind in KINDS:
        draft(kind).save(TEMPLATES / f"{kind}.docx")
