"""What each figure of the report is: its id, its name, what is counted by which day, and the clause it answers to.

The ids are fixed: a printed report is traced by them. docs/report.md lists this table and is tested against it.
"""

from dataclasses import dataclass
from typing import Literal

Way = Literal["count", "sum", "rate", "median", "most", "one"]
LOCAL = "拉萨实施意见"
"""The instrument that some figures answer to: another place has its own."""
SHARED = "拉萨实施意见 四（三）"
MEETING = "拉萨实施意见 四（一）"
COPIES = "拉萨实施意见 三（六）"
COURT = "拉萨实施意见 三（三）"


@dataclass(frozen=True, slots=True)
class Definition:
    """One kind of figure. `way`: how it is made of facts; of a `rate`, `of` are numerator and denominator, of a
    `median` or `most` the facts whose values are looked at, and `one` is what is said of one thing. `whole_only`:
    discipline inspection's, which is never shown apart by place or agency."""

    id: str
    zh: str
    unit: str
    what: str
    source: str
    way: Way = "count"
    of: tuple[str, ...] = ()
    whole_only: bool = False

    @property
    def made_of(self) -> tuple[str, ...]:
        """The facts that it is made of."""
        return self.of or (self.id,)


def _d(id_: str, zh: str, unit: str, what: str, source: str, **more: object) -> Definition:
    return Definition(id_, zh, unit, what, source, **more)  # type: ignore[arg-type]


_ALL = (
    # --- cases
    _d("filed", "新立案", "件", "立案日在本期的案件（移入的按原立案日）", "行政处罚法 §54"),
    _d("closed", "结案", "件", "结案日在本期的案件", SHARED),
    _d("opening", "期初在账", "件", "本期第一日之前已立案、到前一日终了仍未销账的案件（案件账）", SHARED),
    _d("new", "本期新增", "件", "本期立案上账的案件，加本期恢复挂账的", SHARED),
    _d("reinstated", "其中恢复挂账", "件", "本期新增中销账后又恢复挂账的", SHARED),
    _d(
        "written_off",
        "本期销账",
        "件",
        "本期内逐项履行或依法终结、违法状态经现场核实消除、移送均有答复，或经协商核销的案件",
        SHARED,
    ),
    _d("closing", "期末在账", "件", "本期最后一日终了仍未销账的案件；等于期初＋新增－销账", SHARED),
    _d(
        "closing_rate",
        "结案率",
        "%",
        "本期销账 ÷（期初在账＋本期新增）",
        SHARED,
        way="rate",
        of=("written_off", "on_account"),
    ),
    _d("on_account", "应销账", "件", "期初在账＋本期新增", SHARED),
    _d(
        "stage.investigating",
        "调查中",
        "件",
        "期末尚未作出处罚决定（或者决定已撤销、尚未重作；判决撤销的，自判决生效起）的在办案件",
        SHARED,
    ),
    _d(
        "stage.decided",
        "已处罚待履行",
        "件",
        "期末已作出处罚决定，未履行完毕，没有在办的强制执行申请，最近一次申请也不是未予受理或者不准予",
        SHARED,
    ),
    _d("stage.applied", "已申请待受理", "件", "期末已申请强制执行，法院尚未受理", COURT),
    _d("stage.accepted", "已受理待裁定", "件", "期末法院已受理，尚未裁定", COURT),
    _d("stage.granted", "准予待执行", "件", "期末法院已裁定准予，尚未执行完毕（不含中止）", COURT),
    _d("stage.suspended", "执行中止", "件", "期末执行中止，未恢复", COURT),
    _d(
        "stage.turned_down",
        "未予受理或不准予",
        "件",
        "期末最近一次申请未予立案、未予受理或者不准予执行，没有其他在办申请",
        COURT,
    ),
    _d(
        "stage.settled",
        "已履行待结案",
        "件",
        "期末各项均已履行、执行或者依法终结（或不予处罚），尚未结案",
        SHARED,
    ),
    _d("stage.closed", "已结案", "件", "期末已结案", SHARED),
    _d("on_record", "累计立案", "件", "期末台账所载全部已立案案件，等于各阶段之和", SHARED),
    # --- what was found and ordered
    _d(
        "area",
        "新立案违法面积",
        "亩",
        "本期新立案案件登记的违法用地面积；每案折合亩后保留两位再相加",
        "土地管理法 §77",
        way="sum",
    ),
    _d("farmland", "其中耕地", "亩", "本期新立案案件登记的占用耕地面积", "土地管理法 §75、§77", way="sum"),
    _d(
        "basic_farmland",
        "其中永久基本农田",
        "亩",
        "本期新立案案件登记的占用永久基本农田面积",
        "土地管理法 §35、§77",
        way="sum",
    ),
    _d(
        "decided",
        "作出处罚决定",
        "份",
        "决定日在本期的行政处罚决定（含重作的；变更的仍是一份；后来撤销的也计）",
        "行政处罚法 §57",
    ),
    _d("no_penalty", "决定不予处罚", "份", "决定日在本期的不予处罚决定", "行政处罚法 §57"),
    _d(
        "fines",
        "新处罚款",
        "元",
        "决定日在本期、期末未撤销的处罚决定中的罚款（不含加处）",
        "行政处罚法 §57",
        way="sum",
    ),
    _d(
        "fines_paid",
        "罚款入库",
        "元",
        "本期登记缴纳、履行或者执行完毕的罚款，不论哪一期所处；未写金额的按缴清计",
        "行政处罚法 §67",
        way="sum",
    ),
    _d(
        "fines_due_total",
        "应缴罚款（累计）",
        "元",
        "期末有效的处罚决定中的罚款总额（判决撤销的，自判决生效起不计）",
        "行政处罚法 §67",
        way="sum",
    ),
    _d(
        "fines_paid_total",
        "实缴罚款（累计）",
        "元",
        "上列罚款中期末已缴、已履行或者执行完毕的，每项以该项数额为限",
        "行政处罚法 §67",
        way="sum",
    ),
    _d(
        "fines_rate",
        "罚款收缴率",
        "%",
        "实缴罚款（累计）÷ 应缴罚款（累计）",
        "行政处罚法 §67",
        way="rate",
        of=("fines_paid_total", "fines_due_total"),
    ),
    _d(
        "demolished",
        "拆除",
        "亩",
        "本期履行或执行完毕的责令拆除项的面积；未登记面积的项不计",
        "土地管理法 §77",
        way="sum",
    ),
    _d("demolished_items", "拆除项数", "项", "本期履行或执行完毕的责令拆除项", "土地管理法 §77"),
    _d(
        "confiscated",
        "没收建筑物",
        "亩",
        "本期履行或执行完毕的没收建筑物项的面积；未登记面积的项不计",
        "土地管理法 §77",
        way="sum",
    ),
    _d("confiscated_items", "没收建筑物项数", "项", "本期履行或执行完毕的没收建筑物项", "土地管理法 §77"),
    _d("demolition_ordered", "应拆除（累计）", "项", "期末有效的处罚决定中的责令拆除项", "土地管理法 §77"),
    _d("demolition_done", "已拆除（累计）", "项", "上列各项中期末已履行或执行完毕的", "土地管理法 §77"),
    _d(
        "demolition_rate",
        "拆除到位率",
        "%",
        "已拆除（累计）÷ 应拆除（累计），按项",
        "土地管理法 §77",
        way="rate",
        of=("demolition_done", "demolition_ordered"),
    ),
    # --- the way to the court
    _d("demanded", "催告", "次", "本期送达的催告书", "行政强制法 §54"),
    _d(
        "applied",
        "申请强制执行",
        "件",
        "本期向法院提出的强制执行申请，记在申请机关",
        "行政强制法 §53；" + COURT,
    ),
    _d(
        "accepted",
        "法院受理",
        "件",
        "本期受理的强制执行申请，记在受理法院；法院本身未登记的，按取得受理通知书之日",
        COURT,
    ),
    _d("turned_away", "不予立案、不予受理", "件", "本期裁定不予立案、不予受理的申请", COURT),
    _d(
        "granted",
        "裁定准予",
        "件",
        "本期准予（含部分准予）执行的裁定；法院本身未登记的，按收到裁定之日",
        COURT,
    ),
    _d("refused", "裁定不准予", "件", "本期不准予执行的裁定", COURT),
    _d("ruled", "准予与不准予合计", "件", "裁定准予＋裁定不准予", COURT),
    _d(
        "grant_rate",
        "准予率",
        "%",
        "裁定准予 ÷（裁定准予＋裁定不准予）",
        COURT,
        way="rate",
        of=("granted", "ruled"),
    ),
    _d("withdrawn", "撤回申请", "件", "本期撤回的强制执行申请", COURT),
    _d("suspended", "中止执行", "件", "本期裁定中止执行的", COURT),
    _d("round_terminated", "终结本次执行", "件", "本期裁定终结本次执行程序的", COURT),
    _d("terminated", "终结执行", "件", "本期裁定终结执行的", COURT),
    _d("executed", "执行完毕", "件", "本期登记全部执行完毕的", "拉萨实施意见 三（一）、三（三）"),
    _d(
        "granted_items",
        "准予执行（累计）",
        "项",
        "期末有效的准予裁定所含处罚事项",
        "拉萨实施意见 三（一）、三（三）",
    ),
    _d(
        "granted_done",
        "准予并已执行（累计）",
        "项",
        "上列各项中期末已履行或执行完毕的",
        "拉萨实施意见 三（一）、三（三）",
    ),
    _d(
        "execution_rate",
        "执行到位率",
        "%",
        "准予并已执行（累计）÷ 准予执行（累计），按项",
        "拉萨实施意见 三（一）、三（三）",
        way="rate",
        of=("granted_done", "granted_items"),
    ),
    # --- the three copies
    _d(
        "copies_due",
        "到期抄送",
        "次",
        "三次抄送、报送中，最后一日在本期届满（届满次日在本期）的；终止、中止、有争议的不计",
        COPIES,
    ),
    _d("copies_on_time", "按期抄送", "次", "上列中在最后一日以前送出的", COPIES),
    _d(
        "copies_late",
        "逾期抄送",
        "次",
        "上列中最后一日以后送出或期末仍未送出的，且为本机关签名或已经其确认",
        COPIES,
    ),
    _d(
        "copies_unconfirmed",
        "未经确认的逾期抄送",
        "次",
        "上列中逾期而未经所涉机关签名、确认的，不计入逾期",
        "台账运行规则 代录",
    ),
    _d("copies_judged", "计入的到期抄送", "次", "按期抄送＋逾期抄送", COPIES),
    _d(
        "copies_rate",
        "抄送按期率",
        "%",
        "按期抄送 ÷（按期抄送＋逾期抄送）",
        COPIES,
        way="rate",
        of=("copies_on_time", "copies_judged"),
    ),
    _d(
        "copy_days",
        "抄送用时中位数",
        "工作日",
        "到期抄送中已送出的，自起算日到送出的工作日数，取中位数；未经确认的逾期不计",
        COPIES,
        way="median",
    ),
    _d(
        "copy_days_worst",
        "抄送最长用时",
        "工作日",
        "到期抄送自起算日到送出的工作日数的最大值，期末未送出的算到期末；未经确认的逾期不计",
        COPIES,
        way="most",
    ),
    # --- supervision, referrals, assistance
    _d("suggestions", "检察建议", "件", "本期制发的检察建议，记在制发机关", "拉萨实施意见 三（四）"),
    _d("suggestions_replied", "回复检察建议", "件", "本期作出的回复，记在回复机关", "拉萨实施意见 三（四）"),
    _d("suggestions_adopted", "其中采纳", "件", "本期作出的回复中采纳建议的", "拉萨实施意见 三（四）"),
    _d(
        "supervision_applied",
        "申请检察监督",
        "件",
        "本期提出的检察监督申请",
        "拉萨实施意见 三（四）、三（六）",
    ),
    _d("supervision_decided", "监督处理决定", "件", "本期作出的检察监督处理决定", "拉萨实施意见 三（四）"),
    _d(
        "crime_referred",
        "移送涉嫌犯罪",
        "案",
        "本期移送公安机关的涉嫌犯罪案件",
        "拉萨实施意见 三（五）、三（六）",
    ),
    _d("crime_parties", "移送涉及当事人", "人（单位）", "本期移送案件所列的当事人", "拉萨实施意见 三（六）"),
    _d("crime_filed", "公安机关立案", "案", "本期决定立案的移送案件", "拉萨实施意见 三（五）"),
    _d("crime_not_filed", "公安机关不立案", "案", "本期决定不立案的移送案件", "拉萨实施意见 三（五）"),
    _d(
        "clues_referred",
        "移送问题线索",
        "件",
        "本期向纪检监察机关移送的问题线索；只计全市件数，对象和人数密封，不分地区和机关",
        "拉萨实施意见 三（二）、三（六）",
        whole_only=True,
    ),
    _d(
        "clues_handled",
        "问题线索处置",
        "件",
        "本期作出处置的问题线索（受理、转办、不予处置）；同一线索转办后又受理的，计一件，记在第一次处置的那一期",
        "拉萨实施意见 三（二）",
        whole_only=True,
    ),
    _d(
        "accountability",
        "追究责任通报",
        "次",
        "本期通报的追究责任结果；人数和内容密封，由纪检监察机关在文字部分说明",
        "拉萨实施意见 三（二）",
        whole_only=True,
    ),
    _d("assistance_requested", "请求协助执行", "次", "本期提出的协助请求，记在请求机关", COURT),
    _d("assistance_provided", "到场协助", "次", "本期到场协助，记在协助机关", COURT),
    _d("assistance_declined", "说明理由不协助", "次", "本期答复不能协助的，记在协助机关", COURT),
    _d("assistance_failed", "未按请求协助", "次", "本期登记为未按请求协助的", COURT),
    # --- duties
    _d(
        "due",
        "到期责任",
        "项",
        "最后一日在本期届满（届满次日在本期）的责任，含抄送；终止、中止、有争议、移交他行计时的，建账以前届满的不计；纪检监察机关没有法定的答复期限，未按日办的只是待办，也不计",
        "拉萨实施意见 三",
    ),
    _d("due_on_time", "按期履行", "项", "上列中在最后一日以前履行的", "拉萨实施意见 三"),
    _d(
        "due_late",
        "逾期",
        "项",
        "上列中逾期履行或期末仍未履行的，且为本机关签名或已经其确认",
        "拉萨实施意见 三",
    ),
    _d(
        "due_unconfirmed",
        "未经确认的逾期",
        "项",
        "上列中逾期而未经所涉机关签名、确认的，不计入逾期",
        "台账运行规则 代录",
    ),
    _d("due_judged", "计入的到期责任", "项", "按期履行＋逾期", "拉萨实施意见 三"),
    _d(
        "on_time_rate",
        "按期率",
        "%",
        "按期履行 ÷（按期履行＋逾期）",
        "拉萨实施意见 三",
        way="rate",
        of=("due_on_time", "due_judged"),
    ),
    _d(
        "overdue",
        "期末逾期未办",
        "项",
        "期末已逾期、尚未履行的责任，且为本机关签名或已经其确认；建账以前届满的是历史，不计；逐项见附件",
        SHARED,
    ),
    _d(
        "overdue_unconfirmed",
        "未经确认的期末逾期",
        "项",
        "期末已逾期、尚未履行，而未经所涉机关签名、确认的",
        "台账运行规则 代录",
    ),
    _d(
        "due_next",
        "下一期到期",
        "项",
        "期末已起算、尚未履行，最后一日（延期的按延期后）在下一个半年内的责任；中止、有争议、移交他行计时的，救济期限未满因而尚未起算的不计",
        "拉萨实施意见 三",
    ),
    _d(
        "provisional",
        "最后一日暂定的责任",
        "项",
        "期末在办、最后一日落在放假安排尚未公布的年份的责任；公布以后可能变动",
        "全国年节及纪念日放假办法 §6、§7；台账运行规则 时间",
    ),
    # --- the last meeting
    _d(
        "agreed_items",
        "上次会议议定事项",
        "项",
        "期末以前纪要会签完毕的最近一次例会（没有议定事项的也算）及其后各次会议纪要所列事项，加以前各次未办结的",
        MEETING,
    ),
    _d("agreed_done", "已办结", "项", "上列中期末已办结的", MEETING),
    _d("agreed_reported", "已报告未办结", "项", "上列中已报告落实情况、尚未办结的", MEETING),
    _d("agreed_overdue", "逾期未办结", "项", "上列中期末已过期限、尚未办结的", MEETING),
    _d(
        "agreed_rate",
        "议定事项办结率",
        "%",
        "已办结 ÷ 议定事项",
        MEETING,
        way="rate",
        of=("agreed_done", "agreed_items"),
    ),
    # --- what the figures rest on
    _d(
        "acts",
        "登记行为",
        "条",
        "本期发生并计入的案件行为（不含更正、确认等关于记录本身的）；撤销的误录、本机关对同一行为的再次登记、恢复办理前的结案不计",
        "台账运行规则 代录",
    ),
    _d(
        "acts_behalf",
        "其中代录",
        "条",
        "上列中由其他机关代为登记、本机关后来也没有自行登记的，或由收件凭证推定的",
        "台账运行规则 代录",
    ),
    _d(
        "acts_unconfirmed",
        "其中未经确认",
        "条",
        "代录中期末尚未经所涉机关确认、也未由其自行登记的",
        "台账运行规则 代录",
    ),
    _d(
        "acts_disputed",
        "有争议",
        "条",
        "本期行为中所涉机关提出异议的；不计入上列各项业务数字（立案有异议的，案件仍在案件账上，照计）",
        "台账运行规则 代录",
    ),
    _d(
        "behalf_rate",
        "代录比例",
        "%",
        "代录 ÷ 登记行为",
        "台账运行规则 代录",
        way="rate",
        of=("acts_behalf", "acts"),
    ),
    _d(
        "unconfirmed_rate",
        "未经确认比例",
        "%",
        "未经确认 ÷ 登记行为",
        "台账运行规则 代录",
        way="rate",
        of=("acts_unconfirmed", "acts"),
    ),
)
DEFINITIONS = {d.id: d for d in _ALL}
_SINGLES = (
    _d(
        "agreed_standing",
        "议定事项的状态",
        "",
        "表中一项议定事项到期末的状态：已办结、逾期未办结、已报告、在办；编号 # 后是表中的序号",
        MEETING,
        way="one",
    ),
    _d(
        "overdue_days",
        "逾期工作日",
        "工作日",
        "清单中一项期末逾期未办的责任，最后一日以后（移交后接手的机关自接手之日以后）到期末的工作日数；编号 # 后是清单中的序号",
        SHARED,
        way="one",
    ),
    _d(
        "overdue_days_unconfirmed",
        "未经确认的逾期工作日",
        "工作日",
        "内部稿清单中一项未经所涉机关签名、确认的逾期，算法同上",
        "台账运行规则 代录",
        way="one",
    ),
)
SINGLES = {d.id: d for d in _SINGLES}
"""What is said of one thing alone, a line of a list: never of a place, an agency or a kind."""
RATES = ("closing_rate", "fines_rate", "demolition_rate", "grant_rate", "execution_rate")
"""结案率、罚款收缴率、拆除到位率、准予率、执行到位率."""
STAGES = tuple(d.id for d in _ALL if d.id.startswith("stage."))
