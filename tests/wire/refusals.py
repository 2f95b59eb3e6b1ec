"""What quench refuses, with which alert, and what it writes in its log."""
import os
import re
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import clients
import quench
import tap

NAME = "www.example.com"
ALERTS = {"unexpected_message": 10, "record_overflow": 22, "handshake_failure": 40, "decode_error": 50,
          "protocol_version": 70, "unrecognized_name": 112, "no_application_protocol": 120}


class Bench:
    def __init__(self):
        self.work = w = quench.Work()
        self.echo = quench.Backend(quench.echo)
        self.ca = w.pki.ca
        ecdsa = w.pki.leaf("p256", NAME)
        wild = w.pki.leaf("p256", "*.example.com")
        self.q = quench.Quenchd(
            w,
            quench.service("suites", [ecdsa], self.echo.port, ciphersuites=["TLS_AES_128_GCM_SHA256"]),
            quench.service("groups", [ecdsa], self.echo.port, groups=["secp384r1"]),
            quench.service("plain", [ecdsa], self.echo.port),
            quench.service("modern", [ecdsa], self.echo.port, policy="modern"),
            quench.service("strict", [ecdsa, wild], self.echo.port, unknown_sni="refuse"),
            quench.service("alpn", [ecdsa], self.echo.port, alpn=["h2"]),
            quench.service("hasty", [ecdsa], self.echo.port, timeouts={"handshake": 1.0}),
            log={"format": "json"})


def s_client(port, *more):
    cmd = ["openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, port)] + list(more)
    return clients.run(cmd, b"")


def refused(b, title, service, alert, reason, *more):
    """s_client gets this alert, and the log has this reason."""
    with tap.test("%s: alert %s" % (title, alert)):
        since = b.q.log_size()
        status, text = s_client(b.q.ports[service], *more)
        assert status != 0, text
        assert "SSL alert number %d\n" % ALERTS[alert] in text, text
        end = b.q.ended(1, since)[0]["end"]
        assert re.search(reason, end), end


def hellos(b):
    sni = ["-servername", NAME]
    refused(b, "no common cipher suite", "suites", "handshake_failure", "^handshake: no common cipher suite",
            "-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384", *sni)
    refused(b, "no common group", "groups", "handshake_failure", "^handshake: no common group",
            "-tls1_3", "-groups", "X25519:P-256", *sni)
    refused(b, "no common signature algorithm", "plain", "handshake_failure",
            "^handshake: no common signature algorithm", "-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256", *sni)
    for version, service in (("-tls1_2", "modern"), ("-tls1_1", "plain")):
        refused(b, "a client of %s" % version[1:], service, "protocol_version",
                "^handshake: no common protocol version", version, "-cipher", "ALL:@SECLEVEL=0", *sni)
    refused(b, "an unknown name", "strict", "unrecognized_name",
            "^handshake: no certificate for this server name", "-tls1_3", "-servername", "unknown.test")
    refused(b, "a name under the wildcard's label", "strict", "unrecognized_name",
            "^handshake: no certificate for this server name", "-tls1_3", "-servername", "a.b.example.com")
    refused(b, "no name where one is needed", "strict", "unrecognized_name",
            "^handshake: no certificate for this server name", "-tls1_3", "-noservername")
    refused(b, "no common application protocol", "alpn", "no_application_protocol",
            "^handshake: no common application protocol", "-tls1_3", "-alpn", "http/1.1,spdy/3", *sni)


def gnutls(b):
    cases = (("suites", "-CIPHER-ALL:+CHACHA20-POLY1305", "40", "no common cipher suite"),
             ("groups", "-GROUP-ALL:+GROUP-X25519", "40", "no common group"),
             ("plain", "-SIGN-ALL:+SIGN-RSA-PSS-RSAE-SHA256", "40", "no common signature algorithm"),
             ("modern", "-VERS-ALL:+VERS-TLS1.2", "70", "no common protocol version"))
    for service, change, alert, reason in cases:
        with tap.test("gnutls-cli with %s gets alert %s" % (change, alert)):
            since = b.q.log_size()
            priority = "NORMAL" + (":-VERS-ALL:+VERS-TLS1.3" if "VERS" not in change else "")
            status, text = clients.run(
                ["gnutls-cli", "--insecure", "--sni-hostname", NAME, "--priority",
                 priority + ":" + change, "-p", str(b.q.ports[service]), quench.HOST], b"")
            assert status != 0 and "Received alert [%s]" % alert in text, text
            end = b.q.ended(1, since)[0]["end"]
            assert end.startswith("handshake: " + reason), end


def exchange(port, data):
    """Sends bytes and a FIN; all that comes back. A reset on the way is an error."""
    with socket.create_connection((quench.HOST, port), quench.PATIENCE) as s:
        s.sendall(data)
        answer = b""
        while True:
            more = s.recv(4096)
            if not more:
                return answer
            answer += more


def raw(b):
    """Bytes that are no ClientHello; the alert must arrive although unread input is left behind it."""
    hello = bytes.fromhex("16030100") + b"\x05" + bytes.fromhex("0100000100")
    cases = (("an HTTP request", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "unexpected_message",
              "not a TLS record"),
             ("an SSH banner", b"SSH-2.0-OpenSSH_9.2\r\n", "unexpected_message", "not a TLS record"),
             ("64 KiB of zeros", bytes(65536), "unexpected_message", "not a TLS record"),
             ("64 KiB of 0xff", b"\xff" * 65536, "unexpected_message", "not a TLS record"),
             ("a SSL 2 hello", bytes.fromhex("802e0100020015000000100100800200800300800400800500800600"
                                             "4007004000000400000500000a") + bytes(16),
              "unexpected_message", "not a TLS record"),
             ("a ClientHello that is cut", hello, "decode_error", "message does not decode"),
             ("application data first", bytes.fromhex("1703030005") + b"hello", "unexpected_message", ""),
             ("an oversized record", bytes.fromhex("160301ffff") + bytes(65535), "record_overflow",
              "record too long"))
    for what, data, alert, reason in cases:
        with tap.test("%s: alert %s" % (what, alert)):
            since = b.q.log_size()
            answer = exchange(b.q.ports["plain"], data)
            assert answer[:1] == b"\x15" and answer[3:5] == b"\x00\x02", answer
            assert answer[5:] == bytes([2, ALERTS[alert]]), answer
            end = b.q.ended(1, since)[0]["end"]
            assert end.startswith("handshake: " + reason), end


def silence(b):
    """Clients that don't go on with the handshake."""
    for what, data in (("nothing", b""), ("half a record header", b"\x16\x03"),
                       ("half a hello", b"\x16\x03\x01\x01\x00\x01")):
        with tap.test("a client that sends %s: handshake timeout" % what):
            since = b.q.log_size()
            with socket.create_connection((quench.HOST, b.q.ports["hasty"]), quench.PATIENCE) as s:
                s.sendall(data)
                while s.recv(4096):
                    pass
            end = b.q.ended(1, since)[0]["end"]
            assert end == ("handshake timeout" if data else "handshake timeout: client sent nothing"), end
        with tap.test("a client that sends %s and goes away" % what):
            since = b.q.log_size()
            with socket.create_connection((quench.HOST, b.q.ports["plain"]), quench.PATIENCE) as s:
                s.sendall(data)
            assert b.q.ended(1, since)[0]["end"]


def client_refuses(b):
    with tap.test("a client that does not trust the certificate: its alert is in the log"):
        since = b.q.log_size()
        status, text = s_client(b.q.ports["plain"], "-tls1_3", "-servername", NAME, "-verify_return_error",
                                "-no-CApath", "-no-CAfile", "-no-CAstore")
        assert status != 0, text
        end = b.q.ended(1, since)[0]["end"]
        assert "unknown_ca" in end, end


def still_serves(b):
    with tap.test("after all that a client is served"):
        p = subprocess.run(["openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, b.q.ports["plain"]),
                            "-servername", NAME, "-CAfile", b.ca, "-verify_return_error", "-quiet",
                            "-no_ign_eof"], input=b"over and out\n", capture_output=True,
                           timeout=quench.PATIENCE)
        assert p.returncode == 0, p.stderr


def main():
    tap.require("openssl", "gnutls-cli")
    b = Bench()
    for subject in (hellos, gnutls, raw, silence, client_refuses, still_serves):
        subject(b)
    with tap.test("quenchd ends cleanly"):
        b.q.check_end()
    b.work.close()
    tap.done()


main()
