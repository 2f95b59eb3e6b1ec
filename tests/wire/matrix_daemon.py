"""The interop matrix, quenchd: each client fetches through it from nginx, in both versions, with each suite, group
and kind of key. Pairwise, for the core below is what matrix_server.py runs all of. In TLS 1.2 groups are narrowed on
our side: a client that names only one curve takes certificates of that curve alone."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import cells
import clients
import quench
import tap
from clients import run
from quench import HOST

NAME = "www.example.com"
PAGE = "a page behind quench, "


class Peer:
    def __init__(self, bench, name, client, **more):
        self.bench, self.name, self.client, self.more = bench, name, client, more

    def cannot(self, cell):
        nss = self.client is clients.tstclnt and cell.key == "ed25519"
        return "NSS has no Ed25519 certificates" if nss else None

    def service(self, cell):
        return "%s-%s" % (cell.kind(), cell.group if cell.version == "1.2" else "any")

    def run(self, cell):
        group = cell.group if cell.version == "1.3" else None
        got = self.client(self.bench.q.ports[self.service(cell)], self.bench.work.pki.ca, NAME, "/page",
                          suite=cell.suite_name(), group=group, version=cell.version, **self.more)
        assert PAGE in got.body, got.text
        # A client that doesn't say it offered nothing else.
        assert got.suite in (cell.suite_name(), None), got.suite
        assert got.group in (cell.group, None), got.group


class Bench:
    def __init__(self):
        self.work = work = quench.Work()
        nginx = quench.Nginx(work)
        nginx.file("page", (PAGE * 100).encode())
        leaves, _ = cells.leaves(work, NAME, "client.example.com")
        services = [quench.service("%s-any" % kind, [leaf], nginx.port) for kind, leaf in leaves.items()]
        services += [quench.service("%s-%s" % (kind, group), [leaf], nginx.port, groups=[group])
                     for kind, leaf in leaves.items() for group in cells.GROUPS]
        services.append(quench.service("capped", [leaves["p256"]], nginx.port, max_version="1.2"))
        self.q = quench.Quenchd(work, *services)

    def peers(self):
        return [Peer(self, "OpenSSL s_client", clients.s_client), Peer(self, "gnutls-cli", clients.gnutls_cli),
                Peer(self, "NSS tstclnt", clients.tstclnt, work=self.work),
                Peer(self, "curl (OpenSSL)", clients.curl),
                Peer(self, "Python ssl", clients.python, work=self.work)]

    def others(self):
        port = self.q.ports["capped"]
        with tap.test("max_version 1.2: a client that speaks TLS 1.3 as well sees no downgrade"):
            got = clients.s_client(port, self.work.pki.ca, NAME, "/page", version=None)
            assert got.suite in clients.algorithms.SUITES12 and PAGE in got.body, got.text
        with tap.test("contract_R8_s_client_is_declined_12_server by quenchd"):
            _, text = run(["openssl", "s_client", "-connect", "%s:%d" % (HOST, port)], b"R\n")
            assert "no renegotiation" in text, text


def main():
    tap.require("openssl", "nginx", "curl", "gnutls-cli", "tstclnt", "certutil")
    os.environ["QUENCH_MATRIX"] = "pairs"
    bench = Bench()
    table = cells.Table("quenchd")
    for peer in bench.peers():
        for version in cells.MODES:
            table.run(peer, version, "full")
    bench.others()
    with tap.test("quenchd ends cleanly"):
        bench.q.check_end()
    table.show()
    bench.work.close()
    tap.done()


main()
