#!/usr/bin/env python3
"""quenchctl probe against the servers of OpenSSL, GnuTLS and nginx, and quenchd, when all goes well: what was offered,
chosen, shown and verified is what the server was set up for; resumption, new keys, renegotiation, client certificates,
staples, the PROXY header. What fails is probe_fails.py's."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import prober
import quench
import servers
import tap
from prober import NAME, probe

VERSIONS = ("1.2", "1.3")
SUITE = {"1.2": "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "1.3": "TLS_AES_256_GCM_SHA384"}
FULL = {"1.3": ["resolve", "connect", "client_hello", "server_hello", "encrypted_extensions", "certificate",
                "verification", "established"],
        "1.2": ["resolve", "connect", "client_hello", "server_hello", "certificate", "server_key_exchange",
                "verification"]}


def openssl(*argv):
    return subprocess.run(["openssl", *argv], capture_output=True, text=True, check=True).stdout


class TlsNginx(quench.Process):
    """nginx that speaks TLS: a plain listener, and one behind the PROXY protocol that says who called."""

    def __init__(self, work, leaf, alpn=True):
        self.port, self.proxied = quench.free_port(), quench.free_port()
        tmp = work.path("tls-nginx")
        os.makedirs(tmp, exist_ok=True)
        temps = "".join("%s_temp_path %s;\n" % (k, tmp) for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        conf = work.write("tls-nginx.conf", """
            daemon off; master_process off; pid %s/pid; error_log stderr; events { }
            http { access_log off; %s ssl_certificate %s; ssl_certificate_key %s; ssl_session_cache shared:x:1m;
              ssl_protocols TLSv1.2 TLSv1.3;
              set_real_ip_from 127.0.0.0/8; real_ip_header proxy_protocol;
              server { listen %s:%d ssl http2; listen %s:%d ssl proxy_protocol;
                location / { return 200 "caller $proxy_protocol_addr:$proxy_protocol_port\\n"; } } }
            """ % (tmp, temps, leaf.chain, leaf.key, quench.HOST, self.port, quench.HOST, self.proxied))
        super().__init__(work, "tls-nginx", ["nginx", "-e", "stderr", "-p", tmp, "-c", conf])
        quench.wait_until("nginx to listen", lambda: self.alive() and quench.can_connect(self.port))


def check_certificate(told, leaf):
    """Held against what openssl says of the file."""
    shown = told.step("certificate")["certificates"]
    text = openssl("x509", "-in", leaf.cert, "-noout", "-fingerprint", "-sha256", "-serial", "-enddate", "-dateopt",
                   "iso_8601")
    want = dict(line.split("=", 1) for line in text.splitlines())
    assert shown[0]["sha256"] == want["sha256 Fingerprint"].replace(":", "").lower(), shown
    assert shown[0]["serial"].lstrip("0") == want["serial"].lower().lstrip("0"), shown
    assert shown[0]["not_after"] == want["notAfter"].replace(" ", "T"), (shown, want)
    assert shown[0]["days_left"] in (29, 30) and shown[0]["names"] == [NAME], shown
    assert shown[0]["issuer"] == shown[1]["subject"] == "CN=quench test middle", shown
    key = subprocess.run("openssl x509 -in %s -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 "
                         "-binary | base64" % leaf.cert, shell=True, capture_output=True, text=True).stdout.strip()
    assert shown[0]["pin_sha256"] == key, (shown, key)


def plain_handshakes(work, leaf, running):
    for kind in (servers.OpenSsl, servers.GnuTls):
        for version in VERSIONS:
            with tap.test("%s, TLS %s: every step is told" % (kind.name, version)):
                server = running.get(kind, leaf)
                told = probe(work, server.port, "--tls", version)
                assert told.ok and told.names()[:len(FULL[version])] == FULL[version], told.names()
                done = told.step("established")
                assert done["version"] == "TLS" + version and not done["resumed"], done
                assert done["signature"] == "ecdsa_secp256r1_sha256" and done["alpn"] is None, done
                assert told.step("client_hello")["server_name"] == NAME
                assert told.step("client_hello")["versions"] == ["TLS" + version]
                assert told.step("server_hello")["version"] == "TLS" + version
                verdict = told.step("verification")
                assert verdict["result"] == "trusted" and verdict["name"] == NAME and verdict["name_matches"], verdict
                check_certificate(told, leaf)
                assert told.step("path")["subjects"] == ["CN=quench test " + n for n in ("p256-" + NAME, "middle", "root")]
                assert told.names()[-1] == "close"


def offers(work, leaf, running):
    server = running.get(servers.OpenSsl, leaf, groups=("secp384r1",))
    with tap.test("a HelloRetryRequest is a step of its own"):
        told = probe(work, server.port, "--groups", "x25519,secp384r1")
        assert told.step("client_hello")["key_shares"] == ["x25519"], told.step("client_hello")
        assert told.step("hello_retry_request")["wanted_group"] == "secp384r1", told.steps
        assert told.all("client_hello")[1]["key_shares"] == ["secp384r1"]
        assert told.step("established")["group"] == "secp384r1"
    with tap.test("--groups and --ciphersuites are what is offered"):
        told = probe(work, server.port, "--groups", "secp384r1,secp256r1", "--ciphersuites",
                     "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384")
        hello = told.step("client_hello")
        assert hello["groups"] == ["secp384r1", "secp256r1"] and hello["key_shares"] == ["secp384r1"], hello
        assert hello["ciphersuites"] == ["TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_256_GCM_SHA384"], hello
        assert hello["versions"] == ["TLS1.3"], hello
        assert "hello_retry_request" not in told.names()
    with tap.test("suites of TLS 1.2 alone offer that version alone"):
        told = probe(work, server.port, "--ciphersuites", SUITE["1.2"])
        assert told.step("client_hello")["versions"] == ["TLS1.2"], told.steps
        assert told.step("established")["ciphersuite"] == SUITE["1.2"]


def alpn(work, nginx):
    for version in VERSIONS:
        with tap.test("nginx, TLS %s: the protocol that ALPN chose" % version):
            told = probe(work, nginx.port, "--tls", version, "--alpn", "http/1.1,h2")
            assert told.step("client_hello")["alpn"] == ["http/1.1", "h2"]
            assert told.step("established")["alpn"] == "h2"
            assert told.step("encrypted_extensions" if version == "1.3" else "server_hello")["alpn"] == "h2"


def resumption(work, leaf, running, nginx, quenchd):
    peers = [(kind.name, running.get(kind, leaf).port) for kind in (servers.OpenSsl, servers.GnuTls)]
    peers += [("nginx", nginx.port), ("quenchd", quenchd.ports["web"])]
    for name, port in peers:
        for version in VERSIONS:
            with tap.test("--resume, %s, TLS %s" % (name, version)):
                told = probe(work, port, "--resume", "--tls", version)
                assert told.ok, told.failed
                assert not told.step("established", 1)["resumed"] and told.step("established", 2)["resumed"]
                assert told.step("resumption")["resumed"] is True
                assert "resumes" in told.step("client_hello", 2) and "certificate" not in told.names(2)
                assert told.step("session_ticket", 1)["bytes"] > 0
                assert told.step("verification", 2)["result"] == "trusted"


def new_keys(work, leaf, running):
    for kind in (servers.OpenSsl, servers.GnuTls):
        with tap.test("--key-update, %s" % kind.name):
            told = probe(work, running.get(kind, leaf).port, "--key-update")
            assert told.ok and told.step("client_hello")["versions"] == ["TLS1.3"]
            assert "key_update" in told.names() and "peer_key_update" in told.names(), told.names()
    with tap.test("--key-update: a server that answers has new keys, and is understood"):
        told = probe(work, running.get(servers.GnuTls, leaf).port, "--key-update", input="hello\n")
        assert told.ok and told.json["answer"] == "hello\n", told.json
        assert told.all("peer_key_update")[-1].get("asks_for_ours") is False, told.all("peer_key_update")


def renegotiation(work, leaf, running, quenchd):
    with tap.test("--renegotiate: OpenSSL accepts when it is told to"):
        told = probe(work, running.get(servers.OpenSsl, leaf).port, "--renegotiate")
        assert told.ok and told.step("renegotiation")["answer"] == "accepted", told.steps
        assert len(told.all("server_hello")) == 2 and told.step("client_hello")["versions"] == ["TLS1.2"]
    with tap.test("--renegotiate: GnuTLS accepts"):
        told = probe(work, running.get(servers.GnuTls, leaf).port, "--renegotiate")
        assert told.ok and told.step("renegotiation")["answer"] == "accepted", told.steps
    with tap.test("--renegotiate: quenchd declines, and the connection goes on"):
        told = probe(work, quenchd.ports["web"], "--renegotiate", input="GET / HTTP/1.0\r\n\r\n")
        assert told.ok and told.step("renegotiation")["answer"].startswith("declined with no_rene"), told.steps
        assert told.json["answer"].startswith("HTTP/1.1 200"), told.json


def client_certificates(work, leaf, running):
    ours = work.pki.leaf("p384", "client", purpose="clientAuth")
    for kind in (servers.OpenSsl, servers.GnuTls):
        server = running.get(kind, leaf, ask=True)
        for version in VERSIONS:
            with tap.test("a client certificate, %s, TLS %s" % (kind.name, version)):
                told = probe(work, server.port, "--tls", version, "--certificate", ours.chain, "--key", ours.key)
                assert told.ok, told.failed
                wanted = told.step("certificate_request")
                assert wanted["authorities"] == ["CN=quench test root"], wanted
                assert "ecdsa_secp384r1_sha384" in wanted["signatures"], wanted
                shown = told.step("client_certificate")["certificates"]
                assert [c["subject"] for c in shown] == ["CN=quench test p384-client", "CN=quench test middle"], shown


def staples(work, leaf):
    serial = openssl("x509", "-in", leaf.cert, "-noout", "-serial").split("=")[1].strip()
    index = work.write("index.txt", "V\t491231235959Z\t\t%s\tunknown\t/CN=leaf\n" % serial)
    middle, key, out = work.pki.path("middle.pem"), work.pki.path("middle.key"), work.path("response.der")
    openssl("ocsp", "-index", index, "-CA", middle, "-rsigner", middle, "-rkey", key, "-issuer", middle, "-cert",
            leaf.cert, "-ndays", "5", "-respout", out)
    server = servers.OpenSsl(work, leaf, more=("-status_file", out))
    for version in VERSIONS:
        with tap.test("a staple, TLS %s" % version):
            told = probe(work, server.port, "--tls", version)
            staple = told.step("staple")
            assert told.ok and staple["says"] == "good" and staple["bytes"] == os.path.getsize(out), told.steps
            assert re.match(r"\d{4}-\d\d-\d\dT", staple["next_update"]), staple
    server.end()


def proxy_headers(work, nginx):
    for option, version in (("--send-proxy", 1), ("--send-proxy=v1", 1), ("--send-proxy=v2", 2)):
        with tap.test("%s is understood by nginx" % option):
            told = probe(work, nginx.proxied, option, input="GET / HTTP/1.0\r\n\r\n")
            assert told.ok and told.step("proxy_header")["version"] == version, told.steps
            caller = told.step("connect")["from"]
            assert told.json["answer"].endswith("caller %s\n" % caller), (told.json["answer"], caller)


def addresses(work, leaf, quenchd):
    with tap.test("--connect elsewhere, with the name of the target"):
        told = prober.probe_to("--trust", work.pki.ca, "--connect", "%s:%d" % (quench.HOST, quenchd.ports["web"]),
                               NAME + ":443")
        assert told.ok and told.step("client_hello")["server_name"] == NAME, told.steps
    with tap.test("a unix socket"):
        told = prober.probe_to("--trust", work.pki.ca, "--connect", "unix:" + work.path("tls.sock"), NAME)
        assert told.ok and told.step("connect")["address"] == "unix:" + work.path("tls.sock"), told.steps
    with tap.test("localhost, whatever it resolves to: the first address that answers"):
        told = prober.probe_to("--trust", work.pki.ca, "--name", NAME, "localhost:%d" % quenchd.ports["web"])
        assert told.ok and told.all("connect")[-1]["address"].startswith(quench.HOST), told.steps
    with tap.test("any name will do when none is given"):
        told = prober.probe_to("--trust", work.pki.ca, "--name", "", "%s:%d" % (quench.HOST, quenchd.ports["web"]))
        assert told.ok and told.step("client_hello")["server_name"] is None, told.steps
        assert told.step("verification")["name"] is None
    with tap.test("--insecure tells the fault, and goes on"):
        told = prober.probe_to("--insecure", "--name", "wrong.example", "%s:%d" % (quench.HOST, quenchd.ports["web"]))
        verdict = told.step("verification")
        assert told.ok and "established" in told.names() and verdict["name_matches"] is False, told.steps
        assert verdict["reason"] == "issuer is not trusted" and "path" not in told.names(), verdict


def main():
    tap.require("openssl", "gnutls-serv", "nginx")
    work = quench.Work()
    leaf = work.pki.leaf("p256", NAME)
    running = servers.Running(work)
    nginx, backend = TlsNginx(work, leaf), quench.Nginx(work)
    backend.file("index.html", b"hello\n")
    quenchd = quench.Quenchd(work, dict(quench.service("web", [leaf], backend.port),
                                        listen=[quench.HOST + ":0", "unix:" + work.path("tls.sock")]))
    plain_handshakes(work, leaf, running)
    offers(work, leaf, running)
    alpn(work, nginx)
    resumption(work, leaf, running, nginx, quenchd)
    new_keys(work, leaf, running)
    renegotiation(work, leaf, running, quenchd)
    client_certificates(work, leaf, running)
    staples(work, leaf)
    proxy_headers(work, nginx)
    addresses(work, leaf, quenchd)
    with tap.test("quenchd ends well"):
        quenchd.check_end()
    tap.done()


main()
