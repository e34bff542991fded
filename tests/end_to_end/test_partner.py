"""What a partner gets: formats that the code agrees with, and an example that does its whole part with them alone."""

import json
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from domain.acts import EVENTS
from events import schemas
from gongze import asyncapi
from tests import ledger_fixture
from tests.brokers import SOCKETS
from tests.end_to_end.conftest import line
from tests.exchange import NR, PROCURATORATE, TOPICS, Exchange

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs/reference/asyncapi.json"


def test_the_published_document_is_what_the_code_says():
    told = json.dumps(asyncapi.document(), ensure_ascii=False, indent=1) + "\n"
    assert DOCUMENT.read_text("utf-8") == told, "run: gongze schema export, and copy its asyncapi.json"


def test_every_reference_of_the_document_leads_somewhere():
    document = asyncapi.document()
    found = re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))
    assert found
    for path in found:
        at = document
        for step in path.split("/"):
            at = at[step]
    types = document["components"]["messages"]["act"]["headers"]["properties"]["ce_type"]["enum"]
    assert set(types) == {f"gongze.{name}" for name in EVENTS}


def test_the_formats_are_written_whole_and_nothing_is_overwritten(bare):
    written = bare.ask("schema", "export", "formats")["files"]
    assert set(written) == {*schemas.released().values(), "released.json", "asyncapi.json"}
    released = json.loads((bare.folder / "formats/released.json").read_text("utf-8"))
    for digest, name in list(released.items())[::20]:
        avro = json.loads((bare.folder / "formats" / name).read_text("utf-8"))
        assert schemas.fingerprint(avro).hex() == digest
    assert bare.fails("schema", "export", "formats", code=2)["code"] == "file_exists"


pytestmark = pytest.mark.filterwarnings(SOCKETS)


@pytest.fixture
def exchange(tmp_path, broker, entered):
    return Exchange.at(tmp_path, broker, entered)


def test_the_example_checks_its_topic_signs_for_what_was_copied_and_is_heard(exchange, tmp_path):
    case = "拉自然资执〔2025〕82号"
    story = [json.loads(text) for text in ledger_fixture.ACTS[:-2]]
    exchange.extend([
        line(s["type"], s["actor"], s["occurred_on"],
             json.loads(json.dumps(s["data"], ensure_ascii=False).replace("81", "82")), case=case) for s in story
    ])  # fmt: skip
    exchange.desk.run("publish", "--once")
    exchange.desk.run("schema", "export", "formats")
    pem = tmp_path / "key.pem"
    private = Ed25519PrivateKey.from_private_bytes(sha256(f"fixture {PROCURATORATE}/1".encode()).digest())
    pem.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    arguments = [exchange.broker.bootstrap, PROCURATORATE, TOPICS[PROCURATORATE], "key.pem", f"{PROCURATORATE}/1",
                 "formats", "2026-03-10"]  # fmt: skip

    def partner():
        return subprocess.run(
            [sys.executable, ROOT / "docs/examples/partner.py", *arguments], cwd=tmp_path, check=True,
            capture_output=True, encoding="utf-8", timeout=120,
        ).stdout.splitlines()  # fmt: skip

    first = partner()
    assert len([told for told in first if told.startswith("signed for")]) == 1
    assert exchange.desk.ask("consume", "--once") == {"taken": 1, "refused": 0}
    exchange.desk.run("publish", "--once")
    again = partner()
    assert again[-1].endswith("2 copies, 2 signed for")
    copies = exchange.desk.ask("deliveries", "--agency", PROCURATORATE)["deliveries"]
    assert {(c["case"], c["acknowledged_on"]) for c in copies if c["what"] == "ApplicationCopied"} == {
        ("拉自然资执〔2025〕81号", "2026-03-02"), (case, "2026-03-10"),
    }  # fmt: skip
    assert exchange.desk.ask("verify")["ok"]
    assert NR in {c["sender"] for c in copies}
