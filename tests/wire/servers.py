"""Our client with other people's servers: openssl s_server and gnutls-serv, each suite, group and kind of
key; HelloRetryRequest, client certificates, KeyUpdate. The servers give back what they are sent."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import clients
import pki
import quench
import tap

NAME = "www.example.com"
CLIENT = os.path.join(quench.TOP, "tests", "lib", "tlsclient")
KINDS = ["p256", "p384", "p521", "rsa2048", "ed25519"]


class Server:
    """One of the two, with a leaf's chain and key."""

    def __init__(self, work, program, leaf, group=None, ask=False, alpn=None):
        self.port = quench.free_port()
        self.reverses = program == "openssl"
        make = self.openssl if program == "openssl" else self.gnutls
        argv = make(work.pki, leaf, group, ask, alpn)
        name = "%s-%s-%d" % (program, leaf.kind, self.port)
        self.process = quench.Process(work, name, argv)
        quench.wait_until(name, lambda: quench.can_connect(self.port))

    def openssl(self, authority, leaf, group, ask, alpn):
        argv = ["openssl", "s_server", "-accept", "%s:%d" % (quench.HOST, self.port), "-rev",
                "-cert", leaf.cert, "-cert_chain", authority.path("middle.pem"), "-key", leaf.key, "-tls1_3"]
        argv += ["-groups", clients.openssl_groups(group)] if group else []
        argv += ["-Verify", "5", "-verify_return_error", "-CAfile", authority.ca] if ask else []
        return argv + (["-alpn", alpn] if alpn else [])

    def gnutls(self, authority, leaf, group, ask, alpn):
        priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL"
        for g in clients.listed(group) or clients.GROUPS:
            priority += ":+GROUP-" + clients.GROUPS[g]["gnutls"]
        argv = ["gnutls-serv", "--echo", "--port", str(self.port), "--x509certfile", leaf.chain,
                "--x509keyfile", leaf.key, "--priority", priority]
        argv += ["--require-client-cert", "--verify-client-cert", "--x509cafile", authority.ca] if ask \
            else ["--disable-client-cert"]
        return argv + (["--alpn", alpn] if alpn else [])

    def echo(self, line):
        return line[::-1] if self.reverses else line

    def end(self):
        self.process.kill()


class Said:
    """What our client told."""

    def __init__(self, server, lines, *options):
        sent = "".join(line + "\n" for line in lines)
        done = subprocess.run([CLIENT, "-n", NAME] + list(options) + [str(server.port)], input=sent,
                              capture_output=True, text=True, timeout=quench.PATIENCE)
        assert done.returncode == 0, done.stderr
        self.lines = done.stdout.splitlines()
        self.desc = self.lines[0]
        for line in lines:
            assert server.echo(line) in self.lines, done.stdout


def matrix(work, program):
    for kind in KINDS:
        server = Server(work, program, work.pki.leaf(kind, NAME))
        for suite in clients.SUITES:
            for group in clients.GROUPS:
                with tap.test("%s %s %s %s" % (program, kind, suite, group)):
                    said = Said(server, ["a line", "another"], "-s", suite, "-g", group)
                    assert said.desc == "(TLS1.3)-(%s)-(%s)-(%s)" % (group, pki.SCHEMES[kind], suite)
                    assert "retried" not in said.lines
                    assert "certificates 2" in said.lines
        server.end()


def retries(work, program):
    leaf = work.pki.leaf("p256", NAME)
    for group in clients.GROUPS:
        first = "secp256r1" if group == "x25519" else "x25519"
        server = Server(work, program, leaf, group=group)
        for suite in clients.SUITES:
            with tap.test("%s HelloRetryRequest %s to %s %s" % (program, first, group, suite)):
                said = Said(server, ["a line"], "-s", suite, "-g", first, "-g", group)
                assert "retried" in said.lines and "(%s)" % group in said.desc, said.lines
        server.end()


def mutual(work, program):
    server = Server(work, program, work.pki.leaf("p256", NAME), ask=True)
    for kind in KINDS:
        with tap.test("%s client certificate %s" % (program, kind)):
            leaf = work.pki.leaf(kind, "client.example.com", purpose="clientAuth")
            said = Said(server, ["a line"], "-c", leaf.chain, "-k", leaf.key)
            assert "asked for a certificate" in said.lines
    with tap.test("%s refuses a client without certificate" % program):
        try:
            Said(server, ["a line"])
        except AssertionError as e:
            # It closes behind its alert: a client that is still sending may see only that.
            assert "fatal alert received" in str(e) or "the transport failed" in str(e), e
        else:
            raise AssertionError("it was taken")
    server.end()


def key_updates(work, program):
    server = Server(work, program, work.pki.leaf("p256", NAME), alpn="h2")
    for suite in clients.SUITES:
        with tap.test("%s key updates %s" % (program, suite)):
            said = Said(server, ["line %d" % i for i in range(6)], "-s", suite, "-u", "5", "-a", "h2")
            assert "key updates 5" in said.lines, said.lines
            assert "protocol h2" in said.lines, said.lines
    with tap.test("%s a long line" % program):
        Said(server, ["x" * 15000 + "y"])
    server.end()


def main():
    tap.require("openssl", "gnutls-serv")
    work = quench.Work()
    for program in ["openssl", "gnutls"]:
        matrix(work, program)
        retries(work, program)
        mutual(work, program)
        key_updates(work, program)
    work.close()
    tap.done()


main()
