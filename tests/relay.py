"""Between clients and a server of the tests: passes everything on, until it stops passing, or cuts."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Relay:
    """Listens at `port` of 127.0.0.1 from the start; `target` is the server's own port, set before anybody comes."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.target = 0
        self._flows = threading.Event()
        self._flows.set()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._apart = False
        threading.Thread(target=self._accept, daemon=True).start()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Connections stand, and new ones are taken; no byte passes. What was sent meanwhile arrives late."""
        self._flows.clear()
        try:
            yield
        finally:
            self._flows.set()

    @contextmanager
    def cut(self) -> Iterator[None]:
        """All connections are ended, and new ones too."""
        self._apart = True
        self._end_all()
        try:
            yield
        finally:
            self._apart = False

    def close(self) -> None:
        self._apart = True
        self._listener.close()
        self._flows.set()
        self._end_all()

    def _end_all(self) -> None:
        with self._lock:
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._apart:
                    client.close()
                else:
                    threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(("127.0.0.1", self.target)) as server:
            with self._lock:
                self._open |= {client, server}
            back = threading.Thread(target=self._pass, args=(server, client), daemon=True)
            back.start()
            self._pass(client, server)
            back.join()
            with self._lock:
                self._open -= {client, server}

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        """One way, until either end is gone; then the other way ends too."""
        with suppress(OSError):
            while passed := source.recv(1 << 16):
                self._flows.wait()
                sink.sendall(passed)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
