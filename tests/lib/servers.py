"""servers.py - the TLS servers that our client is tested against.

Each class starts one on a port of loopback: for TLS 1.2 and 1.3, with the chain and key of a leaf. groups: only
these, best first; ask: a client certificate is required and checked; more: arguments, for example no_tickets, which
leaves the server its own memory of sessions. mode is how one talks with it, in
tlsclient's words.
"""
import os
import subprocess
import sys

import algorithms
import clients
import quench
from quench import HOST


class Peer:
    n_certificates = 2
    stdin = subprocess.DEVNULL

    def __init__(self, work, leaf, groups=None, ask=False, more=()):
        self.work, self.leaf, self.groups, self.ask, self.more = work, leaf, groups, ask, more
        self.port = quench.free_port()
        name = "%s-%s-%d" % (type(self).__name__.lower(), leaf.kind, self.port)
        self.process = quench.Process(work, name, self.argv(), self.env(), self.stdin)
        quench.wait_until(name, lambda: quench.can_connect(self.port))

    def env(self):
        return {}

    def end(self):
        self.process.kill()
        self.work.processes.remove(self.process)


class OpenSsl(Peer):
    name, mode = "OpenSSL s_server", "http"
    no_tickets = ("-no_ticket",)

    def argv(self):
        authority = self.work.pki
        argv = ["openssl", "s_server", "-accept", "%s:%d" % (HOST, self.port), "-www", "-client_renegotiation",
                "-cert", self.leaf.cert, "-cert_chain", self.leaf.issuer, "-key", self.leaf.key]
        argv += ["-groups", algorithms.openssl_groups(self.groups)] if self.groups else []
        argv += ["-Verify", "5", "-verify_return_error", "-CAfile", authority.ca] if self.ask else []
        return argv + list(self.more)


class TypedOpenSsl(OpenSsl):
    """One that is told by somebody at its keyboard what to say, and when to ask for new keys."""

    mode = "line"
    stdin = subprocess.PIPE

    def argv(self):
        return ["stdbuf", "-o0"] + [word for word in super().argv() if word != "-www"]

    def type(self, text, then):
        """Types it; then the log goes on with what is expected."""
        since = self.process.log_size()
        self.process.popen.stdin.write(text.encode())
        self.process.popen.stdin.flush()
        if then:
            self.expect(then, since)

    def expect(self, text, since=0):
        quench.wait_until(lambda: "%s in %s" % (text, self.process.log_since(since)),
                          lambda: text in self.process.log_since(since))

    def converse(self, command):
        """Two rounds, with a command of one letter before the second answer."""
        since, self.since = getattr(self, "since", 0), 0
        self.expect("round 1", since)
        self.type("round 1\n", "round 2")
        self.type(command + "\n", "SSL_do_handshake -> ")
        self.since = self.process.log_size()
        self.type("round 2\n", None)


class GnuTls(Peer):
    name, mode = "gnutls-serv", "line"
    no_tickets = ("--noticket",)

    def argv(self):
        priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-GROUP-ALL"
        for group in algorithms.listed(self.groups) or algorithms.GROUPS:
            priority += ":+GROUP-" + algorithms.GROUPS[group]["gnutls"]
        argv = ["gnutls-serv", "--echo", "--port", str(self.port), "--x509certfile", self.leaf.chain,
                "--x509keyfile", self.leaf.key, "--priority", priority]
        argv += ["--require-client-cert", "--verify-client-cert", "--x509cafile", self.work.pki.ca] \
            if self.ask else ["--disable-client-cert"]
        return argv + list(self.more)


class Nss(Peer):
    name, mode = "NSS selfserv", "http"
    no_tickets = ("without -u",)  # no argument of its own
    n_certificates = 3  # it sends the root, too

    def argv(self):
        argv = ["selfserv", "-d", "sql:" + clients.nss_db(self.work, self.work.pki.ca, self.leaf),
                "-n", clients.nss_nickname(self.leaf), "-p", str(self.port), "-V", "tls1.2:tls1.3"]
        argv += ["-I", ",".join(algorithms.GROUPS[g]["nss"] for g in algorithms.listed(self.groups))] \
            if self.groups else []
        argv += ["-u"] if self.no_tickets != self.more else []
        return argv + (["-r", "-r"] if self.ask else [])


class Python(Peer):
    name, mode = "Python ssl", "http"
    no_tickets = ("noticket",)

    def argv(self):
        return [sys.executable, os.path.join(clients.HERE, "pyserver.py"), str(self.port), self.leaf.chain,
                self.leaf.key, self.work.pki.ca if self.ask else "", *self.more]

    def env(self):
        return {"OPENSSL_CONF": clients.openssl_conf(self.work, group=self.groups)}


class Running:
    """Servers that are wanted again and again; the longest unused one ends when there are too many."""

    def __init__(self, work, most=4):
        self.work, self.most, self.servers = work, most, {}

    def get(self, kind, leaf, groups=None, ask=False, more=()):
        key = (kind, leaf.cert, groups, ask, more)
        server = self.servers.pop(key, None) or kind(self.work, leaf, groups, ask, more)
        self.servers[key] = server
        if len(self.servers) > self.most:
            self.servers.pop(next(iter(self.servers))).end()
        return server
