"""Each client fetches through quench from nginx in TLS 1.2, with each suite, group and key: the client checks
the certificate, and says itself what was negotiated. Groups are narrowed on our side: a client that names only
one curve takes certificates of that curve alone."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import clients12
import quench
import tap
from clients import GROUPS, run
from quench import HOST

NAME = "www.example.com"
PAGE = "a page behind quench, "
KINDS = ("p256", "p384", "p521", "rsa2048", "ed25519")
CLIENTS = (clients12.curl, clients12.s_client, clients12.gnutls_cli, clients12.python, clients12.tstclnt)


def fetch(client, work, port, kind, group):
    more = {"work": work} if client is clients12.tstclnt else {}
    auth = "RSA" if kind.startswith("rsa") else "ECDSA"
    for suite in clients12.SUITES:
        with tap.test("%s %s %s %s" % (client.__name__, kind, suite, group)):
            got = client(port, work.pki.ca, NAME, "/page", auth, suite, **more)
            assert PAGE in got.body, got.text
            # A client that doesn't say it: suites were offered one by one, and we take no other group.
            assert got.suite in (suite, None), got.suite
            assert got.group in (group, None), got.group


def main():
    tap.require("openssl", "nginx", "curl", "gnutls-cli", "tstclnt", "certutil")
    work = quench.Work()
    nginx = quench.Nginx(work)
    nginx.file("page", (PAGE * 100).encode())
    leafs = {kind: work.pki.leaf(kind, NAME) for kind in KINDS}
    q = quench.Quenchd(work, *[quench.service(kind + "-" + group, [leafs[kind]], nginx.port,
                                              policy="intermediate", groups=[group])
                               for kind in KINDS for group in GROUPS],
                       quench.service("capped", [leafs["p256"]], nginx.port, policy="intermediate",
                                      max_version="1.2"))
    for client in CLIENTS:
        for kind in KINDS:
            if client is clients12.tstclnt and kind == "ed25519":
                continue  # NSS has no Ed25519 certificates
            for group in GROUPS:
                fetch(client, work, q.ports[kind + "-" + group], kind, group)
    with tap.test("max_version 1.2: a client that speaks TLS 1.3 as well sees no downgrade"):
        got = clients12.s_client(q.ports["capped"], work.pki.ca, NAME, "/page", "ECDSA", "AES_128_GCM_SHA256",
                                 version=())
        assert got.suite == "AES_128_GCM_SHA256" and PAGE in got.body, got.text
    with tap.test("a client that renegotiates is told no"):
        status, text = run(["openssl", "s_client", "-connect", "%s:%d" % (HOST, q.ports["capped"])], b"R\n")
        assert "no renegotiation" in text, text
    with tap.test("quenchd ends cleanly"):
        q.check_end()
    work.close()
    tap.done()


main()
