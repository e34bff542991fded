"""What the clock lays down in the `out` folder: reconciliation sheets, query sheets, and each month's sheets as computed.

Source: 拉萨实施意见 四（三）: “建立台账，定期核账销账，落实闭环管理”. A month's sheets are kept so that a later correction
shows as one: their list is named in the ledger by its digest (SheetsKept), and each agency confirms the digest of its
own account (AccountConfirmed). Whoever is killed half-way leaves nothing half laid down.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

from domain.duties import state
from domain.mechanism import PREFIX, department_of, mechanisms
from domain.meetings import Meeting
from domain.refusal import Refusal
from domain.registry import contains
from events.keys import SigningKey
from gongze import querysheet
from gongze.books import sheets
from gongze.books.accounts import account
from gongze.books.balance import half_year
from gongze.books.confirmations import confirmations, shown_of
from gongze.books.differences import Difference, differences
from gongze.books.sources import Sources, gather, shown_to
from gongze.keyfiles import OneKey, write_over
from gongze.ledger import Ledger
from gongze.script import replay_line
from projections import reading

LIST = "清单.json"


def reconcile(ledger: Ledger, out: Path, on: date) -> str:
    """核账 of a day: a sheet with a signing column for each agency that something concerns or that has not confirmed its
    account, and the pairs of agencies.

    The sheets of the day before are replaced; where nothing differs any more none is left.
    """
    whole = gather(ledger, on, irregularities=True)
    found = differences(whole)
    standings = confirmations(ledger, whole, whole=whole)
    waiting = {s.agency for s in standings if s.open}
    concerned = {a for d in found for a in d.agencies} | waiting
    written: list[str] = []

    def lay_down(folder: Path) -> None:
        for agency in sorted(concerned & whole.registry.agencies.keys()):
            own = shown_to(agency, whole)
            theirs = differences(own)
            if theirs or agency in waiting:  # it may be concerned by what it is not shown
                path = folder / f"{file_name(agency)}.xlsx"
                sheets.write_differences(path, theirs, own, shown_of(standings, own))
                written.append(agency)
        document = {"as_of": on.isoformat(), "pairs": list(_pairs(found))}
        sheets.write_text(folder / "pairs.json", sheets.as_json(document))

    _replace(out / "reconcile", lay_down)
    unsettled = sum(d.open for d in found)
    summary = f"{len(found)} 项不一致（待处理 {unsettled} 项），{len(written)} 个机关的核账表"
    unconfirmed = sum(s.open for s in standings)
    return f"{summary}，{unconfirmed} 个账目待核对确认" if unconfirmed else summary


def _pairs(found: list[Difference]) -> Iterator[dict[str, Any]]:
    """For each two agencies how many differences of each kind there are between them."""
    pairs: dict[tuple[str, str], Counter[str]] = {}
    for one in found:
        for first, second in combinations(sorted(one.agencies), 2):
            pairs.setdefault((first, second), Counter())[one.kind] += 1
    for agencies, kinds in sorted(pairs.items()):
        yield {"agencies": list(agencies), "kinds": dict(sorted(kinds.items()))}


def query_sheets(ledger: Ledger, out: Path, period: str) -> str:
    """回执单 of a week for each agency on paper that is asked for anything."""
    registry, today = ledger.registry(), ledger.today()
    papers = [a for a in sorted(registry.agencies) if registry.mode(a, today) == "paper"]
    asked = [a for a in papers if querysheet.asked(ledger, a)]

    def lay_down(folder: Path) -> None:
        for agency in asked:
            querysheet.write(ledger, agency, folder / f"{file_name(agency)}.xlsx")

    _replace(out / "querysheets" / period, lay_down)
    return f"{len(papers)} 个纸质机关，{len(asked)} 份回执单"


def check_calendar(ledger: Ledger, on: date) -> str:
    """Which years are wanted and not published, and how many last days are provisional for it."""
    calendar = ledger.rules().calendar
    waiting = Counter(
        row.duty.due_on.year for row in ledger.board(on)
        if row.duty.provisional and row.duty.due_on is not None and row.duty.discharged_on is None
        and row.duty.cancelled_on is None and row.duty.due_on >= on
    )  # fmt: skip
    told = [
        f"{year} 年日历未公布：{waiting[year]} 个届满日为暂定"
        for year in sorted({on.year, on.year + 1, *waiting})
        if not calendar.is_published(year)
    ]
    return "；".join(told) or f"{on.year}、{on.year + 1} 年日历均已公布"


def keep_month(ledger: Ledger, out: Path, day: date, operator: SigningKey | None) -> str:
    """Keep the sheets of the month before a day as they are now, and of the months before it that were missed, and sign
    their digests into the ledger.

    What is kept already is never computed anew. Raises Refusal.
    """
    wanted = [month for month in _months(ledger, out, day) if not (_folder(out, month) / LIST).exists()]
    for first in wanted:
        folder, last = _folder(out, first), next_month(first) - timedelta(1)
        if any(folder.glob("*")) and not (folder / LIST).exists():  # not laid down here: it may be somebody's
            what = f"{folder} 里有文件而没有 {LIST}：不是留存的，请移走或者从备份恢复，下次补留"
            raise Refusal("file_unusable", what)
        whole = gather(ledger, last, irregularities=True)
        with _beside(folder) as made:
            _lay_down_month(whole, made, first, last)
            made.rename(
                folder
            )  # fails where another has laid it down meanwhile: the first one is the month's
    told = {
        one.name: _registered(ledger, one, day, operator)
        for one in sorted((out / "sheets").glob("????-??"))
        if (one / LIST).exists()
    }
    asked = [_folder(out, month).name for month in wanted]
    if not asked:
        asked = sorted(told)[-1:]
    others = [text for name, text in told.items() if name not in asked and text.endswith(REGISTERED)]
    return "；".join((*(told[name] for name in asked), *others))


def _months(ledger: Ledger, out: Path, day: date) -> Iterator[date]:
    """The first days of the months to keep: after the last one that was kept, here or by the ledger's own word, to the one
    before a day; that one alone where none was kept yet. A clock that was off for a month has not kept the one before."""
    last = (day.replace(day=1) - timedelta(1)).replace(day=1)
    kept = [one.from_.replace(day=1) for one in ledger.registry().sheets]
    kept += [
        date.fromisoformat(f"{one.name}-01")
        for one in (out / "sheets").glob("[0-9][0-9][0-9][0-9]-[01][0-9]")
        if (one / LIST).exists()
    ]
    month = next_month(max(kept)) if kept else last
    while month <= last:
        yield month
        month = next_month(month)


def next_month(first: date) -> date:
    return (first + timedelta(31)).replace(day=1)


def _folder(out: Path, first: date) -> Path:
    return out / "sheets" / f"{first:%Y-%m}"


REGISTERED = "摘要已入账"


def _registered(ledger: Ledger, folder: Path, day: date, operator: SigningKey | None) -> str:
    """Sign the digest of a month that is kept into the ledger, if it is not there: of an earlier one too, for which there was
    no key when it was laid down."""
    content = (folder / LIST).read_bytes()
    kept = json.loads(content)
    head = f"{folder.name}：{len(kept['sheets'])} 个机关"
    digest = hashlib.sha256(content).hexdigest()
    if any(one.digest == digest for one in ledger.registry().sheets):
        return f"{head}，早已留存"
    if operator is None:
        return f"{head}；没有运行单位的密钥（GONGZE_OPERATOR_KEY），摘要未入账，设好之后下次补上"
    line = {
        "type": "SheetsKept", "case": "registry", "actor": "operator", "occurred_on": day.isoformat(),
        "data": {"from": kept["from"], "to": kept["to"], "digest": digest},
    }  # fmt: skip
    taken = replay_line(ledger, 1, json.dumps(line).encode(), OneKey(operator))
    return f"{head}，第 {taken.receipt.entry.index} 条{REGISTERED}"


def _lay_down_month(whole: Sources, folder: Path, first: date, last: date) -> None:
    listed: list[dict[str, str]] = []
    for agency in sorted(whole.registry.agencies):
        own = shown_to(agency, whole)
        found = account(own, first, last)
        if not any(found.of_book().values()):
            continue
        canonical, book, differing = files_of(agency)
        (folder / canonical).write_bytes(found.canonical())  # the very bytes that the agency's digest is of
        sheets.write_account(folder / book, found)
        sheets.write_differences(folder / differing, differences(own), own, own=found)
        listed.append({"agency": agency, "file": canonical, "digest": found.digest()})
    document = {
        "ledger": whole.ledger, "from": first.isoformat(), "to": last.isoformat(), "sheets": listed,
        "files": [{"file": p.name, "sha256": hashlib.sha256(p.read_bytes()).hexdigest()} for p in sorted(folder.iterdir())],
        "random": secrets.token_hex(32),
    }  # fmt: skip
    sheets.write_text(folder / LIST, sheets.as_json(document))


def count_ahead(ledger: Ledger, on: date) -> str:
    """Count the half-year that is running, as if nothing more happened in it, and keep what each case comes to: the report
    at its end, and any before, then counts only cases in which something has happened since."""
    from gongze.reporting.facts import Period
    from gongze.reporting.gathering import asked
    from gongze.reporting.gathering import gather as told_by

    regions = sorted({a.region for a in ledger.registry().agencies.values() if a.kind == "nr"})
    if not regions:
        return "登记簿里还没有自然资源主管部门，没有可以算的"
    first, last = half_year(on)
    anywhere = asked(ledger, regions[0], Period(first, last))  # cases of all regions are kept
    told_by(ledger, anywhere, how="kept")
    with ledger.projections.reading() as connection:
        counted = len(reading.cases(connection, kind="case"))
    return f"{first.year}-H{1 if first.month == 1 else 2}：{counted} 件案件的数字已备好"


def draft_reports(ledger: Ledger, out: Path, on: date) -> str:
    """The joint meeting's report of the half-year that ended before a day, for each region that has a meeting and ever had
    a case: a draft for the meeting and an internal one, each as a paper and as a workbook."""
    # plots and papers are slow to import, and wanted twice a year
    from gongze.reporting import drafting
    from gongze.reporting.facts import Period
    from gongze.reporting.gathering import asked
    from gongze.reporting.gathering import gather as told_by
    from gongze.reporting.report import report

    first, last = half_year(half_year(on)[0] - timedelta(1))
    registry = ledger.registry()
    ledger.catch_up()
    with ledger.projections.reading() as connection:
        later = set(reading.cases_counting_after(connection, last))
        cases = reading.cases(connection)
    departments = {row.nr for row in cases if row.case not in later}
    # whoever takes a case over after the half-year has none of it in the report
    departments |= {
        ledger.case(row.case, registry=registry).home(registry, last) for row in cases if row.case in later
    }
    departments &= registry.agencies.keys()
    places = {registry.agencies[nr].region for nr in departments if nr is not None}
    meeting = (m.removeprefix(PREFIX) for m in mechanisms(registry))
    regions = [region for region in meeting if any(contains(region, place) for place in places)]

    def lay_down(folder: Path) -> None:
        for region in regions:
            told = told_by(ledger, asked(ledger, region, Period(first, last)), how="kept")
            for name, made in ((region, report(told)), (f"{region}.内部", report(told, "internal"))):
                for kind in DRAFTED:
                    drafting.write(folder / f"{name}{kind}", made)

    name = f"{first.year}-H{1 if first.month == 1 else 2}"
    _replace(out / "reports" / name, lay_down)
    return f"{name}：{len(regions)} 个地区的半年报告草稿"


DRAFTED = (".docx", ".xlsx")
"""A draft has places that people fill in first: a PDF is made of the paper when it is whole, by whoever has an office."""


def draft_notices(ledger: Ledger, out: Path, on: date) -> str:
    """The notice of each joint meeting that is convened and not held, drafted once for the day it is planned for; before
    that an invitation to the regular meeting that is owed, some weeks before its last day, with blanks for when and where.
    What an office has written into a draft since is left alone."""
    from gongze.documents import drawing
    from gongze.documents.kinds import kind_called

    kind = kind_called("meeting-notice")
    template = drawing.template_of(kind, ledger.settings.templates_dir)
    ledger.catch_up()
    with ledger.projections.reading() as connection:
        ids = [row.case for row in reading.cases(connection, kind="meeting")]
    wanted: dict[Path, drawing.Asked] = {}
    for id_ in ids:
        meeting = ledger.dossier(id_)
        if not isinstance(meeting, Meeting) or meeting.planned_on is None or meeting.convened_on is None:
            continue
        if meeting.held_on is None and meeting.cancelled_on is None:
            name = f"{file_name(id_)}.{meeting.planned_on}.docx"
            wanted[out / "meetings" / name] = drawing.Asked(dossier=id_)
    rules = ledger.rules()
    for region in mechanisms(rules.registry):
        department = department_of(region.removeprefix(PREFIX), rules.registry)
        owed = drawing.meeting_owed(ledger, department, on) if department is not None else None
        if owed is not None and state(owed, on, rules).remaining_working_days <= INVITED_BEFORE:
            wanted[out / "meetings" / f"{file_name(region)}.{owed.due_on}前.docx"] = drawing.Asked(
                reader=department
            )
    made = 0
    for path, asked in wanted.items():
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_over(path, drawing.write(drawing.draw(ledger, kind, asked), template))
            made += 1
    return f"{made} 份联席会议通知草稿"


INVITED_BEFORE = 20
"""Working days before the last day of a regular meeting's half-year from which an invitation is drafted."""


def _replace(folder: Path, lay_down: Callable[[Path], None]) -> None:
    """Lay down a folder whole; an older one goes."""
    with _beside(folder) as made:
        lay_down(made)
        old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
        if folder.exists():
            folder.rename(old)
        made.rename(folder)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A new folder beside one, to be renamed to it; what earlier attempts left is taken away."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f".{folder.name}.*"):
        shutil.rmtree(left, ignore_errors=True)
    made = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    made.mkdir()
    yield made


def files_of(agency: str) -> tuple[str, str, str]:
    """An agency's files of a month that is kept: its account as it is digested, as a workbook, and its sheet to sign."""
    name = file_name(agency)
    return f"{name}.json", f"{name}.xlsx", f"{name}.核账表.xlsx"


def file_name(agency: str) -> str:
    """A file name of an agency's id, which may hold what a path must not."""
    return re.sub(r"[^\w.-]", "_", agency).lstrip(".")


def operator_key(ledger: Ledger) -> SigningKey | None:
    """The operator's key as the settings name it; None where they name none. Raises Refusal."""
    path = ledger.settings.operator_key
    if path is None:
        return None
    key = OneKey.load(path, ledger.settings).key
    genesis = ledger.registry().genesis
    if genesis is None or key.public.hex() != genesis.operator_key:
        raise Refusal(
            "settings_unusable", "GONGZE_OPERATOR_KEY 不是本台账运行单位的密钥", "GONGZE_OPERATOR_KEY"
        )
    return key
