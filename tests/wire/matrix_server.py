"""The interop matrix, our server: each client, version, suite, group and kind of key, in all that can happen. Both
sides say what was negotiated. Clients are told one suite and one group where they can be; the others take what our
server insists on."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import cells
import clients
import ours
import quench
import tap

NAME = "www.example.com"
PAGE = "a page of the server, "


class Peer:
    """A client: the function, whether it can be told suite and group, and what it can't do."""

    def __init__(self, bench, name, client, narrow=True, with_work=False):
        self.bench, self.name, self.client, self.narrow = bench, name, client, narrow
        self.more = {"work": bench.work} if with_work else {}

    def cannot(self, cell):
        why = None
        if self.name == "NSS tstclnt" and cell.key == "ed25519":
            why = "NSS has no Ed25519 certificates"
        elif self.name == "curl (GnuTLS)" and "retry" in cell.mode and cell.group in ("x25519", "secp256r1"):
            why = "GnuTLS sends key shares for secp256r1 and x25519, and libcurl can't tell it otherwise"
        elif self.name == "curl (GnuTLS)" and cell.mode.startswith("resumed") and cell.version == "1.3":
            why = "libcurl with GnuTLS resumes no session of TLS 1.3"
        elif self.takes_no_ticket(cell) and cell.mode == "resumed":
            why = "libcurl takes no tickets of TLS 1.2"
        return why

    def takes_no_ticket(self, cell):
        return cell.version == "1.2" and self.client in (clients.curl, clients.curl_gnutls)

    def tells_suite(self, cell):
        """With both -c and -L, tstclnt crashes."""
        return self.narrow and not (self.client is clients.tstclnt and cell.mode.startswith("resumed"))

    def server_options(self, cell):
        leaf = self.bench.leaves[cell.kind()]
        options = {"mode": "http", "cert": leaf.chain, "key": leaf.key, "version": cell.version,
                   "scheme": cell.scheme() if cell.version == "1.2" else None}
        # In TLS 1.2 a client that names one curve takes certificates of that curve alone.
        if "retry" in cell.mode or cell.version == "1.2" or not self.narrow:
            options["group"] = cell.group
        if not self.tells_suite(cell):
            options["suite"] = cell.suite_name()
        if "mutual" in cell.mode:
            options["ask"] = "require"
        if cell.mode.startswith("resumed"):
            by_id = cell.mode == "resumed by id" or self.takes_no_ticket(cell)
            options.update({"db": True} if by_id else {"tickets": 2}, connections=2)
        if cell.mode in ("renegotiation", "key update"):
            options.update(renew=1, wait=1)
        return options

    def client_options(self, cell):
        options = dict(self.more, version=cell.version)
        options["suite"] = cell.suite_name() if self.tells_suite(cell) else None
        options["group"] = cell.group if self.narrow and cell.version == "1.3" else None
        options = {name: value for name, value in options.items() if value is not None}
        if "retry" in cell.mode and (self.narrow or self.client is clients.python):
            options["group"] = [cell.other_group(), cell.group]
        if "retry" in cell.mode and self.client is clients.gnutls_cli:
            options["more"] = ["--single-key-share"]
        if "mutual" in cell.mode:
            options["cert"] = self.bench.client_leaves[cell.kind()]
        if cell.mode.startswith("resumed"):
            options["resume"] = self.bench.work.path("session") if self.client is clients.s_client else True
        if cell.mode in ("renegotiation", "key update"):
            options["rounds"] = 2
        return options

    def run(self, cell):
        server = self.bench.server
        options = self.server_options(cell)
        server.begin(**options)
        try:
            got = self.client(server.port, self.bench.work.pki.ca, NAME, "/", **self.client_options(cell))
        finally:
            told = [server.told() for _ in range(options.get("connections", 1))]
        self.judge(cell, told, got)

    def judge(self, cell, told, got):
        last = told[-1]
        # A client that isn't told the group may have sent a share for another one.
        retried = None if not self.narrow and "retry" not in cell.mode else int("retry" in cell.mode)
        ours.expect(last, result="ok", established=1, version="TLS" + cell.version, suite=cell.suite_name(),
                    group=cell.group, scheme=cell.scheme(), sni=NAME, retried=retried,
                    resumed=int(cell.mode.startswith("resumed")), verified=int("mutual" in cell.mode), peers=2 if "mutual" in cell.mode else 0,
                    leaf=self.bench.client_leaves[cell.kind()].tail() if "mutual" in cell.mode else "-",
                    renegotiated=int(cell.mode == "renegotiation"), updates=int(cell.mode == "key update"))
        assert all(body.startswith(PAGE) for body in got.bodies), got.text
        # A client that doesn't say it offered nothing else, or was offered nothing else.
        assert got.suite in (cell.suite_name(), None), got.suite
        assert got.group in (cell.group, None), got.group
        assert got.sign in (cell.scheme(), None), got.sign


class Bench:
    def __init__(self):
        self.work = quench.Work()
        self.leaves, self.client_leaves = cells.leaves(self.work, NAME, "client.example.com")
        self.server = ours.Server(self.work, timeout=int(500 * quench.PATIENCE))

    def peers(self):
        return [Peer(self, "OpenSSL s_client", clients.s_client),
                Peer(self, "gnutls-cli", clients.gnutls_cli),
                Peer(self, "NSS tstclnt", clients.tstclnt, with_work=True),
                Peer(self, "curl (OpenSSL)", clients.curl),
                Peer(self, "curl (GnuTLS)", clients.curl_gnutls, narrow=False, with_work=True),
                Peer(self, "Python ssl", clients.python, narrow=False, with_work=True)]


def main():
    tap.require("openssl", "curl", "gnutls-cli", "tstclnt", "certutil", "pk12util")
    clients.require_curl_gnutls()
    bench = Bench()
    table = cells.Table("our server")
    for peer in bench.peers():
        for version, modes in cells.MODES.items():
            for mode in modes:
                table.run(peer, version, mode)
    with tap.test("our server ends cleanly"):
        bench.server.end()
    table.show()
    bench.work.close()
    tap.done()


if __name__ == "__main__":
    main()
