"""What the matrix doesn't ask of our client in TLS 1.2, with the servers of OpenSSL and GnuTLS: data before the
server's Finished (RFC 7918), with and without a client certificate; nothing to give to a server that asks for one;
servers that lack what RFC 7627, RFC 5746 and RFC 8446 want of them."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import quench
import talker
import tap

NAME = "www.example.com"
KINDS = ["p256", "p384", "p521", "rsa2048", "ed25519"]
TLS12 = "NORMAL:-VERS-ALL:+VERS-TLS1.2"


class Server:
    """One of the two; more: arguments of its own."""

    def __init__(self, work, program, kind, more):
        leaf, self.port = work.pki.leaf(kind, NAME), quench.free_port()
        argv = self.openssl(leaf) if program == "openssl" else self.gnutls(leaf)
        name = "%s-%s-%d" % (program, kind, self.port)
        self.process = quench.Process(work, name, argv + more)
        quench.wait_until(name, lambda: quench.can_connect(self.port))

    def openssl(self, leaf):
        return ["openssl", "s_server", "-accept", "%s:%d" % (quench.HOST, self.port), "-rev", "-cert", leaf.cert,
                "-cert_chain", leaf.chain, "-key", leaf.key]

    def gnutls(self, leaf):
        return ["gnutls-serv", "--echo", "--port", str(self.port), "--x509certfile", leaf.chain,
                "--x509keyfile", leaf.key]

    def call(self, *options):
        return talker.call(self.port, "name=" + NAME, *options, rounds=2)

    def kill(self):
        self.process.kill()


def expect(told, **fields):
    for name, value in fields.items():
        assert told[name] == value, "%s=%s: %s" % (name, told[name], told)


def asking(work, program, require):
    """The arguments with which it asks for a certificate, and may do without."""
    if program == "openssl":
        return ["-Verify" if require else "-verify", "5", "-verify_return_error", "-CAfile", work.pki.ca]
    return ["--x509cafile", work.pki.ca, "--verify-client-cert"] + (["--require-client-cert"] if require else [])


def early(work, program):
    for kind in KINDS:
        server = Server(work, program, kind, asking(work, program, False))
        for version, started in (("1.2", "1"), ("1.3", "0")):
            with tap.test("%s %s: data first, TLS %s" % (program, kind, version)):
                told = server.call("early", "version=" + version)
                expect(told, result="ok", end="close_notify", version="TLS" + version, early=started, answers="2",
                       asked="1")
        with tap.test("%s %s: data first, behind a certificate of the client" % (program, kind)):
            leaf = work.pki.leaf(kind, "client.example.com", purpose="clientAuth")
            told = server.call("early", "version=1.2", "cert=" + leaf.chain, "key=" + leaf.key)
            expect(told, result="ok", end="close_notify", early="1", asked="1", answers="2")
        with tap.test("%s %s: data first, a long piece" % (program, kind)):
            told = server.call("early", "version=1.2", "length=15000")
            expect(told, result="ok", early="1", answers="2")
        server.kill()


def none_to_give(work, program):
    server = Server(work, program, "p256", asking(work, program, True))
    for options in ([], ["early"]):
        with tap.test("%s refuses a client without certificate %s" % (program, " ".join(options))):
            told = server.call("version=1.2", *options)
            # With its data sent before, it may see the connection reset before the alert.
            assert told["result"] in ("TLS_E_FATAL_ALERT_RECEIVED", "TLS_E_PULL_ERROR", "TLS_E_PUSH_ERROR"), told
            expect(told, asked="1", answers="0")
    server.kill()


def old_servers(work):
    server = Server(work, "gnutls", "p256", ["--disable-client-cert", "--priority", TLS12 + ":%NO_SESSION_HASH"])
    with tap.test("a server without the extended master secret"):
        expect(server.call("version=1.2"), result="ok", ems="0", answers="2")
    server.kill()
    server = Server(work, "gnutls", "p256",
                    ["--disable-client-cert", "--priority", TLS12 + ":%DISABLE_SAFE_RENEGOTIATION"])
    with tap.test("a server without secure renegotiation is refused"):
        expect(server.call("version=1.2"), result="TLS_E_SAFE_RENEGOTIATION_FAILED", sent="handshake_failure")
    server.kill()


def both_versions(work):
    # GnuTLS speaks of the suites, of which there is none in common then.
    for program, more, alert in (("openssl", ["-tls1_2"], "protocol_version"),
                                 ("gnutls", ["--disable-client-cert", "--priority", TLS12], "handshake_failure")):
        server = Server(work, program, "p256", more)
        with tap.test("our client offers both versions, %s chooses TLS 1.2" % program):
            expect(server.call(), result="ok", version="TLS1.2", answers="2")
        with tap.test("our client offers TLS 1.3 alone, %s has none" % program):
            expect(server.call("version=1.3"), result="TLS_E_FATAL_ALERT_RECEIVED", alert=alert)
        server.kill()


def main():
    tap.require("openssl", "gnutls-serv")
    work = quench.Work()
    for program in ("openssl", "gnutls"):
        early(work, program)
        none_to_give(work, program)
    old_servers(work)
    both_versions(work)
    work.close()
    tap.done()


main()
