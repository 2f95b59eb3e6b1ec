"""Much data down, up and both ways at once, over each suite: SHA-256 equal at both ends.
QUENCH_BULK (64MiB) is how much; make check-bulk takes 1GiB."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import transfer
import clients
import quench
import tap

NAME = "www.example.com"


def main():
    tap.require("openssl")
    n = transfer.size_from_env("QUENCH_BULK", "64MiB")
    work, peer = quench.Work(), transfer.Peer()
    leaf = work.pki.leaf("p256", NAME)
    q = quench.Quenchd(work, *[quench.service(s, [leaf], peer.port, ciphersuites=[s])
                               for s in clients.SUITES])
    for suite in clients.SUITES:
        for title, n_down, n_up in (("down", n, 0), ("up", 0, n), ("both ways", n, n)):
            with tap.test("%s: %d MiB %s" % (suite, n >> 20, title)):
                client, ends = transfer.connect(q, peer, suite, work.pki.ca, NAME, n_down, n_up)
                assert client.tls.cipher()[0] == suite, client.tls.cipher()
                seconds = transfer.timed(client.run)
                transfer.check(client, ends)
                client.close()
                tap.diag("%.0f MiB/s, client and backend in Python beside it"
                         % ((n_down + n_up) / seconds / (1 << 20)))
    with tap.test("quenchd ends cleanly"):
        q.check_end()
    work.close()
    tap.done()


main()
