"""X25519MLKEM768 with a TLS library of others, in both roles: the NSS that Firefox ESR brings along, under the programs
of the system's older NSS. Those know no names of hybrid groups, so NSS offers and takes what it does by itself; what
was negotiated our side tells. (OpenSSL, GnuTLS and NSS of Debian 12 itself have no hybrids.)"""
import glob
import os
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import clients
import ours
import quench
import relay
import servers
import tap

NAME = "www.example.com"
HYBRID = "X25519MLKEM768"
SUITES = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
KINDS = ("p256", "rsa2048")


def folder():
    """Where Firefox has its NSS."""
    found = glob.glob("/usr/lib*/firefox*/libssl3.so")
    return os.path.dirname(found[0]) if found else tap.missing("firefox-esr with an NSS of its own")


class Bench:
    def __init__(self):
        self.work = quench.Work()
        self.leaves = {kind: self.work.pki.leaf(kind, NAME) for kind in KINDS}
        self.client_leaf = self.work.pki.leaf("p256", "client.example.com", purpose="clientAuth")
        self.client = ours.Client(self.work, timeout=int(500 * quench.PATIENCE))
        self.server = ours.Server(self.work, timeout=int(500 * quench.PATIENCE))

    def call(self, kind, want=HYBRID, ask=False, chop=None, **options):
        """A call of our client to selfserv."""
        peer = servers.Nss(self.work, self.leaves[kind], None, ask)
        try:
            port = relay.Relay(peer.port, chop).port if chop else peer.port
            if ask:
                options.update(cert=self.client_leaf.chain, key=self.client_leaf.key)
            told = self.client.call(port=port, name=NAME, mode="http", trust=self.work.pki.ca, verify=NAME,
                                    **options)[-1]
        finally:
            peer.end()
        ours.expect(told, result="ok", established=1, version="TLS1.3", group=want, retried=0, asked=int(ask),
                    resumed=int("resume" in options), suite=options.get("suite"), answers=1)

    def answer(self, kind, want=HYBRID, retried=0, chop=None, more=None, **options):
        """tstclnt asks our server."""
        leaf = self.leaves[kind]
        self.server.begin(mode="http", cert=leaf.chain, key=leaf.key, version="1.3", **options)
        port = relay.Relay(self.server.port, chop).port if chop else self.server.port
        try:
            clients.tstclnt(port, self.work.pki.ca, NAME, "/", work=self.work, **(more or {}))
        finally:
            told = [self.server.told() for _ in range(options.get("connections", 1))][-1]
        ours.expect(told, result="ok", established=1, version="TLS1.3", group=want, retried=retried, sni=NAME,
                    resumed=int("tickets" in options), verified=int("ask" in options),
                    suite=options.get("suite"))


def our_client(b):
    for kind in KINDS:
        for suite in SUITES:
            with tap.test("our client, NSS selfserv, %s, %s" % (kind, suite)):
                b.call(kind, suite=suite)
    with tap.test("our client, NSS selfserv: a session resumed"):
        b.call("p256", connections=2, resume=True)
    with tap.test("our client, NSS selfserv: with a certificate of the client"):
        b.call("p256", ask=True)
    with tap.test("our client, NSS selfserv: X25519, when we want nothing else"):
        b.call("p256", want="x25519", group=["x25519"])
    for chop in (1, 100):
        with tap.test("our client, NSS selfserv: in pieces of %d bytes" % chop):
            b.call("p256", chop=chop)


def our_server(b):
    for kind in KINDS:
        for suite in SUITES:
            with tap.test("NSS tstclnt, our server, %s, %s" % (kind, suite)):
                b.answer(kind, suite=suite)
    with tap.test("NSS tstclnt, our server: a session resumed"):
        b.answer("p256", more={"resume": True}, tickets=2, connections=2)
    with tap.test("NSS tstclnt, our server: with a certificate of the client"):
        b.answer("p256", more={"cert": b.client_leaf}, ask="require", trust=b.work.pki.ca)
    with tap.test("NSS tstclnt, our server: a retry for P-256, and two large hellos"):
        b.answer("p256", want="secp256r1", retried=1, group="secp256r1")
    for chop in (1, 100):
        with tap.test("NSS tstclnt, our server: in pieces of %d bytes" % chop):
            b.answer("p256", chop=chop)


def main():
    tap.require("openssl", "selfserv", "tstclnt", "certutil", "pk12util")
    os.environ["LD_LIBRARY_PATH"] = folder()
    bench = Bench()
    our_client(bench)
    our_server(bench)
    with tap.test("both end, and no sanitizer has anything to say"):
        bench.client.end()
        bench.server.end()
    bench.work.close()
    tap.done()


if __name__ == "__main__":
    main()
