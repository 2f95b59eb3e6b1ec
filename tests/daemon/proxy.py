"""The PROXY header that backends get (send_proxy), byte by byte: addresses, and what version 2 tells of TLS, read type by
type, as section 2.2 of the protocol has it. What others make of it is in proxy_peers.py."""
import os
import socket
import ssl
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import bio
import quench
import tap
from proxied import Reader, Ssl, read_v1, read_v2

NAME = "www.example.com"
PROXY, LOCAL, TCP4, TCP6 = 0x21, 0x20, 0x11, 0x21
LONG_NAME = ".".join(["a" * 63] * 3 + ["b" * 61])


def service(name, leaf, backend, version, **more):
    return dict(quench.service(name, [leaf], backend, alpn=["h2", "http/1.1"]), send_proxy=version, **more)


class Talk:
    """A connection that was served: its addresses, and what the client says of its session."""

    def __init__(self, w, port, alpn="h2", version=None, client=None, name=NAME, session=None, host=quench.HOST):
        context = ssl.create_default_context(cafile=w.pki.ca)
        context.check_hostname = False
        context.set_alpn_protocols([alpn] if alpn else [])
        if version:
            context.maximum_version = version
        if client:
            context.load_cert_chain(client.chain, client.key)
        if session:
            context = session[0]
        with socket.create_connection((host, port), quench.PATIENCE) as s:
            with context.wrap_socket(s, server_hostname=name, session=session and session[1]) as tls:
                tls.sendall(b"ping")
                assert tls.recv(4) == b"ping"
                self.local, self.remote, self.cipher = tls.getsockname(), tls.getpeername(), tls.cipher()[0]
                self.session, self.reused = (context, tls.session), tls.session_reused


def check_v1(w, q, reader):
    talk = Talk(w, q.ports["v1"])
    a, b = talk.local, talk.remote
    assert reader.next() == "PROXY TCP4 %s %s %d %d\r\n" % (a[0], b[0], a[1], b[1]), (reader.headers[-1], a, b)


def check_v2(w, q, reader):
    talk = Talk(w, q.ports["v2"])
    a, b = talk.local, talk.remote
    command, family, addresses, found = reader.next()
    assert (command, family) == (PROXY, TCP4), (command, family)
    assert addresses == socket.inet_aton(a[0]) + socket.inet_aton(b[0]) + struct.pack("!HH", a[1], b[1]), addresses
    assert found["alpn"] == b"h2" and found["authority"] == NAME.encode(), found
    s = Ssl(found["ssl"])
    assert s.client == 1 and s.verify != 0, (s.client, s.verify)
    assert s.told == {"version": b"TLSv1.3", "cipher": talk.cipher.encode(), "group": b"x25519",
                      "scheme": b"ecdsa_secp256r1_sha256"}, s.told


def check_six(w, q, reader):
    talk = Talk(w, q.ports["six"], host="::1")
    command, family, addresses, _ = reader.next()
    assert (command, family) == (PROXY, TCP6), (command, family)
    assert addresses == (socket.inet_pton(socket.AF_INET6, "::1") * 2 +
                         struct.pack("!HH", talk.local[1], talk.remote[1])), addresses


def check_v12(w, q, reader):
    """The cipher suite has the name that OpenSSL has for it."""
    talk = Talk(w, q.ports["v2"], version=ssl.TLSVersion.TLSv1_2, alpn="http/1.1")
    found = reader.next()[3]
    told = Ssl(found["ssl"]).told
    assert found["alpn"] == b"http/1.1" and told["version"] == b"TLSv1.2", found
    assert told["cipher"] == talk.cipher.encode() and told["cipher"].startswith(b"ECDHE-"), told


def check_nothing_chosen(w, q, reader):
    """What wasn't agreed on isn't told."""
    Talk(w, q.ports["v2"], alpn=None, name=None)
    found = reader.next()[3]
    assert set(found) == {"ssl"}, found


def check_client(w, q, reader, leaf, name, version=None):
    """A client's certificate, and then the session that has it, resumed."""
    first = Talk(w, q.ports["mutual"], client=leaf, version=version)
    s = Ssl(reader.next()[3]["ssl"])
    assert (s.client, s.verify, s.told.get("cn")) == (7, 0, name), (s.client, s.verify, s.told)
    second = Talk(w, q.ports["mutual"], session=first.session)
    s = Ssl(reader.next()[3]["ssl"])
    assert second.reused and (s.client, s.verify, s.told.get("cn")) == (5, 0, name), (s.client, s.verify, s.told)


def check_longest(w, q, reader, long, longest):
    """536 bytes at most: the name that the client asks for gives way to the one that it has proven."""
    Talk(w, q.ports["mutual6"], client=long, name=LONG_NAME, host="::1")
    found = reader.next()[3]
    assert found["authority"] == LONG_NAME.encode() and Ssl(found["ssl"]).told["cn"] == b"x" * 64, found
    Talk(w, q.ports["mutual6"], client=longest, name=LONG_NAME, host="::1")
    found = reader.next()[3]
    assert "authority" not in found and Ssl(found["ssl"]).told["cn"] == "\U0001f600".encode() * 64, found


def check_hybrid(w, q, reader):
    """A client that agrees on keys by a hybrid group: ours."""
    probe = subprocess.run([quench.QUENCHCTL, "probe", "--groups", "X25519MLKEM768", "--trust", w.pki.ca, "--name", NAME,
                            "--alpn", "h2", "%s:%d" % (quench.HOST, q.ports["v2"])], capture_output=True, text=True,
                           input="ping", timeout=quench.PATIENCE)
    assert probe.returncode == 0, probe
    assert Ssl(reader.next()[3]["ssl"]).told["group"] == b"X25519MLKEM768", reader.headers[-1]


def check_mapped(w, q, reader):
    """An IPv4 client of a listener on [::] is one of IPv4."""
    talk = Talk(w, q.ports["both"])
    command, family, addresses, _ = reader.next()
    assert family == TCP4, family
    assert addresses[:8] == socket.inet_aton(talk.local[0]) + socket.inet_aton(talk.remote[0]), addresses


def check_unix_client(w, leaf, v1, v2):
    """It has no address: UNKNOWN, or LOCAL with nothing behind it."""
    for version, reader, right in (("v1", v1, "PROXY UNKNOWN\r\n"), ("v2", v2, (LOCAL, 0, b"", {}))):
        path = w.path(version + ".sock")
        q = quench.Quenchd(w, service("u", leaf, reader.port, version, listen=["unix:" + path, quench.HOST + ":0"]),
                           name="unix-" + version)
        s = socket.socket(socket.AF_UNIX)
        s.connect(path)
        with bio.Client(None, sock=s) as c:
            c.send(b"ping")
            assert c.recv_exactly(4) == b"ping"
            c.close_notify()
            assert c.recv_all() == b""
        assert reader.next() == right, reader.headers[-1]
        q.check_end()


def check_unix_backend(w, q, reader):
    talk = Talk(w, q.ports["to-unix"])
    assert reader.next()[2][8:] == struct.pack("!HH", talk.local[1], talk.remote[1]), reader.headers[-1]


def check_speaks_first(q, reader):
    """The header doesn't wait for the client's first byte."""
    with bio.Client(q.ports["greets"]) as c:
        assert c.recv_exactly(8) == b"220 me\r\n"
        reader.next()
        c.close_notify()
        assert c.recv_all() == b""


def check_errors(*readers):
    """Clients that end without close_notify are passed on as resets."""
    errors = [e for r in readers for e in r.errors if not isinstance(e, ConnectionResetError)]
    assert not errors, errors


def main():
    w = quench.Work()
    leaf, joe = w.pki.leaf("p256", NAME), w.pki.leaf("p256", "joe", purpose="clientAuth")
    named = {text: w.pki.leaf("p256", "c%d" % i, purpose="clientAuth", subject=text) for i, text in enumerate((
        "/O=Org/CN=Ren\u00e9 \u20ac/OU=x", "/CN=one/CN=two", "/O=Org", "/CN=" + "x" * 64, "/CN=" + "\U0001f600" * 64))}
    v1, v2, greets = Reader(read_v1), Reader(read_v2), Reader(read_v1, b"220 me\r\n")
    unix = Reader(read_v2, path=w.path("backend.sock"))
    mutual = {"mode": "require", "ca": w.pki.ca}
    services = [service("v1", leaf, v1.port, "v1"), service("v2", leaf, v2.port, "v2"),
                service("six", leaf, v2.port, "v2", listen=["[::1]:0"]),
                service("greets", leaf, greets.port, "v1"), service("to-unix", leaf, "unix:" + unix.path, "v2"),
                service("mutual", leaf, v2.port, "v2", client_auth=mutual),
                service("mutual6", leaf, v2.port, "v2", client_auth=mutual, listen=["[::1]:0"])]
    if socket.has_dualstack_ipv6():
        services.append(service("both", leaf, v2.port, "v2", listen=["[::]:0"]))
    q = quench.Quenchd(w, *services, tickets={"seed": w.write("seed", os.urandom(32))})
    tap.check("version 1 is a line with both addresses", lambda: check_v1(w, q, v1))
    tap.check("version 2 tells of TLS, too", lambda: check_v2(w, q, v2))
    tap.check("a client over IPv6", lambda: check_six(w, q, v2))
    tap.check("version 2 of a TLS 1.2 client", lambda: check_v12(w, q, v2))
    tap.check("neither ALPN nor server name", lambda: check_nothing_chosen(w, q, v2))
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        tap.check("a client's certificate, and its session resumed, %s" % version.name,
                  lambda v=version: check_client(w, q, v2, joe, b"quench test p256-joe", v))
    for text, name in (("/O=Org/CN=Ren\u00e9 \u20ac/OU=x", "Ren\u00e9 \u20ac".encode()), ("/CN=one/CN=two", None),
                       ("/O=Org", None)):
        tap.check("whose certificate: %s" % ascii(text), lambda t=text, n=name: check_client(w, q, v2, named[t], n))
    tap.check("the longest header", lambda: check_longest(w, q, v2, named["/CN=" + "x" * 64],
                                                         named["/CN=" + "\U0001f600" * 64]))
    tap.check("a hybrid group", lambda: check_hybrid(w, q, v2))
    if socket.has_dualstack_ipv6():
        tap.check("an IPv4 client of [::]", lambda: check_mapped(w, q, v2))
    tap.check("a client of a unix socket", lambda: check_unix_client(w, leaf, v1, v2))
    tap.check("a backend on a unix socket", lambda: check_unix_backend(w, q, unix))
    tap.check("a backend that speaks first", lambda: check_speaks_first(q, greets))
    tap.check("nothing went wrong at the backends", lambda: check_errors(v1, v2, greets, unix))
    tap.check("it ends well", q.check_end)
    tap.done()


main()
