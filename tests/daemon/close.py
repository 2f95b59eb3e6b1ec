"""How connections end: each half closes alone, and what breaks one side never looks like a clean end on
the other."""
import fcntl
import os
import queue
import select
import signal
import socket
import struct
import sys
import termios

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import bio
import tap
from quench import Backend, PATIENCE, Quenchd, Work, service, wait_until

work = Work()
leaf = work.pki.leaf("p256", "example.test")
accepted = queue.Queue()


def hand_over(conn):
    """The backend's socket goes to the test, which closes it."""
    done = queue.Queue()
    conn.settimeout(PATIENCE)
    accepted.put((conn, done))
    done.get()


backend = Backend(hand_over)
quenchd = Quenchd(work, service("web", [leaf], backend.port, timeouts={"idle": PATIENCE}))


class Pair:
    """A client and the backend's side of the same connection; the log from here on."""

    def __enter__(self):
        self.since = quenchd.log_size()
        self.client = bio.Client(quenchd.ports["web"])
        self.conn, self.done = accepted.get(timeout=PATIENCE)
        return self

    def __exit__(self, *_):
        self.client.sock.close()
        self.conn.close()
        self.done.put(True)

    def ended(self, how):
        quenchd.wait_log('end="%s"' % how, self.since)


with tap.test("client ends first: the backend sees the end and still answers"):
    with Pair() as p:
        p.client.send(b"question")
        p.client.close_notify()
        p.client.fin()
        assert bio.recv_all(p.conn) == b"question"
        p.conn.sendall(b"answer" * 50000)
        p.conn.shutdown(socket.SHUT_WR)
        assert p.client.recv_all() == b"answer" * 50000
        assert p.client.closed
        p.ended("client closed")

with tap.test("client ends by close_notify without FIN: the same"):
    with Pair() as p:
        p.client.send(b"question")
        p.client.close_notify()
        assert bio.recv_all(p.conn) == b"question"
        p.conn.sendall(b"answer")
        p.conn.shutdown(socket.SHUT_WR)
        assert p.client.recv_all() == b"answer"
        p.ended("client closed")

with tap.test("backend ends first: the client gets close_notify and may go on sending"):
    with Pair() as p:
        p.conn.sendall(b"greeting")
        p.conn.shutdown(socket.SHUT_WR)
        assert p.client.recv_all() == b"greeting"
        assert p.client.closed
        p.client.send(b"more" * 50000)
        p.client.close_notify()
        assert bio.recv_all(p.conn) == b"more" * 50000
        p.ended("backend closed")

with tap.test("client's FIN without close_notify: a reset at the backend"):
    with Pair() as p:
        p.client.send(b"half a quest")
        assert p.conn.recv(100) == b"half a quest"
        p.client.fin()
        assert bio.outcome(bio.recv_all, p.conn) == "reset"
        p.ended("client truncated")

with tap.test("client's FIN after close_notify of the backend's half only: still a reset"):
    with Pair() as p:
        p.conn.shutdown(socket.SHUT_WR)
        assert p.client.recv_all() == b""
        p.client.fin()
        assert bio.outcome(bio.recv_all, p.conn) == "reset"
        p.ended("client truncated")

with tap.test("client resets: a reset at the backend"):
    with Pair() as p:
        p.client.send(b"x")
        assert p.conn.recv(100) == b"x"
        p.client.reset()
        assert bio.outcome(bio.recv_all, p.conn) == "reset"
        p.ended("client reset")

with tap.test("backend resets: a reset at the client, no close_notify"):
    with Pair() as p:
        p.conn.sendall(b"half an ans")
        assert p.client.recv_exactly(11) == b"half an ans"
        bio.reset(p.conn)
        assert bio.outcome(p.client.recv_all) == "reset"
        assert not p.client.closed
        p.ended("backend reset")

with tap.test("backend resets while the client only sends: told at once"):
    with Pair() as p:
        p.client.send(b"x")
        assert p.conn.recv(100) == b"x"
        bio.reset(p.conn)
        assert bio.outcome(p.client.recv_all) == "reset"
        p.ended("backend reset")

with tap.test("a record that doesn't decrypt: bad_record_mac for the client, a reset at the backend"):
    with Pair() as p:
        p.client.sock.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
        try:
            p.client.recv_all()
            said = ""
        except Exception as e:
            said = str(e).lower().replace("_", " ")
        assert "bad record mac" in said, said
        assert bio.outcome(bio.recv_all, p.conn) == "reset"
        p.ended("client: record does not decrypt")

with tap.test("backend answers, ends and reads no more: the client gets the whole answer"):
    with Pair() as p:
        p.conn.sendall(b"no, thank you" * 1000)
        p.conn.shutdown(socket.SHUT_WR)
        assert p.client.recv_exactly(13000) == b"no, thank you" * 1000
        p.conn.close()
        try:
            for _ in range(200):
                p.client.send(b"upload" * 1000)
        except OSError:
            pass
        p.ended("backend closed")

class Stopped:
    """The worker stands still meanwhile, so that what happens in here comes to it all at once."""

    def __enter__(self):
        self.pid = quenchd.workers()[0]
        os.kill(self.pid, signal.SIGSTOP)

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGCONT)


def sent_all(sock):
    """Waits until the peer's kernel has all that was sent."""
    def n_left():
        return struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)))[0]
    wait_until("the kernel to send", lambda: n_left() == 0)


with tap.test("client sends all, ends, and refuses the answer by a reset: the backend gets all of it"):
    with Pair() as p:
        p.conn.sendall(b"not wanted")
        select.select([p.client.sock], [], [], PATIENCE)
        with Stopped():
            p.conn.sendall(b"nor this")
            p.client.send(b"upload" * 5000)
            p.client.close_notify()
            sent_all(p.client.sock)
            p.client.sock.close()
        assert bio.recv_all(p.conn) == b"upload" * 5000
        p.conn.close()
        p.ended("client closed")

with tap.test("backend answers, then resets: the client gets the answer, then the reset"):
    with Pair() as p:
        p.client.send(b"upload")
        select.select([p.conn], [], [], PATIENCE)
        with Stopped():
            p.client.send(b"more")
            p.conn.sendall(b"too much" * 2000)
            p.conn.close()
        assert p.client.recv_exactly(16000) == b"too much" * 2000
        assert bio.outcome(p.client.recv_all) == "reset"
        p.ended("backend reset")

with tap.test("what ended truncated is counted, and all else went well"):
    size = quenchd.log_size()
    quenchd.check_end()
    assert "2 truncated" in quenchd.log_since(size), quenchd.log_since(size)
    assert not backend.errors, backend.errors

tap.done()
