"""What carries each sentence of the city's instrument: docs/clauses.md from docs/clauses.toml, the acts, the rule packs
and the tests: `python -m gongze.clauses docs/clauses.md`.

The list beside the page names a sentence's events and duties, or the reason why nothing carries it. A test says by a
comment directly above it, `# 条款 三（六）-2.1、三（六）-2.2`, which sentences it is about. What stands above the mark
in the page is written by hand and kept; everything below it is written anew.
"""

import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.acts import EVENTS
from gongze.packs import shipped

MARK = "<!-- 以下由 python -m gongze.clauses 生成，请勿手改 -->"
MARKER = re.compile(r"# 条款 (.+)")
NUMBER = re.compile(r"(?P<clause>[^-]+)-(?P<paragraph>[1-9][0-9]*)\.(?P<sentence>[1-9][0-9]*)")
LONGEST_QUOTE = 25
"""So many characters of a sentence are quoted: enough to find it, no more."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: its number, its opening words, what carries it; or why nothing does (`reason`).

    `beside`: what of a carried sentence is left to others than this ledger, and why.
    """

    no: str
    opens: str
    events: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    reason: str = ""
    beside: str = ""

    @property
    def clause(self) -> str:
        return self.no.partition("-")[0]


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty as the packs have it: a row of its own, a reference to another, or left for later (`later`: why)."""

    id: str
    name_zh: str
    pack: str
    source: str
    later: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """The whole list. `tests`: of each sentence the tests that are marked with it, as `file::name`."""

    instrument: str
    short: str
    pack: str
    sentences: tuple[Sentence, ...]
    headings: Mapping[str, str] = field(default_factory=dict)
    tests: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read(page: Path) -> Book:
    """The list beside the page, and the markers in the tests of its repository."""
    data: dict[str, Any] = tomllib.loads(page.with_suffix(".toml").read_text("utf-8"))
    sentences = tuple(
        Sentence(
            s["no"], s["opens"], tuple(s.get("events", ())), tuple(s.get("duties", ())), s.get("reason", ""),
            s.get("beside", ""),
        )
        for s in data["sentence"]
    )  # fmt: skip
    root = page.resolve().parents[1]
    return Book(
        data["instrument"],
        data["short"],
        data["pack"],
        sentences,
        dict(data["headings"]),
        marked(root / "tests", root),
    )


def marked(tests: Path, root: Path) -> Mapping[str, tuple[str, ...]]:
    """Sentence → the tests marked with it. Raises ValueError where a marker stands above no test."""
    found: dict[str, list[str]] = {}
    for path in sorted(tests.rglob("test_*.py")):
        name = path.relative_to(root).as_posix()
        for test, numbers in _markers(path.read_text("utf-8"), name):
            for number in numbers:
                found.setdefault(number, []).append(f"{name}::{test}")
    return {number: tuple(where) for number, where in found.items()}


def _markers(source: str, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    lines = source.splitlines()
    waiting = {n for n, line in enumerate(lines) if MARKER.fullmatch(line.strip())}
    if not waiting:
        return
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
            continue
        above = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 2
        while above >= 0 and lines[above].strip().startswith("#"):
            marker = MARKER.fullmatch(lines[above].strip())
            if marker is not None:
                waiting.discard(above)
                yield node.name, tuple(re.split(r"、\s*", marker[1].strip()))
            above -= 1
    if waiting:
        raise ValueError(f"{name}:{min(waiting) + 1}: 标注“条款”的下面不是测试")


def duties() -> Mapping[str, Duty]:
    """All duties of the shipped packs by id, those left for later among them."""
    found: dict[str, Duty] = {}
    for _, pack in shipped().values():
        for left in pack.later:
            found[left.id] = Duty(left.id, left.name_zh, pack.id, left.source, left.reason)
        for row in pack.rows:
            found[row.id] = Duty(row.id, row.name_zh, pack.id, row.source)
        for ref in pack.references:
            found[ref.id] = Duty(ref.id, ref.name_zh, pack.id, ref.source)
    return found


def faults(book: Book) -> list[str]:
    """What is wrong with the list: numbers, quotes, names that are not there, sentences that nothing carries."""
    known = duties()
    found = list(_wrong_numbers(book))
    for s in book.sentences:
        if not s.opens or len(s.opens) > LONGEST_QUOTE:
            found.append(f"{s.no}: 只引开头的话，不超过 {LONGEST_QUOTE} 字")
        found += [f"{s.no}: 没有事件 {name}" for name in s.events if name not in EVENTS]
        found += [f"{s.no}: 没有责任 {name}" for name in s.duties if name not in known]
        carried = bool(s.events) or any(d in known and not known[d].later for d in s.duties)
        if carried == bool(s.reason):
            found.append(f"{s.no}: 写明事件、责任，或者写明没有的理由，二者取一")
        if carried and not book.tests.get(s.no):
            found.append(f"{s.no}: 没有测试")
    numbers = {s.no for s in book.sentences}
    found += [
        f"{where}: 没有条款 {no}" for no, tests in book.tests.items() if no not in numbers for where in tests
    ]
    found += [f"没有 {s.clause} 的标题" for s in book.sentences if s.clause not in book.headings]
    return [*found, *_not_in_its_clause(book, known)]


def _wrong_numbers(book: Book) -> Iterator[str]:
    """Paragraphs and sentences of a clause are counted from one without a gap."""
    before: tuple[str, int, int] = ("", 0, 0)
    for s in book.sentences:
        match = NUMBER.fullmatch(s.no)
        if match is None:
            yield f"{s.no}: 应写作“条款-段.句”"
            continue
        clause, paragraph, sentence = match["clause"], int(match["paragraph"]), int(match["sentence"])
        same = clause == before[0]
        follows = [(before[1], before[2] + 1), (before[1] + 1, 1)] if same else [(1, 1)]
        if (paragraph, sentence) not in follows:
            yield f"{s.no}: 编号不连续"
        before = (clause, paragraph, sentence)
    for no, times in Counter(s.no for s in book.sentences).items():
        if times > 1:
            yield f"{no}: 重复列出"


def _not_in_its_clause(book: Book, known: Mapping[str, Duty]) -> Iterator[str]:
    """A duty whose source is a clause of the instrument stands under a sentence of that clause; one that its pack
    leaves for later, without a source, under any."""
    listed = {(s.clause, duty) for s in book.sentences for duty in s.duties}
    anywhere = {duty for _, duty in listed}
    for duty in known.values():
        if duty.later and duty.pack == book.pack and duty.id not in anywhere:
            yield f"{duty.id}: 规则包暂不列为责任的，也应列在一句之下"
        named = [part for part in duty.source.split("；") if part.startswith(f"{book.short} ")]
        cited = {s.clause for s in book.sentences for n in named if n.startswith(f"{book.short} {s.clause}")}
        if named and not any((clause, duty.id) in listed for clause in cited):
            yield f"{duty.id}: 出处是 {'；'.join(named)}，没有列在那一条之下"


def text(book: Book) -> str:
    """All sentences with what carries them, as Markdown."""
    known = duties()
    parts = []
    clause = ""
    for s in book.sentences:
        if s.clause != clause:
            clause = s.clause
            parts.append(f"## {clause} {book.headings[clause]}\n")
        parts.append(_sentence(s, book, known))
    return "\n".join(parts)


def _sentence(s: Sentence, book: Book, known: Mapping[str, Duty]) -> str:
    lines = [f"**{s.no}** “{s.opens}……”", ""]
    if s.reason:
        lines.append(f"- 没有对应的记录：{s.reason}")
    if s.events:
        lines.append(f"- 事件：{'、'.join(f'{EVENTS[name].zh} `{name}`' for name in s.events)}")
    owed = [known[d] for d in s.duties]
    if any(not d.later for d in owed):
        named = (f"{d.name_zh} `{d.id}`（{d.pack}）" for d in owed if not d.later)
        lines.append(f"- 责任：{'、'.join(named)}")
    lines += [f"- 暂不列为责任 `{d.id}`：{d.later}" for d in owed if d.later]
    if s.beside:
        lines.append(f"- 其余：{s.beside}")
    lines += [f"- 测试：`{test}`" for test in book.tests.get(s.no, ())]
    return "\n".join(lines) + "\n"


def main(page: Path) -> None:
    """Write the part below the mark anew. Ends with 1 and writes nothing where the list is wrong."""
    book = read(page)
    wrong = faults(book)
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        sys.exit(1)
    by_hand = page.read_text("utf-8").partition(MARK)[0]
    page.write_text(f"{by_hand}{MARK}\n\n{text(book)}", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
