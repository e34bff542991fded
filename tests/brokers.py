"""Real Kafka brokers for the tests: their own data, free ports of 127.0.0.1, gone when the tests end.

One broker and controller in one process. Nothing here skips: where no broker can be had, the tests that need one fail and
say why. Linux only: util-linux' setpriv ends the broker with the test process, however that one dies.
"""

import contextlib
import gc
import ipaddress
import itertools
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kafka.admin import KafkaAdminClient

JARS = Path(__file__).parents[1] / "build/kafka"
READY = "Kafka Server started"
START_SECONDS, STOP_SECONDS = 60, 30
ATTEMPTS = 5  # at free ports: another process may take one before the broker does
ADMIN, ADMIN_PASSWORD = "admin", "the administrator's secret"
JAVA = (
    shutil.which("java") or "java", "-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:MaxDirectMemorySize=64m",
    "-Djava.awt.headless=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info", "-cp", f"{JARS}/*",
)  # fmt: skip
# One node keeps one copy of everything. A crashed one may register again only when its session has ended, hence the short
# one; the cleaner's own buffer would be half the heap.
SETTINGS = {
    "process.roles": "broker,controller", "node.id": "1", "controller.listener.names": "CONTROLLER",
    "num.partitions": "1", "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1", "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1", "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1", "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "auto.create.topics.enable": "false", "group.initial.rebalance.delay.ms": "0", "group.min.session.timeout.ms": "1000",
    "broker.session.timeout.ms": "2000", "broker.heartbeat.interval.ms": "300",
    "log.cleaner.dedupe.buffer.size": "8388608", "log.cleaner.threads": "1", "log.index.size.max.bytes": "1048576",
    "num.network.threads": "2", "num.io.threads": "2", "background.threads": "2", "num.recovery.threads.per.data.dir": "1",
}  # fmt: skip


class PortTakenError(Exception):
    """Somebody took a free port first."""


@dataclass
class Broker:
    """One broker with its data in a folder. `secured`: TLS, SCRAM users and permissions. `relay`: the port of a relay, which
    clients of the port `relayed` are told to come to."""

    folder: Path
    secured: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    relay: int = 0
    relayed: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a command that reaches it, as the administrator where it is secured."""
        return (
            self.as_user(ADMIN, ADMIN_PASSWORD)
            if self.secured
            else {"GONGZE_KAFKA_BOOTSTRAP": self.bootstrap}
        )

    def as_user(self, user: str, password: str) -> dict[str, str]:
        """The settings of a command that reaches it as somebody."""
        file = self.folder / f"password-{secrets.token_hex(4)}"
        file.write_text(password + "\n", "utf-8")
        return {
            "GONGZE_KAFKA_BOOTSTRAP": self.bootstrap, "GONGZE_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "GONGZE_KAFKA_USER": user, "GONGZE_KAFKA_PASSWORD_FILE": str(file), "GONGZE_KAFKA_CA_FILE": str(self.ca_file),
        }  # fmt: skip

    def start(self) -> None:
        """Format a new folder, or take an old one up again at its old port. Returns when it answers."""
        if not self.port:
            self._format()
        log = self.folder / "server.log"
        log.write_bytes(b"")
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [program("setpriv"), "--pdeathsig=KILL", *JAVA, "kafka.Kafka", str(self.folder / "server.properties")],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + START_SECONDS
        while READY not in log.read_text("utf-8", "replace") or not _answers(self.port):
            if self._process.poll() is not None or time.monotonic() > until:
                told = log.read_text("utf-8", "replace")[-3000:]
                self.kill()
                if "Address already in use" in told:
                    raise PortTakenError(told)
                pytest.fail(f"Kafka did not start:\n{told}", pytrace=False)
            time.sleep(0.05)

    def stop(self) -> None:
        """As an operator would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """It hangs: connections stand, nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def _format(self) -> None:
        if not (JARS / ".complete").exists():
            pytest.fail("no Kafka: `make test` fetches it (make check-kafka)", pytrace=False)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(self.folder / "log", ignore_errors=True)
        self.port, controller, self.relayed = _free_ports(3)
        listeners = advertised = f"CLIENT://127.0.0.1:{self.port}"
        if self.relay:
            listeners += f",RELAYED://127.0.0.1:{self.relayed}"
            advertised += f",RELAYED://127.0.0.1:{self.relay}"
        settings = {
            **SETTINGS,
            "listeners": f"{listeners},CONTROLLER://127.0.0.1:{controller}", "advertised.listeners": advertised,
            "controller.quorum.voters": f"1@127.0.0.1:{controller}", "inter.broker.listener.name": "CLIENT",
            "listener.security.protocol.map": "CLIENT:PLAINTEXT,RELAYED:PLAINTEXT,CONTROLLER:PLAINTEXT", "log.dirs": str(self.folder / "log"),
            **(self._security() if self.secured else {}), **self.settings,
        }  # fmt: skip
        file = self.folder / "server.properties"
        file.touch(mode=0o600)
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), "utf-8")
        cluster = "MkU3OEVBNTcwNTJENDM2Qk" if not self.secured else "NkU3OEVBNTcwNTJENDM2Qk"
        user = f"SCRAM-SHA-512=[name={ADMIN},password={ADMIN_PASSWORD}]"
        subprocess.run(
            [*JAVA, "kafka.tools.StorageTool", "format", "-c", str(file), "-t", cluster,
             *(("--add-scram", user) if self.secured else ())],
            check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def _security(self) -> dict[str, str]:
        """Users have passwords in the metadata, the administrator's stands here too: the broker logs in to itself."""
        certify(self.folder)
        login = f'username="{ADMIN}" password="{ADMIN_PASSWORD}"'
        scram = f"org.apache.kafka.common.security.scram.ScramLoginModule required {login};"
        plain = (
            "org.apache.kafka.common.security.plain.PlainLoginModule required "
            f'{login} user_{ADMIN}="{ADMIN_PASSWORD}";'
        )
        return {
            "listener.security.protocol.map": "CLIENT:SASL_SSL,CONTROLLER:SASL_PLAINTEXT",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512", "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            "listener.name.client.scram-sha-512.sasl.jaas.config": scram,
            # without a login there, everybody on this machine would be the controller's anonymous super user
            "sasl.mechanism.controller.protocol": "PLAIN", "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.controller.plain.sasl.jaas.config": plain,
            "ssl.keystore.type": "PEM", "ssl.keystore.location": str(self.folder / "server.pem"),
            "ssl.truststore.type": "PEM", "ssl.truststore.location": str(self.ca_file),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:{ADMIN}", "allow.everyone.if.no.acl.found": "false",
        }  # fmt: skip


SOCKETS = "ignore:unclosed:ResourceWarning"
"""What tests that make connections fail let pass."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """The client library leaves sockets of connections that failed to the collector of garbage: here, where it is known
    why, and not in a later test. Not before the end of all, as the records of the log that pytest keeps hold them too."""
    found = yield
    if any(mark.args == (SOCKETS,) for mark in item.iter_markers("filterwarnings")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
    return found


def certify(folder: Path) -> None:
    """A certificate authority of the tests, and a server certificate for 127.0.0.1."""
    now = datetime.now(UTC)
    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def signed(name: str, key: ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")]))
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5)).not_valid_after(now + timedelta(days=2))
        )  # fmt: skip
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    ca = signed(
        "tests",
        authority,
        x509.BasicConstraints(ca=True, path_length=0),
        x509.SubjectKeyIdentifier.from_public_key(authority.public_key()),
    )
    names = x509.SubjectAlternativeName(
        [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
    )
    certificate = signed(
        "127.0.0.1", server, names, x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
    )
    key = server.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "ca.pem").write_bytes(ca)
    (folder / "server.pem").write_bytes(key + certificate + ca)


def _free_ports(number: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(number)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def program(name: str) -> str:
    """Where a program lies that the tests need."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"no {name}: `make test` installs what the tests need", pytrace=False)
    return found


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def running(*, secured: bool = False, relay: int = 0) -> Iterator[Broker]:
    """A broker, and its folder gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="gongze-kafka-") as folder:
        for attempt in itertools.count(1):
            broker = Broker(Path(folder) / str(attempt), secured=secured, relay=relay)
            try:
                broker.start()
                break
            except PortTakenError:
                if attempt == ATTEMPTS:
                    raise
        try:
            yield broker
        finally:
            broker.kill()  # nothing of it is needed any more


@pytest.fixture(scope="session")
def one_broker() -> Iterator[Broker]:
    """A plain broker that this test process alone uses (under xdist: one for each worker)."""
    with running() as made:
        yield made


@pytest.fixture
def broker(one_broker: Broker) -> Broker:
    """The same, running and with no topic of an earlier test."""
    if not one_broker.runs:
        one_broker.start()
    admin = KafkaAdminClient(bootstrap_servers=one_broker.bootstrap)
    try:
        old = [name for name in admin.list_topics() if name.startswith("gongze.")]
        if old:
            admin.delete_topics(old)
        until = time.monotonic() + START_SECONDS
        while set(old) & set(admin.list_topics()):
            assert time.monotonic() < until, "topics do not go away"
            time.sleep(0.05)
    finally:
        admin.close()
    return one_broker


@pytest.fixture(scope="session")
def secured_broker() -> Iterator[Broker]:
    """One with TLS, users and permissions."""
    with running(secured=True) as made:
        yield made
