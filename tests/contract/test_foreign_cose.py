"""A statement is checked, and made, by a COSE library that is not ours (`cwt`)."""

import json
import os
import subprocess
from datetime import date
from pathlib import Path

import pytest

from events import statement
from events.keys import SigningKey, new_cti

HERE = Path(__file__).parent
FOREIGN = os.environ.get("FOREIGN_PYTHON") or str(HERE.parent.parent / ".venv-foreign/bin/python")
KEY = SigningKey(bytes(range(32)))
OTHER = SigningKey(bytes(32))
CLAIMS = statement.Claims(
    iss="nr.lhasa",
    sub="case/拉自然资执〔2025〕81号",
    cti=new_cti(1_770_706_245_000, bytes(10)),
    officer="nr.lhasa/1",
    event="EnforcementApplied",
    schema=b"\x11" * 32,
    occurred_on=date(2026, 2, 10),
    seen=(3, b"\x22" * 32),
    ledger="ledger.lhasa.example/4f",
    iat=1_770_706_245,
)

pytestmark = pytest.mark.foreign


def foreign(*jobs):
    done = subprocess.run(
        [FOREIGN, HERE / "foreign_cose.py"],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def verification(raw, key=KEY, kid=None):
    return {"do": "verify", "raw": raw.hex(), "public": key.public.hex(), "kid": (kid or key.kid).hex()}


def test_our_statement_verifies_there_with_all_its_claims():
    raw = statement.sign(CLAIMS, b"avro", KEY)
    assert foreign(verification(raw)) == [
        {
            "payload": b"avro".hex(),
            "labels": [1, 3, 4, 15, 16],
            "alg": -19,
            "unprotected": 0,
            "iss": "nr.lhasa",
            "sub": "case/拉自然资执〔2025〕81号",
            "cti": CLAIMS.cti.hex(),
            "seen": [3, "22" * 32],
        }
    ]


def test_an_altered_statement_and_another_key_are_refused_there_too():
    raw = statement.sign(CLAIMS, b"avro", KEY)
    altered = [
        raw.replace(b"avro", b"arvo"),
        raw.replace(b"2026-02-10", b"2026-02-09"),
        raw[:-1] + bytes([raw[-1] ^ 1]),
    ]
    others = [verification(raw, OTHER), verification(raw, OTHER, kid=KEY.kid)]
    found = foreign(verification(raw), *map(verification, altered), *others)
    assert ["refused" in answer for answer in found] == [False, True, True, True, True, True]


def test_a_statement_made_there_is_ours_byte_for_byte():
    job = {
        "do": "sign", "seed": bytes(range(32)).hex(), "public": KEY.public.hex(), "kid": KEY.kid.hex(),
        "iss": CLAIMS.iss, "sub": CLAIMS.sub, "iat": CLAIMS.iat, "cti": CLAIMS.cti.hex(), "event": CLAIMS.event,
        "ledger": CLAIMS.ledger, "officer": CLAIMS.officer, "schema": CLAIMS.schema.hex(),
        "occurred_on": "2026-02-10", "seen": [3, "22" * 32], "payload": b"avro".hex(),
        "content_type": "application/vnd.gongze.event+avro", "typ": "application/vnd.gongze.statement+cose",
    }  # fmt: skip
    [made] = foreign(job)
    raw = bytes.fromhex(made["raw"])
    statement.check_signature(statement.decode(raw), KEY.public)
    assert raw == statement.sign(CLAIMS, b"avro", KEY)
