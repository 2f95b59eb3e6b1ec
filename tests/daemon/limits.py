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
from proc import cpu_ns, wanted_ns
from quench import Backend, HOST, PATIENCE, Quenchd, Work, deaf_port, echo, service

work = Work()
leaf = work.pki.leaf("p256", "example.test")
backend = Backend(echo)


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
    start = time.monotonic()
    with socket.create_connection((HOST, quenchd.ports["quick"])) as s:
        until_end(s)
    assert time.monotonic() - start > 0.4
    quenchd.wait_log('end="handshake timeout: client sent nothing"', since)

with tap.test("bytes that trickle don't put the handshake timeout off"):
    since = quenchd.log_size()
    with socket.create_connection((HOST, quenchd.ports["quick"])) as s:
        s.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        n_sent = 0
        while not select.select([s], [], [], 0.1)[0]:
            n_sent += 1
            assert n_sent < 400  # of 508
            s.sendall(b"\x00")
    quenchd.wait_log('end="handshake timeout', since)

with tap.test("a backend that doesn't answer: connect timeout, and an alert for the client"):
    since = quenchd.log_size()
    with bio.Client(quenchd.ports["deaf"]) as c:
        said = ""
        try:
            c.recv_all()
        except Exception as e:
            said = str(e).lower().replace("_", " ")
        assert "internal error" in said, said
    quenchd.wait_log('service=deaf .*end="connect timeout"', since)

with tap.test("silence of both sides: idle timeout, and no clean end"):
    since = quenchd.log_size()
    with bio.Client(quenchd.ports["quick"]) as c:
        start = time.monotonic()
        c.send(b"x")
        assert c.recv(1) == b"x"
        assert bio.outcome(c.recv_all) == "reset"
        assert time.monotonic() - start > 0.9
        assert not c.closed
    quenchd.wait_log('end="idle timeout"', since)


def talk_slowly(pause):
    """Twice as long as the idle timeout, with pauses that are shorter: the longest of them, for a machine that is busy
    makes them longer."""
    longest, last = 0, time.monotonic()
    with bio.Client(quenchd.ports["quick"]) as c:
        for _ in range(5):
            time.sleep(pause)
            try:
                c.send(b"x")
                assert c.recv(1) == b"x"
            except (OSError, EOFError):
                return time.monotonic() - last, False
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        c.close_notify()
        return longest, c.recv_all() == b""


with tap.test("bytes put the idle timeout off"):
    since = quenchd.log_size()
    for _ in range(20):
        longest, lasted = talk_slowly(0.4)
        if lasted:
            break
        assert longest > 0.9, longest
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
    q.wait_log("accepting ")
    pid = q.workers()[0]
    before, start = (cpu_ns(pid), wanted_ns(pid)), time.monotonic_ns()
    while time.monotonic_ns() - start < 2e9:
        old.send(b"still here?")
        assert old.recv_exactly(11) == b"still here?"
        time.sleep(0.1)
    took = time.monotonic_ns() - start
    had, wanted = (cpu_ns(pid) - before[0]) / took, (wanted_ns(pid) - before[1]) / took
    for c in crowd:
        c.close()
    bio.Client(q.ports["web"]).sock.close()
    old.sock.close()
    return had, wanted


# Started with a low hard limit it counts its connections; lowered behind its back accept(2) fails.
for what, name, at_start, later, line in [
        ("more clients than descriptors", "few", 64, None, r"accepting waits"),
        ("descriptors run out under it", "fewer", 400, 24, r"accepting on \S+ pauses: ")]:
    with tap.test("%s: no spinning, no harm to others, and it goes on" % what):
        q = limited(at_start, name)
        start = time.monotonic()
        had, wanted = starve(q, later)
        tap.diag("the worker had %.1f%% of a CPU, and wanted %.1f%%" % (had * 100, wanted * 100))
        # On a busy machine it waits a while for each bit that it does; one that spins wants all there is.
        assert had < 0.05 or wanted < 0.8, (had, wanted)
        n_lines = q.log().count("accepting")
        assert 1 <= n_lines <= 4 + 2 * (time.monotonic() - start), n_lines
        assert re.search(line, q.log()), q.log()
        q.check_end()

tap.done()
