"""Our client with other people's servers: openssl s_server and gnutls-serv, each suite, group and kind of
key; HelloRetryRequest, client certificates, KeyUpdate. The servers give back what they are sent."""
import os
import re
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

    def __init__(self, server, *options, rounds=1):
        line = "port=%d name=%s rounds=%d %s\n" % (server.port, NAME, rounds, " ".join(options))
        done = subprocess.run([CLIENT], input=line, capture_output=True, text=True, timeout=quench.PATIENCE)
        *said, last = done.stdout.splitlines()
        self.told = dict(field.split("=", 1) for field in last.split())
        assert self.told["result"] == "ok", last
        for i, answer in enumerate(said):
            sent = server.echo("round %d" % (i + 1))
            assert sent.strip(".") in answer, answer
        assert len(said) == rounds, done.stdout


def matrix(work, program):
    for kind in KINDS:
        server = Server(work, program, work.pki.leaf(kind, NAME))
        for suite in clients.SUITES:
            for group in clients.GROUPS:
                with tap.test("%s %s %s %s" % (program, kind, suite, group)):
                    told = Said(server, "suite=" + suite, "group=" + group, rounds=2).told
                    assert (told["version"], told["suite"], told["group"]) == ("TLS1.3", suite, group), told
                    assert told["scheme"] == pki.SCHEMES[kind], told
                    assert (told["retried"], told["peers"]) == ("0", "2"), told
        server.end()


def retries(work, program):
    leaf = work.pki.leaf("p256", NAME)
    for group in clients.GROUPS:
        first = "secp256r1" if group == "x25519" else "x25519"
        server = Server(work, program, leaf, group=group)
        for suite in clients.SUITES:
            with tap.test("%s HelloRetryRequest %s to %s %s" % (program, first, group, suite)):
                told = Said(server, "suite=" + suite, "group=" + first, "group=" + group).told
                assert (told["retried"], told["group"]) == ("1", group), told
        server.end()


def mutual(work, program):
    server = Server(work, program, work.pki.leaf("p256", NAME), ask=True)
    for kind in KINDS:
        with tap.test("%s client certificate %s" % (program, kind)):
            leaf = work.pki.leaf(kind, "client.example.com", purpose="clientAuth")
            told = Said(server, "cert=" + leaf.chain, "key=" + leaf.key).told
            assert told["asked"] == "1", told
    with tap.test("%s refuses a client without certificate" % program):
        try:
            Said(server)
        except AssertionError as e:
            # It closes behind its alert: a client that is still sending may see only that.
            assert re.search("FATAL_ALERT_RECEIVED|PULL_ERROR|PUSH_ERROR", str(e)), e
        else:
            raise AssertionError("it was taken")
    server.end()


def key_updates(work, program):
    server = Server(work, program, work.pki.leaf("p256", NAME), alpn="h2")
    for suite in clients.SUITES:
        with tap.test("%s key updates %s" % (program, suite)):
            told = Said(server, "suite=" + suite, "renew=5", "alpn=h2", rounds=6).told
            assert (told["updates"], told["alpn"]) == ("5", "h2"), told
    with tap.test("%s a long line" % program):
        Said(server, "length=15000")
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
