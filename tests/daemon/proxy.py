"""The PROXY header that backends get (send_proxy): nginx reads both versions, and what version 2 tells of TLS is read
type by type, as section 2.2 of the protocol has it."""
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import quench
import tap

NAME = "www.example.com"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
TYPES = {0x01: "alpn", 0x02: "authority", 0x20: "ssl", 0x21: "version", 0x23: "cipher", 0x26: "group", 0x27: "scheme"}


def exactly(conn, n):
    data = b""
    while len(data) < n:
        piece = conn.recv(n - len(data))
        assert piece, "the header ends early"
        data += piece
    return data


def values(data):
    """{name: bytes}, each type once and known."""
    found = {}
    while data:
        kind, length = struct.unpack("!BH", data[:3])
        assert len(data) >= 3 + length and TYPES[kind] not in found, (kind, data)
        found[TYPES[kind]] = data[3:3 + length]
        data = data[3 + length:]
    return found


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
    rest = exactly(conn, length)
    size = {0x11: 12, 0x21: 36, 0: 0}[family]
    return command, family, rest[:size], values(rest[size:])


class Reader(quench.Backend):
    """Reads the header, keeps it, and then echoes."""

    def __init__(self, read):
        self.read, self.headers, self.came = read, [], threading.Semaphore(0)
        super().__init__(self.serve)

    def serve(self, conn):
        self.headers.append(self.read(conn))
        self.came.release()
        quench.echo(conn)

    def next(self):
        assert self.came.acquire(timeout=quench.PATIENCE), "no header came"
        return self.headers[-1]


def service(name, leaf, backend, version, **more):
    return dict(quench.service(name, [leaf], backend, alpn=["h2", "http/1.1"]), send_proxy=version, **more)


def converse(w, port, host=quench.HOST, alpn=("h2",), version=None, client=None):
    """A connection that was served: (its own address, its server's)."""
    context = ssl.create_default_context(cafile=w.pki.ca)
    context.set_alpn_protocols(list(alpn))
    if version:
        context.maximum_version = version
    if client:
        context.load_cert_chain(client.chain, client.key)
    with socket.create_connection((host, port), 20) as s:
        with context.wrap_socket(s, server_hostname=NAME) as tls:
            tls.sendall(b"ping")
            assert tls.recv(4) == b"ping"
            return tls.getsockname(), tls.getpeername()


def check_v1(w, q, reader):
    a, b = converse(w, q.ports["v1"])
    assert reader.next() == "PROXY TCP4 %s %s %d %d\r\n" % (a[0], b[0], a[1], b[1]), (reader.headers[-1], a, b)


def check_v2(w, q, reader):
    a, b = converse(w, q.ports["v2"])
    command, family, addresses, found = reader.next()
    assert (command, family) == (0x21, 0x11), (command, family)
    assert addresses == socket.inet_aton(a[0]) + socket.inet_aton(b[0]) + struct.pack("!HH", a[1], b[1]), addresses
    assert found["alpn"] == b"h2" and found["authority"] == NAME.encode(), found
    client, verify = struct.unpack("!BI", found["ssl"][:5])
    told = values(found["ssl"][5:])
    assert client == 1 and verify != 0, (client, verify)
    assert told["version"] == b"TLSv1.3" and told["cipher"].startswith(b"TLS_AES_"), told
    assert told["group"] == b"x25519" and told["scheme"] == b"ecdsa_secp256r1_sha256", told


def check_v12(w, q, reader):
    converse(w, q.ports["v2"], version=ssl.TLSVersion.TLSv1_2, alpn=["http/1.1"])
    told = reader.next()[3]
    assert told["alpn"] == b"http/1.1" and values(told["ssl"][5:])["version"] == b"TLSv1.2", told


def check_client(w, q, reader, leaf):
    converse(w, q.ports["mutual"], client=leaf)
    client, verify = struct.unpack("!BI", reader.next()[3]["ssl"][:5])
    assert client == 7 and verify == 0, (client, verify)


def check_hybrid(w, q, reader):
    """A client that agrees on keys by a hybrid group: ours."""
    probe = subprocess.run([quench.QUENCHCTL, "probe", "--groups", "X25519MLKEM768", "--trust", w.pki.ca, "--name", NAME,
                            "--alpn", "h2", "%s:%d" % (quench.HOST, q.ports["v2"])], capture_output=True, text=True,
                           input="ping", timeout=quench.PATIENCE)
    assert probe.returncode == 0, probe
    assert values(reader.next()[3]["ssl"][5:])["group"] == b"X25519MLKEM768", reader.headers[-1]


def check_mapped(w, q, reader):
    """An IPv4 client of a listener on [::] is one of IPv4."""
    a, b = converse(w, q.ports["both"])
    command, family, addresses, _ = reader.next()
    assert family == 0x11 and addresses[:8] == socket.inet_aton(a[0]) + socket.inet_aton(b[0]), (family, addresses)


def check_nginx(w, leaf):
    port = quench.free_port()
    folder = w.path("nginx-proxy")
    os.makedirs(folder)
    temps = "".join("%s_temp_path %s;\n" % (k, folder) for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    conf = w.write("nginx-proxy.conf", """
        daemon off; master_process off; pid %s/pid; error_log stderr; events { }
        http { access_log off; %s
          server { listen %s:%d proxy_protocol;
            location / { return 200 "caller $proxy_protocol_addr:$proxy_protocol_port\\n"; } } }
        """ % (folder, temps, quench.HOST, port))
    nginx = quench.Process(w, "nginx-proxy", ["nginx", "-e", "stderr", "-p", folder, "-c", conf])
    quench.wait_until("nginx to listen", lambda: nginx.alive() and quench.can_connect(port))
    q = quench.Quenchd(w, *[dict(quench.service(v, [leaf], port), send_proxy=v) for v in ("v1", "v2")], name="for-nginx")
    for v in ("v1", "v2"):
        out = subprocess.run(["curl", "-s", "--cacert", w.pki.ca, "--connect-to", "::%s:%d" % (quench.HOST, q.ports[v]),
                              "-w", "%{local_ip}:%{local_port}\n", "https://%s/" % NAME], capture_output=True, text=True,
                             check=True, timeout=quench.PATIENCE).stdout
        answer, local = out.splitlines()
        assert answer == "caller " + local, out
    q.check_end()


def main():
    tap.require("curl", "nginx")
    w = quench.Work()
    leaf, client = w.pki.leaf("p256", NAME), w.pki.leaf("p256", "joe", purpose="clientAuth")
    v1, v2 = Reader(read_v1), Reader(read_v2)
    services = [service("v1", leaf, v1.port, "v1"), service("v2", leaf, v2.port, "v2"),
                service("mutual", leaf, v2.port, "v2", client_auth={"mode": "require", "ca": w.pki.ca})]
    if socket.has_dualstack_ipv6():
        services.append(service("both", leaf, v2.port, "v2", listen=["[::]:0"]))
    q = quench.Quenchd(w, *services)
    tap.check("version 1 is a line with both addresses", lambda: check_v1(w, q, v1))
    tap.check("version 2 tells of TLS, too", lambda: check_v2(w, q, v2))
    tap.check("version 2 of a TLS 1.2 client", lambda: check_v12(w, q, v2))
    tap.check("a client's certificate", lambda: check_client(w, q, v2, client))
    tap.check("a hybrid group", lambda: check_hybrid(w, q, v2))
    if socket.has_dualstack_ipv6():
        tap.check("an IPv4 client of [::]", lambda: check_mapped(w, q, v2))
    tap.check("nginx takes both versions", lambda: check_nginx(w, leaf))
    with tap.test("nothing went wrong at the backends"):
        # clients that end without close_notify are passed on as resets
        errors = [e for e in v1.errors + v2.errors if not isinstance(e, ConnectionResetError)]
        assert not errors, errors
    tap.check("it ends well", q.check_end)
    tap.done()


main()
