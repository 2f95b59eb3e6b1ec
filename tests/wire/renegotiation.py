"""Renegotiation in TLS 1.2 between the core and OpenSSL or GnuTLS, in both roles: asked for by either side, with
data before, meanwhile and after it, with a certificate that is shown only then, and declined by either side."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import cells
import quench
import talker
import tap

NAME = "www.example.com"
PRIORITY = "NORMAL:-VERS-ALL:+VERS-TLS1.2"


class Program:
    """Somebody else's client or server, to which a person would type."""

    def __init__(self, work, argv):
        self.path = work.path("said-%d" % len(work.processes))
        with open(self.path, "wb") as out:
            self.popen = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT)
        work.processes.append(self)
        self.name = argv[0]
        self.alive = lambda: self.popen.poll() is None

    def type(self, text):
        self.popen.stdin.write(text.encode() + b"\n")
        self.popen.stdin.flush()

    def text(self):
        with open(self.path, encoding="latin-1") as f:
            return f.read()

    log = text

    def says(self, text, times=1):
        try:
            quench.wait_until(text, lambda: self.text().count(text) >= times or not self.alive())
        finally:
            assert self.text().count(text) >= times, "no %r:\n%s" % (text, self.text())

    def ends(self):
        """True if it ended by itself, and well."""
        self.popen.stdin.close()
        return self.popen.wait(quench.PATIENCE) == 0

    def kill(self):
        self.popen.kill()
        self.popen.wait()


def s_client(work, port, *more):
    # -nbio: without it, it waits for data behind a handshake that it was asked for
    return Program(work, ["openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, port), "-tls1_2", "-nbio",
                          "-CAfile", work.pki.ca, "-verify_return_error", *more])


def gnutls_cli(work, port, *more):
    return Program(work, ["gnutls-cli", "--x509cafile", work.pki.ca, "--verify-hostname", NAME, "--priority",
                          PRIORITY, "-p", str(port), *more, quench.HOST])


def lines(program, n):
    """n lines, and their echo. The program is told its input line by line; s_client shows only the echo."""
    for i in range(n):
        program.type("line %d" % i)
        program.says("line %d" % i)


def with_our_server(work):
    leaf, mine = work.pki.leaf("p256", NAME), work.pki.leaf("rsa2048", "client.example.com", purpose="clientAuth")
    server = talker.Server(work, "version=1.2", "cert=" + leaf.chain, "key=" + leaf.key)

    def talk(make, *more, n=4, typed=()):
        def client():
            program = make(work, server.port, *more)
            for text in typed:
                program.type(text)
                program.says("RENEGOTIATING")
            lines(program, n)
            if make is s_client:
                program.type("Q")
            return program.ends(), program.text()
        return client

    for suite in cells.SUITES:
        name = "suite=TLS_ECDHE_ECDSA_WITH_" + suite
        with tap.test("contract_R3_s_client_is_asked_three_times_12_server data behind the request, %s" % suite):
            _, told = server.serve(talk(s_client), "renew=3", name)
            assert (told["result"], told["renegotiated"], told["answers"]) == ("ok", "3", "4"), told
        with tap.test("contract_R3_gnutls_cli_is_asked_three_times_12_server %s" % suite):
            _, told = server.serve(talk(gnutls_cli), "renew=3", "wait=1", name)
            assert (told["result"], told["renegotiated"], told["answers"]) == ("ok", "3", "4"), told
    with tap.test("contract_R3_s_client_shows_a_certificate_the_second_time_12_server"):
        _, told = server.serve(talk(s_client, "-cert", mine.chain, "-key", mine.key), "renew=1", "ask=later")
        assert (told["result"], told["renegotiated"], told["peers"], told["verified"]) == ("ok", "1", "1", "1"), told
    with tap.test("contract_R3_gnutls_cli_shows_a_certificate_the_second_time_12_server"):
        _, told = server.serve(talk(gnutls_cli, "--x509certfile", mine.chain, "--x509keyfile", mine.key), "renew=1",
                               "wait=1", "ask=later")
        assert (told["result"], told["renegotiated"], told["verified"]) == ("ok", "1", "1"), told
    with tap.test("contract_R4_s_client_declines_and_goes_on_12_server"):
        _, told = server.serve(talk(s_client, "-no_renegotiation"), "renew=2")
        assert (told["result"], told["renegotiated"], told["answers"]) == ("ok", "0", "4"), told
        assert told["warnings"] in ("1", "2"), told
    with tap.test("contract_R8_s_client_begins_where_it_may_12_server"):
        (_, text), told = server.serve(talk(s_client, typed=["R"]), "allow=1")
        assert (told["result"], told["renegotiated"], told["answers"]) == ("ok", "1", "4"), told
        assert "RENEGOTIATING" in text, text
    with tap.test("contract_R8_gnutls_cli_begins_where_it_may_12_server"):
        (_, text), told = server.serve(talk(gnutls_cli, "--rehandshake"), "allow=1")
        assert (told["result"], told["renegotiated"], told["answers"]) == ("ok", "1", "4"), told
        assert "ReHandshake was completed" in text, text
    for how in "", "decline=1":
        with tap.test("contract_R8_s_client_is_told_no_12_server and then doesn't want to go on %s" % how):
            (_, text), told = server.serve(lambda: refused(s_client(work, server.port), "R"), how)
            assert (told["renegotiated"], told["requests"], told["alert"]) == ("0", "1", "handshake_failure"), told
            assert "no renegotiation" in text, text
    with tap.test("contract_R8_gnutls_cli_is_told_no_until_it_may_ask_no_more_12_server"):
        (_, text), told = server.serve(lambda: refused(gnutls_cli(work, server.port, "--rehandshake")))
        assert (told["result"], told["requests"]) == ("TLS_E_TOO_MANY_RENEGOTIATIONS", "8"), told
        assert "No renegotiation is allowed" in text, text
    server.kill()


def refused(program, *typed):
    for text in typed:
        program.type(text)
    program.popen.wait(quench.PATIENCE)
    return program.ends(), program.text()


def s_server(work, leaf, *more):
    port = quench.free_port()
    program = Program(work, ["openssl", "s_server", "-accept", "%s:%d" % (quench.HOST, port), "-tls1_2", "-cert",
                             leaf.cert, "-cert_chain", work.pki.path("middle.pem"), "-key", leaf.key, *more])
    program.says("ACCEPT")
    program.port = port
    return program


def gnutls_serv(work, leaf, *more):
    port = quench.free_port()
    program = Program(work, ["gnutls-serv", "--echo", "--port", str(port), "--x509certfile", leaf.chain,
                             "--x509keyfile", leaf.key, "--priority", PRIORITY, *more])
    quench.wait_until("gnutls-serv", lambda: quench.can_connect(port))
    program.port = port
    return program


def good(told, **want):
    assert told["result"] == "ok", told
    for field, value in want.items():
        assert told[field] == value, told


def with_their_servers(work):
    leaf, mine = work.pki.leaf("p256", NAME), work.pki.leaf("p384", "client.example.com", purpose="clientAuth")
    for suite in cells.SUITES:
        name = "suite=TLS_ECDHE_ECDSA_WITH_" + suite
        for make, more in ((s_server, ("-rev", "-client_renegotiation")), (gnutls_serv, ())):
            with tap.test("contract_R3_we_begin_three_times_12_client with %s, %s" % (make.__name__, suite)):
                server = make(work, leaf, *more)
                good(talker.call(server.port, "version=1.2", "renew=3", name, rounds=4), renegotiated="3",
                     answers="4")
                server.kill()
    with tap.test("contract_R4_s_server_tells_us_no_and_we_go_on_12_client"):
        server = s_server(work, leaf, "-rev")
        good(talker.call(server.port, "version=1.2", "renew=1", rounds=3), renegotiated="0", warnings="1", answers="3")
        server.kill()
    for decline in "0", "1":
        with tap.test("contract_R8_gnutls_serv_asks_12_client and we %s" % ("decline" if decline == "1" else "begin")):
            server = gnutls_serv(work, leaf, "--disable-client-cert")
            if decline == "0":
                good(talker.call(server.port, "version=1.2", "say=**REHANDSHAKE**", rounds=3), renegotiated="1",
                     requests="1", answers="3")
            else:
                told = talker.call(server.port, "version=1.2", "say=**REHANDSHAKE**", "decline=1", rounds=1)
                assert told["renegotiated"] == "0" and told["requests"] == "1", told
            server.kill()
    asked_by_s_server(work, leaf, mine)


class Caller:
    """tlsclient, while somebody else's server is typed to."""

    def __init__(self, server, *options):
        self.popen = subprocess.Popen([os.path.join(talker.FOLDER, "tlsclient"), "port=%d" % server.port,
                                       "version=1.2", "rounds=2", *options], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        self.popen.stdin.write("\n")
        self.popen.stdin.close()
        server.says("round 1")

    def __enter__(self):
        return self

    def out(self):
        return self.popen.stdout.read().splitlines()

    def __exit__(self, *_):
        self.popen.kill()
        self.popen.wait()
        self.popen.stdout.close()


def asked_by_s_server(work, leaf, mine):
    """Commands of s_server: r asks, R asks and wants a certificate; what else is typed goes to the client."""
    for command, options, asked in (("r", (), "0"), ("R", ("cert=" + mine.chain, "key=" + mine.key), "1")):
        with tap.test("contract_R3_s_server_asks_12_client by %s" % command):
            server = s_server(work, leaf, "-CAfile", work.pki.ca)
            with Caller(server, *options) as client:
                server.type(command)
                server.says("SSL_do_handshake -> ")
                server.type("answer 1")
                server.says("round 2")
                server.type("answer 2")
                out = client.out()
            server.kill()
            assert out[:2] == ["said=answer 1", "said=answer 2"], out
            good(talker.told(out[-1]), renegotiated="1", asked=asked)
    with tap.test("contract_R8_s_server_asks_and_we_decline_12_client"):
        server = s_server(work, leaf)
        with Caller(server, "decline=1") as client:
            server.type("r")
            told = talker.told(client.out()[-1])
        assert (told["requests"], told["renegotiated"], told["alert"]) == ("1", "0", "handshake_failure"), told
        server.says("no renegotiation")
        server.kill()


def with_quenchd(work):
    """It wants no renegotiation, and what the client and the backend say to each other goes on."""
    backend = quench.Backend(quench.echo)
    q = quench.Quenchd(work, quench.service("web", [work.pki.leaf("p256", NAME)], backend.port))
    for n in 1, 8:
        with tap.test("quenchd tells us no %d times, and we go on" % n):
            good(talker.call(q.ports["web"], "version=1.2", "renew=%d" % n, rounds=n + 1), renegotiated="0",
                 warnings=str(n), answers=str(n + 1), end="close_notify")
    with tap.test("quenchd bears no ninth time"):
        since = q.log_size()
        told = talker.call(q.ports["web"], "version=1.2", "renew=9", rounds=10)
        assert (told["warnings"], told["alert"]) == ("8", "unexpected_message"), told
        q.wait_log("too many attempts to renegotiate", since)
    with tap.test("quenchd is well"):
        q.check_end()
    backend.close()


def main():
    tap.require("openssl", "gnutls-cli", "gnutls-serv")
    work = quench.Work()
    with_quenchd(work)
    with_our_server(work)
    with_their_servers(work)
    work.close()
    tap.done()


main()
