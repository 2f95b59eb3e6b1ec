"""What real clients see beyond the matrix: HelloRetryRequest, ALPN, the choice of a certificate, record
size limits, key updates, bytes that come one by one. The log says the same as the client."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import clients
import quench
import relay
import tap

NAME = "www.example.com"
PAGE = "a page behind quench, "
ALPN = ["h2", "http/1.1"]


class Bench:
    """One quenchd with a service for each subject, and nginx behind."""

    def __init__(self):
        self.work = w = quench.Work()
        self.nginx = quench.Nginx(w)
        self.nginx.file("page", (PAGE * 1000).encode())
        self.echo = quench.Backend(quench.echo)
        port = self.nginx.port
        ecdsa, rsa = w.pki.leaf("p256", NAME), w.pki.leaf("rsa2048", NAME)
        wild = w.pki.leaf("p256", "*.example.com")
        exact = w.pki.leaf("p256", "shop.example.com", "alias.example.org")
        self.leaves = {"first": ecdsa, "rsa": rsa, "wild": wild, "exact": exact}
        self.q = quench.Quenchd(
            w,
            quench.service("plain", [ecdsa], port),
            quench.service("x25519", [ecdsa], port, groups=["x25519"]),
            quench.service("p384", [rsa], port, groups=["secp384r1"]),
            quench.service("alpn", [ecdsa], port, alpn=ALPN),
            quench.service("names", [ecdsa, wild, exact], port),
            quench.service("strict", [ecdsa, wild, exact], port, unknown_sni="refuse"),
            quench.service("pair", [ecdsa, rsa], port),
            quench.service("echo", [ecdsa], self.echo.port),
            log={"format": "json"})
        self.ca = w.pki.ca

    def get(self, client, service, name=NAME, port=None, **kw):
        """The client's result and the log's record of its connection."""
        if client in (clients.python, clients.tstclnt):
            kw["work"] = self.work
        since = self.q.log_size()
        got = client(port or self.q.ports[service], self.ca, name, "/page", **kw)
        assert PAGE * 1000 in got.body, got.text
        return got, self.q.ended(1, since)[0]


def hello_retry(b):
    for service, group, first in (("x25519", "x25519", "secp521r1"),
                                  ("p384", "secp384r1", "x25519"), ("p384", "secp384r1", "secp256r1")):
        for client in (clients.curl, clients.s_client, clients.python, clients.tstclnt):
            with tap.test("%s sends %s first, %s asks for %s" % (client.__name__, first, service, group)):
                got, log = b.get(client, service, group=[first, group])
                assert got.group in (group, None), got.group
                assert log["group"] == group, log
    with tap.test("s_client sees the HelloRetryRequest"):
        trace = b.work.path("trace")
        b.get(clients.s_client, "x25519", group=["secp521r1", "x25519"], more=["-msg", "-msgfile", trace])
        with open(trace) as f:
            text = f.read()
        assert text.count("ServerHello") == 2 and text.count("ClientHello") == 2, text
    with tap.test("gnutls-cli sends no usable key share"):
        # It sends shares for the first two groups of different kinds at most.
        got, log = b.get(clients.gnutls_cli, "p384", group=["x25519", "secp256r1", "secp384r1"])
        assert got.group == log["group"] == "secp384r1", log


def alpn(b):
    all_clients = (clients.curl, clients.s_client, clients.gnutls_cli, clients.python)
    for client in all_clients[1:]:
        for offer, want in (("http/1.1,h2", "h2"), ("http/1.1", "http/1.1"), ("foo,http/1.1", "http/1.1")):
            with tap.test("%s offers %s, %s is chosen" % (client.__name__, offer, want)):
                got, log = b.get(client, "alpn", alpn=offer)
                assert got.alpn == log["alpn"] == want, (got.alpn, log)
    with tap.test("curl offers http/1.1"):
        got, log = b.get(clients.curl, "alpn", alpn="http/1.1")
        assert got.alpn == log["alpn"] == "http/1.1", (got.alpn, log)
    for client in all_clients:
        with tap.test("%s offers no ALPN: none is chosen" % client.__name__):
            got, log = b.get(client, "alpn")
            assert got.alpn is None and log["alpn"] is None, (got.alpn, log)
        with tap.test("%s offers ALPN to a service without: none is chosen" % client.__name__):
            got, log = b.get(client, "plain", alpn="http/1.1")
            assert got.alpn is None and log["alpn"] is None, (got.alpn, log)


def subject(text):
    """The leaf's common name as s_client shows it."""
    return clients.found(r"subject=.*?CN ?= ?quench test (\S+)", text)


def names(b):
    cases = ((NAME, "p256-" + NAME), ("shop.example.com", "p256-shop.example.com"),
             ("alias.example.org", "p256-shop.example.com"), ("other.example.com", "p256-any.example.com"),
             ("OTHER.example.COM", "p256-any.example.com"))
    for service in ("names", "strict"):
        for name, want in cases:
            with tap.test("%s: %s gets %s" % (service, name, want)):
                got, log = b.get(clients.s_client, service, name=name)
                assert subject(got.text) == want, got.text
                assert log["sni"].lower() == name.lower(), log
        for client in (clients.curl, clients.gnutls_cli, clients.python, clients.tstclnt):
            with tap.test("%s: %s takes the wildcard for its name" % (service, client.__name__)):
                b.get(client, service, name="any.example.com")
    for name, why in ((None, "no name"), ("a.b.example.com", "a name two labels under the wildcard"),
                      ("unknown.test", "an unknown name")):
        with tap.test("%s gets the first certificate" % why):
            # The client checks the chain but no name.
            got, log = b.get(clients.s_client, "names", name=None, sni=name)
            assert subject(got.text) == "p256-" + NAME, got.text
            assert log["sni"] == name, log


def pair(b):
    cases = (("ecdsa_secp256r1_sha256", "ecdsa_secp256r1_sha256"),
             ("rsa_pss_rsae_sha256", "rsa_pss_rsae_sha256"),
             ("rsa_pss_rsae_sha384", "rsa_pss_rsae_sha384"),
             ("rsa_pss_rsae_sha512", "rsa_pss_rsae_sha512"),
             ("ed25519:rsa_pss_rsae_sha512:ecdsa_secp384r1_sha384", "rsa_pss_rsae_sha512"),
             (None, "ecdsa_secp256r1_sha256"))
    for offer, want in cases:
        with tap.test("pair: a client that takes %s gets %s" % (offer or "everything", want)):
            # The chain's own signatures are ECDSA; a client that leaves that out says so for them.
            sign = offer and offer + ("" if "ecdsa_secp256r1" in offer else ":ecdsa_secp521r1_sha512")
            got, log = b.get(clients.s_client, "pair", sign=sign)
            assert got.sign == log["signature"] == want, (got.sign, log)
    for sign, want in ((["RSA-PSS-RSAE-SHA256"], "rsa_pss_rsae_sha256"),
                       (["ECDSA-SECP256R1-SHA256"], "ecdsa_secp256r1_sha256")):
        with tap.test("pair: gnutls-cli with %s" % sign[0]):
            # It checks the chain's signatures against the same list.
            sign = sign + ["ECDSA-SHA256"] if "RSA" not in sign[0] else sign
            got, log = b.get(clients.gnutls_cli, "pair", sign=sign,
                             more=["--insecure"] if "RSA" in sign[0] else [])
            assert got.sign == log["signature"] == want, (got.sign, log)


def size_limit(b):
    for limit in (512, 1024, 4096):
        with tap.test("gnutls-cli asks for records of %d bytes" % limit):
            r = relay.Relay(b.q.ports["plain"])
            b.get(clients.gnutls_cli, "plain", port=r.port, more=["--recordsize=%d" % limit])
            sent = r.lengths("server", 23)
            r.close()
            # Its limit is of the data; in RFC 8449 section 4 a byte more, for the content type. 16: the tag.
            assert len(sent) > len(PAGE) * 1000 // limit, sent
            assert max(sent) == limit + 1 + 16, max(sent)
    with tap.test("without a limit records grow past 4096 bytes"):
        r = relay.Relay(b.q.ports["plain"])
        b.get(clients.s_client, "plain", port=r.port)
        sent = r.lengths("server", 23)
        r.close()
        assert 4096 < max(sent) <= 16384 + 1 + 16, max(sent)


def one_by_one(b):
    for client in (clients.curl, clients.s_client, clients.gnutls_cli, clients.python):
        for service in ("plain", "x25519"):
            with tap.test("%s, every byte in a segment of its own, %s" % (client.__name__, service)):
                r = relay.Relay(b.q.ports[service], chop=1)
                b.get(client, service, port=r.port, group=["secp521r1", "x25519"])
                r.close()


class Dialogue:
    """s_client in its interactive mode."""

    def __init__(self, b, service):
        cmd = ["stdbuf", "-o0", "openssl", "s_client", "-connect",
               "%s:%d" % (quench.HOST, b.q.ports[service]), "-tls1_3", "-CAfile", b.ca,
               "-servername", NAME, "-msg"]
        self.file = b.work.path("dialogue")
        with open(self.file, "wb") as out:
            self.popen = subprocess.Popen(cmd, stdin=subprocess.PIPE, stdout=out, stderr=out)
        self.expect("Verify return code: 0 (ok)")

    def say(self, text):
        self.popen.stdin.write(text.encode())
        self.popen.stdin.flush()

    def text(self):
        with open(self.file, errors="replace") as f:
            return f.read()

    def expect(self, text, n=1):
        quench.wait_until(lambda: "%d x %s in: %s" % (n, text, self.text()),
                          lambda: self.text().count(text) >= n)

    def close(self):
        self.popen.stdin.close()
        self.popen.wait(quench.PATIENCE)


def key_update(b):
    with tap.test("s_client updates its own key, ten times"):
        d = Dialogue(b, "echo")
        for i in range(10):
            d.say("k\n")
            d.expect(">>> TLS 1.3, Handshake [length 0005], KeyUpdate", i + 1)
            d.say("after update %d\n" % i)
            d.expect("after update %d" % i)
        assert "<<< TLS 1.3, Handshake [length 0005], KeyUpdate" not in d.text(), d.text()
        d.close()
    with tap.test("s_client asks quench to update, too, ten times"):
        d = Dialogue(b, "echo")
        for i in range(10):
            d.say("K\n")
            d.expect(">>> TLS 1.3, Handshake [length 0005], KeyUpdate", i + 1)
            d.say("after request %d\n" % i)
            d.expect("after request %d" % i)
            d.expect("<<< TLS 1.3, Handshake [length 0005], KeyUpdate", i + 1)
        d.close()
    with tap.test("an idle connection's KeyUpdate is answered without data"):
        d = Dialogue(b, "echo")
        d.say("K\n")
        d.expect("<<< TLS 1.3, Handshake [length 0005], KeyUpdate")
        time.sleep(0.1)
        d.say("and goes on\n")
        d.expect("and goes on")
        d.close()


def main():
    tap.require("openssl", "nginx", "curl", "gnutls-cli", "tstclnt", "certutil", "stdbuf")
    b = Bench()
    for subject_of_test in (hello_retry, alpn, names, pair, size_limit, one_by_one, key_update):
        subject_of_test(b)
    with tap.test("quenchd ends cleanly"):
        b.q.check_end()
    b.work.close()
    tap.done()


main()
