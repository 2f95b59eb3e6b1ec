"""Logs that take nothing any more, under load: the disk is full, nobody reads, the journal stands still. What a worker
serves for its CPU time stays, and lines written and lines lost add up exactly. Small by default; QUENCH_TORTURE=1 (make
check-torture) measures long enough to judge."""
import ctypes
import fcntl
import json
import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import tap
from horde import Echo, Horde
from proc import cpu_ns, titles
from quench import HOST, PATIENCE, QUENCHCTL, QUENCHD, Work, conf_text, service, wait_until

FULL = bool(os.environ.get("QUENCH_TORTURE"))
N_ROUNDS, SECONDS, N_WORKERS = (7, 2.0, 2) if FULL else (1, 0.3, 1)
BATCH = 500  # connections
SOCKET = "/run/systemd/journal/socket"

work = Work()
leaf = work.pki.leaf("p256", "example.test")
echo = Echo(work)


class Quench:
    """quenchd whose log goes where the test has its hand on it."""

    def __init__(self, name, target, stderr=None):
        self.admin = work.path(name + "-admin.sock")
        conf = {"workers": N_WORKERS, "user": "", "group": "", "log": {"target": target, "format": "text"},
                "admin": {"socket": self.admin},
                "services": (service("web", [leaf], echo.address, timeouts={"drain": 0.5}),)}
        self.name = name
        self.popen = subprocess.Popen([QUENCHD, "-c", work.write(name + ".conf", conf_text(conf, -1))],
                                      stderr=stderr or open(work.path(name + ".err"), "wb"))
        work.processes.append(self)

    def log(self):
        return ""

    def kill(self):
        self.popen.kill()
        self.popen.wait()

    def n_lost(self):
        """Lines lost so far: what the rings say, whatever the log's reader does."""
        out = subprocess.run([QUENCHCTL, "--socket", self.admin, "status", "--json"], capture_output=True, check=True,
                             timeout=PATIENCE).stdout
        return json.loads(out)["log_dropped"]

    def workers(self):
        return [pid for name, pid in titles(self.popen.pid) if name.startswith("quenchd: worker")]

    def end(self):
        self.popen.terminate()
        assert self.popen.wait(PATIENCE) == 0


def per_cpu_second(q, port, **options):
    """Connections for each second of the workers' CPU time, and how many there were."""
    with Horde(work, port=port, slots=8, **options) as horde:
        horde.serve(5)
        before = sum(cpu_ns(p) for p in q.workers())
        at = time.monotonic()
        time.sleep(SECONDS)
        horde.serve(5)
        n_ns = sum(cpu_ns(p) for p in q.workers()) - before
        took = time.monotonic() - at
    assert not horde.failed, horde.failed[:3]
    share = took / (horde.total["us"] / 1e6)
    return horde.total["n"] * share / (n_ns / 1e9), horde.total["n"]


def fail_at_once(port):
    """A connection whose end is a line of the log."""
    with socket.create_connection((HOST, port), PATIENCE) as s:
        s.settimeout(PATIENCE)
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        try:
            while s.recv(4096):
                pass
        except ConnectionResetError:
            pass


def flood(q, port):
    """Connections until the rings and what is behind them are full, so that lines are lost; how many."""
    n, lost = 0, q.n_lost()
    while q.n_lost() == lost:
        assert n < 100 * BATCH, "nothing is lost of %d lines" % n
        for _ in range(BATCH):
            fail_at_once(port)
        n += BATCH
    return n


def compare(q, port, stop, go):
    """Rounds, each normal, stalled, normal: the median of the ratios; how many connections there were in all."""
    ratios, n_all = [], 0
    for _ in range(N_ROUNDS):
        before, n1 = per_cpu_second(q, port)
        stop()
        stalled, n2 = per_cpu_second(q, port)
        n_all += 0 if n_all else flood(q, port)
        go()
        after, n3 = per_cpu_second(q, port)
        ratios.append(stalled / ((before + after) / 2))
        n_all += n1 + n2 + n3
    ratios.sort()
    median = ratios[len(ratios) // 2]
    tap.diag("throughput for CPU time, stalled to normal: median %.3f of %s; %d connections" % (
        median, " ".join("%.2f" % r for r in ratios), n_all))
    if FULL:
        assert median >= 0.95, ratios
    return n_all


def count(texts):
    """Lines of connections, and lines that were dropped."""
    lines = sum(" connection service=web " in t or t.startswith("connection service=web ") for t in texts)
    lost = sum(int(m[1]) for m in (re.search(r"(\d+) log lines were dropped$", t) for t in texts) if m)
    return lines, lost


def check_exact(texts, n):
    lines, lost = count(texts)
    assert lines + lost == n and lost > 0, (lines, lost, n)
    tap.diag("%d lines of connections = %d written + %d dropped" % (n, lines, lost))


class Reader:
    """Takes what comes, until it is told to stop; a thread."""

    def __init__(self, take):
        self.take, self.texts, self.stopped, self.over = take, [], threading.Event(), False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.over:
            if self.stopped.is_set() or not self.take(self.texts):
                time.sleep(0.002)

    def close(self):
        self.over = True
        self.thread.join()


def wait_exact(texts, n):
    wait_until(lambda: "%d lines: %s" % (n, count(texts())), lambda: sum(count(texts())) >= n)


with tap.test("the disk is full: as much work for the same CPU time, every line counted"):
    path = work.path("full.log")
    q = Quench("full", "file:" + path)

    def read():
        with open(path) as f:
            return f.read().splitlines()

    def fill():
        resource.prlimit(q.popen.pid, resource.RLIMIT_FSIZE, (os.path.getsize(path) + 1000, resource.RLIM_INFINITY))

    def free():
        resource.prlimit(q.popen.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    port = int(wait_until("the log file", lambda: os.path.exists(path) and
                          re.search(r"listening on \S+:(\d+)", "\n".join(read())))[1])
    n = compare(q, port, fill, free)
    wait_exact(read, n)
    check_exact(read(), n)
    q.end()

with tap.test("nobody reads the log: the same"):
    r, w = os.pipe()
    fcntl.fcntl(w, fcntl.F_SETPIPE_SZ, 65536)
    os.set_blocking(r, False)
    q = Quench("pipe", "stderr", stderr=w)
    os.close(w)
    rest = [b""]

    def take_pipe(texts):
        try:
            data = os.read(r, 65536)
        except BlockingIOError:
            return False
        *lines, rest[0] = (rest[0] + data).split(b"\n")
        texts += [line.decode() for line in lines]
        return bool(data)
    reader = Reader(take_pipe)
    port = int(wait_until("the port", lambda: re.search(r"listening on \S+:(\d+)", "\n".join(reader.texts)))[1])
    n = compare(q, port, reader.stopped.set, reader.stopped.clear)
    wait_exact(lambda: reader.texts, n)
    check_exact(reader.texts, n)
    q.end()
    reader.close()
    os.close(r)


def own_run():
    """A /run that only this process and its children see. False: not allowed."""
    if os.getuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(0x00020000) != 0:
        return False
    script = "mount --make-rprivate / && mount -t tmpfs none /run && mkdir -p " + os.path.dirname(SOCKET)
    return subprocess.run(["sh", "-c", script], stderr=subprocess.DEVNULL).returncode == 0


if not own_run():
    tap.skip("the journal stands still: the same", "needs root and mount namespaces")
    tap.done()
    sys.exit(0)

with tap.test("the journal stands still: the same"):
    journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    journal.bind(SOCKET)

    def take_datagram(texts):
        try:
            data = journal.recv(65536).decode()
        except BlockingIOError:
            return False
        texts.append(re.search(r"^MESSAGE=(.*)$", data, re.M)[1])
        return True
    reader = Reader(take_datagram)
    q = Quench("journal", "journal")
    port = int(wait_until("the port", lambda: re.search(r"listening on \S+:(\d+)", "\n".join(reader.texts)))[1])
    n = compare(q, port, reader.stopped.set, reader.stopped.clear)
    wait_exact(lambda: reader.texts, n)
    check_exact(reader.texts, n)
    q.end()
    reader.close()

tap.done()
