"""The wall clock jumps, by 30 s each second and by ten years: no timeout comes early or late, and what has dates (tickets,
certificates) follows it. The daemon runs with a clock that this test sets; its monotonic one is the system's."""
import mmap
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import bio
import quench
import tap

NAME = "www.example.com"
LIBRARY = os.path.join(quench.TOP, "tests", "lib", "clockshift.so")
YEARS = 10 * 365 * 86400
HANDSHAKE, CONNECT, IDLE = 1.5, 1.0, 2.0
# What a timeout may be off by: nothing may be early (the coarse clock ticks in 4 ms), which half of those that follow the
# wall clock are in each round of jumps; a busy machine is late.
EARLY, LATE = 0.05, 20


class Clock:
    """The clock of the daemon: off by as many seconds as it is told."""

    def __init__(self, work):
        self.path = work.write("clock", b"\0" * 8)
        with open(self.path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 8)
        self.env = {"LD_PRELOAD": LIBRARY, "QUENCH_CLOCKSHIFT": self.path,
                    # a sanitizer wants to be the first library
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    def set(self, seconds):
        self.map[0:8] = struct.pack("<q" if sys.byteorder == "little" else ">q", int(seconds * 1000))


class Jumping(threading.Thread):
    """The clock jumps each second while this runs."""

    def __init__(self, clock, choices):
        super().__init__(daemon=True)
        self.clock, self.choices = clock, choices
        self.over = threading.Event()
        self.n = 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()
        self.clock.set(0)

    def run(self):
        while not self.over.is_set():
            self.clock.set(self.choices[self.n % len(self.choices)])
            self.n += 1
            self.over.wait(1.0)


def until_end(sock):
    sock.settimeout(quench.PATIENCE)
    try:
        while sock.recv(4096):
            pass
    except ConnectionResetError:
        pass


def silent_handshake(q):
    with socket.create_connection((quench.HOST, q.ports["web"])) as s:
        until_end(s)
    return HANDSHAKE


def deaf_backend(q):
    with bio.Client(q.ports["deaf"]) as c:
        try:
            c.recv_all()
        except ssl.SSLError as e:
            assert "INTERNAL_ERROR" in str(e), e
    return CONNECT


def silent_connection(q):
    with bio.Client(q.ports["web"]) as c:
        c.send(b"x")
        assert c.recv(1) == b"x"
        bio.outcome(c.recv_all)
    return IDLE


def timeouts(q, func, n, results):
    for _ in range(n):
        start = time.monotonic()
        limit = func(q)
        results.append((func.__name__, time.monotonic() - start - limit))


def check_timeouts(q, seconds):
    """Each timeout again and again, beside a connection that talks often enough, and new ones all the time."""
    results = []
    plan = [(func, max(1, int(seconds / limit))) for func, limit in
            ((silent_handshake, HANDSHAKE), (deaf_backend, CONNECT), (silent_connection, IDLE))]
    threads = [threading.Thread(target=timeouts, args=(q, func, n, results)) for func, n in plan]
    for t in threads:
        t.start()
    end, n_new = time.monotonic() + seconds, 0
    with bio.Client(q.ports["steady"]) as steady:
        while time.monotonic() < end:
            steady.send(b"steady")
            assert steady.recv_exactly(6) == b"steady"
            with bio.Client(q.ports["web"]) as c:
                c.send(b"new")
                assert c.recv_exactly(3) == b"new"
            n_new += 1
            time.sleep(0.2)
    for t in threads:
        t.join()
    assert len(results) == sum(n for _, n in plan) and n_new >= 1, (results, n_new)
    for name, off in results:
        assert -EARLY < off < LATE, "%s is off by %.2f s of %s" % (name, off, results)
    return results


def call(port, *more):
    argv = ["openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, port), "-servername", NAME, "-ign_eof", *more]
    done = subprocess.run(argv, input="word\n", capture_output=True, text=True, timeout=quench.PATIENCE)
    return done.stdout + done.stderr


def resumed(q, *more):
    since = q.log_size()
    call(q.ports["short"], *more)
    return q.ended(since=since)[0]["resumed"]


def check_tickets(q, clock, session, now):
    """A session of now is resumed until its lifetime is over by the wall clock, and by no clock but that one."""
    out, back = ("-sess_out", session), ("-sess_in", session)
    # The master has keys for this time within a second or two.
    quench.wait_until("tickets at %+d s" % now, lambda: not resumed(q, *out) and resumed(q, *back))
    def after(step):
        clock.set(now)
        assert not resumed(q, *out)
        clock.set(now + step)
        return resumed(q, *back)

    for step in (70, YEARS, -YEARS):
        assert not after(step), "resumed after %+d s at %+d s" % (step, now)
    for step in (30, -30, 50, 0):
        quench.wait_until("to be resumed after %+d s at %+d s" % (step, now), lambda: after(step))
    clock.set(now)


def judged(q, client):
    """How a connection with this client's certificate ended, as the log says it."""
    since = q.log_size()
    call(q.ports["auth"], "-cert", client.cert, "-cert_chain", client.chain, "-key", client.key)
    return q.ended(since=since)[0]["end"]


def answer(conn):
    conn.recv(4096)
    conn.sendall(b"backend\n")


def main():
    tap.require("openssl")
    work = quench.Work()
    clock = Clock(work)
    leaf, client = work.pki.leaf("p256", NAME), work.pki.leaf("p256", "joe", purpose="clientAuth")
    echo, one_answer = quench.Backend(quench.echo), quench.Backend(answer)
    port, keep = quench.deaf_port()
    limits = {"handshake": HANDSHAKE, "connect": CONNECT, "idle": IDLE}
    auth = {"mode": "require", "ca": work.pki.ca}
    q = quench.Quenchd(work,
                       quench.service("web", [leaf], echo.port, timeouts=dict(limits)),
                       quench.service("deaf", [leaf], port, timeouts=dict(limits)),
                       quench.service("steady", [leaf], echo.port, timeouts=dict(limits, idle=20.0)),
                       quench.service("short", [leaf], one_answer.port),
                       dict(quench.service("auth", [leaf], one_answer.port), client_auth=auth),
                       log={"format": "json"}, tickets={"lifetime": 60.0, "rotate": 3600.0}, env=clock.env)
    seconds = float(os.environ.get("QUENCH_CLOCK_SECONDS", "6"))
    with tap.test("the daemon's clock is the one that is set"):
        clock.set(YEARS)
        since = q.log_size()
        with bio.Client(q.ports["web"]) as c:
            c.close_notify()
        year = int(q.ended(since=since)[0]["time"][:4])
        assert year - time.gmtime().tm_year in (9, 10), year
        clock.set(0)
    with tap.test("jumps of 30 s each second: no timeout comes early or late"):
        with Jumping(clock, [30, 0, -30, 0]) as jumps:
            check_timeouts(q, seconds)
        assert jumps.n >= 4, jumps.n
    with tap.test("jumps of ten years each second: no timeout comes early or late"):
        with Jumping(clock, [YEARS, 0, -YEARS, 0]) as jumps:
            check_timeouts(q, seconds)
        assert jumps.n >= 4, jumps.n
    with tap.test("a jump wakes nobody: an idle connection waits on, and its timeout comes when it is due"):
        start = time.monotonic()
        with bio.Client(q.ports["web"]) as c:
            for shift in (YEARS, -YEARS, 30, 0):
                clock.set(shift)
                time.sleep(0.3)
            bio.outcome(c.recv_all)
        assert -EARLY < time.monotonic() - start - IDLE < LATE
    for now in (0, YEARS, -YEARS):
        clock.set(now)
        with tap.test("tickets live by the wall clock (%+d years)" % (now // YEARS * 10)):
            check_tickets(q, clock, work.path("session"), now)
    with tap.test("certificates are judged by the wall clock"):
        for shift, end in ((0, "client closed"), (YEARS, "expired"), (0, "client closed"), (-YEARS, "not valid yet"),
                           (0, "client closed")):
            clock.set(shift)
            got = judged(q, client)
            assert end in got or (end == "client closed" and got == "backend closed"), (shift, got)
    with tap.test("it ends well"):
        q.check_end()
    work.close()
    tap.done()


main()
