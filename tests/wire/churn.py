"""Many connections at once that come and go: none fails, none leaves anything behind.
QUENCH_CHURN_CONNECTIONS (300) at once for QUENCH_CHURN_SECONDS (10); make check-churn: 2000 for 60."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import quench
import tap

NAME = "www.example.com"
CHURNER = os.path.join(os.environ["top_srcdir"], "tests", "lib", "churner.py")
N_CLIENTS = 2


def start_echo():
    p = subprocess.Popen([sys.executable, CHURNER, "echo"], stdout=subprocess.PIPE, text=True)
    return p, int(p.stdout.readline())


def run_clients(work, port, n, seconds):
    """What each client process says at its end."""
    argv = [sys.executable, CHURNER, "client", str(port), work.pki.ca, NAME, str(n // N_CLIENTS),
            str(seconds)]
    clients = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(N_CLIENTS)]
    try:
        return [json.loads(c.communicate(timeout=seconds + 300)[0]) for c in clients]
    finally:
        for c in clients:
            c.kill()
            c.wait()


def main():
    tap.require("openssl")
    n = int(os.environ.get("QUENCH_CHURN_CONNECTIONS", "300"))
    seconds = float(os.environ.get("QUENCH_CHURN_SECONDS", "10"))
    work = quench.Work()
    echo, port = start_echo()
    q = quench.Quenchd(work, quench.service("web", [work.pki.leaf("p256", NAME)], port,
                                            timeouts={"handshake": 60.0}), log={"format": "json"})
    try:
        churn(work, q, n, seconds)
    finally:
        echo.kill()
        echo.wait()
    with tap.test("quenchd ends cleanly"):
        q.check_end()
    work.close()
    tap.done()


def churn(work, q, n, seconds):
    run_clients(work, q.ports["web"], 20, 0.1)
    q.ended(20)
    fds, rss = q.n_fds(), q.rss()
    said = run_clients(work, q.ports["web"], n, seconds)
    done = sum(s["done"] for s in said)
    tap.diag("%d connections in %g s after a ramp of %.1f s, at least %d at once, %d MiB echoed"
             % (done, seconds, max(s["ramp"] for s in said), sum(s["fewest"] for s in said),
                sum(s["bytes"] for s in said) >> 20))
    with tap.test("%d connections at once for %g s: no failure" % (n, seconds)):
        assert not any(s["errors"] for s in said), said
        assert done >= n, said
    with tap.test("many of them open at any time"):
        # Some are always between their end and the next one's handshake, on a slow machine for long.
        assert sum(s["fewest"] for s in said) >= n // 4, said
    with tap.test("every connection is in the log"):
        ends = q.ended(20 + done)
        assert len(ends) == 20 + done, "%d, not %d" % (len(ends), 20 + done)
    with tap.test("as many file descriptors as before"):
        quench.wait_until(lambda: "%d descriptors, %d before" % (q.n_fds(), fds),
                          lambda: q.n_fds() <= fds)
    tap.diag("resident: %d KiB before, %d KiB after" % (rss >> 10, q.rss() >> 10))
    kinds = {}
    for record in ends:
        kinds[record["end"]] = kinds.get(record["end"], 0) + 1
    tap.diag("ends: %s" % kinds)


main()
