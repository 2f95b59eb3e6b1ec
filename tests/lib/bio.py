"""bio.py - a TLS client in pieces, for tests that do what a well-behaved client doesn't: one half closed,
no close_notify, resets, silence. Python's ssl over memory, the socket in the test's own hands."""
import os
import select
import socket
import ssl
import struct
import threading

from quench import HOST, PATIENCE


class Client:
    """One thread may send while another one receives: the lock is held for each step of the TLS object
    and never while the socket blocks. Bytes go out in the order they were made because only handshake,
    send and close_notify take them out; what receiving leaves goes with the next of these."""

    def __init__(self, port, name="example.test", alpn=(), sock=None, handshake=True, version=None):
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ctx.check_hostname = False
        ctx.verify_mode = ssl.CERT_NONE
        if (version or os.environ.get("QUENCH_TEST_TLS")) == "1.2":
            ctx.maximum_version = ssl.TLSVersion.TLSv1_2
        if alpn:
            ctx.set_alpn_protocols(list(alpn))
        self.sock = sock or socket.create_connection((HOST, port), PATIENCE)
        self.sock.settimeout(PATIENCE)
        if self.sock.family != socket.AF_UNIX:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.inward, self.outward = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = ctx.wrap_bio(self.inward, self.outward, server_hostname=name)
        self.lock = threading.Lock()
        self.closed = False  # the peer's close_notify came
        if handshake:
            self.handshake()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def flush(self):
        with self.lock:
            data = self.outward.read()
        self.sock.sendall(data)

    def feed(self):
        """More from the socket; ConnectionError if it ended."""
        data = self.sock.recv(65536)
        with self.lock:
            if data:
                self.inward.write(data)
            else:
                self.inward.write_eof()
        if not data:
            raise EOFError("the connection ended without close_notify")

    def step(self, func, *args):
        with self.lock:
            return func(*args)

    def handshake(self):
        while True:
            try:
                self.step(self.tls.do_handshake)
                self.flush()
                return
            except ssl.SSLWantReadError:
                self.flush()
                self.feed()
            except ssl.SSLError:
                self.flush()  # the alert
                raise

    def send(self, data):
        self.step(self.tls.write, data)
        self.flush()

    def recv(self, n=65536):
        """Data, or b"" after the peer's close_notify; EOFError without one."""
        while True:
            try:
                data = self.step(self.tls.read, n)
            except ssl.SSLWantReadError:
                self.feed()
                continue
            except ssl.SSLZeroReturnError:
                data = b""
            self.closed = self.closed or not data
            return data

    def recv_all(self):
        data = b""
        while True:
            more = self.recv()
            if not more:
                return data
            data += more

    def recv_exactly(self, n):
        data = b""
        while len(data) < n:
            more = self.recv(n - len(data))
            if not more:
                raise EOFError("ended after %d of %d bytes" % (len(data), n))
            data += more
        return data

    def exchange(self, data, n):
        """Sends data and receives n bytes at the same time."""
        self.tls.write(data)
        waiting, got = self.outward.read(), []
        left = n
        while left > 0 or waiting:
            r, w, _ = select.select([self.sock], [self.sock] if waiting else [], [], PATIENCE)
            assert r or w, "stalled with %d bytes to receive, %d to send" % (left, len(waiting))
            if w:
                sent = self.sock.send(waiting[:16384])
                waiting = waiting[sent:]
            if r:
                self.feed()
            while left > 0:
                try:
                    got.append(self.tls.read(left))
                    left -= len(got[-1])
                except ssl.SSLWantReadError:
                    break
        return b"".join(got)

    def close_notify(self):
        """Ends our sending; receiving goes on."""
        try:
            self.step(self.tls.unwrap)
        except (ssl.SSLWantReadError, ssl.SSLError):
            pass
        self.flush()

    def fin(self):
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        reset(self.sock)


def reset(sock):
    """Closes with a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def recv_all(sock):
    data = b""
    while True:
        more = sock.recv(65536)
        if not more:
            return data
        data += more


def outcome(func, *args):
    """"end" (a clean end of what func reads), "reset" or "cut"."""
    try:
        func(*args)
        return "end"
    except ConnectionResetError:
        return "reset"
    except (EOFError, ssl.SSLEOFError):
        return "cut"
