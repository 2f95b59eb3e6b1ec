"""What clients may say that quench doesn't take up, or not in one piece: each is served all the same."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import clients
import quench
import tap

NAME = "www.example.com"
PAGE = "a page behind quench, " * 1000


class Bench:
    def __init__(self):
        self.work = w = quench.Work()
        self.nginx = quench.Nginx(w)
        self.nginx.file("page", PAGE.encode())
        self.leaf = w.pki.leaf("p256", NAME)
        self.q = quench.Quenchd(w, quench.service("web", [self.leaf], self.nginx.port),
                                quench.service("p384", [self.leaf], self.nginx.port, groups=["secp384r1"]),
                                log={"format": "json"})
        self.ca = w.pki.ca

    def served(self, title, client, service="web", says="", **kw):
        with tap.test(title):
            got = client(self.q.ports[service], self.ca, NAME, "/page", **kw)
            assert got.body == PAGE and says in got.text, got.text


def foreign_session(b):
    """A session ticket that another server with the same certificate gave, and that allows early data."""
    port, session = quench.free_port(), b.work.path("session")
    server = subprocess.Popen(
        ["openssl", "s_server", "-accept", str(port), "-cert", b.leaf.cert, "-cert_chain", b.leaf.chain,
         "-key", b.leaf.key, "-tls1_3", "-early_data", "-max_early_data", "60000"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        quench.wait_until("s_server", lambda: quench.can_connect(port))
        clients.converse(["openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, port), "-tls1_3",
                          "-servername", NAME, "-CAfile", b.ca, "-sess_out", session], b"\n",
                         lambda _: os.path.exists(session) and os.path.getsize(session) > 0)
    finally:
        server.kill()
        server.wait()
    return session


def sessions(b):
    session = foreign_session(b)
    # RFC 8446 section 4.2.10: early data that isn't taken is skipped.
    few = b.work.write("few", b"GET /early HTTP/1.0\r\n\r\n")
    many = b.work.write("many", b"GET /early HTTP/1.0\r\n\r\n" * 712)  # nearly all of the 16,384 bytes that are skipped
    for service in ("web", "p384"):
        b.served("%s: s_client offers another server's session" % service, clients.s_client, service,
                 "New, TLSv1.3", more=["-sess_in", session], group=["x25519", "secp384r1"])
        for amount, path in (("some", few), ("much", many)):
            b.served("%s: s_client sends %s early data" % (service, amount), clients.s_client, service,
                     "Early data was rejected", more=["-sess_in", session, "-early_data", path],
                     group=["x25519", "secp384r1"])
    b.served("gnutls-cli connects again to resume", clients.gnutls_cli, more=["-r"])
    b.served("s_client offers an external PSK", clients.s_client,
             more=["-psk", "0123456789abcdef", "-psk_identity", "someone"])


def forms(b):
    b.served("s_client without change_cipher_spec", clients.s_client, more=["-no_middlebox"])
    b.served("the same with a HelloRetryRequest", clients.s_client, "p384", more=["-no_middlebox"],
             group=["x25519", "secp384r1"])
    long_alpn = ",".join("protocol-%04d" % i for i in range(600))
    b.served("a ClientHello of 8 KiB", clients.s_client, alpn=long_alpn)
    b.served("a ClientHello of 8 KiB in 17 records", clients.s_client, alpn=long_alpn,
             more=["-max_send_frag", "512"])
    b.served("the same with a HelloRetryRequest", clients.s_client, "p384", alpn=long_alpn,
             more=["-max_send_frag", "512"], group=["x25519", "secp384r1"])
    b.served("gnutls-cli with a single key share", clients.gnutls_cli, more=["--single-key-share"])
    for option, extra in (("status_request", ["-status"]), ("max_fragment_length", ["-maxfraglen", "1024"]),
                          ("signed_certificate_timestamp", ["-serverinfo", "18"]),
                          ("use_srtp", ["-use_srtp", "SRTP_AES128_CM_SHA1_80"]),
                          ("an unknown extension", ["-serverinfo", "4321"])):
        b.served("s_client with " + option, clients.s_client, more=extra)
    b.served("gnutls-cli with post_handshake_auth", clients.gnutls_cli, more=["--post-handshake-auth"])
    b.served("gnutls-cli updates both keys after the handshake", clients.gnutls_cli, more=["--rehandshake"])


def main():
    tap.require("openssl", "gnutls-cli", "nginx")
    b = Bench()
    sessions(b)
    forms(b)
    with tap.test("quenchd ends cleanly"):
        b.q.check_end()
    b.work.close()
    tap.done()


main()
