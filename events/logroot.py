"""The root of the whole log: one hash that two copies share only if they hold the same acts in the same order.

Source: RFC 6962 §2.1, the Merkle tree hash, over our leaf hashes (`events.opening.leaf_hash`).
"""

from hashlib import sha256


class LogRoot:
    """Takes leaf hashes in the order of the log; holds one hash for each complete subtree, so some twenty at most."""

    def __init__(self) -> None:
        self.size = 0
        self._complete: list[bytes] = []

    def add(self, leaf_hash: bytes) -> None:
        node, size = leaf_hash, self.size
        while size & 1:  # a tree of this size is complete already: the two make the next larger one
            node = _above(self._complete.pop(), node)
            size >>= 1
        self._complete.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root as it stands. Of no leaf it is the hash of nothing."""
        if not self._complete:
            return sha256().digest()
        *larger, node = self._complete
        for left in reversed(larger):
            node = _above(left, node)
        return node


def _above(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
