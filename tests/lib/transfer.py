"""transfer.py - much data through one connection, counted and hashed at both ends.

The client's first line says what the backend does: how many bytes it sends, how many it expects, and
what it waits for. A TLS socket of Python's is used by one thread only.
"""
import hashlib
import os
import re
import select
import socket
import ssl
import threading
import time

import quench

PIECE = 1 << 18


def size_from_env(name, default):
    """Bytes: a number with MiB or GiB."""
    m = re.fullmatch(r"(\d+) ?(MiB|GiB)", os.environ.get(name, default))
    if m is None:
        raise ValueError("%s: 64MiB or 1GiB" % name)
    return int(m[1]) << (20 if m[2] == "MiB" else 30)


class Source:
    """n bytes, no piece like another: each starts with its number."""

    _base = os.urandom(PIECE)

    def __init__(self, n):
        self.left, self.count, self.hash = n, 0, hashlib.sha256()

    def piece(self):
        if self.left == 0:
            return b""
        data = (self.count.to_bytes(8, "big") + self._base[8:])[:self.left]
        self.hash.update(data)
        self.left -= len(data)
        self.count += 1
        return data


class Sink:
    def __init__(self, n):
        self.left, self.hash = n, hashlib.sha256()

    def take(self, data):
        self.hash.update(data)
        self.left -= len(data)
        assert self.left >= 0, "too many bytes"


class Ends:
    """The backend's side of a connection, as far as the test looks at it."""

    def __init__(self, n_down, n_up, reads_at_once):
        self.source, self.sink = Source(n_down), Sink(n_up)
        self.may_read = threading.Event()
        self.reader = None
        self.error = None
        if reads_at_once:
            self.may_read.set()


class Peer(quench.Backend):
    """A backend that sends and receives at the same time. expect() announces the next connection."""

    def __init__(self):
        self.next = None
        super().__init__(self._serve)

    def expect(self, n_down, n_up, reads_at_once=True):
        self.next = Ends(n_down, n_up, reads_at_once)
        return self.next

    def _serve(self, conn):
        ends = self.next
        ends.reader = threading.Thread(target=self._read, args=(conn, ends), daemon=True)
        ends.reader.start()
        try:
            while True:
                data = ends.source.piece()
                if not data:
                    break
                conn.sendall(data)
        except OSError as e:
            ends.error = e
        ends.reader.join()

    def _read(self, conn, ends):
        ends.may_read.wait()
        buf = bytearray(PIECE)
        try:
            while ends.sink.left:
                n = conn.recv_into(buf)
                if n == 0:
                    break
                ends.sink.take(memoryview(buf)[:n])
        except OSError as e:
            ends.error = e


class Client:
    """A TLS client that sends and receives as it is told."""

    def __init__(self, port, ca, name, n_down, n_up):
        ctx = ssl.create_default_context(cafile=ca)
        sock = socket.create_connection((quench.HOST, port), quench.PATIENCE)
        self.tls = ctx.wrap_socket(sock, server_hostname=name)
        self.tls.setblocking(False)
        self.source, self.sink = Source(n_up), Sink(n_down)
        self.pending = b""

    def send_some(self):
        """False when the socket takes nothing now."""
        if not self.pending:
            self.pending = self.source.piece()
        try:
            n = self.tls.send(self.pending)
        except ssl.SSLWantWriteError:
            return False
        self.pending = self.pending[n:]
        return True

    def recv_some(self):
        try:
            data = self.tls.recv(PIECE)
        except ssl.SSLWantReadError:
            return False
        assert data, "ended with %d bytes missing" % self.sink.left
        self.sink.take(data)
        return True

    def has_to_send(self):
        return bool(self.pending) or self.source.left > 0

    def run(self, send=True, recv=True, stall=None):
        """Until all is sent (if send) and received (if recv); or, with stall, until nothing has moved
        for that many seconds: True then."""
        while (send and self.has_to_send()) or (recv and self.sink.left):
            moved = False
            if send and self.has_to_send():
                moved |= self.send_some()
            if recv and self.sink.left:
                moved |= self.recv_some()
            if moved:
                continue
            ready = select.select([self.tls] if recv and self.sink.left else [],
                                  [self.tls] if send and self.has_to_send() else [], [],
                                  stall or quench.PATIENCE)
            if not any(ready):
                assert stall, "nothing moves: %d to send, %d to receive" % (
                    self.source.left + len(self.pending), self.sink.left)
                return True
        return False

    def close(self):
        self.tls.setblocking(True)
        self.tls.close()


def check(client, ends):
    """Every byte has arrived, both ways."""
    ends.reader.join(quench.PATIENCE)
    assert ends.error is None, ends.error
    assert ends.sink.left == 0, "%d bytes are missing at the backend" % ends.sink.left
    assert client.sink.left == 0, "%d bytes are missing at the client" % client.sink.left
    assert ends.sink.hash.digest() == client.source.hash.digest(), "upload differs"
    assert client.sink.hash.digest() == ends.source.hash.digest(), "download differs"


def connect(q, peer, service, ca, name, n_down, n_up, reads_at_once=True):
    ends = peer.expect(n_down, n_up, reads_at_once)
    client = Client(q.ports[service], ca, name, n_down, n_up)
    # Together with the handshake: the backend is connected at the latest when this byte count is up.
    quench.wait_until("the backend", lambda: ends.reader is not None)
    return client, ends


class Watch:
    """The highest resident size of a process while it runs."""

    def __init__(self, process):
        self.process, self.high, self.stopped = process, 0, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self.stopped.wait(0.02):
            self.high = max(self.high, self.process.rss())

    def __enter__(self):
        self.start = self.process.rss()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()
        self.high = max(self.high, self.process.rss())

    def growth(self):
        return self.high - self.start


def timed(func):
    begin = time.monotonic()
    func()
    return time.monotonic() - begin
