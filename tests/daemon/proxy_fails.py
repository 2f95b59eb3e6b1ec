"""A backend that doesn't take its PROXY header whole: in pieces, later, never, or by breaking the connection. It counts as
one that takes no connection, by name, and another one has its turn; whoever takes it gets all of it, in front of
the client's first byte."""
import errno
import mmap
import os
import re
import socket
import ssl
import struct
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import bio
import quench
import tap
from proxied import Reader, Ssl, read_v1, read_v2

LIBRARY = os.path.join(quench.TOP, "tests", "lib", "narrowsend.so")
FOR_EVER = 1 << 30


class Narrow:
    """What the library does with sends that begin with a header."""

    def __init__(self, work):
        self.path = work.write("narrow", b"\0" * 16)
        with open(self.path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 16)
        self.env = {"LD_PRELOAD": LIBRARY, "QUENCH_NARROWSEND": self.path,
                    # a sanitizer wants to be the first library
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    def set(self, headers=0, calls=0, size=0, error=0):
        """The orders that come next; those before have been obeyed."""
        left = struct.unpack("=i", self.map[0:4])[0]
        assert left == 0 or left >= FOR_EVER - 1000 and left < FOR_EVER, "the library isn't at work"
        self.map[0:16] = struct.pack("=iiii", headers, calls, size, error)


class Figures:
    """Of each backend of a service: what is counted."""

    def __init__(self, address):
        with urllib.request.urlopen("http://%s/metrics" % address, timeout=quench.PATIENCE) as answer:
            self.text = answer.read().decode()

    def get(self, what, backend, service):
        labels = 'service="%s",backend="%s"' % (service, backend)
        return int(re.search(r"quench_backend_%s\{%s\} (\d+)" % (what, re.escape(labels)), self.text)[1])

    def of(self, service, *backends):
        return [(self.get("connects_total", b, service), self.get("failures_total", b, service)) for b in backends]


def exchange(port, data=b"ping"):
    with bio.Client(port) as c:
        assert c.exchange(data, len(data)) == data
        c.close_notify()
        assert c.recv_all() == b""


def refused(port):
    """What the client of a service without a backend is told."""
    with bio.Client(port) as c:
        c.send(b"ping")
        try:
            c.recv_all()
        except ssl.SSLError as e:
            return str(e).lower().replace("_", " ")
    return "a clean end"


def check_pieces(q, narrow, reader):
    """Seven bytes at a time, the client's data as well."""
    for calls, size in ((FOR_EVER, 7), (3, 1), (1, 100)):
        narrow.set(FOR_EVER, calls, size)
        exchange(q.ports["v2"], os.urandom(3000))
        assert Ssl(reader["v2"].next()[3]["ssl"]).client == 1
        exchange(q.ports["v1"], os.urandom(3000))
        assert reader["v1"].next().startswith("PROXY TCP4 ")


def check_later(q, narrow, reader):
    """Not at once, three times."""
    narrow.set(1, 3, 0)
    exchange(q.ports["v2"])
    reader["v2"].next()


def check_speaks_first(q, narrow, greets):
    """What the backend says before it has the whole header waits for the client's turn."""
    narrow.set(1, 5, 2)
    with bio.Client(q.ports["greets"]) as c:
        assert c.recv_exactly(8) == b"220 me\r\n"
        c.close_notify()
        assert c.recv_all() == b""
    greets.next()


def check_next(q, address, narrow, reader):
    """The one whose turn it is breaks, before the header or after some of it: the other one has the connection, and all
    of a header of its own."""
    names = ["%s:%d" % (quench.HOST, reader[v].port) for v in ("v2", "other")]
    since = q.log_size()
    for calls in (1, 2, 3):
        for first, second in (names, reversed(names)):
            before = dict(zip(names, Figures(address).of("two", *names)))
            narrow.set(1, calls, 5, errno.ECONNRESET)
            exchange(q.ports["two"])
            after = dict(zip(names, Figures(address).of("two", *names)))
            assert after[first] == (before[first][0], before[first][1] + 1), (before, after)
            assert after[second] == (before[second][0] + 1, before[second][1]), (before, after)
    for name in names:
        q.wait_log(r"backend %s \(service two\) takes no connection: Connection reset" % re.escape(name), since)


def check_all_break(q, narrow):
    """None is left: the client gets an alert, the log the reason."""
    for error in (errno.ECONNRESET, errno.EPIPE, errno.ENOBUFS, errno.EHOSTUNREACH):
        since = q.log_size()
        narrow.set(1, 1, 0, error)
        assert "internal error" in refused(q.ports["v1"])
        q.wait_log('service=v1 .*end="backend: %s"' % re.escape(os.strerror(error).lower()), since)


def check_never(q, narrow):
    """It never has room: the limit for connecting is one for this, too."""
    since = q.log_size()
    narrow.set(1, FOR_EVER, -1)
    assert "internal error" in refused(q.ports["hasty"])
    q.wait_log('service=hasty .*end="connect timeout"', since)


def check_resets(q, address, port):
    """Who accepts and breaks at once does so before the header, or behind it: no client takes that for an end, and each
    connection is counted once."""
    n, backend = 60, "%s:%d" % (quench.HOST, port)
    for _ in range(n):
        with bio.Client(q.ports["breaks"]) as c:
            try:
                c.recv_all()
                raise AssertionError("a clean end")
            except (OSError, EOFError):
                pass
    quench.wait_until("no open connections", lambda: Figures(address).get("connections_open", backend, "breaks") == 0)
    assert sum(Figures(address).of("breaks", backend)[0]) == n, Figures(address).of("breaks", backend)


def check_full_queue(q, path):
    """A unix socket whose queue is full has the header and the data when its owner gets to it."""
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as filler:
        listener.settimeout(quench.PATIENCE)
        listener.bind(path)
        listener.listen(0)
        filler.connect(path)
        with bio.Client(q.ports["full"]) as c:
            c.send(b"patience")
            quench.wait_until("the connection to wait", lambda: '"connect"' in q.ask("connections", "--json"))
            listener.accept()[0].close()
            conn, _ = listener.accept()
            with conn:
                conn.settimeout(quench.PATIENCE)
                assert read_v1(conn).startswith("PROXY TCP4 ") and conn.recv(100) == b"patience"
        # gone while it waits: the next one is told, and no other backend is there
        os.unlink(path)
        assert "internal error" in refused(q.ports["full"])


def main():
    w = quench.Work()
    leaf, narrow = w.pki.leaf("p256", "example.test"), Narrow(w)
    reader = {"v1": Reader(read_v1), "v2": Reader(read_v2), "other": Reader(read_v2)}
    greets = Reader(read_v1, b"220 me\r\n")

    breaks = quench.Backend(bio.reset)
    address = "%s:%d" % (quench.HOST, quench.free_port())

    def service(name, version, *ports, **timeouts):
        s = dict(quench.service(name, [leaf], ports[0], timeouts=timeouts), send_proxy=version)
        s["backends"] = tuple(p if isinstance(p, str) else "%s:%d" % (quench.HOST, p) for p in ports)
        return s

    q = quench.Quenchd(w, service("v1", "v1", reader["v1"].port), service("v2", "v2", reader["v2"].port),
                       service("greets", "v1", greets.port),
                       service("two", "v2", reader["v2"].port, reader["other"].port),
                       service("hasty", "v1", reader["v1"].port, connect=0.5),
                       service("breaks", "v2", breaks.port), service("full", "v1", "unix:" + w.path("full.sock")),
                       env=narrow.env, more={"admin": {"socket": w.path("quenchd-admin.sock"), "http": address}})
    tap.check("a header that goes out in pieces", lambda: check_pieces(q, narrow, reader))
    tap.check("a header that doesn't go out at once", lambda: check_later(q, narrow, reader))
    tap.check("a backend that speaks before it has the header", lambda: check_speaks_first(q, narrow, greets))
    tap.check("backends that break are passed over, counted and named", lambda: check_next(q, address, narrow, reader))
    tap.check("all backends break", lambda: check_all_break(q, narrow))
    tap.check("a backend that never has room", lambda: check_never(q, narrow))
    narrow.set()
    tap.check("a backend that accepts and breaks at once", lambda: check_resets(q, address, breaks.port))
    tap.check("a unix socket whose queue is full", lambda: check_full_queue(q, w.path("full.sock")))
    tap.check("it ends well", q.check_end)
    tap.done()


main()
