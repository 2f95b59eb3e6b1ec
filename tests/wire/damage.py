"""A client's bytes cut off anywhere, or with one bit turned anywhere: no such connection passes data, and
none leaves anything behind. The handshake's hashes make the second so (RFC 8446 section 4.4.4)."""
import os
import socket
import ssl
import struct
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import quench
import tap

NAME = "www.example.com"
PING = b"there and back"


class Cut(Exception):
    pass


class Wire:
    """A TLS client over a socket, with each byte it sends passed through mutate(offset, bytes)."""

    def __init__(self, port, ctx, mutate, patience):
        self.sock = socket.create_connection((quench.HOST, port), patience)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = ctx.wrap_bio(self.incoming, self.outgoing, server_hostname=NAME)
        self.mutate, self.n_sent = mutate, 0

    def flush(self):
        data = self.outgoing.read()
        if data:
            sent = self.mutate(self.n_sent, data)
            self.n_sent += len(data)
            self.sock.sendall(sent)
            if len(sent) < len(data):
                raise Cut()

    def until(self, func):
        while True:
            try:
                value = func()
                self.flush()
                return value
            except ssl.SSLWantReadError:
                self.flush()
                data = self.sock.recv(65536)
                if not data:
                    raise ConnectionError("ended")
                self.incoming.write(data)

    def talk(self):
        """True if data went there and back."""
        self.until(self.tls.do_handshake)
        self.until(lambda: self.tls.write(PING))
        got = b""
        while len(got) < len(PING):
            more = self.until(lambda: self.tls.read(100))
            if not more:
                return False
            got += more
        return got == PING

    def close(self, reset):
        if reset:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class Bench:
    def __init__(self):
        self.work = quench.Work()
        self.echo = quench.Backend(quench.echo)
        leaf = self.work.pki.leaf("p256", NAME)
        self.q = quench.Quenchd(
            self.work, quench.service("web", [leaf], self.echo.port),
            quench.service("retry", [leaf], self.echo.port, groups=["secp384r1"]),
            quench.service("hasty-web", [leaf], self.echo.port, timeouts={"handshake": 0.25}),
            quench.service("hasty-retry", [leaf], self.echo.port, groups=["secp384r1"],
                           timeouts={"handshake": 0.25}), log={"format": "json"})
        self.ctx = ssl.create_default_context(cafile=self.work.pki.ca)
        self.ctx.minimum_version = ssl.TLSVersion.TLSv1_3

    def breaks(self, service, mutate, reset=False):
        """Whether no data goes there and back. A length that is too long makes the server wait: not for long."""
        return not self.passes("hasty-" + service, mutate, reset, 2)

    def passes(self, service, mutate, reset=False, patience=quench.PATIENCE):
        """Whether data goes there and back."""
        wire = Wire(self.q.ports[service], self.ctx, mutate, patience)
        try:
            return wire.talk()
        except (OSError, Cut):
            # ssl.SSLError and a timeout are OSErrors.
            return False
        finally:
            wire.close(reset)

    def sent(self, service):
        """What a client sends until its data is back."""
        seen = []
        assert self.passes(service, lambda _, data: seen.append(data) or data)
        return b"".join(seen)


def cut_at(end):
    return lambda offset, data: data[:max(0, end - offset)]


def turn(at, mask):
    def mutate(offset, data):
        if not offset <= at < offset + len(data):
            return data
        data = bytearray(data)
        data[at - offset] ^= mask
        return bytes(data)
    return mutate


def cuts(b, service, n):
    for reset in (False, True):
        with tap.test("%s: %s after every third of %d bytes" % (service, "reset" if reset else "end", n)):
            fds = b.q.n_fds()
            for end in range(0, n, 3):
                assert b.breaks(service, cut_at(end), reset), end
            quench.wait_until(lambda: "%d descriptors, %d before" % (b.q.n_fds(), fds),
                              lambda: b.q.n_fds() <= fds)


def versions(sent):
    """Where the version stands in the headers of records that aren't protected: it means nothing there
    (RFC 8446 section 5.1)."""
    found, at = [], 0
    while at < len(sent):
        if sent[at] != 23:
            found += [at + 1, at + 2]
        at += 5 + int.from_bytes(sent[at + 3:at + 5], "big")
    return found


def turns(b, service, sent):
    may_pass = versions(sent)
    for mask in (0x01, 0x80):
        with tap.test("%s: bit 0x%02x turned in each of %d bytes" % (service, mask, len(sent))):
            passed = [at for at in range(len(sent)) if not b.breaks(service, turn(at, mask))]
            tap.diag("without effect in the bytes %s" % passed)
            assert all(at in may_pass for at in passed), passed


def main():
    tap.require("openssl")
    b = Bench()
    for service in ("web", "retry"):
        sent = b.sent(service)
        cuts(b, service, len(sent))
        turns(b, service, sent)
    with tap.test("after all that a client is served"):
        assert b.passes("web", lambda _, data: data)
    with tap.test("quenchd ends cleanly"):
        b.q.check_end()
    b.work.close()
    tap.done()


main()
