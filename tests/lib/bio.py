"""bio.py - a TLS client in pieces, for tests that do what a well-behaved client doesn't: one half closed,
no close_notify, resets, silence. Python's ssl over memory, the socket in the test's own hands."""
import select
import socket
import ssl
import struct

from quench import HOST, PATIENCE


class Client:
    def __init__(self, port, name="example.test", alpn=(), sock=None, handshake=True):
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ctx.check_hostname = False
        ctx.verify_mode = ssl.CERT_NONE
        if alpn:
            ctx.set_alpn_protocols(list(alpn))
        self.sock = sock or socket.create_connection((HOST, port), PATIENCE)
        self.sock.settimeout(PATIENCE)
        if self.sock.family != socket.AF_UNIX:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.inward, self.outward = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = ctx.wrap_bio(self.inward, self.outward, server_hostname=name)
        self.closed = False  # the peer's close_notify came
        if handshake:
            self.until_done(self.tls.do_handshake)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def flush(self):
        if self.outward.pending:
            self.sock.sendall(self.outward.read())

    def feed(self):
        """More from the socket; ConnectionError if it ended."""
        data = self.sock.recv(65536)
        if not data:
            self.inward.write_eof()
            raise EOFError("the connection ended without close_notify")
        self.inward.write(data)

    def until_done(self, func, *args):
        while True:
            try:
                value = func(*args)
                self.flush()
                return value
            except ssl.SSLWantReadError:
                self.flush()
                self.feed()

    def send(self, data):
        self.tls.write(data)
        self.flush()

    def recv(self, n=65536):
        """Data, or b"" after the peer's close_notify; EOFError without one."""
        try:
            data = self.until_done(self.tls.read, n)
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
            self.tls.unwrap()
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
