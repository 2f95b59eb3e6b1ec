"""Each client fetches through quench from nginx with each suite, group and key: the client checks the
certificate, and says itself what was negotiated."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import clients
import pki
import quench
import tap

NAME = "www.example.com"
PAGE = "a page behind quench, "


def fetch_all(client, work, ports, kind, more=()):
    """One check for a client and a key: every suite with every group, so that a failure names it."""
    for suite in clients.SUITES:
        for group in clients.GROUPS:
            title = "%s %s %s %s" % (client.__name__, kind, suite, group)
            with tap.test(title):
                got = client(ports[kind], work.pki.ca, NAME, "/page", suite=suite, group=group, **more)
                check(got, kind, suite, group)


def check(got, kind, suite, group):
    assert PAGE in got.body, got.text
    # A client that doesn't say it offered nothing else.
    assert got.suite in (suite, None), got.suite
    assert got.group in (group, None), got.group
    assert got.sign in (pki.SCHEMES[kind], None), got.sign


def main():
    tap.require("openssl", "nginx", "curl", "gnutls-cli", "tstclnt", "certutil")
    work = quench.Work()
    nginx = quench.Nginx(work)
    nginx.file("page", (PAGE * 100).encode())
    q = quench.Quenchd(work, *[quench.service(kind, [work.pki.leaf(kind, NAME)], nginx.port)
                               for kind in pki.KINDS])
    for kind in pki.KINDS:
        fetch_all(clients.curl, work, q.ports, kind, {})
        fetch_all(clients.s_client, work, q.ports, kind, {})
        fetch_all(clients.gnutls_cli, work, q.ports, kind, {})
        fetch_all(clients.python, work, q.ports, kind, {"work": work})
        if kind != "ed25519":  # NSS has no Ed25519 certificates
            fetch_all(clients.tstclnt, work, q.ports, kind, {"work": work})
    with tap.test("quenchd ends cleanly"):
        q.check_end()
    work.close()
    tap.done()


main()
