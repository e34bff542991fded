"""The documentation is true: its commands run and give what it shows, its links lead somewhere, it forgets no command."""

import os
import re
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import cbor2
import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from typer.core import TyperGroup

from domain.acts import EVENTS
from gongze import reference
from gongze.cli import app
from gongze.packs import shipped
from gongze.reporting import reference as figures
from gongze.settings import KNOWN

ROOT = Path(__file__).parents[2]
DOCS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
TRIED = ["README.md", "docs/first-ten-minutes.md", "docs/officers.md", "docs/duties.md"]
SOURCES = [
    path
    for room in ("domain", "events", "projections", "connectors", "gongze")
    for path in (ROOT / room).rglob("*.py")
]


# --- commands that a reader would type ----------------------------------------------------------------------


@dataclass
class Step:
    """A command as the page has it, the exit code that it promises, and the output that it shows."""

    command: str
    code: int
    shown: list[str] = field(default_factory=list)


def steps(page: str) -> Iterator[Step]:
    """The commands of a page's `console` blocks: `$ ` begins one, a here-document belongs to it, the rest is output."""
    for block in re.findall(r"^```console\n(.*?)^```$", page, re.M | re.S):
        step, until = None, None
        for line in block.splitlines():
            if until is not None and step is not None:
                step.command += f"\n{line}"
                until = None if line == until else until
            elif line.startswith("$ "):
                if step is not None:
                    yield step
                promised = re.search(r"# 退出码 (\d)$", line)
                step = Step(line[2:], int(promised[1]) if promised else 0)
                here = re.search(r"<<'(\w+)'$", line)
                until = here[1] if here else None
            elif step is not None:
                step.shown.append(line)
        if step is not None:
            yield step


def run(commands: list[Step], folder: Path) -> list[tuple[int, str]]:
    """Exit code and output of each command, typed one after the other into one shell."""
    script = "".join(f"{s.command}\nprintf '\\n@@%s@@\\n' $?\n" for s in commands)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GONGZE_")}
    environment |= {"PATH": f"{ROOT}/.venv/bin:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    (folder / ".venv").symlink_to(ROOT / ".venv")
    ran = subprocess.run(
        ["/bin/bash", "-c", script], cwd=folder, env=environment, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
    )  # fmt: skip
    parts = re.split(r"\n@@(\d+)@@\n", ran.stdout.decode())
    return [(int(code), output) for output, code in zip(parts[:-1:2], parts[1::2], strict=True)]


def comparable(line: str) -> str:
    """Ids differ from ledger to ledger; columns are as wide as their content."""
    return re.sub(r"\s+", " ", re.sub(r"\b[0-9a-f]{8,}\b", "#", line)).strip()


def missing(shown: list[str], output: str) -> str | None:
    """The first line shown that the output does not have, in this order; every line where nothing was left out (……)."""
    lines = [comparable(line) for line in output.splitlines() if line.strip()]
    wanted = [comparable(line) for line in shown if line.strip()]
    if "……" not in wanted and shown:
        return next(
            (f"{w!r} but was {had!r}" for w, had in zip(wanted, lines, strict=False) if w != had), None
        ) or (None if len(wanted) == len(lines) else f"{len(wanted)} lines, but there were {len(lines)}")
    rest = iter(lines)
    return next((w for w in wanted if w != "……" and w not in rest), None)


@pytest.mark.parametrize("page", TRIED)
def test_the_commands_of_a_page_run_and_give_what_it_shows(page, tmp_path):
    commands = list(steps((ROOT / page).read_text("utf-8")))
    assert commands
    results = run(commands, tmp_path)
    for step, (code, output) in zip(commands, results, strict=True):
        assert code == step.code, f"{step.command}\n{output}"
        assert missing(step.shown, output) is None, f"{step.command}\n{output}"


# --- nothing is forgotten -----------------------------------------------------------------------------------


def all_commands():
    """Name → command, those of a group by both words."""

    def below(name, command):
        if isinstance(command, TyperGroup):
            for inner in command.commands.values():
                yield from below(f"{name} {inner.name}".strip(), inner)
        else:
            yield name, command

    yield from below("", typer.main.get_command(app))


COMMANDS = dict(all_commands())


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_documented_with_all_its_options_and_helped_with_an_example(name):
    page = (ROOT / "docs/reference/commands.md").read_text("utf-8")
    section = re.search(rf"^### gongze {name}\n(.*?)(?=^##|\Z)", page, re.M | re.S)
    assert section, f"gongze {name} has no section"
    options = {o for p in COMMANDS[name].params for o in p.opts if o.startswith("--")}
    assert options - {"--help"} <= set(re.findall(r"--[a-z-]+", section[1]))
    assert f"gongze {name}" in (COMMANDS[name].help or "")


def test_no_page_names_a_command_or_an_option_that_is_not_there():
    for page in DOCS:
        # in code only, and only up to a comment
        for call in re.findall(
            r"(?:^\$ .*?|`)gongze ((?:[a-z][a-z-]* )*[a-z][a-z-]*)([^`\n#]*)", page.read_text("utf-8"), re.M
        ):
            words = call[0].split()
            name = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in COMMANDS), None)
            assert name or words[0] in ("dead-letter", "key", "report", "rules", "topics"), (
                f"{page.name}: gongze {' '.join(words)}"
            )
            if name:
                known = {o for p in COMMANDS[name].params for o in p.opts} | {"--help"}
                used = set(re.findall(r"(?<!\S)--[a-z-]+", call[1].partition("|")[0]))
                assert used <= known, f"{page.name}: gongze {name} {used - known}"


def test_each_setting_is_documented():
    page = (ROOT / "docs/reference/commands.md").read_text("utf-8")
    assert set(re.findall(r"^\| `(GONGZE_[A-Z_]+)` \|", page, re.M)) == set(KNOWN)


def test_the_counts_on_the_front_page_are_right():
    page = (ROOT / "README.md").read_text("utf-8")
    acts = sum(kind.stream == "case" for kind in EVENTS.values())
    rows = sum(len(pack.rows) for _, pack in shipped().values())
    assert f"{acts} 种行为" in page
    assert f"{acts} kinds of act" in page
    assert f"共 {rows} 项" in page


def test_the_reference_of_events_is_what_the_code_says():
    page = (ROOT / "docs/reference/case-scripts.md").read_text("utf-8")
    below = page.partition(reference.MARK)[2]
    assert below.strip() == reference.text().strip(), (
        "run: python -m gongze.reference docs/reference/case-scripts.md"
    )


def test_the_definitions_of_the_reports_figures_are_what_the_code_says():
    page = (ROOT / "docs/report.md").read_text("utf-8")
    assert page.partition(figures.MARK)[2].strip() == figures.text().strip(), (
        "run: python -m gongze.reporting.reference docs/report.md"
    )


def test_each_code_that_a_user_can_meet_is_explained():
    source = "\n".join(path.read_text("utf-8") for path in SOURCES)
    raised = set(
        re.findall(r'\b(?:Refusal|Irregularity|Fault|Finding|fail|self\.fault)\(\s*"([a-z_]+)"', source)
    )
    rows = [row for _, pack in shipped().values() for row in pack.rows]
    raised |= {row.late for row in rows if row.kind == "duty"} | {row.early for row in rows if row.early}
    page = (ROOT / "docs/reference/errors.md").read_text("utf-8")
    explained = set(re.findall(r"^\| `([a-z_]+)` \|", page, re.M))
    assert raised <= explained, raised - explained
    literals = set(re.findall(r'"([a-z_]+)"', source)) | raised
    assert explained <= literals, f"explained, but in no code: {explained - literals}"


# --- links and names ----------------------------------------------------------------------------------------


def anchors(page: str) -> set[str]:
    """How headings are addressed on the usual forges: lower case, spaces to hyphens, other punctuation dropped."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", page, flags=re.M | re.S), re.M):
        kept = (c for c in heading.strip().lower() if c in " -_" or unicodedata.category(c)[0] in "LN")
        found.add("".join(kept).replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", DOCS, ids=lambda p: str(p.relative_to(ROOT)))
def test_each_link_leads_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+://", target):
            continue
        path, _, anchor = target.partition("#")
        to = (page.parent / path).resolve() if path else page
        assert to.exists(), target
        assert to.is_relative_to(ROOT), target
        if anchor:
            assert anchor in anchors(to.read_text("utf-8")), target


@pytest.mark.parametrize("page", DOCS, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_page_points_outside_the_project(page):
    assert not re.findall(r"(?<![\w.])/(?:work|home|tmp|root)\b", page.read_text("utf-8"))


def test_every_page_is_on_the_map():
    docs = ROOT / "docs"
    linked = set(re.findall(r"\]\(([^)#\s]+)", (docs / "README.md").read_text("utf-8")))
    for page in docs.rglob("*.md"):
        if page != docs / "README.md":
            assert str(page.relative_to(docs)) in linked, page


# --- the worked example -------------------------------------------------------------------------------------


def test_the_worked_example_is_right_by_the_rules_of_its_page():
    """With nothing of ours but the page: plain SHA-256, Ed25519 of a library, and another CBOR codec."""
    page = (ROOT / "docs/statement-profile.md").read_text("utf-8")
    found = re.findall(r"^```hex ([\w-]+)\n(.*?)^```$", page, re.M | re.S)
    example = {name: bytes.fromhex(text.replace("\n", "")) for name, text in found}
    kid = sha256(cbor2.dumps({1: 1, -1: 6, -2: example["public"]})).digest()
    assert (sha256(example["cose-key"]).digest(), kid) == (example["kid"], example["kid"])
    protected, unprotected, payload, signature = cbor2.loads(example["S"]).value
    assert (protected, payload, signature) == (example["protected"], example["payload"], example["signature"])
    assert unprotected == {}
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    assert sha256(signed).digest() == example["signed-digest"]
    Ed25519PublicKey.from_public_bytes(example["public"]).verify(signature, signed)
    claims = cbor2.loads(protected)[15]
    _, _, stream, version, _, digest = cbor2.loads(example["O"])
    assert (stream, version, digest) == (claims[2], 7, sha256(example["S"]).digest())
    assert sha256(example["O"]).digest() == example["C"]
    assert cbor2.loads(example["R"]) == [1, 220, 1772242200000, example["C"]]
    assert sha256(b"\0" + example["R"]).digest() == example["leaf-hash"]
