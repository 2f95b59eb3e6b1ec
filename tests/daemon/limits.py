"""Limits: handshake, connect and idle timeouts; running out of descriptors."""
import os
import re
import resource
import select
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import bio
import quench
import tap
from quench import Backend, HOST, PATIENCE, Quenchd, Work, deaf_port, echo, service

work = Work()
leaf = work.pki.leaf("p256", "example.test")
backend = Backend(echo)
TICK = os.sysconf("SC_CLK_TCK")


def cpu(process):
    with open("/proc/%d/stat" % process.pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def timed(func):
    start = time.monotonic()
    func()
    return time.monotonic() - start


def until_end(sock):
    sock.settimeout(PATIENCE)
    try:
        while sock.recv(4096):
            pass
    except ConnectionResetError:
        pass


port, keep = deaf_port()
quenchd = Quenchd(work,
                  service("quick", [leaf], backend.port, timeouts={"handshake": 0.5, "idle": 1.0}),
                  service("deaf", [leaf], port, timeouts={"connect": 0.5}))

with tap.test("a client that says nothing: gone after the handshake timeout"):
    since = quenchd.log_size()
    with socket.create_connection((HOST, quenchd.ports["quick"])) as s:
        took = timed(lambda: until_end(s))
    assert 0.4 < took < 3, took
    quenchd.wait_log('end="handshake timeout: client sent nothing"', since)

with tap.test("bytes that trickle don't put the handshake timeout off"):
    with socket.create_connection((HOST, quenchd.ports["quick"])) as s:
        s.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        start = time.monotonic()
        while not select.select([s], [], [], 0.1)[0]:
            assert time.monotonic() - start < 3
            s.sendall(b"\x00")
        assert time.monotonic() - start > 0.3

with tap.test("a backend that doesn't answer: connect timeout, and an alert for the client"):
    since = quenchd.log_size()
    with bio.Client(quenchd.ports["deaf"]) as c:
        said = ""
        try:
            took = timed(c.recv_all)
        except Exception as e:
            said = str(e).lower().replace("_", " ")
        assert "internal error" in said, said
    quenchd.wait_log('service=deaf .*end="connect timeout"', since)

with tap.test("silence of both sides: idle timeout, and no clean end"):
    since = quenchd.log_size()
    with bio.Client(quenchd.ports["quick"]) as c:
        c.send(b"x")
        assert c.recv(1) == b"x"
        start = time.monotonic()
        assert bio.outcome(c.recv_all) == "reset"
        assert 0.5 < time.monotonic() - start < 3
        assert not c.closed
    quenchd.wait_log('end="idle timeout"', since)

with tap.test("bytes put the idle timeout off"):
    since = quenchd.log_size()
    with bio.Client(quenchd.ports["quick"]) as c:
        for _ in range(5):
            time.sleep(0.4)
            c.send(b"x")
            assert c.recv(1) == b"x"
        c.close_notify()
        assert c.recv_all() == b""
    quenchd.wait_log('in=5 out=5 .*end="client closed"', since)

quenchd.check_end()

def limited(limit, name):
    """quenchd that may have this many descriptors."""
    program = quench.QUENCHD
    quench.QUENCHD = work.write(name + ".sh", '#!/bin/sh\nulimit -n %d\nexec %s "$@"\n'
                                % (limit, os.path.abspath(program)))
    os.chmod(quench.QUENCHD, 0o700)
    try:
        return Quenchd(work, service("web", [leaf], backend.port), name=name)
    finally:
        quench.QUENCHD = program


def starve(q, lower_to):
    """Many clients, of which only some are served; one that was there before goes on."""
    old = bio.Client(q.ports["web"])
    old.send(b"connected?")  # to the backend, too: it takes a descriptor
    assert old.recv_exactly(10) == b"connected?"
    if lower_to:
        resource.prlimit(q.workers()[0], resource.RLIMIT_NOFILE, (lower_to, lower_to))
    crowd = [socket.create_connection((HOST, q.ports["web"])) for _ in range(120)]
    time.sleep(0.5)
    before = cpu(q)
    start = time.monotonic()
    while time.monotonic() - start < 2:
        old.send(b"still here?")
        assert old.recv_exactly(11) == b"still here?"
        time.sleep(0.1)
    share = (cpu(q) - before) / (time.monotonic() - start)
    for c in crowd:
        c.close()
    took = timed(lambda: bio.Client(q.ports["web"]).sock.close())
    old.sock.close()
    return share, took


# Started with a low hard limit it counts its connections; lowered behind its back accept(2) fails.
for what, name, at_start, later, line in [
        ("more clients than descriptors", "few", 64, None, r"accepting waits"),
        ("descriptors run out under it", "fewer", 400, 24, r"accepting on \S+ pauses: ")]:
    with tap.test("%s: no spinning, no harm to others, and it goes on" % what):
        q = limited(at_start, name)
        share, took = starve(q, later)
        tap.diag("%.1f%% of a CPU, back after %.2f s" % (share * 100, took))
        assert share < 0.05, share
        assert took < 2.5, took
        n_lines = q.log().count("accepting")
        assert 1 <= n_lines <= 8, n_lines
        assert re.search(line, q.log()), q.log()
        q.check_end()

tap.done()
