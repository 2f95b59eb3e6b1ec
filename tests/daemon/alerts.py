"""An alert reaches its peer, whatever else is under way; and the log says why in the same words."""
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import bio
import tap
from quench import Backend, HOST, PATIENCE, Quenchd, Work, echo, say, service

tap.require("openssl")
work = Work()
leaf = work.pki.leaf("p256", "example.test")
backend = Backend(echo)
quenchd = Quenchd(work,
                  service("web", [leaf], backend.port),
                  service("narrow", [leaf], backend.port, groups=["secp384r1"],
                          ciphersuites=["TLS_AES_256_GCM_SHA384"]),
                  service("strict", [leaf], backend.port, unknown_sni="refuse", alpn=["h2"]))


def talk_raw(data, port):
    """Sends bytes, then reads to the end: what came, and whether it ended without a reset."""
    with socket.create_connection((HOST, port), PATIENCE) as s:
        s.settimeout(PATIENCE)
        s.sendall(data)
        got = b""
        try:
            while True:
                more = s.recv(4096)
                if not more:
                    return got, True
                got += more
        except ConnectionResetError:
            return got, False


ALERT = b"\x15\x03\x03\x00\x02\x02"
CASES = [
    ("plain HTTP", b"GET / HTTP/1.0\r\n\r\n", 10, "not a TLS record: plain HTTP"),
    ("a record that is too long", b"\x16\x03\x01\xff\xff", 22, "record too long"),
    ("application data first", b"\x17\x03\x03\x00\x10" + bytes(16), 10, None),
    ("a ClientHello that doesn't decode", b"\x16\x03\x01\x00\x06\x01\x00\x00\x02\x03\x03", 50,
     "message does not decode"),
]

for what, data, number, reason in CASES:
    for more in (b"", b"x" * 100000):
        with tap.test("%s%s: alert %d, then the end" % (what, " and 100000 bytes" if more else "",
                                                        number)):
            since = quenchd.log_size()
            got, clean = talk_raw(data + more, quenchd.ports["web"])
            assert clean, "a reset came after %r" % got
            assert got == ALERT + bytes([number]), got
            m = quenchd.wait_log('backend=- .*end="handshake: ([^"]*)"', since)
            assert reason is None or m[1] == reason, m[1]


def s_client(port, *args):
    done = subprocess.run(["openssl", "s_client", "-connect", "%s:%d" % (HOST, port)] + list(args),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    return done.stdout + done.stderr


for what, name, args, number, reason in [
        ("no common group", "narrow", ["-groups", "X25519"], 40, "no common group"),
        ("no common suite", "narrow", ["-groups", "P-384", "-ciphersuites",
                                       "TLS_CHACHA20_POLY1305_SHA256"], 40,
         "no common cipher suite"),
        ("no common signature", "web", ["-sigalgs", "rsa_pss_rsae_sha256"], 40,
         "no common signature algorithm"),
        ("TLS 1.1 only", "web", ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], 70,
         "no common protocol version"),
        ("a fallback to TLS 1.2", "web", ["-tls1_2", "-fallback_scsv"], 86,
         "client fell back to an older version"),
        ("no ALPN in common", "strict", ["-servername", "example.test", "-alpn", "spdy/1"], 120,
         "no common application protocol"),
        ("an unknown name", "strict", ["-servername", "other.test"], 112,
         "no certificate for this server name")]:
    with tap.test("%s: the client is told" % what):
        since = quenchd.log_size()
        said = s_client(quenchd.ports[name], *args)
        assert "alert number %d" % number in said, said
        quenchd.wait_log('service=%s .*end="handshake: %s"' % (name, reason), since)

with tap.test("a client that doesn't trust us: its alert is in the log"):
    since = quenchd.log_size()
    s_client(quenchd.ports["web"], "-verify_return_error")
    quenchd.wait_log('end="handshake: peer alert: unknown_ca"', since)

for what, data, whom in (("a PROXY header", b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", ": a PROXY header"),
                         ("its binary form", b"\r\n\r\n\0\r\nQUIT\n!\x11\0\0", ": a PROXY header"),
                         ("something else", b"EHLO example.org\r\n", "")):
    with tap.test("a client that sends %s is told as such" % what):
        since = quenchd.log_size()
        say(quenchd.ports["web"], data)
        quenchd.wait_log('end="handshake: not a TLS record%s"' % whom, since)

with tap.test("a client that goes away in the handshake"):
    since = quenchd.log_size()
    socket.create_connection((HOST, quenchd.ports["web"])).close()
    quenchd.wait_log('version=- .*in=0 out=0 .*end="handshake: client closed, sent nothing"', since)
    since = quenchd.log_size()
    s = socket.create_connection((HOST, quenchd.ports["web"]))
    s.sendall(b"\x16\x03\x01\x01\x00")
    bio.reset(s)
    quenchd.wait_log('end="handshake: client reset"', since)

with tap.test("the backend saw none of these, and quenchd is well"):
    with bio.Client(quenchd.ports["web"]) as c:
        c.send(b"hello")
        assert c.recv_exactly(5) == b"hello"
        c.close_notify()
        assert c.recv_all() == b""
    quenchd.check_end()

tap.done()
