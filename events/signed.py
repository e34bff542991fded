"""What can be told of a statement without the ledger's state: its form, its payload, whose signature it bears."""

from dataclasses import dataclass

from domain.acts import Event
from domain.acts.registry import KeyRegistered, LedgerCreated
from domain.refusal import Refusal
from domain.registry import Registry
from events import keys, schemas
from events.statement import Claims, Statement, check_signature, decode


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement that is well formed and bears the signature of the key it names: what is left to decide on.

    `fault`: why its payload cannot be read; that is told only after the checks that come before the schema.
    """

    raw: bytes
    claims: Claims
    kid: bytes
    digest: bytes
    signed_digest: bytes
    event: Event | None
    fault: Refusal | None

    @property
    def id(self) -> str:
        return self.claims.cti.hex()


def signed(raw: bytes, registry: Registry) -> Signed:
    """Size, form and signature, the latter with a key that the registry knows or the statement itself registers.

    Raises Refusal.
    """
    statement = decode(raw)
    event, fault = payload_of(statement)
    verify_statement(statement, event, registry)
    return Signed(
        raw, statement.claims, statement.kid, statement.digest, statement.signed_digest, event, fault
    )


def payload_of(statement: Statement) -> tuple[Event | None, Refusal | None]:
    """The act in the payload, or why it cannot be read."""
    try:
        return schemas.decode(statement.claims.event, statement.claims.schema, statement.payload), None
    except Refusal as fault:
        return None, fault


def verify_statement(statement: Statement, event: Event | None, registry: Registry) -> None:
    """This ledger's, and signed by the key it names. Raises Refusal: schema_invalid, key_unknown, signature_invalid."""
    if registry.genesis is not None and statement.claims.ledger != registry.genesis.name:
        raise Refusal("schema_invalid", "该声明属于另一个台账", field="ledger")
    check_signature(statement, public_key_for(statement, event, registry))


def public_key_for(statement: Statement, event: Event | None, registry: Registry) -> bytes:
    """The bytes of the key that a statement names. Raises Refusal("key_unknown")."""
    kid = statement.kid.hex()
    if kid in registry.keys:
        return bytes.fromhex(registry.keys[kid].public_key)
    if registry.genesis is not None:
        operator = bytes.fromhex(registry.genesis.operator_key)
        if statement.kid == keys.thumbprint(operator):
            return operator
    own = None
    if isinstance(event, KeyRegistered) and event.purpose == "root":
        own = event.public_key
    elif isinstance(event, LedgerCreated) and registry.genesis is None:
        own = event.operator_key
    if own is not None and len(own) == 64 and keys.thumbprint(bytes.fromhex(own)) == statement.kid:
        return bytes.fromhex(own)
    raise Refusal("key_unknown", "台账中没有该密钥，请先登记密钥", field="kid")
