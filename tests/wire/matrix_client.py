"""The interop matrix, our client: each server, version, suite, group and kind of key, in all that can happen. Our
client is told one suite and one group; the servers have one certificate each and take everything, except
where they are to ask for another group."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import cells
import ours
import quench
import servers
import tap

NAME = "www.example.com"
RENEWALS = {"renegotiation": "r", "key update": "K"}  # and how s_server is told to begin


class Peer:
    def __init__(self, bench, kind):
        self.bench, self.kind, self.name = bench, kind, kind.name

    def cannot(self, cell):
        why = None
        if self.kind is servers.Nss and cell.key == "ed25519":
            why = "NSS has no Ed25519 certificates"
        elif self.kind is servers.Nss and cell.version == "1.2" and cell.suite != "AES_128_GCM_SHA256" \
                and cells.BITS[cell.group] < cells.BITS.get(cells.CURVES.get(cell.key), 256):
            why = "in TLS 1.2, with keys of 256 bits, NSS takes no weaker group than the curve of its certificate"
        elif cell.mode == "resumed by id" and cell.version == "1.3" and self.kind in (servers.Nss, servers.GnuTls):
            why = "without tickets %s resumes no session of TLS 1.3" % self.name
        return why

    def server(self, cell):
        """HelloRetryRequest: one that knows the cell's group only. NSS takes a group of its own preference."""
        groups = cell.group if "retry" in cell.mode else None
        if self.kind is servers.Nss and cell.version == "1.2":
            groups = tuple(self.groups(cell))
        kind = self.kind
        if kind is servers.OpenSsl and cell.mode in RENEWALS:
            kind = servers.TypedOpenSsl
        return self.bench.running.get(kind, self.bench.leaves[cell.kind()], groups, "mutual" in cell.mode,
                                      kind.no_tickets if cell.mode == "resumed by id" else ())

    def groups(self, cell):
        """In TLS 1.2 a client that names one curve takes certificates of that curve alone (RFC 8422 section 5.1)."""
        curve = cells.CURVES.get(cell.kind()) if cell.version == "1.2" else None
        return [cell.group] + ([curve] if curve not in (None, cell.group) else [])

    def options(self, cell, server):
        options = {"port": server.port, "name": NAME, "mode": server.mode, "version": cell.version,
                   "suite": cell.suite_name(), "group": self.groups(cell),
                   "scheme": cell.scheme() if cell.version == "1.2" else None}
        if "retry" in cell.mode:
            options["group"] = [cell.other_group(), cell.group]
        if "mutual" in cell.mode:
            leaf = self.bench.client_leaves[cell.kind()]
            options.update(cert=leaf.chain, key=leaf.key)
        if cell.mode.startswith("resumed"):
            options.update(connections=2, resume=True)
        if cell.mode in RENEWALS:
            options.update(renew=1, rounds=2 if server.mode == "line" else 1)
        if cell.mode in RENEWALS and self.kind is servers.GnuTls:
            options["first"] = "**REHANDSHAKE**"
        return options

    def run(self, cell):
        server = self.server(cell)
        options = self.options(cell, server)
        self.bench.client.begin(**options)
        if type(server) is servers.TypedOpenSsl:
            server.converse(RENEWALS[cell.mode])
        told = [self.bench.client.told() for _ in range(options.get("connections", 1))][-1]
        # In these cells our client begins, and a server that can do it as well.
        n = (2 if server.mode == "line" else 1) if cell.mode in RENEWALS else 0
        ours.expect(told, result="ok", established=1, version="TLS" + cell.version, suite=cell.suite_name(),
                    group=cell.group, scheme=cell.scheme(), peers=server.n_certificates,
                    leaf=server.leaf.tail(), resumed=int(cell.mode.startswith("resumed")),
                    answers=options.get("rounds", 1),
                    retried=int("retry" in cell.mode), asked=int(cell.mode == "mutual"),
                    renegotiated=n * (cell.version == "1.2"), updates=n * (cell.version == "1.3"))
        assert server.mode != "line" or told["said"][-1] == "round %d" % options.get("rounds", 1), told


class Bench:
    def __init__(self):
        self.work = quench.Work()
        self.leaves, self.client_leaves = cells.leaves(self.work, NAME, "client.example.com")
        self.client = ours.Client(self.work, timeout=int(500 * quench.PATIENCE))
        self.running = servers.Running(self.work)


def main():
    tap.require("openssl", "gnutls-serv", "selfserv", "certutil", "pk12util", "stdbuf")
    bench = Bench()
    table = cells.Table("our client")
    for kind in (servers.OpenSsl, servers.GnuTls, servers.Nss, servers.Python):
        for version, modes in cells.MODES.items():
            for mode in modes:
                table.run(Peer(bench, kind), version, mode)
    with tap.test("our client ends cleanly"):
        bench.client.end()
    table.show()
    bench.work.close()
    tap.done()


if __name__ == "__main__":
    main()
