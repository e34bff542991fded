"""Run by .venv-foreign's Python: `cwt`, a COSE library not ours, checks and makes statements. JSON in and out."""

import json
import sys
from typing import Any

from cwt import COSE, COSEKey  # type: ignore[import-not-found]  # lives in .venv-foreign only
from cwt.exceptions import CWTError  # type: ignore[import-not-found]


def verify(job: dict[str, Any]) -> dict[str, Any]:
    """Payload and protected header of a statement, or that it is refused."""
    key = COSEKey.new({1: 1, 3: -19, -1: 6, -2: bytes.fromhex(job["public"]), 2: bytes.fromhex(job["kid"])})
    raw = bytes.fromhex(job["raw"])
    try:
        protected, unprotected, payload = COSE.new(verify_kid=True).decode_with_headers(raw, key)
    except (CWTError, ValueError) as fault:
        return {"refused": str(fault)}
    claims = protected[15]
    return {
        "payload": payload.hex(),
        "labels": sorted(protected),
        "alg": protected[1],
        "unprotected": len(unprotected),
        "iss": claims[1],
        "sub": claims[2],
        "cti": claims[7].hex(),
        "seen": [claims["seen"][0], claims["seen"][1].hex()],
    }


def sign(job: dict[str, Any]) -> dict[str, Any]:
    """A statement as an agency's own software would make it."""
    public, kid = bytes.fromhex(job["public"]), bytes.fromhex(job["kid"])
    key = COSEKey.new({1: 1, 3: -19, -1: 6, -2: public, -4: bytes.fromhex(job["seed"]), 2: kid})
    claims = {  # this library writes them in the order in which they stand: RFC 8949 §4.2.1, by encoded key
        1: job["iss"],
        2: job["sub"],
        6: job["iat"],
        7: bytes.fromhex(job["cti"]),
        "seen": [job["seen"][0], bytes.fromhex(job["seen"][1])],
        "event": job["event"],
        "ledger": job["ledger"],
        "schema": bytes.fromhex(job["schema"]),
        "officer": job["officer"],
        "occurred_on": job["occurred_on"],
    }
    headers = {1: -19, 3: job["content_type"], 4: kid, 15: claims, 16: job["typ"]}
    return {
        "raw": COSE.new().encode(bytes.fromhex(job["payload"]), key, protected=headers, unprotected={}).hex()
    }


json.dump([{"verify": verify, "sign": sign}[job["do"]](job) for job in json.load(sys.stdin)], sys.stdout)
