"""Rows of the contract with real peers, as far as these can be made to do their part; what concerns renegotiation is in
renegotiation.py. Each name is that of the row, the versions and our role, as in tests/rows/contract.txt."""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import clients
import ours
import pki
import quench
import relay
import servers
import tap

NAME = "www.example.com"
VERSIONS = ("1.2", "1.3")


class Bench:
    def __init__(self):
        self.work = w = quench.Work()
        self.leaf = w.pki.leaf("p256", NAME)
        self.client_leaf = w.pki.leaf("p384", "client.example.com", purpose="clientAuth")
        self.server = ours.Server(w, cert=self.leaf.chain, key=self.leaf.key, mode="http", timeout=20000)
        self.client = ours.Client(w, name=NAME, timeout=20000)

    def serve(self, client, options, port=None, **kw):
        """What the server tells of a client's connections, and what the client gives or raises."""
        self.server.begin(**options)
        try:
            got = client(port or self.server.port, self.work.pki.ca, NAME, "/", **kw)
        except clients.ClientError as e:
            got = e
        return [self.server.told() for _ in range(options.get("connections", 1))], got

    def peer(self, kind, *more, **kw):
        return kind(self.work, self.leaf, more=more, **kw)

    def call(self, peer, port=None, **options):
        return self.client.call(port=port or peer.port, mode=peer.mode, **options)


def tag(version):
    return version.replace(".", "")


def suite(version):
    return "TLS_AES_128_GCM_SHA256" if version == "1.3" else "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"


# ---- H1, H2: every byte in a segment of its own, both ways

def byte_by_byte(b):
    for version in VERSIONS:
        for client in (clients.s_client, clients.gnutls_cli):
            with tap.test("contract_H1_byte_by_byte_%s_server with %s" % (tag(version), client.__name__)):
                r = relay.Relay(b.server.port, chop=1)
                told, got = b.serve(client, {"ask": "require"}, port=r.port, version=version, cert=b.client_leaf)
                r.close()
                ours.expect(told[0], result="ok", version="TLS" + version, verified=1, answers=1)
                assert got.body, got.text
        for kind in (servers.OpenSsl, servers.GnuTls):
            with tap.test("contract_H1_byte_by_byte_%s_client with %s" % (tag(version), kind.name)):
                peer = b.peer(kind, ask=True)
                r = relay.Relay(peer.port, chop=1)
                told = b.call(peer, r.port, version=version, cert=b.client_leaf.chain, key=b.client_leaf.key)
                r.close()
                peer.end()
                ours.expect(told[0], result="ok", version="TLS" + version, asked=1, answers=1)


# ---- H3: alerts

def alerts(b):
    stranger = pki.Pki(b.work.path("stranger")).ca
    for version in VERSIONS:
        for client, alert in ((clients.s_client, "unknown_ca"), (clients.curl, "unknown_ca"),
                              (clients.gnutls_cli, None)):
            with tap.test("contract_H3_the_peer_trusts_us_not_%s_server with %s" % (tag(version), client.__name__)):
                told, got = b.serve(lambda port, _, *rest, **kw: client(port, stranger, *rest, **kw), {},
                                    version=version)
                assert isinstance(got, clients.ClientError), got.text
                ours.expect(told[0], result="TLS_E_FATAL_ALERT_RECEIVED", alert=alert, established=0, answers=0)
        with tap.test("contract_H3_no_suite_in_common_%s_client with s_server" % tag(version)):
            peer = b.peer(servers.OpenSsl, "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305", "-ciphersuites",
                          "TLS_CHACHA20_POLY1305_SHA256")
            told = b.call(peer, version=version, suite=suite(version))
            peer.end()
            ours.expect(told[0], result="TLS_E_FATAL_ALERT_RECEIVED", alert="handshake_failure", established=0)
        with tap.test("contract_H3_no_certificate_for_a_server_that_wants_one_%s_client with s_server" % tag(version)):
            peer = b.peer(servers.OpenSsl, ask=True)
            told = b.call(peer, version=version)
            peer.end()
            # It closes behind its alert: TLS 1.3 may see only that, for it sends before it knows.
            assert told[0]["result"] in ("TLS_E_FATAL_ALERT_RECEIVED", "TLS_E_PULL_ERROR", "TLS_E_PUSH_ERROR"), told
            assert version == "1.3" or told[0]["alert"] == "handshake_failure", told
    with tap.test("contract_H3_a_warning_about_the_name_12_client with s_server"):
        peer = b.peer(servers.OpenSsl, "-servername", "other.example.com", "-cert2", b.leaf.cert, "-key2", b.leaf.key)
        told = b.call(peer, version="1.2")
        peer.end()
        ours.expect(told[0], result="ok", warnings=1, alert="unrecognized_name", answers=1)


# ---- R6, H5: new keys in TLS 1.3

def key_updates(b):
    for client in (clients.s_client, clients.gnutls_cli):
        with tap.test("contract_R6_rehandshake_asks_for_new_keys_13_server %s answers" % client.__name__):
            # With wait, tls_handshake is called as well: nothing happens there.
            told, _ = b.serve(client, {"renew": 1, "wait": 1}, version="1.3", rounds=2)
            ours.expect(told[0], result="ok", updates=1, requests=0, answers=2)
    with tap.test("contract_R6_gnutls_cli_begins_13_server"):
        told, _ = b.serve(clients.gnutls_cli, {}, version="1.3", more=["--rehandshake"])
        ours.expect(told[0], result="ok", updates=1, requests=0, answers=1)
    for kind in (servers.OpenSsl, servers.GnuTls, servers.Nss, servers.Python):
        with tap.test("contract_H5_handshake_asks_for_new_keys_13_client %s answers" % kind.name):
            peer = b.peer(kind)
            told = b.call(peer, version="1.3", renew=1, rounds=2 if peer.mode == "line" else 1)
            peer.end()
            ours.expect(told[0], result="ok", updates=1)
    with tap.test("contract_H5_answers_the_servers_key_update_13_client with s_server"):
        peer = b.peer(servers.TypedOpenSsl)
        b.client.begin(port=peer.port, version="1.3", rounds=3)
        peer.converse("K")
        peer.expect("round 3")
        peer.type("k\n", "SSL_do_handshake -> ")
        peer.type("round 3\n", None)
        ours.expect(b.client.told(), result="ok", updates=2, answers=3)
        peer.end()


# ---- H6, D: resumption

def abbreviated(b, version):
    session = b.work.path("session" + version)
    for how in ({"tickets": 1}, {"db": True}):
        for client, resume in ((clients.s_client, session), (clients.gnutls_cli, True)):
            with tap.test("contract_H6_full_then_abbreviated_%s_server by %s with %s" % (
                    tag(version), *how, client.__name__)):
                told, _ = b.serve(client, dict(how, connections=2), version=version, resume=resume)
                ours.expect(told[0], result="ok", resumed=0)
                ours.expect(told[1], result="ok", resumed=1, answers=1)
    for kind in (servers.OpenSsl, servers.GnuTls, servers.Nss, servers.Python):
        with tap.test("contract_H6_three_in_a_row_%s_client with %s" % (tag(version), kind.name)):
            peer = b.peer(kind)
            told = b.call(peer, version=version, resume=True, connections=3)
            peer.end()
            assert [t["resumed"] for t in told] == ["0", "1", "1"], told


def full_again(b, version):
    """What can't be resumed is a full handshake."""
    session = b.work.path("session-old" + version)
    with tap.test("contract_H6_full_when_the_session_has_expired_%s_server with s_client" % tag(version)):
        b.serve(clients.s_client, {"tickets": 1, "expire": 1}, version=version, more=["-sess_out", session])
        time.sleep(2)
        told, got = b.serve(clients.s_client, {"tickets": 1, "expire": 1}, version=version, more=["-sess_in", session])
        ours.expect(told[0], result="ok", resumed=0, answers=1)
        assert "New, TLSv" + version in got.text, got.text
    with tap.test("contract_H6_full_when_the_ticket_is_of_another_server_%s_server with s_client" % tag(version)):
        peer = b.peer(servers.OpenSsl)
        clients.run(["openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, peer.port), "-ign_eof", "-servername",
                     NAME, "-sess_out", session, "-tls" + version.replace(".", "_")], b"GET / HTTP/1.0\r\n\r\n")
        peer.end()
        told, _ = b.serve(clients.s_client, {"tickets": 1}, version=version, more=["-sess_in", session])
        ours.expect(told[0], result="ok", resumed=0, answers=1)


def resumption(b):
    for version in VERSIONS:
        abbreviated(b, version)
        full_again(b, version)


def tickets(b):
    for version, n in (("1.2", 1), ("1.3", 4)):
        with tap.test("contract_D4_the_hook_tells_of_tickets_%s_client with s_server" % tag(version)):
            peer = b.peer(servers.OpenSsl, "-num_tickets", str(n))
            told = b.call(peer, version=version, resume=True, connections=2)
            peer.end()
            ours.expect(told[0], result="ok", tickets=n)
            ours.expect(told[1], result="ok", resumed=1)
    with tap.test("contract_D3_no_ticket_came_13_client with s_server"):
        peer = b.peer(servers.OpenSsl, "-num_tickets", "0")
        told = b.call(peer, version="1.3", resume=True, connections=2)
        peer.end()
        ours.expect(told[0], result="ok", tickets=0)
        ours.expect(told[1], result="ok", resumed=0)


# ---- Ends without close_notify

def s_client_dies(port, ca, name, path, version):
    """One request, its answer, and then no more."""
    argv = ["openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, port), "-tls" + version.replace(".", "_")]
    p = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    p.stdin.write(clients.request(path, name, last=False))
    p.stdin.flush()
    data = b""
    while not clients.has_bodies(1)(data):
        data += os.read(p.stdout.fileno(), 65536)
    p.send_signal(signal.SIGKILL)
    p.communicate()


def truncations(b):
    for version in VERSIONS:
        with tap.test("s_client dies, TLS %s: no end that looks like one" % version):
            told, _ = b.serve(s_client_dies, {}, version=version)
            ours.expect(told[0], result="ok", end="TLS_E_PREMATURE_TERMINATION", answers=1)
        with tap.test("s_server dies, TLS %s: no end that looks like one" % version):
            peer = b.peer(servers.TypedOpenSsl)
            b.client.begin(port=peer.port, version=version)
            peer.expect("round 1")
            peer.process.kill()
            ours.expect(b.client.told(), result="TLS_E_PREMATURE_TERMINATION", answers=0)
            peer.end()
        for how in ("fin", "reset"):
            with tap.test("we end by %s, TLS %s: s_client says so" % (how, version)):
                _, got = b.serve(clients.s_client, {"end": how}, version=version)
                said = got.text if isinstance(got, clients.Result) else str(got)
                assert "unexpected eof" in said or "errno=104" in said, said
        with tap.test("we end by fin, TLS %s: gnutls-cli says so" % version):
            _, got = b.serve(clients.gnutls_cli, {"end": "fin"}, version=version)
            said = got.text if isinstance(got, clients.Result) else str(got)
            assert "non-properly terminated" in said or "abnormally" in said, said


def main():
    tap.require("openssl", "curl", "gnutls-cli", "gnutls-serv", "selfserv", "certutil", "pk12util", "stdbuf")
    b = Bench()
    for part in (byte_by_byte, alerts, key_updates, resumption, tickets, truncations):
        part(b)
    with tap.test("our programs end cleanly"):
        b.server.end()
        b.client.end()
    b.work.close()
    tap.done()


main()
