"""An agency's own system in one file: read our topic, check every message, sign for what was copied to us, send it back.

It knows nothing of Gongze but docs/statement-profile.md, docs/exchange.md and the files of `gongze schema export`.

    python partner.py BOOTSTRAP AGENCY TOPIC KEY.pem OFFICER SCHEMAS DAY
"""

import hashlib
import io
import json
import secrets
import sys
import time
from pathlib import Path

import cbor2
import fastavro
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

bootstrap, agency, topic, key_file, officer, schemas, day = sys.argv[1:]
RELEASED = json.loads((Path(schemas) / "released.json").read_text("utf-8"))


def sha256(raw):
    return hashlib.sha256(raw).digest()


def schema(digest):
    return fastavro.parse_schema(json.loads((Path(schemas) / RELEASED[digest.hex()]).read_text("utf-8")))


# --- read: what was committed, from the beginning to the end as of now

consumer = KafkaConsumer(
    bootstrap_servers=bootstrap,
    isolation_level="read_committed",
    auto_offset_reset="earliest",
    group_id=f"{agency}/example",
)
partition = TopicPartition(topic, 0)
consumer.assign([partition])
consumer.seek_to_beginning(partition)
end = consumer.end_offsets([partition])[
    partition
]  # raises where we may not read: without asking, there is only silence
keys, heads, copies, signed_for = {}, {}, {}, set()
while consumer.position(partition) < end:
    for message in consumer.poll(timeout_ms=1000).get(partition, ()):
        headers = dict(message.headers)
        if "index" not in headers:
            print("answer", message.value.decode())
            continue
        _, index, _, commitment = cbor2.loads(headers["R"])
        _, _, stream, version, _, digest = cbor2.loads(headers["O"])
        assert sha256(headers["O"]) == commitment, "the opening is not the leaf's"
        assert (index, stream) == (int(headers["index"]), message.key.decode()), (
            "the headers say something else"
        )
        if version > heads.get(stream, (0, b""))[0]:
            heads[stream] = (version, commitment)
        if not message.value:
            continue  # an act that we may not see: only its place in the chain
        assert sha256(message.value) == digest, "the statement is not the opening's"
        protected, _, payload, signature = cbor2.loads(message.value).value
        header = cbor2.loads(protected)
        claims = header[15]
        event = fastavro.schemaless_reader(io.BytesIO(payload), schema(claims["schema"]))
        # the genesis names the operator's key; a root signs its own registration, every other key was registered before
        own = {"KeyRegistered": "public_key", "LedgerCreated": "operator_key"}.get(claims["event"])
        if own is not None:
            public = bytes.fromhex(event[own])
            keys[sha256(cbor2.dumps({1: 1, -1: 6, -2: public}, canonical=True))] = public
        to_be_signed = cbor2.dumps(["Signature1", protected, b"", payload])
        Ed25519PublicKey.from_public_bytes(keys[header[4]]).verify(signature, to_be_signed)
        if claims["event"] == "ApplicationCopied" and event["to"] in (None, agency):
            copies[claims[7]] = claims
        if claims["event"] == "CopyAcknowledged" and claims[1] == agency:
            signed_for.add(event["of"]["act"])
consumer.close()
print(f"checked up to {end}, {len(keys)} keys, {len(copies)} copies, {len(signed_for)} signed for")

# --- answer: sign for each copy, and send that to our inbox

key = load_pem_private_key(Path(key_file).read_bytes(), None)
public = key.public_key().public_bytes_raw()
newest = max(
    (n for n in set(RELEASED.values()) if n.startswith("CopyAcknowledged.")),
    key=lambda n: int(n.split(".")[1]),
)
digest = bytes.fromhex(next(f for f, name in RELEASED.items() if name == newest))
producer = KafkaProducer(bootstrap_servers=bootstrap)
for cti, copy in copies.items():
    if cti in signed_for:
        continue
    payload = io.BytesIO()
    answer = {"of": {"act": cti, "no": None}}
    fastavro.schemaless_writer(payload, schema(digest), answer)
    millis = int(time.time() * 1000).to_bytes(6)
    random = secrets.token_bytes(10)
    ours = millis + bytes([0x70 | random[0] & 0x0F, random[1], 0x80 | random[2] & 0x3F]) + random[3:]
    claims = {
        1: agency,
        2: copy[2],
        7: ours,
        "officer": officer,
        "event": "CopyAcknowledged",
        "schema": digest,
        "occurred_on": day,
        "seen": list(heads[copy[2]]),
        "ledger": copy["ledger"],
    }
    kid = sha256(cbor2.dumps({1: 1, -1: 6, -2: public}, canonical=True))
    header = {
        1: -19,
        3: "application/vnd.gongze.event+avro",
        4: kid,
        15: claims,
        16: "application/vnd.gongze.statement+cose",
    }
    protected = cbor2.dumps(header, canonical=True)
    signature = key.sign(cbor2.dumps(["Signature1", protected, b"", payload.getvalue()]))
    statement = cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload.getvalue(), signature]))
    producer.send(f"gongze.inbox.{agency}", key=copy[2].encode(), value=statement).get(30)
    print("signed for", cti.hex())
producer.close()
