"""proxied.py - backends that want a PROXY header first: read as sections 2.1 and 2.2 of the protocol have it."""
import struct
import threading

import quench

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
MAX_LEN = 536
TYPES = {0x01: "alpn", 0x02: "authority", 0x20: "ssl"}
SSL_TYPES = {0x21: "version", 0x22: "cn", 0x23: "cipher", 0x26: "group", 0x27: "scheme"}


def exactly(conn, n):
    data = b""
    while len(data) < n:
        piece = conn.recv(n - len(data))
        assert piece, "the header ends early"
        data += piece
    return data


def values(data, types):
    """{name: bytes}, each type once and known."""
    found = {}
    while data:
        kind, length = struct.unpack("!BH", data[:3])
        assert len(data) >= 3 + length and types[kind] not in found, (kind, data)
        found[types[kind]] = data[3:3 + length]
        data = data[3 + length:]
    return found


class Ssl:
    """A value of that type: client and verify, and told, the values in it."""

    def __init__(self, data):
        self.client, self.verify = struct.unpack("!BI", data[:5])
        self.told = values(data[5:], SSL_TYPES)


def read_v1(conn):
    line = b""
    while not line.endswith(b"\r\n"):
        line += exactly(conn, 1)
        assert len(line) <= 107, line
    return line.decode()


def read_v2(conn):
    """(command, family, addresses, values)"""
    head = exactly(conn, 16)
    assert head[:12] == SIGNATURE, head
    command, family, length = struct.unpack("!BBH", head[12:])
    assert 16 + length <= MAX_LEN, length
    rest = exactly(conn, length)
    size = {0x11: 12, 0x21: 36, 0: 0}[family]
    return command, family, rest[:size], values(rest[size:], TYPES)


class Reader(quench.Backend):
    """Reads the header, keeps it, and then echoes, behind a greeting. path: of a unix socket."""

    def __init__(self, read, greeting=b"", path=None):
        self.read, self.greeting, self.headers = read, greeting, []
        self.came = threading.Semaphore(0)
        super().__init__(self.serve, path)

    def serve(self, conn):
        conn.settimeout(quench.PATIENCE)
        self.headers.append(self.read(conn))
        self.came.release()
        conn.sendall(self.greeting)
        quench.echo(conn)

    def next(self):
        assert self.came.acquire(timeout=quench.PATIENCE), "no header came"
        return self.headers[-1]
