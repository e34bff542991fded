"""The root of the log, against the known vectors of Certificate Transparency."""

from hashlib import sha256

import pytest

from events.logroot import LogRoot

# The Certificate Transparency reference implementation's own leaves and the root after each of them.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def of(leaves: list[bytes]) -> bytes:
    root = LogRoot()
    for leaf in leaves:
        root.add(sha256(b"\x00" + leaf).digest())
    assert root.size == len(leaves)
    return root.root()


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_the_root_is_that_of_rfc_6962(size: int):
    assert of([bytes.fromhex(leaf) for leaf in LEAVES[:size]]).hex() == ROOTS[size]


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1 word for word: split at the largest power of two below the size."""
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


def test_it_is_the_definitions_at_every_size_up_to_seventy():
    leaves = [bytes([number]) for number in range(70)]
    for size in range(1, 71):
        assert of(leaves[:size]) == by_definition(leaves[:size])
