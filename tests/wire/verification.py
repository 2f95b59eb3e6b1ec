"""Chains that are judged in the handshake, in both versions: by our client those of the servers of OpenSSL and GnuTLS, by
our server those of OpenSSL's client. Whoever is refused hears why."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import pki
import quench
import talker
import tap

NAME = "www.example.com"
VERSIONS = ["1.2", "1.3"]


def run(argv, **more):
    return subprocess.run(argv, capture_output=True, text=True, timeout=quench.PATIENCE, **more)


def openssl_server(port, leaf):
    return ["openssl", "s_server", "-accept", "%s:%d" % (quench.HOST, port), "-rev", "-cert", leaf.cert, "-cert_chain",
            leaf.chain, "-key", leaf.key]


def gnutls_server(port, leaf):
    return ["gnutls-serv", "--echo", "--port", str(port), "--disable-client-cert", "--x509certfile", leaf.chain,
            "--x509keyfile", leaf.key]


def our_client(work, make, leaf, cases):
    port = quench.free_port()
    argv = make(port, leaf)
    server = quench.Process(work, "%s-%d" % (argv[0], port), argv)
    quench.wait_until(argv[0], lambda: quench.can_connect(port))
    for what, options, result, alert in cases:
        for version in VERSIONS:
            with tap.test("our client, %s's server, %s, TLS %s" % (argv[0], what, version)):
                told = talker.call(port, "name=" + NAME, "version=" + version, *options, rounds=1)
                assert told["result"] == result, told
                assert result == "ok" or told["sent"] == alert, told
    server.kill()


def our_server(work, leaf, cases):
    for what, cert, trust, result, alert in cases:
        for version in VERSIONS:
            with tap.test("our server, openssl's client, %s, TLS %s" % (what, version)):
                server = talker.Server(work, "mode=http", "cert=" + leaf.chain, "key=" + leaf.key, "ask=require",
                                       "trust=" + trust)
                argv = ["openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, server.port), "-ign_eof",
                        "-tls" + version.replace(".", "_")]
                argv += ["-cert", cert.cert, "-cert_chain", cert.chain, "-key", cert.key] if cert else []
                done, told = server.serve(lambda: run(argv, input="GET / HTTP/1.0\r\n\r\n"))
                server.kill()
                assert told["result"] == result, told
                assert alert is None or "alert " + alert in done.stderr + done.stdout, done.stderr
                assert (result == "ok") == ("HTTP/1." in done.stdout), done.stdout


def main():
    tap.require("openssl", "gnutls-serv")
    work = quench.Work()
    other = pki.Pki(work.path("other"))
    leaf = work.pki.leaf("p256", NAME)
    trust, verify = "trust=" + work.pki.ca, "verify=" + NAME
    revoked, empty = work.pki.crl("middle", leaf), work.pki.crl("middle")
    for make in (openssl_server, gnutls_server):
        our_client(work, make, leaf, [
            ("a good chain", [trust, verify], "ok", None),
            ("another name", [trust, "verify=other.example.com"], "TLS_E_CERTIFICATE_NAME", "bad_certificate"),
            ("an unknown CA", ["trust=" + other.ca, verify], "TLS_E_UNKNOWN_CA", "unknown_ca"),
            ("a revoked leaf", [trust, verify, "crl=" + revoked], "TLS_E_CERTIFICATE_REVOKED", "certificate_revoked"),
            ("a list without it", [trust, verify, "crl=" + empty], "ok", None)])
        our_client(work, make, work.pki.expired(NAME), [
            ("an expired leaf", ["trust=" + work.pki.path("middle.pem"), verify], "TLS_E_CERTIFICATE_EXPIRED",
             "certificate_expired")])
        our_client(work, make, work.pki.leaf("p256", "client.example.com", purpose="clientAuth"), [
            ("a leaf for clients", [trust, "verify=client.example.com"], "TLS_E_CERTIFICATE_PURPOSE",
             "unsupported_certificate")])
    client = work.pki.leaf("p384", "client", purpose="clientAuth")
    our_server(work, leaf, [
        ("a good client", client, work.pki.ca, "ok", None),
        ("a client of another CA", other.leaf("p256", "client", purpose="clientAuth"), work.pki.ca,
         "TLS_E_UNKNOWN_CA", "unknown ca"),
        ("a client with a server's certificate", leaf, work.pki.ca, "TLS_E_CERTIFICATE_PURPOSE", "unsupported certificate"),
        ("an expired client", work.pki.expired(NAME), work.pki.path("middle.pem"), "TLS_E_CERTIFICATE_EXPIRED",
         "certificate expired")])
    work.close()
    tap.done()


main()
