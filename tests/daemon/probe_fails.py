#!/usr/bin/env python3
"""quenchctl probe when something is wrong: each step that can fail, by real servers where one can be made to fail so, and
by scripted peers: which step it was, the reason, what helps, the exit status."""
import os
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import prober
import quench
import servers
import tap
from pki import Leaf
from prober import NAME, probe, probe_to

VERSIONS = ("1.2", "1.3")


def failed(told, step, reason, help=None):
    assert told.status == 1 and told.failed["step"] == step, (told.failed, told.names())
    assert reason in told.reason, told.failed
    bad = next(s for s in told.steps if not s["ok"])
    if help is not None:
        assert help in bad["help"], bad
    return bad


# ---- Down to a connection --------------------------------------------------------------------------------------------

def no_connection():
    port = quench.closed_port()
    with tap.test("a closed port"):
        told = probe_to("%s:%d" % (quench.HOST, port))
        failed(told, "connect", "Connection refused", "Nothing listens there")
    with tap.test("a name that nobody has"):
        failed(probe_to("nowhere.invalid:443"), "resolve", "", "spelled right")
    with tap.test("a unix socket that is not there"):
        failed(probe_to("--connect", "unix:/nowhere/x.sock", NAME), "connect", "No such file")
    with tap.test("an address behind one that refuses is tried"):
        with socket.create_server((quench.HOST, 0)) as listener:
            told = probe_to("--timeout", "0.3", "localhost:%d" % listener.getsockname()[1])
            assert told.all("connect")[-1]["address"].startswith(quench.HOST), told.steps
            assert all("reason" in s for s in told.all("connect")[:-1])


# ---- Peers that are scripted -------------------------------------------------------------------------------------------

def hello(conn):
    """The client's first record."""
    head = b""
    while len(head) < 5:
        head += conn.recv(5 - len(head))
    left = struct.unpack("!H", head[3:])[0]
    while left > 0:
        left -= len(conn.recv(left))


def says(text, after_hello=False):
    def handler(conn):
        if after_hello:
            hello(conn)
        conn.sendall(text)
        conn.settimeout(quench.PATIENCE)
        while conn.recv(4096):
            pass
    return handler


def alert(number):
    return says(bytes([0x15, 3, 3, 0, 2, 2, number]), after_hello=True)


def closes(conn):
    hello(conn)


def resets(conn):
    hello(conn)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(conn):
    hello(conn)
    conn.settimeout(quench.PATIENCE)
    conn.recv(1)


def half_a_record(conn):
    hello(conn)
    conn.sendall(b"\x16\x03\x03\x00\x7a\x02")
    conn.settimeout(quench.PATIENCE)
    conn.recv(1)


def scripted(work, what, handler, step, reason, help=None, times=()):
    """times: what --timeout says. The shortest will do, unless the peer is too slow for it on a busy machine."""
    with tap.test(what):
        peer = quench.Backend(handler)
        for seconds in times or (None,):
            more = ("--timeout", seconds) if seconds else ()
            try:
                return failed(probe(work, peer.port, *more), step, reason, help)
            except AssertionError:
                if seconds in (None, times[-1]):
                    raise


def strange_peers(work):
    quick = ("0.5", "5", "30")
    bad = scripted(work, "a plain HTTP server", says(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", True),
                   "server_hello", "not TLS but a plain HTTP server", "https")
    with tap.test("what it said first is shown"):
        assert bad["first_bytes"] == "HTTP/1.1 400 Bad Request", bad
    scripted(work, "an SSH server", says(b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n"), "server_hello", "an SSH server")
    scripted(work, "a mail server", says(b"220 mail.example ESMTP\r\n"), "server_hello", "an SMTP or FTP server", "STARTTLS")
    scripted(work, "something else", says(b"\x00\x01\x02"), "server_hello", "does not speak TLS", times=quick)
    scripted(work, "one that says less than a record", says(b"+OK"), "server_hello", "a POP3 server", times=quick)
    scripted(work, "a silent one", silent, "server_hello", "nothing came for 0.5 seconds", "accepted the connection", quick)
    scripted(work, "one that stops in a record", half_a_record, "server_hello", "expected was: server hello", "did not go on",
             quick)
    scripted(work, "one that closes", closes, "server_hello", "closed the connection", "load balancer")
    scripted(work, "one that resets", resets, "server_hello", "reset the connection", "load balancer")
    bad = scripted(work, "a record that is no message of TLS 1.3 or 1.2", says(b"\x16\x03\x03\x00\x04\x0e\0\0\0", True),
                   "server_hello", "unexpected handshake message")
    with tap.test("our alert is told"):
        assert bad["alert_sent"] == "unexpected_message", bad


def alerts(work):
    rows = [(40, "handshake_failure", "--ciphersuites"), (42, "bad_certificate", "--certificate"),
            (46, "certificate_unknown", "log"), (47, "illegal_parameter", "fault"), (48, "unknown_ca", "intermediate"),
            (49, "access_denied", "rule"), (50, "decode_error", "fault"), (70, "protocol_version", "--tls"),
            (71, "insufficient_security", "Offer more"), (80, "internal_error", "log"), (86, "inappropriate_fallback", ""),
            (112, "unrecognized_name", "--name"), (116, "certificate_required", "--certificate"),
            (120, "no_application_protocol", "--alpn"), (77, "unknown", "log")]
    for number, name, help in rows:
        with tap.test("the meaning of the alert %s (%d)" % (name, number)):
            peer = quench.Backend(alert(number))
            bad = failed(probe(work, peer.port), "server_hello", "the alert %s (%d)" % (name, number), help)
            assert bad["alert"] == name and bad["number"] == number and bad["meaning"].endswith("."), bad
            peer.close()


# ---- Real servers --------------------------------------------------------------------------------------------------------

def nothing_in_common(work, leaf, running):
    server = running.get(servers.OpenSsl, leaf, more=("-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"))
    with tap.test("no common suite"):
        told = probe(work, server.port, "--ciphersuites", "TLS_CHACHA20_POLY1305_SHA256")
        failed(told, "server_hello", "handshake_failure (40)", "--ciphersuites")
    with tap.test("no common version"):
        failed(probe(work, server.port, "--tls", "1.2"), "server_hello", "protocol_version (70)", "--tls")
    server = running.get(servers.GnuTls, leaf, groups=("secp384r1",))
    with tap.test("no common group"):
        failed(probe(work, server.port, "--groups", "x25519"), "server_hello", "handshake_failure (40)", "--groups")
    server = running.get(servers.OpenSsl, leaf, more=("-alpn", "h2"))
    with tap.test("no common protocol"):
        failed(probe(work, server.port, "--alpn", "smtp"), "server_hello", "no_application_protocol (120)", "--alpn")
    server = running.get(servers.OpenSsl, leaf, more=("-servername", "other.example", "-servername_fatal", "-cert2",
                                                      leaf.cert, "-key2", leaf.key))
    with tap.test("an unknown name"):
        failed(probe(work, server.port), "server_hello", "unrecognized_name (112)", "--name")


def wants_certificate(work, leaf, running):
    stranger = work.pki.leaf("p256", "stranger")
    for kind in (servers.OpenSsl, servers.GnuTls):
        server = running.get(kind, leaf, ask=True)
        for version in VERSIONS:
            with tap.test("a client certificate is required, %s, TLS %s" % (kind.name, version)):
                told = probe(work, server.port, "--tls", version)
                assert told.status == 1, told.steps
                assert told.step("client_certificate")["certificates"] == [], told.steps
                bad = next(s for s in told.steps if not s["ok"])
                # what GnuTLS says of it in TLS 1.2 is decode_error
                assert bad["alert"] in ("certificate_required", "handshake_failure", "decode_error"), bad
                assert "--certificate" in bad["help"], bad
                assert bad["step"] == ("after_handshake" if version == "1.3" else "finished"), bad
    with tap.test("one that is for servers is refused, and the server's alert is heard"):
        server = running.get(servers.OpenSsl, leaf, ask=True)
        told = probe(work, server.port, "--certificate", stranger.chain, "--key", stranger.key)
        bad = failed(told, "after_handshake", "the server sent the alert")
        assert bad["number"] in (42, 43, 48), bad


def verdict(work, what, leaf, args, reason, depth, help, alert, trust=None):
    server = servers.OpenSsl(work, leaf)
    for version in VERSIONS:
        with tap.test("%s, TLS %s" % (what, version)):
            told = probe_to("--trust", trust or work.pki.ca, "--tls", version, *args, "%s:%d" % (quench.HOST, server.port))
            bad = failed(told, "verification", reason, help)
            assert bad["certificate"] == depth and bad["alert_sent"] == alert, bad
            assert told.step("certificate")["certificates"] and "established" not in told.names()
    server.end()


def verdicts(work, leaf):
    pki, name = work.pki, ("--name", NAME)
    old = pki.expired("old.example")
    verdict(work, "an expired certificate", Leaf("p256", old.cert, old.cert, old.key, pki.path("middle.pem")),
            ("--name", "old.example"), "expired", 0, "Renew it", "certificate_expired", pki.path("middle.pem"))
    verdict(work, "a wrong name", leaf, ("--name", "www.example.org"), "name does not match", 0, "--name", "bad_certificate")
    verdict(work, "an address that is not in it", leaf, (), "name does not match", 0, "--name", "bad_certificate")
    verdict(work, "an unknown CA", leaf, name, "issuer is not trusted", 1, "--trust", "unknown_ca", leaf.cert.replace(
        NAME, "stranger"))
    alone = Leaf("p256", leaf.cert, leaf.cert, leaf.key, leaf.cert)
    verdict(work, "a missing intermediate", alone, name, "issuer is not trusted", 0, "", "unknown_ca")
    verdict(work, "a revoked certificate, by a list", leaf, name + ("--crl", pki.crl("middle", leaf)), "revoked", 0,
            "replaced", "certificate_revoked")
    client = pki.leaf("p256", "client", purpose="clientAuth")
    verdict(work, "a certificate of a client", client, ("--name", "client"), "not meant for this purpose", 0, "serverAuth",
            "unsupported_certificate")


def bad_staples(work, leaf):
    serial = subprocess.run(["openssl", "x509", "-in", leaf.cert, "-noout", "-serial"], capture_output=True, text=True,
                            check=True).stdout.split("=")[1].strip()
    index = work.write("index.txt", "R\t491231235959Z\t260101000000Z\t%s\tunknown\t/CN=leaf\n" % serial)
    middle, key, out = work.pki.path("middle.pem"), work.pki.path("middle.key"), work.path("revoked.der")
    subprocess.run(["openssl", "ocsp", "-index", index, "-CA", middle, "-rsigner", middle, "-rkey", key, "-issuer", middle,
                    "-cert", leaf.cert, "-ndays", "5", "-respout", out], capture_output=True, check=True)
    server = servers.OpenSsl(work, leaf, more=("-status_file", out))
    for version in VERSIONS:
        with tap.test("a revoked certificate, by its staple, TLS %s" % version):
            told = probe(work, server.port, "--tls", version)
            failed(told, "verification", "revoked", "replaced")
            assert told.step("staple")["says"] == "revoked", told.steps
    server.end()


def unusable_keys(work):
    """Certificates that are refused before anybody judges them: told all the same."""
    data = os.path.join(os.environ.get("top_srcdir", "."), "tests", "data")
    for kind, key in (("rsa1024", "RSA, 1024 bits"), ("ed448", "of a kind that is not supported")):
        cert, secret = os.path.join(data, kind + ".crt.pem"), os.path.join(data, kind + ".bad.pem")
        server = servers.OpenSsl(work, Leaf(kind, cert, cert, secret, cert), more=("-cipher", "ALL:@SECLEVEL=0"))
        with tap.test("a certificate with a key that is not accepted, %s" % kind):
            told = probe(work, server.port, "--tls", "1.2") if kind == "rsa1024" else probe(work, server.port)
            if kind == "rsa1024":
                bad = failed(told, "certificate", "not supported")
                assert bad["alert_sent"] == "unsupported_certificate", bad
                assert told.step("certificate")["certificates"][0]["key"] == key, told.steps
            else:  # the server has nothing to sign with that is offered
                failed(told, "server_hello", "handshake_failure (40)", "kind of key")
        server.end()


def not_had(work, leaf, running):
    """What was asked for and not had."""
    server = running.get(servers.OpenSsl, leaf, more=("-no_ticket", "-num_tickets", "0", "-tls1_3"))
    with tap.test("--resume, and the server gives no ticket"):
        failed(probe(work, server.port, "--resume"), "resumption", "no ticket", "Tickets may be switched off")
    server = running.get(servers.GnuTls, leaf, more=("--noticket",))
    with tap.test("--resume, and the server makes a full handshake"):
        told = probe(work, server.port, "--resume", "--tls", "1.3")
        assert told.status == 1 and told.failed["step"] == "resumption", told.failed
    server = running.get(servers.OpenSsl, leaf, more=("-no_renegotiation",))
    with tap.test("--renegotiate, declined by OpenSSL: an answer, and no failure"):
        told = probe(work, server.port, "--renegotiate")
        assert told.status == 0 and told.step("renegotiation")["answer"].startswith("declined"), told.steps


def main():
    tap.require("openssl", "gnutls-serv")
    work = quench.Work()
    leaf = work.pki.leaf("p256", NAME)
    running = servers.Running(work)
    no_connection()
    strange_peers(work)
    alerts(work)
    nothing_in_common(work, leaf, running)
    wants_certificate(work, leaf, running)
    verdicts(work, leaf)
    bad_staples(work, leaf)
    unusable_keys(work)
    not_had(work, leaf, running)
    tap.done()


main()
