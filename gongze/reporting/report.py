"""The paper that the joint meeting hears, as sections of text, tables and plots in which every number is a figure.

Source: 拉萨实施意见 四（一）. Two prints: for the meeting, in which no agency is named by a lateness that it has not
confirmed, and internal. What only people can say (causes, plans, each agency's own words) is left to be edited.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.duties import Rules
from domain.values import KIND_ZH, VIOLATION_ZH
from gongze.books.balance import half_year
from gongze.books.rows import zh
from gongze.reporting import singles
from gongze.reporting.definitions import DEFINITIONS, LOCAL, RATES, SINGLES, STAGES, Definition
from gongze.reporting.facts import COPIES, Period
from gongze.reporting.figures import Compared, Figure, Figures
from gongze.reporting.gathering import Gathered
from gongze.reporting.kept import Overdue
from gongze.reporting.singles import Single

Print = Literal["meeting", "internal"]
Cell = str | int | date | Figure | None
Segment = str | Figure
COPY_ZH = {"application": "抄送申请材料", "acceptance": "报送受理通知书", "ruling": "报送裁定书"}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text with figures in it. `editable`: a place for people's own words, under that name."""

    segments: tuple[Segment, ...]
    editable: str | None = None

    @property
    def text(self) -> str:
        return "".join(s.text if isinstance(s, Figure) else s for s in self.segments)


@dataclass(frozen=True, slots=True)
class Table:
    """`id` names the sheet of the workbook; `total` is a row like the others, `widths` in characters."""

    id: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    widths: tuple[float, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing of figures. `series`: by name, a figure for each label."""

    id: str
    title: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[Figure, ...]], ...]


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int = 1


Block = Paragraph | Table | Plot | Heading


@dataclass(frozen=True, slots=True)
class Report:
    """One print of one report. `asked` says what it is of and what it rests on."""

    title: str
    author: str
    told: Gathered
    print: Print
    blocks: tuple[Block, ...]
    annexes: tuple[Table, ...]

    def figures(self) -> dict[str, Figure]:
        """Every figure that stands anywhere in it, by id."""
        return {f.id: f for block in (*self.blocks, *self.annexes) for f in _figures(block)}


def _figures(block: Block) -> Iterator[Figure]:
    match block:
        case Paragraph():
            yield from (s for s in block.segments if isinstance(s, Figure))
        case Table():
            rows = (*block.rows, *((block.total,) if block.total else ()))
            yield from (c for row in rows for c in row if isinstance(c, Figure))
        case Plot():
            yield from (f for _, figures in block.series for f in figures)
        case Heading():
            return


def report(told: Gathered, print_: Print = "meeting") -> Report:
    """The report in one of its two prints."""
    made = _Maker(told, print_)
    period = told.asked.period
    city = told.place(told.asked.region)
    title = f"关于{city}{period_zh(period)}自然资源执法监管共同责任机制运行情况的报告"
    author = _author(told)
    return Report(title, author, told, print_, tuple(made.blocks()), tuple(made.annexes()))


def _author(told: Gathered) -> str:
    from domain.mechanism import department_of

    department = department_of(told.asked.region, told.registry)
    return told.name(department) if department is not None else ""


def basis_of(rules: Rules) -> str:
    """The instrument and clause by which meetings are held, of the pack that has them held."""
    for pack in rules.packs.values():
        for row in pack.rows:
            if row.period is not None and any(m.event == "MeetingHeld" for m in row.discharged_by):
                for short, full in pack.instruments.items():
                    if row.source.startswith(short):
                        return f"《{full}》{row.source.removeprefix(short).strip()}"
    return "联席会议制度"


def period_zh(period: Period) -> str:
    """2026年上半年, or the days where it is no half-year."""
    if half_year(period.first) == (period.first, period.last):
        return f"{period.first.year}年{'上' if period.first.month == 1 else '下'}半年"
    return period.zh


def next_zh(period: Period) -> str:
    return period_zh(Period(*half_year(period.next_end)))


@dataclass(frozen=True, slots=True)
class Problem:
    """存在的问题: what the numbers show of many cases together, and what the meeting may be asked. `when`: the figures
    that must not be nothing for it to be one."""

    when: Callable[["_Maker"], bool]
    head: str
    text: str
    matter: str


def _over(id_: str) -> Callable[["_Maker"], bool]:
    return lambda made: made.figures.now.number(id_) > 0


def _below(id_: str, whole: str) -> Callable[["_Maker"], bool]:
    def found(made: "_Maker") -> bool:
        value = made.figures[id_].value
        return bool(made.figures.now.number(whole)) and value is not None and value < 1

    return found


PROBLEMS = (
    Problem(
        _over("copies_late"), "三次抄送未做到件件按期",
        "本期到期抄送、报送计入{copies_judged}次，按期{copies_on_time}次，逾期{copies_late}次，按期率{copies_rate}；"
        "用时中位数{copy_days}个工作日，最长{copy_days_worst}个工作日。",
        "研究压缩抄送、报送时间的办法，明确各级自然资源主管部门的责任人。",
    ),
    Problem(
        _over("overdue"), "有责任逾期未办",
        "期末逾期未办且经确认的责任{overdue}项；本期到期责任中逾期{due_late}项，按期率{on_time_rate}。",
        "研究逾期责任的限期办结安排（清单见附件1）。",
    ),
    Problem(
        _below("execution_rate", "granted_items"), "准予执行的事项执行不到位",
        "累计准予执行{granted_items}项，已执行{granted_done}项，执行到位率{execution_rate}；期末准予待执行{stage.granted}件，"
        "执行中止{stage.suspended}件。",
        "研究裁执分离案件的组织实施和执法机构指定。",
    ),
    Problem(
        _below("demolition_rate", "demolition_ordered"), "拆除不到位",
        "累计应拆除{demolition_ordered}项，已拆除{demolition_done}项，拆除到位率{demolition_rate}。",
        "研究属地政府组织拆除的进度安排。",
    ),
    Problem(
        _below("fines_rate", "fines_due_total"), "罚款收缴不到位",
        "累计应缴罚款{fines_due_total}元，实缴{fines_paid_total}元，收缴率{fines_rate}。",
        "研究罚款催缴和申请强制执行的衔接。",
    ),
    Problem(
        lambda made: made.figures.now.number("refused") + made.figures.now.number("turned_away") > 0,
        "部分申请未获法院支持",
        "本期不予立案、不予受理{turned_away}件，裁定不准予{refused}件，准予率{grant_rate}；理由见表6。",
        "会商不予受理、不准予执行的共性理由，统一证据和程序标准。",
    ),
    Problem(
        _over("farmland"), "新增违法占用耕地",
        "本期新立案占用耕地{farmland}亩，其中永久基本农田{basic_farmland}亩。",
        "研究耕地违法早发现、早制止的巡查和报告安排。",
    ),
    Problem(
        _over("assistance_failed"), "协助执行落实不够",
        "本期请求协助{assistance_requested}次，到场{assistance_provided}次，未按请求协助{assistance_failed}次。",
        "研究协助执行的联络和人力保障。",
    ),
    Problem(
        _over("agreed_overdue"), "上次会议议定事项未按期办结",
        "上次会议议定事项{agreed_items}项，办结{agreed_done}项，逾期未办结{agreed_overdue}项。",
        "对上次会议未办结事项逐项明确办结时间。",
    ),
    Problem(
        lambda made: made.figures.now.number("acts_unconfirmed") > 0, "部分记录未经所涉机关确认",
        "本期登记的行为中代录占{behalf_rate}，未经确认的占{unconfirmed_rate}；未经确认的逾期{due_unconfirmed}项，不计入各单位逾期。",
        "研究尚未自行签名的单位参加台账的时间安排。",
    ),
)  # fmt: skip
"""In the order in which they are told."""


class _Maker:
    def __init__(self, told: Gathered, print_: Print) -> None:
        self.told, self.print = told, print_
        self.figures: Compared = told.figures
        self.now: Figures = told.figures.now
        self.period: Period = told.asked.period

    @property
    def internal(self) -> bool:
        return self.print == "internal"

    def say(self, template: str, editable: str | None = None, **words: str) -> Paragraph:
        """A paragraph with `{id}` where a figure stands, or one of the `words`: what people have named may look like an
        id itself."""
        parts = re.split(r"\{([^}]+)\}", template)
        segments = tuple(
            p if n % 2 == 0 else words[p] if p in words else self.figures[p] for n, p in enumerate(parts) if p
        )
        return Paragraph(segments, editable)

    def row(self, name: str, ids: Iterable[str], scope: str = "") -> tuple[Cell, ...]:
        """A row of a table: its name, then figures, all of one place, agency or kind."""
        return (name, *(self.figures[id_ + scope] for id_ in ids))

    def problems(self) -> list[Problem]:
        return [p for p in PROBLEMS if p.when(self)]

    # -- the text

    def blocks(self) -> Iterator[Block]:
        yield from self._opening()
        yield from self._cases()
        yield from self._court()
        yield from self._copies()
        yield from self._others()
        yield from self._items()
        yield from self._agencies()
        yield from self._problems()
        yield from self._rest()

    def _opening(self) -> Iterator[Block]:
        yield self.say(
            f"根据{{basis}}，现将{period_zh(self.period)}（{self.period.zh}）运行情况报告如下。",
            basis=basis_of(self.told.rules),
        )
        yield Heading("一、总体情况")
        yield self.say(
            "本期新立案{filed}件，结案{closed}件；作出处罚决定{decided}份，申请法院强制执行{applied}件，法院受理{accepted}件，"
            "裁定准予{granted}件，执行完毕{executed}件；移送涉嫌犯罪{crime_referred}案。案件账期初在账{opening}件，"
            "本期新增{new}件（含恢复挂账{reinstated}件），销账{written_off}件，期末在账{closing}件。"
        )
        yield self.say(
            "结案率{closing_rate}，罚款收缴率{fines_rate}，拆除到位率{demolition_rate}，准予率{grant_rate}，"
            "执行到位率{execution_rate}；到期责任按期率{on_time_rate}。"
        )
        yield self._compared(
            "主要数字", "表1　主要数字与上期、去年同期比较",
            ("filed", "closed", "opening", "new", "written_off", "closing", "area", "farmland", "basic_farmland", "decided", "fines",
             "fines_paid", "demolished", "confiscated", "applied", "accepted", "turned_away", "granted", "refused",
             "suspended", "round_terminated", "terminated", "executed", "suggestions", "crime_referred", *RATES, "copies_rate",
             "on_time_rate"),
        )  # fmt: skip
        yield self._plot(
            "执行路径", "图1　申请强制执行各环节（件）", ("applied", "accepted", "granted", "executed")
        )

    def _compared(self, id_: str, title: str, names: Sequence[str]) -> Table:
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                DEFINITIONS[name].zh,
                DEFINITIONS[name].unit,
                *(
                    self.figures[f"{mark}{name}"]
                    for mark in ("", "before:", "change:", "year:", "change_year:")
                ),
            )
            for name in names
        )
        heads = ("指标", "单位", "本期", "上期", "较上期", "去年同期", "较去年同期")
        note = "“—”：没有可比的数，或者分母为零。上期、去年同期按现在所知重算。"
        return Table(id_, title, heads, rows, widths=(22, 8, 16, 16, 22, 14, 14), note=note)

    def _plot(self, id_: str, title: str, names: Sequence[str], *, regions: bool = False) -> Plot:
        """These figures in the last period and in this one, or in each region."""
        zh_ = tuple(DEFINITIONS[n].zh for n in names)
        if regions:
            here = self.now.regions()
            by_name = tuple(
                (z, tuple(self.figures[f"{n}@{r}"] for r in here)) for n, z in zip(names, zh_, strict=True)
            )
            return Plot(id_, title, tuple(map(self._place, here)), by_name)
        series = tuple(
            (label, tuple(self.figures[mark + n] for n in names))
            for label, mark in (("上期", "before:"), ("本期", ""))
        )
        return Plot(id_, title, zh_, series)

    def _cases(self) -> Iterator[Block]:
        yield Heading("二、案件查处情况")
        kinds = "、".join(f"{VIOLATION_ZH[k]}{{filed#{k}}}件" for k in self.now.kinds("filed"))
        yield self.say(f"（一）立案。本期新立案{{filed}}件{f'，其中{kinds}' if kinds else ''}；涉及面积{{area}}亩，"
                       "其中耕地{farmland}亩、永久基本农田{basic_farmland}亩。")  # fmt: skip
        yield self.say(
            "（二）处罚和履行。作出处罚决定{decided}份，决定不予处罚{no_penalty}份；新处罚款{fines}元，罚款入库{fines_paid}元；"
            "拆除{demolished_items}项、{demolished}亩，没收建筑物{confiscated_items}项、{confiscated}亩。"
        )
        stages = "，".join(f"{DEFINITIONS[s].zh}{{{s}}}件" for s in STAGES)
        yield self.say(f"（三）期末状态。累计立案{{on_record}}件：{stages}。")
        names: tuple[str, ...]
        names = (
            "opening", "new", "written_off", "closing", "closing_rate", "filed", "decided", "applied", "granted", "executed",
        )  # fmt: skip
        yield self._by_region("分地区", "表2　分地区办理件数", names)
        names = ("area", "farmland", "basic_farmland", "fines", "fines_paid", "demolished", "confiscated")
        yield self._by_region("面积罚款", "表3　分地区面积和罚款", names)
        yield self._plot(
            "在账", "图2　分地区案件账（件）", ("opening", "new", "written_off", "closing"), regions=True
        )
        yield self._by_region("分阶段", "表4　分地区期末状态", ("on_record", *STAGES))

    def _by_region(self, id_: str, title: str, names: Sequence[str]) -> Table:
        rows = tuple(self.row(self._place(region), names, f"@{region}") for region in self.now.regions())
        units = (DEFINITIONS[n] for n in names)
        heads = ("地区", *(d.zh + (f"（{d.unit}）" if d.unit in ("亩", "元") else "") for d in units))
        return Table(id_, title, heads, rows, self.row("合计", names), (14, *(11.0 for _ in names)))

    def _place(self, region: str) -> str:
        name = self.told.place(region)
        return f"{name}本级" if region == self.told.asked.region else name

    def _court(self) -> Iterator[Block]:
        yield Heading("三、申请强制执行和司法审查情况")
        yield self.say(
            "催告{demanded}次，申请强制执行{applied}件，撤回{withdrawn}件；法院受理{accepted}件，不予立案、不予受理{turned_away}件，"
            "裁定准予{granted}件，不准予{refused}件；中止执行{suspended}件，终结本次执行{round_terminated}件，终结执行{terminated}件，"
            "执行完毕{executed}件。"
        )
        names = (
            "accepted",
            "turned_away",
            "granted",
            "refused",
            "grant_rate",
            "suspended",
            "round_terminated",
            "terminated",
        )
        courts = [a for a in self.now.agencies(*names[:4], *names[5:]) if self._kind(a) == "court"]
        rows = tuple(self.row(self.told.name(a), names, f"@{a}") for a in courts)
        total = self.row("合计", names)
        heads = ("法院", *(DEFINITIONS[n].zh for n in names))
        yield Table("分法院", "表5　分法院办理情况", heads, rows, total, (26, *(11.0 for _ in names)))
        reasons: tuple[tuple[Cell, ...], ...] = tuple(
            (DEFINITIONS[name].zh, kind, self.figures[f"{name}#{kind}"])
            for name in ("turned_away", "refused", "suspended", "round_terminated", "terminated")
            for kind in self.now.kinds(name)
        )
        if reasons:
            yield Table(
                "理由",
                "表6　不予受理、不准予、中止、终结的理由",
                ("裁定", "理由", "件数"),
                reasons,
                widths=(18, 60, 8),
            )
        else:
            yield self.say("本期没有写明理由的不予受理、不准予、中止、终结裁定。")

    def _kind(self, agency: str) -> str:
        found = self.told.registry.agencies.get(agency)
        return found.kind if found is not None else ""

    def _copies(self) -> Iterator[Block]:
        yield Heading("四、抄送、报送情况")
        text = (
            "到期抄送、报送计入{copies_judged}次，按期{copies_on_time}次，逾期{copies_late}次，按期率{copies_rate}，"
            "用时中位数{copy_days}个工作日，最长{copy_days_worst}个工作日；另有未经确认的逾期{copies_unconfirmed}次，不计入。"
        )
        yield self.say(text)
        names: tuple[str, ...] = (
            "copies_judged",
            "copies_on_time",
            "copies_late",
            "copies_rate",
            "copy_days",
            "copy_days_worst",
        )
        if self.internal:
            names = (*names, "copies_unconfirmed")
        who = self.now.agencies("copies_judged", *(["copies_unconfirmed"] if self.internal else []))
        rows = [self.row(self.told.name(a), names, f"@{a}") for a in who]
        kinds = [k for k in COPIES.values() if k in self.now.kinds("copies_judged")]
        rows += [self.row(f"其中：{COPY_ZH[k]}", names, f"#{k}") for k in kinds]
        total = self.row("合计", names)
        heads = ("机关", *(DEFINITIONS[n].zh for n in names))
        yield Table("抄送", "表7　分机关抄送、报送情况", heads, tuple(rows), total, (28, *(13.0 for _ in names)),
                    "“其中”各行是对全部机关按抄送种类的另一种分法，不再计入合计。")  # fmt: skip

    def _others(self) -> Iterator[Block]:
        yield Heading("五、检察监督、移送和协助情况")
        yield self.say(
            "（一）检察监督。检察建议{suggestions}件，回复{suggestions_replied}件，其中采纳{suggestions_adopted}件；"
            "申请检察监督{supervision_applied}件，作出处理决定{supervision_decided}件。"
        )
        clues = "移送问题线索{clues_referred}件，处置{clues_handled}件；通报追究责任{accountability}次。"
        if not self.internal and not self._of_city():
            clues = "移送问题线索和追究责任的件数只由全市的报告列出。"  # in one county a number may tell that there is a clue
        yield self.say(
            "（二）移送。移送涉嫌犯罪{crime_referred}案，涉及当事人{crime_parties}人（单位）；公安机关立案{crime_filed}案，"
            "不立案{crime_not_filed}案。" + clues
        )
        yield self.say("追究责任的人数和处理情况：（由纪检监察机关填写）", "追责情况")
        yield self.say(
            "（三）协助执行。请求协助{assistance_requested}次，到场协助{assistance_provided}次，说明理由不协助"
            "{assistance_declined}次，未按请求协助{assistance_failed}次。"
        )
        yield from self._dealings()

    def _dealings(self) -> Iterator[Block]:
        """Who asked whom for what: shown by agency, as who did the act."""
        heads = {
            "suggestions": "检察建议", "suggestions_replied": "回复建议", "suggestions_adopted": "其中采纳",
            "supervision_applied": "申请监督", "supervision_decided": "监督决定", "crime_referred": "移送犯罪",
            "crime_filed": "公安立案", "crime_not_filed": "不予立案", "assistance_requested": "请求协助",
            "assistance_provided": "到场协助", "assistance_declined": "说明不能",
        }  # fmt: skip
        who = sorted(self.now.agencies(*heads), key=self._order)
        if who:
            rows = tuple(self.row(self.told.name(a), heads, f"@{a}") for a in who)
            yield Table("分机关往来", "表8　分机关检察监督、移送和协助", ("机关", *heads.values()), rows, self.row("合计", heads),
                        (30, *(11.0 for _ in heads)), "各项记在作出该行为的机关。")  # fmt: skip

    def _of_city(self) -> bool:
        """Whether it is of a city, not of one county or park."""
        region = self.told.asked.region
        here = self.told.registry.agencies.values()
        return any(a.kind == "nr" and a.level == "city" and a.region == region for a in here)

    def _order(self, agency: str) -> tuple[int, str]:
        """By kind of agency, as they are named in the instrument."""
        kinds = list(KIND_ZH)
        kind = self._kind(agency)
        return (kinds.index(kind) if kind in kinds else len(kinds), agency)

    def _items(self) -> Iterator[Block]:
        yield Heading("六、上次会议议定事项落实情况")
        if not self.told.agreed:
            yield self.say("期末以前没有会签完毕的会议纪要。")
            return
        days = "、".join(dict.fromkeys(zh(one.held_on) for one in self.told.agreed))
        yield self.say(
            f"{days}联席会议议定、尚须报告的事项{{agreed_items}}项，办结{{agreed_done}}项，已报告未办结{{agreed_reported}}项，"
            "逾期未办结{agreed_overdue}项。"
        )
        rows: list[tuple[Cell, ...]] = []
        for number, (one, standing) in enumerate(
            zip(self.told.agreed, singles.agreed(self.told), strict=True), 1
        ):
            item, holder = one.item, self.told.name(one.item.holder)
            rows.append((number, item.text, holder, item.due_on, standing.figure, item.closed_on))
        heads = ("序号", "事项", "责任单位", "期限", "状态", "办结日期")
        yield Table("议定事项", "表9　上次会议议定事项", heads, tuple(rows), widths=(9, 40, 26, 22, 14, 22))

    def _agencies(self) -> Iterator[Block]:
        yield Heading("七、各单位履职情况")
        names = ("due_judged", "due_on_time", "due_late", "on_time_rate", "overdue", "due_next")
        extra = ("due_unconfirmed", "overdue_unconfirmed") if self.internal else ()
        who = self.now.agencies("due_judged", "overdue", "due_next", *extra)
        who.sort(key=self._order)
        rows = tuple(self.row(self.told.name(a), (*names, *extra), f"@{a}") for a in who)
        total = self.row("合计", (*names, *extra))
        heads = ("单位", *(DEFINITIONS[n].zh for n in (*names, *extra)))
        note = (
            None
            if self.internal
            else "各单位逾期只计本单位签名或者已经确认的；未经确认的只列总数：见第十一部分。"
        )
        yield Table(
            "各单位", "表10　各单位到期责任", heads, rows, total, (28, *(11.0 for _ in heads[1:])), note
        )
        for agency in who:
            text = f"{{who}}：到期责任{{due_judged@{agency}}}项，按期{{due_on_time@{agency}}}项，"
            text += (
                f"逾期{{due_late@{agency}}}项，期末逾期未办{{overdue@{agency}}}项。（由该单位补充履职情况）"
            )
            yield self.say(text, f"{self.told.name(agency)}履职情况", who=self.told.name(agency))

    def _problems(self) -> Iterator[Block]:
        yield Heading("八、存在的问题")
        found = self.problems()
        for number, problem in enumerate(found, 1):
            yield self.say(f"（{_ordinal(number)}）{problem.head}。{problem.text}")
        if not found:
            yield self.say("从本期数字看，没有需要提请会议关注的共性问题。")
        yield Heading("九、原因分析和下一步工作")
        yield self.say("原因分析：（由起草单位填写）", "原因分析")
        yield self.say(
            f"{next_zh(self.period)}将有{{due_next}}项责任到期，期末逾期未办{{overdue}}项继续办理。"
        )
        yield self.say(f"{next_zh(self.period)}工作安排：（由起草单位填写）", "下一步工作")
        yield Heading("十、提请会议研究事项")
        for number, problem in enumerate(found, 1):
            yield self.say(f"（{_ordinal(number)}）{problem.matter}", f"研究事项{number}")
        yield self.say("其他提请研究事项：（由各成员单位填写）", "其他研究事项")

    def _rest(self) -> Iterator[Block]:
        yield Heading("十一、数字依据")
        asked = self.told.asked
        yield self.say(
            f"本报告的数字由共责台账前{asked.head}条记录算出（台账标识{asked.ledger[:16]}…），截至{self.period.last.year}年"
            f"{self.period.last.month}月{self.period.last.day}日终了。每个数字的口径见附件2，依据的记录可以用"
            "“gongze report trace”逐条列出。"
        )
        root = " ".join(self.told.root[n : n + 8] for n in range(0, len(self.told.root), 8))
        yield self.say(f"这些记录的根（整本台账的摘要，差一条就不同）：{root}。")
        yield self.say(
            "本期登记行为{acts}条，其中代录{acts_behalf}条（{behalf_rate}），未经所涉机关确认的{acts_unconfirmed}条（{unconfirmed_rate}），"
            "有争议{acts_disputed}条。未经确认的到期逾期{due_unconfirmed}项、期末逾期{overdue_unconfirmed}项，未计入任何单位的逾期。"
        )
        if self.told.stopped:
            yield self.say(f"有{self.told.stopped}件案卷自某一条起的记录无法汇总，其后的没有计入。")
        if self.now.number("provisional"):
            yield self.say("有{provisional}项责任的最后一日落在放假安排尚未公布的年份，为暂定。")

    # -- annexes

    def annexes(self) -> Iterator[Table]:
        lists = [
            self._overdue(
                "逾期清单", "附件1　期末逾期未办责任清单",
                [o for o in self.told.overdue if o.counts], singles.confirmed(self.told),
            ),
        ]  # fmt: skip
        if self.internal:
            rest = [o for o in self.told.overdue if not o.counts]
            title = "附件1之二　未经所涉机关确认的逾期（内部）"
            lists.append(self._overdue("未经确认", title, rest, singles.unconfirmed(self.told)))
        yield from lists
        used = {p.definition.id for b in (*self.blocks(), *lists) for p in _figures(b)}
        every = (*DEFINITIONS.values(), *SINGLES.values())
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (d.zh, d.unit, d.what, self._source(d)) for d in every if d.id in used
        )
        yield Table(
            "口径", "附件2　数字口径", ("指标", "单位", "口径", "依据"), rows, widths=(20, 10, 70, 30)
        )

    def _source(self, definition: Definition) -> str | None:
        """Its clause, unless that is of an instrument which does not hold here."""
        here = {short for pack in self.told.rules.packs.values() for short in pack.instruments}
        return definition.source if LOCAL not in definition.source or LOCAL in here else None

    def _overdue(self, id_: str, title: str, lines: Sequence[Overdue], days: Sequence[Single]) -> Table:
        """Which case it is about is for those who have a part in it: the meeting's print leaves that out."""
        rows: list[tuple[Cell, ...]] = []
        for number, (one, late) in enumerate(zip(lines, days, strict=True), 1):
            case = (_dossier_zh(one.case, self.told),) if self.internal else ()
            holder = self.told.name(one.holder)
            rows.append((number, holder, one.name_zh, *case, one.last, late.figure, one.source))
        case_head, case_width = (("案号",), (26.0,)) if self.internal else ((), ())
        heads = ("序号", "责任单位", "责任", *case_head, "最后一日", "逾期工作日", "依据")
        return Table(id_, title, heads, tuple(rows), widths=(9, 26, 32, *case_width, 22, 12, 26))


def _dossier_zh(case: str, told: Gathered) -> str:
    kind, slash, rest = case.partition("/")
    if not slash:
        return case
    return {"region": told.place(rest), "meeting": "联席会议", "reconciliation": "核账"}.get(kind, case)


def _ordinal(number: int) -> str:
    tens, ones = divmod(number, 10)
    digits = "零一二三四五六七八九"
    return ("十" if tens == 1 else digits[tens] + "十" if tens else "") + (
        digits[ones] if ones or not tens else ""
    )
