"""The quench: a side that doesn't read stops its own direction and nothing else, memory does not grow,
and no byte is lost when reading resumes. QUENCH_BULK (128MiB) is how much goes each way; make check-bulk
takes 1GiB."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import transfer
import proc
import quench
import tap

NAME = "www.example.com"
STALL = 1.0  # nothing has moved for so long: the sockets are full


def has_asan():
    with open(quench.QUENCHD, "rb") as f:
        return b"__asan_init" in f.read()


class Bench:
    def __init__(self):
        self.n = transfer.size_from_env("QUENCH_BULK", "128MiB")
        # ASan keeps freed memory for a while, so growth says little there.
        self.limit = 64 << 20 if has_asan() else 1 << 20
        os.environ["ASAN_OPTIONS"] = "quarantine_size_mb=4:" + os.environ.get("ASAN_OPTIONS", "")
        self.work, self.peer = quench.Work(), transfer.Peer()
        leaf = self.work.pki.leaf("p256", NAME)
        self.q = quench.Quenchd(self.work, quench.service("web", [leaf], self.peer.port))
        self.warm_up()

    def connect(self, reads_at_once=True, n=None):
        n = n or self.n
        return transfer.connect(self.q, self.peer, "web", self.work.pki.ca, NAME, n, n, reads_at_once)

    def warm_up(self):
        client, ends = self.connect(n=8 << 20)
        client.run()
        transfer.check(client, ends)
        client.close()

    def check_growth(self, watch, title):
        with tap.test("%s: resident memory stays within %d MiB" % (title, self.limit >> 20)):
            tap.diag("from %d to %d KiB at most" % (watch.start >> 10, watch.high >> 10))
            assert watch.growth() <= self.limit, "%d KiB more" % (watch.growth() >> 10)


def resume(client, ends, title):
    with tap.test("%s: reading resumes, no byte is lost" % title):
        ends.may_read.set()
        client.run()
        transfer.check(client, ends)
        client.close()


def deaf_client(b):
    """The client uploads and never reads; the backend reads, and sends for all it can."""
    title = "a client that never reads"
    client, ends = b.connect()
    with transfer.Watch(b.q) as watch:
        with tap.test("%s: its upload of %d MiB runs to the end" % (title, b.n >> 20)):
            client.run(recv=False)
            ends.reader.join(quench.PATIENCE)
            assert ends.sink.left == 0, ends.sink.left
            assert ends.source.left > 0, "the backend was never stopped"
        resume(client, ends, title)
    b.check_growth(watch, title)


def deaf_backend(b):
    """The backend sends and never reads; the client reads, and sends for all it can."""
    title = "a backend that never reads"
    client, ends = b.connect(reads_at_once=False)
    with transfer.Watch(b.q) as watch:
        with tap.test("%s: the upload stops" % title):
            assert client.run(recv=False, stall=STALL), "the upload was never stopped"
        with tap.test("%s: its download of %d MiB runs to the end" % (title, b.n >> 20)):
            client.run(send=False)
            assert client.sink.left == 0 and client.has_to_send()
        resume(client, ends, title)
    b.check_growth(watch, title)


def both_deaf(b):
    """Both send and neither reads."""
    title = "neither side reads"
    client, ends = b.connect(reads_at_once=False)
    with transfer.Watch(b.q) as watch:
        with tap.test("%s: both directions stop" % title):
            assert client.run(recv=False, stall=STALL), "the upload was never stopped"
            left = ends.source.left
            assert left > 0, "the download was never stopped"
        with tap.test("%s: quenchd sleeps meanwhile" % title):
            for _ in range(20):
                left, used = (client.source.left, len(client.pending), ends.source.left), cpu(b.q)
                client.run(recv=False, stall=STALL)
                used = cpu(b.q) - used
                # What was still on its way when both had stopped for a while moves now.
                if left == (client.source.left, len(client.pending), ends.source.left):
                    break
            assert used < 0.05, used
        resume(client, ends, title)
    b.check_growth(watch, title)


def cpu(process):
    return sum(proc.cpu_ns(pid) for pid in process.tree()) / 1e9


def at_once(b):
    """A client that never reads and a backend that never reads, on two connections."""
    title = "both kinds at once"
    c1, e1 = b.connect()
    c2, e2 = b.connect(reads_at_once=False)
    with transfer.Watch(b.q) as watch:
        with tap.test("%s: both open directions run to their end" % title):
            assert c2.run(recv=False, stall=STALL), "the upload was never stopped"
            c1.run(recv=False)
            c2.run(send=False)
            e1.reader.join(quench.PATIENCE)
            assert e1.sink.left == 0 and c2.sink.left == 0
            assert e1.source.left > 0 and c2.has_to_send()
        resume(c1, e1, title + ", the client")
        resume(c2, e2, title + ", the backend")
    b.check_growth(watch, title)


def main():
    tap.require("openssl")
    b = Bench()
    for subject in (deaf_client, deaf_backend, both_deaf, at_once):
        subject(b)
    with tap.test("quenchd ends cleanly"):
        b.q.check_end()
    b.work.close()
    tap.done()


main()
