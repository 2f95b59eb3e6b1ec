"""cells.py - the cells of the interop matrix, and its table.

A cell is one combination of version, what happens, kind of key, suite and group, run with one peer in one of our
two roles. A peer that can't do a cell says why: the table counts such cells apart, and no cell is left out otherwise.
"""
import collections
import os

import pki
import tap

SUITES = ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256")
GROUPS = ("x25519", "secp256r1", "secp384r1", "secp521r1")
# Columns of the table: the key of the certificates, and how it signs.
KEYS = {
    "p256": ("p256", "ecdsa_secp256r1_sha256"),
    "p384": ("p384", "ecdsa_secp384r1_sha384"),
    "p521": ("p521", "ecdsa_secp521r1_sha512"),
    "rsa": ("rsa2048", "rsa_pkcs1_sha256"),
    "rsa-pss": ("rsa2048", "rsa_pss_rsae_sha256"),
    "ed25519": ("ed25519", "ed25519"),
}
CURVES = {"p256": "secp256r1", "p384": "secp384r1", "p521": "secp521r1"}
BITS = {"x25519": 256, "secp256r1": 256, "secp384r1": 384, "secp521r1": 521}
MODES = {
    "1.3": ("full", "resumed", "resumed by id", "resumed mutual", "resumed retry", "mutual", "retry", "key update"),
    "1.2": ("full", "resumed", "resumed by id", "resumed mutual", "mutual", "renegotiation"),
}


# What differs from other rows in one thing only. QUENCH_MATRIX=pairs: all.
PAIRWISE = ("resumed by id", "resumed mutual", "resumed retry")


class Cell(collections.namedtuple("Cell", "version mode key suite group")):
    def suite_name(self):
        if self.version == "1.3":
            return "TLS_" + self.suite
        return "TLS_ECDHE_%s_WITH_%s" % ("RSA" if self.kind().startswith("rsa") else "ECDSA", self.suite)

    def kind(self):
        return KEYS[self.key][0]

    def scheme(self):
        return KEYS[self.key][1]

    def other_group(self):
        """One that a client may prefer when the server insists on the cell's."""
        return "secp256r1" if self.group == "x25519" else "x25519"

    def title(self):
        return "TLS %s %s %s %s %s" % self


def product(version, mode):
    """All of them; RFC 8446 section 4.2.3: no PKCS no. 1 signatures in TLS 1.3."""
    return [Cell(version, mode, key, suite, group) for key in KEYS if (version, key) != ("1.3", "rsa")
            for suite in SUITES for group in GROUPS]


def pairs(version, mode):
    """Each key with each suite, each key with each group, each suite with each group, in few cells."""
    left, chosen = {}, []
    for cell in product(version, mode):
        left[cell] = {(cell.key, cell.suite), (cell.key, cell.group), (cell.suite, cell.group)}
    while True:
        best = max(left, key=lambda cell: len(left[cell]))
        covered = set(left[best])
        if not covered:
            return sorted(chosen, key=list(left).index)
        chosen.append(best)
        for rest in left.values():
            rest -= covered


def is_pairwise(mode):
    return mode in PAIRWISE or os.environ.get("QUENCH_MATRIX") == "pairs"


def cells(version, mode):
    return (pairs if is_pairwise(mode) else product)(version, mode)


class Table:
    """What came of the cells: a row for each peer, version and mode, a column for each kind of key."""

    def __init__(self, role):
        self.role = role
        self.rows = collections.OrderedDict()
        self.reasons = []
        self.n = collections.Counter()

    def run(self, peer, version, mode, only=None):
        """All cells of a peer, a version and a mode, as checks."""
        for cell in cells(version, mode):
            why = peer.cannot(cell)
            if why:
                self.note(peer, cell, "cannot", why)
                continue
            good = tap.check("%s %s %s" % (self.role, peer.name, cell.title()), lambda: peer.run(cell))
            self.note(peer, cell, "passed" if good else "failed")

    def note(self, peer, cell, what, why=None):
        self.n[what] += 1
        row = self.rows.setdefault((peer.name, cell.version, cell.mode), {})
        column = row.setdefault(cell.key, collections.Counter())
        column[what] += 1
        if why:
            if why not in self.reasons:
                self.reasons.append(why)
            column["why"] = self.reasons.index(why) + 1

    def _entry(self, column):
        ran = column["passed"] + column["failed"]
        text = "%d/%d" % (column["passed"], ran) if ran else ""
        return text + ("(%d)" % column["why"] if column["why"] else "")

    def show(self):
        tap.diag("%-44s%s" % (self.role, "".join("%-10s" % key for key in KEYS)))
        for (name, version, mode), row in self.rows.items():
            entries = "".join("%-10s" % (self._entry(row[key]) if key in row else "-") for key in KEYS)
            tap.diag(("%-22s %-4s %-16s%s" % (name, version, mode + "*" * is_pairwise(mode), entries)).rstrip())
        for i, why in enumerate(self.reasons):
            tap.diag("(%d) %s" % (i + 1, why))
        tap.diag("-   TLS 1.3 has no PKCS no. 1 signatures")
        tap.diag("A cell of the grid is suites x groups; in rows with * each pair of key, suite and group is there.")
        tap.diag("%s: %d cells passed, %d failed, %d can't be run" % (
            self.role, self.n["passed"], self.n["failed"], self.n["cannot"]))


def leaves(work, name, client_name):
    """Certificates of each kind for servers, and for clients."""
    kinds = sorted({kind for kind, _ in KEYS.values()})
    assert all(kind in pki.KINDS for kind in kinds)
    return ({kind: work.pki.leaf(kind, name) for kind in kinds},
            {kind: work.pki.leaf(kind, client_name, purpose="clientAuth") for kind in kinds})
