"""What `verify` and `doctor` find out: the ledger itself, and its surroundings."""

import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from connectors.documents import fonts, office
from domain.dossiers import dossier_id
from domain.refusal import Refusal
from domain.values import from_milliseconds
from events import verification
from events.store import StoreDamaged, StoreError, StoreUnreachable, open_store
from events.verification import Fault, Report
from gongze import contacts
from gongze.ledger import Ledger
from gongze.packs import check_together
from gongze.rulebook import shipped_digests
from gongze.settings import Settings
from projections import reading
from scheduler import outbox, runs, tables
from scheduler.running import work_database

STOPPED = "有记录无法汇总，它和其后的记录暂不显示"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that doctor looked at."""

    name: str
    ok: bool
    what: str


def verify(settings: Settings, *, deep: bool) -> Report:
    """Check a ledger in any state. A database that cannot be read at all is a fault, not an error.

    Raises StoreMissing where there is none, StoreUnreachable where the server does not answer.
    """
    try:
        store = open_store(settings.database_url)
    except StoreDamaged as error:
        return Report(faults=[Fault("store_damaged", None, None, f"数据库无法打开：{error}")])
    try:
        report = verification.verify(store, deep=deep, progress=_progress(), shipped=shipped_digests())
        if report.ok:
            _projections(settings, report, deep=deep)
        else:
            report.notes.append("台账本身有问题，查询用的表没有核对")
    finally:
        store.close()
    return report


def _progress() -> Callable[[int], None] | None:
    """A line that is written over, on a terminal only."""
    if not sys.stderr.isatty():
        return None
    return lambda done: print(f"\r已核对 {done} 条", end="", file=sys.stderr, flush=True)


def _projections(settings: Settings, report: Report, *, deep: bool) -> None:
    """What people read must be what the acts say."""
    with Ledger(settings, open_store(settings.database_url)) as ledger:
        if not ledger.projections.fits():
            report.notes.append("查询用的表属于另一版本的软件，下次查看时自动重算")
            return
        last = ledger.projections.position()  # first: others record and fold meanwhile
        report.faults += verification.faults_of_projections(ledger.store.head().size, last)
        report.checked["projected"] = last + 1
        if not report.ok:
            return
        report.faults += [
            Fault("projection_incomplete", d.index, None, f"{d.table}：{d.what}，请运行 gongze rebuild")
            for d in ledger.projections.differences()
        ]
        if deep:
            ledger.catch_up()
            report.faults += [
                Fault("projection_differs", None, None, f"投影表 {table} 与重算结果不同，已换成重算结果")
                for table in ledger.projections.rebuild(progress=_progress()).differed
            ]
        with ledger.projections.reading() as connection:
            report.faults += [
                Fault("projection_stopped", s.index, None, f"{dossier_id(s.stream)} {STOPPED}（{s.what}）")
                for s in reading.stopped(connection)
            ]


def doctor(settings: Settings) -> list[Finding]:
    """Each thing that must be in order for a ledger to work; none of them stops at the first that is not."""
    found = [_disk(settings), _papers()]
    try:
        ledger = Ledger.open(settings)
    except StoreError as error:
        return [*found, Finding("数据库", False, f"{type(error).__name__}：{error}")]
    with ledger:
        for name, check in (
            ("数据库", _database), ("创世与机构", _registry), ("规则包", _packs), ("日历", _calendar), ("时钟", _clock),
            ("投影", _lag), ("停下的案卷", _stopped), ("通讯录", _contacts), ("定时任务", _jobs),
        ):  # fmt: skip
            try:
                ok, what = check(ledger)
            except (Refusal, StoreUnreachable, StoreDamaged) as error:
                ok, what = False, str(error)
            found.append(Finding(name, ok, what))
    return found


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir if settings.data_dir.exists() else settings.data_dir.absolute().parent
    free = shutil.disk_usage(folder).free // 2**20
    return Finding("磁盘", free >= 500, f"剩余 {free} MB（低于 500 MB 应清理）")


def _papers() -> Finding:
    """What PDFs of official papers are set with. Nothing of the ledger depends on it: .docx are written without."""
    name = "公文转 PDF"
    if office.find() is None:
        return Finding(name, True, f"没有 LibreOffice，只能写 .docx；需要 PDF 时请安装：{office.INSTALL}")
    others = [f"{font.name}以 {font.used} 代替" for font in fonts.installed() if not font.right]
    return Finding(
        name, True, f"缺少公文字体，{'，'.join(others)}" if others else "LibreOffice 和公文字体齐备"
    )


def _database(ledger: Ledger) -> tuple[bool, str]:
    problems = ledger.store.check()
    return not problems, "；".join(problems) or f"自检正常，共 {ledger.store.head().size} 条"


def _registry(ledger: Ledger) -> tuple[bool, str]:
    registry = ledger.registry()
    if registry.genesis is None:
        return False, "没有建账记录"
    kind = "演示台账" if registry.genesis.demo else "正式台账"
    signing = sum(registry.mode(a, ledger.today()) == "signing" for a in registry.agencies)
    return True, f"{kind}，{len(registry.agencies)} 个机构，其中 {signing} 个自行签名"


def _packs(ledger: Ledger) -> tuple[bool, str]:
    rules = ledger.rules()
    faults = check_together(list(rules.packs.values()))
    rows = sum(len(p.rows) for p in rules.packs.values())
    return not faults, "；".join(map(str, faults)) or f"{len(rules.packs)} 个，共 {rows} 项"


def _calendar(ledger: Ledger) -> tuple[bool, str]:
    """This year's days must be known; the next year's are published by the State Council towards its end."""
    calendar, year = ledger.rules().calendar, ledger.today().year
    if not calendar.is_published(year):
        return False, f"{year} 年放假安排尚未发布，期限均为暂定，请发布日历"
    if not calendar.is_published(year + 1):
        return True, f"{year} 年已有；{year + 1} 年尚未发布，跨年期限为暂定，国务院公布后请发布日历"
    return True, f"{year}、{year + 1} 年均已有"


def _clock(ledger: Ledger) -> tuple[bool, str]:
    last = ledger.store.head().received_at_ms
    ahead = last - ledger.now_ms()
    if ahead > 60_000 and not ledger.demo:
        return False, f"时钟比最近一次入账早 {ahead // 1000} 秒，请校时"
    return True, f"现在 {ledger.now().isoformat(timespec='seconds')}"


def _lag(ledger: Ledger) -> tuple[bool, str]:
    if not ledger.projections.fits():
        return True, "属于另一版本的软件，下次查看时自动重算"
    last = ledger.projections.position()
    behind = ledger.store.head().size - 1 - last
    if behind < 0:
        return False, "比台账还多，台账可能被换成旧的"
    if behind == 0:
        return True, "落后 0 条"
    (first,) = ledger.store.read(after=last, limit=1)
    since = from_milliseconds(first.received_at_ms).isoformat(timespec="seconds")
    return True, f"落后 {behind} 条，自 {since} 入账的一条起（查看时自动补齐）"


def _stopped(ledger: Ledger) -> tuple[bool, str]:
    """Each case that the follower could not go on with."""
    if not ledger.projections.fits():
        return True, "无"
    with ledger.projections.reading() as connection:
        stopped = reading.stopped(connection)
    told = [f"{dossier_id(s.stream)} 自第 {s.index} 条起（{s.what}）" for s in stopped]
    return not stopped, "；".join(told) + f"：{STOPPED}，升级软件后自动补上" if stopped else "无"


def _contacts(ledger: Ledger) -> tuple[bool, str]:
    """Who is left out for a fault hears nothing."""
    found = contacts.of(ledger.settings)
    if found.faults:
        return False, "；".join(found.faults)
    if not found.people and not found.doors:
        return True, "没有通讯录：提醒只列在 gongze alerts，不向外发送"
    registry = ledger.registry()
    unknown = [
        name
        for name in found.people
        if name.partition(":")[0] not in {*registry.agencies, *registry.officers}
    ]
    unknown += [door.agency for door in found.doors.values() if door.agency not in registry.agencies]
    if unknown:
        return False, f"登记簿里没有：{'、'.join(dict.fromkeys(unknown))}"
    return True, f"{len(found.people)} 人，{len(found.doors)} 个机器人或推送地址"


def _jobs(ledger: Ledger) -> tuple[bool, str]:
    """What the clock did last, and what could not be delivered."""
    with closing(work_database(ledger.settings.database_url)) as database, database.reading() as connection:
        if not tables.there(connection):
            return True, "没有运行过"
        found = runs.last_of_each(connection)
        messages, dead = outbox.counts(connection), outbox.unheard(connection, ledger.now_ms())
    failed = [f"{run.job} {run.period} 失败（{run.failure}）" for run in found if run.state == "failed"]
    failed += [f"{dead} 条消息没有送到，见 gongze jobs"] if dead else []
    last = max((run.began_ms for run in found), default=None)
    when = from_milliseconds(last).isoformat(timespec="minutes") if last is not None else "—"
    return not failed, "；".join(failed) or f"最近一次 {when}，待发 {messages.get(outbox.WAITING, 0)} 条"
