"""Backends and addresses: TCP, IPv6, unix sockets on either side; who refuses costs one connection, or
none if another backend is there."""
import os
import re
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import bio
import tap
from quench import Backend, HOST, PATIENCE, Quenchd, Work, closed_port, echo, free_port, has_ipv6, service, wait_until

work = Work()
leaf = work.pki.leaf("p256", "example.test")


def says(word):
    def handler(conn):
        conn.sendall(word)
        conn.shutdown(socket.SHUT_WR)
        bio.recv_all(conn)
    return handler


def fetch(port=None, sock=None):
    with bio.Client(port, sock=sock) as c:
        data = c.recv_all()
        c.close_notify()
        return data


def refused_said(port):
    with bio.Client(port) as c:
        try:
            c.recv_all()
        except Exception as e:
            return str(e).lower().replace("_", " ")
        return "a clean end"


a, b = Backend(says(b"A")), Backend(says(b"B"))
refusing = closed_port()
unix_path = work.path("back.sock")
unix = Backend(echo, unix_path)
front_path = work.path("front.sock")
stale = socket.socket(socket.AF_UNIX)
stale.bind(front_path)
stale.close()
assert os.path.exists(front_path)

several = service("several", [leaf], a.port)
several["backends"] = tuple("%s:%d" % (HOST, p) for p in (a.port, refusing, b.port))
named = service("named", [leaf], "localhost:%d" % a.port)
unix_front = service("front", [leaf], "unix:" + unix_path,
                     listen=[HOST + ":0", "unix:" + front_path])
six = [service("six", [leaf], a.port, listen=["[::1]:0"])] if has_ipv6() else []
quenchd = Quenchd(work, service("gone", [leaf], refusing), several, named,
                  service("to-unix", [leaf], "unix:" + unix_path),
                  service("no-unix", [leaf], "unix:" + work.path("missing.sock")), *six)

with tap.test("a backend that refuses: an alert for the client, the reason in the log"):
    since = quenchd.log_size()
    said = refused_said(quenchd.ports["gone"])
    assert "internal error" in said, said
    quenchd.wait_log('service=gone .*end="backend: connection refused"', since)

with tap.test("a unix backend that isn't there"):
    since = quenchd.log_size()
    assert "internal error" in refused_said(quenchd.ports["no-unix"])
    quenchd.wait_log('end="backend: no such file or directory"', since)

with tap.test("one of three refuses: the others take its connections in turn"):
    got = [fetch(quenchd.ports["several"]) for _ in range(12)]
    assert set(got) == {b"A", b"B"}, got
    assert got.count(b"A") == 4 and got.count(b"B") == 8, got

with tap.test("a backend by name"):
    assert fetch(quenchd.ports["named"]) == b"A"

if six:
    with tap.test("clients over IPv6, and their address in the log"):
        since = quenchd.log_size()
        s = socket.create_connection(("::1", quenchd.ports["six"]), PATIENCE)
        assert fetch(sock=s) == b"A"
        quenchd.wait_log(r'service=six peer=\[::1\]:\d+ ', since)
else:
    tap.skip("clients over IPv6, and their address in the log", "no IPv6 here")

with tap.test("a unix backend: data both ways, each half closed alone"):
    with bio.Client(quenchd.ports["to-unix"]) as c:
        data = os.urandom(300000)
        assert c.exchange(data, len(data)) == data
        c.close_notify()
        assert c.recv_all() == b""

with tap.test("a unix backend whose queue is full: the connection waits until there is room"):
    busy_path = work.path("busy.sock")
    busy = socket.socket(socket.AF_UNIX)
    busy.bind(busy_path)
    busy.listen(0)
    busy.settimeout(PATIENCE)
    filler = socket.socket(socket.AF_UNIX)
    filler.connect(busy_path)
    full = Quenchd(work, service("busy", [leaf], "unix:" + busy_path), name="busy")
    with bio.Client(full.ports["busy"]) as c:
        c.send(b"patience")
        time.sleep(0.3)
        busy.accept()[0].close()
        conn, _ = busy.accept()
        conn.settimeout(PATIENCE)
        assert conn.recv(100) == b"patience"
        conn.close()
        filler.close()
    full.check_end()
    busy.close()

quenchd.check_end()
front = Quenchd(work, unix_front, name="front")

with tap.test("clients on a unix socket that stood there stale; gone at the end"):
    def connect():
        s = socket.socket(socket.AF_UNIX)
        s.connect(front_path)
        return s
    c = bio.Client(None, sock=connect())
    c.send(b"through two sockets")
    assert c.recv_exactly(19) == b"through two sockets"
    c.close_notify()
    assert c.recv_all() == b""
    c.sock.close()
    front.wait_log("service=front peer=unix: ")
    assert os.stat(front_path).st_mode & 0o777 == 0o666
    second = subprocess.run([os.path.join(os.environ.get("top_builddir", "."), "quenchd"), "-c",
                             work.path("front.conf")], capture_output=True, text=True,
                            timeout=PATIENCE)
    assert second.returncode == 1 and "cannot listen" in second.stderr, second.stderr
    assert os.path.exists(front_path)
    front.check_end()
    assert not os.path.exists(front_path)

if six:
    with tap.test("[::] takes both families; beside 0.0.0.0 on the same port it leaves IPv4 to that"):
        port = free_port()
        both = Quenchd(work, service("both", [leaf], a.port, listen=["[::]:%d" % port]), name="both")
        assert fetch(port) == b"A"
        both.wait_log(r"service=both peer=127\.0\.0\.1:\d+ ")
        both.check_end()
        apart = Quenchd(work, service("six", [leaf], a.port, listen=["[::]:%d" % port]),
                        service("four", [leaf], b.port, listen=["0.0.0.0:%d" % port]), name="apart")
        assert fetch(port) == b"B"
        assert fetch(sock=socket.create_connection(("::1", port), PATIENCE)) == b"A"
        apart.check_end()
else:
    tap.skip("[::] takes both families", "no IPv6 here")

tap.done()
