"""What the log costs, and what becomes of throughput when nobody takes its lines: CPU time of quenchd, all threads,
for each whole connection (full handshake, P-256), and from that how many a CPU gets through, beside a log
that is written. Rounds of all cases take turns, so that what else the machine does hits each.
QUENCH_BENCH_ROUNDS (10), of a second."""
import ctypes
import fcntl
import os
import re
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import quench

ROUNDS = int(os.environ.get("QUENCH_BENCH_ROUNDS", "10"))
SECONDS = 1


def own_run():
    """A /run of our own, for a journal that never reads. False: not allowed."""
    return os.getuid() == 0 and ctypes.CDLL(None).unshare(0x00020000) == 0 and subprocess.run(
        ["sh", "-c", "mount --make-rprivate / && mount -t tmpfs none /run && mkdir -p /run/systemd/journal"],
        stderr=subprocess.DEVNULL).returncode == 0


def cpu(process):
    """CPU seconds of a process and its descendants so far."""
    total = 0
    for pid in process.tree():
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/schedstat" % (pid, task)) as f:
                total += int(f.read().split()[0])
    return total / 1e9


class Proxy(quench.Process):
    def __init__(self, work, name, leaf, backend, log):
        self.port = quench.free_port()
        conf = {"workers": 1, "user": "", "group": "", "log": log, "services": (
            quench.service("web", [leaf], backend, listen=["%s:%d" % (quench.HOST, self.port)],
                           timeouts={"drain": 0.2}),)}
        path = work.write(name + ".conf", quench.conf_text(conf, -1))
        super().__init__(work, name, [quench.QUENCHD, "-c", path])
        self.n, self.cpu = 0, 0.0
        quench.wait_until("quenchd to listen", lambda: quench.can_connect(self.port))

    def round(self):
        before = cpu(self)
        done = subprocess.run(["openssl", "s_time", "-new", "-time", str(SECONDS), "-connect",
                               "%s:%d" % (quench.HOST, self.port)], capture_output=True, text=True)
        self.n += int(re.search(r"(\d+) connections in \d+ real", done.stdout)[1])
        time.sleep(0.1)
        self.cpu += cpu(self) - before


def cases(work):
    yield "no lines", {"target": "file:" + work.path("none.log"), "connections": False}
    yield "to a file", {"target": "file:" + work.path("file.log")}
    os.mkfifo(work.path("fifo"))
    work.reader = os.open(work.path("fifo"), os.O_RDWR | os.O_NONBLOCK)
    fcntl.fcntl(work.reader, fcntl.F_SETPIPE_SZ, 8192)
    yield "reader stopped", {"target": "file:" + work.path("fifo")}
    yield "disk full", {"target": "file:/dev/full"}
    if own_run():
        work.journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        work.journal.bind("/run/systemd/journal/socket")
        yield "journal stopped", {"target": "journal"}


def main():
    work = quench.Work()
    leaf = work.pki.leaf("p256", "www.example.com")
    backend = quench.Nginx(work)
    backend.file("index.html", b"small\n")
    proxies = [(title, Proxy(work, "log%d" % i, leaf, backend.port, log))
               for i, (title, log) in enumerate(cases(work))]
    for _ in range(ROUNDS):
        for _, proxy in proxies:
            proxy.round()
    normal = dict(proxies)["to a file"]
    for title, p in proxies:
        each = p.cpu / p.n
        print("log      %-20s %6.1f CPU us a connection  %6.0f connections a CPU second  %5.1f %% of normal" %
              (title, each * 1e6, 1 / each, 100 * normal.cpu / normal.n / each))


main()
