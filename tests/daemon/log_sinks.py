"""The log in the journal and in syslog, in a mount namespace where these are ours: fields, a listener that stops,
goes and comes back, and systemd's own journald. Needs root."""
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import tap

JOURNALD = "/usr/lib/systemd/systemd-journald"
SOCKET = "/run/systemd/journal/socket"
DEVICES = ("null", "zero", "full", "random", "urandom", "kmsg")


def own_places():
    """/run and /dev that only this process and its children see. False: not allowed."""
    if os.getuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(0x00020000) != 0:
        return False
    script = """
        set -e
        mount --make-rprivate /
        mount -t tmpfs none /run
        mkdir -p /run/systemd/journal /run/old
        mount --rbind /dev /run/old
        mount -t tmpfs none /dev
        for f in %s; do test ! -e /run/old/$f || { touch /dev/$f; mount --bind /run/old/$f /dev/$f; }; done
        mkdir /dev/shm
        """ % " ".join(DEVICES)
    return subprocess.run(["sh", "-c", script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


if not own_places():
    print("1..0 # SKIP needs root and mount namespaces")
    sys.exit(0)

from quench import Backend, HOST, PATIENCE, QUENCHCTL, QUENCHD, Work, conf_text, echo, say, service, wait_until

work = Work()
leaf = work.pki.leaf("p256", "example.test")
backend = Backend(echo)
BATCH = 500  # connections


class Listener:
    """A datagram socket in somebody's place."""

    def __init__(self, path):
        self.path = path
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(path)
        os.chmod(path, 0o666)
        self.got = []

    def read(self):
        self.sock.setblocking(False)
        try:
            while True:
                self.got.append(self.sock.recv(65536))
        except BlockingIOError:
            return self.got

    def forget(self):
        self.read()
        self.got = []

    def wait(self, pattern):
        def look():
            return next((m for m in (re.search(pattern, g, re.S | re.M) for g in self.read()) if m), None)
        return wait_until(lambda: "%r in %r" % (pattern, self.got[-3:]), look)

    def close(self):
        self.sock.close()
        os.unlink(self.path)


class Quench:
    """quenchd with this log; what is on standard error is kept."""

    def __init__(self, name, env=None, **log):
        self.admin = work.path(name + "-admin.sock")
        conf = {"workers": 1, "user": "", "group": "", "log": log, "admin": {"socket": self.admin},
                "services": (service("web", [leaf], backend.port, timeouts={"drain": 0.5}),)}
        path = work.write(name + ".conf", conf_text(conf, -1))
        self.errors = open(work.path(name + ".err"), "wb")
        self.popen = subprocess.Popen([QUENCHD, "-c", path], stderr=self.errors, env=dict(os.environ, **(env or {})))

    def n_lost(self):
        """Lines lost so far: what the rings say, whatever the log's reader does."""
        out = subprocess.run([QUENCHCTL, "--socket", self.admin, "status", "--json"], capture_output=True, check=True,
                             timeout=PATIENCE).stdout
        return json.loads(out)["log_dropped"]

    def said(self):
        with open(self.errors.name) as f:
            return f.read()

    def stop(self):
        self.popen.terminate()
        assert self.popen.wait(PATIENCE) == 0
        self.errors.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()


def fail_to_connect(port, n=1):
    """n connections that fail at once; each is one line."""
    for _ in range(n):
        say(port, b"GET / HTTP/1.0\r\n\r\n")


def flood(q, port):
    """Connections until the ring and what is behind it are full, so that lines are lost; how many."""
    n = 0
    while q.n_lost() == 0:
        assert n < 100 * BATCH, "nothing is lost of %d lines" % n
        fail_to_connect(port, BATCH)
        n += BATCH
    return n


def fields(datagram):
    return dict(line.split("=", 1) for line in datagram.decode().splitlines())


def n_lines(texts):
    return sum(t.startswith("connection service=web ") for t in texts)


def n_dropped(texts):
    return sum(int(t.split()[0]) for t in texts if t.endswith(" log lines were dropped"))


def check_exact(texts, n):
    got, lost = n_lines(texts), n_dropped(texts)
    assert got + lost == n and lost > 0, (got, lost, n)


with tap.test("journal: every field by its name, messages with their priority"):
    journal = Listener(SOCKET)
    with Quench("fields", target="journal", format="json") as q:
        port = int(journal.wait(rb"listening on \S+:(\d+)")[1])
        fail_to_connect(port)
        journal.wait(rb"^MESSAGE=connection ")
        q.stop()
        assert q.said() == "", q.said()
    got = [fields(d) for d in journal.read()]
    for f in got:
        assert f["SYSLOG_IDENTIFIER"] == "quenchd" and f["QUENCH_PROCESS"], f
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]{12}Z", f["QUENCH_TIME"]), f
        assert f["PRIORITY"] in "3467", f
    conn = [f for f in got if f["MESSAGE"].startswith("connection ")]
    assert len(conn) == 1, conn
    assert conn[0]["QUENCH_SERVICE"] == "web" and conn[0]["QUENCH_PEER"].startswith(HOST + ":"), conn
    assert conn[0]["QUENCH_PROCESS"] == "worker 0", conn
    assert conn[0]["QUENCH_END"].startswith("handshake: ") and conn[0]["QUENCH_IN"] == "0", conn
    assert re.fullmatch("[0-9a-f]{32}", conn[0]["MESSAGE_ID"]), conn
    assert any(f["MESSAGE"].startswith("listening on ") for f in got), got

with tap.test("auto: the journal where JOURNAL_STREAM says that standard error is its, else standard error"):
    with Quench("auto", target="auto") as q:
        wait_until("standard error", lambda: "listening on " in q.said())
        q.stop()
    n = len(journal.read())
    path = work.path("stream.err")
    open(path, "wb").close()
    st = os.stat(path)
    with Quench("stream", target="auto", env={"JOURNAL_STREAM": "%d:%d" % (st.st_dev, st.st_ino)}) as q:
        wait_until("the journal", lambda: len(journal.read()) > n)
        q.stop()
        assert q.said() == "", q.said()

with tap.test("the journal stops reading: nothing waits for it, lost lines are counted exactly"):
    journal.forget()
    with Quench("stopped", target="journal") as q:
        port = int(journal.wait(rb"listening on \S+:(\d+)")[1])
        n = flood(q, port)
        wait_until("all of it", lambda: n_lines(t := [fields(d)["MESSAGE"] for d in journal.read()]) + n_dropped(t) >= n)
        q.stop()
    check_exact([fields(d)["MESSAGE"] for d in journal.read()], n)

with tap.test("the journal is gone and comes back: the same"):
    journal.forget()
    with Quench("gone", target="journal") as q:
        port = int(journal.wait(rb"listening on \S+:(\d+)")[1])
        got = journal.read()
        journal.close()
        n = flood(q, port)
        journal = Listener(SOCKET)
        journal.got = got
        wait_until("all of it", lambda: n_lines(t := [fields(d)["MESSAGE"] for d in journal.read()]) + n_dropped(t) >= n)
        q.stop()
    check_exact([fields(d)["MESSAGE"] for d in journal.read()], n)

with tap.test("the journal never reads again: quenchd ends all the same"):
    journal.forget()
    with Quench("never", target="journal") as q:
        port = int(journal.wait(rb"listening on \S+:(\d+)")[1])
        flood(q, port)
        q.stop()
journal.close()

with tap.test("syslog: facility daemon, the level as severity; a listener that goes and comes back"):
    syslog = Listener("/dev/log")
    with Quench("syslog", target="syslog") as q:
        m = syslog.wait(rb"^<30>\w{3} [ \d]\d \d\d:\d\d:\d\d quenchd\[(\d+)\]: listening on \S+:(\d+) \(service web\)$")
        assert int(m[1]) == q.popen.pid
        port = int(m[2])
        fail_to_connect(port)
        syslog.wait(rb"^<30>.{16}quenchd\[\d+\]: connection service=web .* end=\"handshake: [^\"]*\"$")
        syslog.close()
        fail_to_connect(port, 3)
        syslog = Listener("/dev/log")
        wait_until("what was said meanwhile", lambda: sum(b" connection " in d for d in syslog.read()) == 3)
        q.popen.send_signal(signal.SIGUSR1)
        syslog.wait(rb"^<30>.* the log is open again$")
        q.stop()
        assert q.said() == "", q.said()

with tap.test("syslog stops reading: nothing waits for it, lost lines are counted exactly"):
    syslog.forget()
    with Quench("full", target="syslog", format="json") as q:
        port = int(syslog.wait(rb"listening on \S+:(\d+)")[1])
        n = flood(q, port)

        def messages():
            records = [json.loads(d.split(b"]: ", 1)[1]) for d in syslog.read()]
            return ["connection service=web " if r["message"] == "connection" else r["message"] for r in records]
        wait_until("all of it", lambda: n_lines(messages()) + n_dropped(messages()) >= n)
        q.stop()
    check_exact(messages(), n)
syslog.close()


def start_journald():
    os.makedirs("/run/log/journal", exist_ok=True)
    with open(work.path("journald.out"), "wb") as out:
        p = subprocess.Popen([JOURNALD], stdout=out, stderr=out)
    try:
        wait_until("journald", lambda: os.path.exists(SOCKET) or p.poll() is not None)
    except AssertionError:
        pass
    return p


def read_journal(*match):
    done = subprocess.run(["journalctl", "--all", "--output=json", "--directory=/run/log/journal",
                           "SYSLOG_IDENTIFIER=quenchd", *match], capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


if not os.access(JOURNALD, os.X_OK) or not shutil.which("journalctl"):
    tap.skip("systemd's own journald", "missing: systemd")
else:
    journald = start_journald()
    if journald.poll() is not None:
        tap.skip("systemd's own journald", "it doesn't run here")
    else:
        with tap.test("systemd's own journald: fields and counts, also when it was stopped for a while"):
            try:
                with Quench("real", target="journal") as q:
                    first = wait_until("the first line", lambda: [r for r in read_journal()
                                       if r["MESSAGE"].startswith("listening on ")])[0]
                    assert first["PRIORITY"] == "6" and int(first["_PID"]) == q.popen.pid, first
                    port = int(re.search(r":(\d+) ", first["MESSAGE"])[1])
                    journald.send_signal(signal.SIGSTOP)
                    n = flood(q, port)
                    journald.send_signal(signal.SIGCONT)
                    wait_until("all of it", lambda: n_lines(t := [r["MESSAGE"] for r in read_journal()]) +
                               n_dropped(t) >= n)
                    q.stop()
                records = read_journal()
                check_exact([r["MESSAGE"] for r in records], n)
                conn = read_journal("QUENCH_SERVICE=web", "QUENCH_END=" + records[5]["QUENCH_END"])
                assert len(conn) == n_lines([r["MESSAGE"] for r in records]), len(conn)
            finally:
                journald.send_signal(signal.SIGCONT)
                journald.terminate()
                journald.wait(PATIENCE)

tap.done()
