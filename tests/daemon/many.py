"""Ten thousand certificates in a folder: what they cost a worker, that each is served by its name, and that one which
changes is picked up among them. The times are told, not judged: other programs run here, too."""
import os
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import image
import quench
import tap
from proc import private_kib

N = int(os.environ.get("QUENCH_MANY", "10000"))
MIB = 1024 * 1024
WORKER_MAX = 40 * MIB
MANYCERTS = os.path.join(os.environ.get("top_builddir", "."), "tests", "lib", "manycerts")


def private(pid):
    """Bytes that no other process shares."""
    return private_kib(pid) * 1024


def served(port, name):
    """The certificate for this name."""
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.check_hostname = False
    ctx.verify_mode = ssl.CERT_NONE
    with socket.create_connection((quench.HOST, port), quench.PATIENCE) as sock:
        with ctx.wrap_socket(sock, server_hostname=name) as tls:
            return tls.getpeercert(True)


def der(path):
    with open(path) as f:
        return ssl.PEM_cert_to_DER_cert(f.read().split("-----END")[0] + "-----END CERTIFICATE-----\n")


def main():
    work = quench.Work()
    os.makedirs(work.path("certs"))
    few, many = work.path("few"), work.path("certs")
    os.makedirs(few)
    subprocess.run([MANYCERTS, few, "1"], check=True)
    subprocess.run([MANYCERTS, many, str(N)], check=True)
    backend = quench.Backend(quench.echo)

    def service(folder):
        s = quench.service("web", [], backend.port)
        del s["certificates"]
        return dict(s, certificate_dir=folder)

    one = quench.Quenchd(work, service(few), name="one")
    without = private(one.workers()[0])
    one.stop()
    start = time.monotonic()
    q = quench.Quenchd(work, service(many), name="many")
    loaded = time.monotonic() - start
    port = q.ports["web"]
    with tap.test("%d certificates cost a worker less than %d MiB" % (N, WORKER_MAX // MIB)):
        served(port, "host-0.many.example")
        cost = private(q.workers()[0]) - without
        tap.diag("serving after %.1f s; %.1f MiB more in the worker than with one, the master has %.1f MiB" %
                 (loaded, cost / MIB, private(q.pid) / MIB))
        # a sanitizer's own memory is no worker's
        assert cost < WORKER_MAX or image.is_sanitized(q.pid), cost
    with tap.test("each is served by its name, and by its wildcard"):
        for i in range(0, N, max(N // 50, 1)):
            name = "host-%d.many.example" % i
            assert served(port, name) == served(port, "www." + name) == der("%s/host-%d.pem" % (many, i)), name
    with tap.test("one that changes among them is picked up"):
        name, size = "host-%d" % (N // 2), q.log_size()
        leaf = der("%s/%s.pem" % (many, name))
        for end in (".key", ".pem"):
            os.rename(few + "/host-0" + end, "%s/%s%s" % (many, name, end))
        start = time.monotonic()
        # its names are another's
        quench.wait_until("it to be gone", lambda: served(port, name + ".many.example") ==
                          der(many + "/host-0.pem"))
        tap.diag("after %.1f s" % (time.monotonic() - start))
        assert leaf != der(many + "/host-0.pem")
        q.wait_log("reloaded: the changed certificates", size)
    with tap.test("a reload of all"):
        start = time.monotonic()
        q.reload()
        tap.diag("after %.1f s; %.1f MiB more in the worker, the master has %.1f MiB" %
                 (time.monotonic() - start, (private(q.workers()[0]) - without) / MIB, private(q.pid) / MIB))
    with tap.test("the end"):
        q.check_end()
    work.close()
    tap.done()


main()
