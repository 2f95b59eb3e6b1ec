"""Stapled OCSP responses of a real responder, in both versions: our server with the clients of OpenSSL, GnuTLS and
curl, our client with the servers of OpenSSL and GnuTLS."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import quench
import talker
import tap

NAME = "www.example.com"
VERSIONS = ["1.2", "1.3"]
REQUEST = "GET / HTTP/1.0\r\n\r\n"


def run(argv, **more):
    return subprocess.run(argv, capture_output=True, text=True, timeout=quench.PATIENCE, **more)


def make_response(work, leaf):
    """What the leaf's issuer says of it: good."""
    middle, key = work.pki.path("middle.pem"), work.pki.path("middle.key")
    serial = run(["openssl", "x509", "-in", leaf.cert, "-noout", "-serial"]).stdout.split("=")[1].strip()
    index = work.write("index.txt", "V\t491231235959Z\t\t%s\tunknown\t/CN=leaf\n" % serial)
    out = work.path("response.der")
    done = run(["openssl", "ocsp", "-index", index, "-CA", middle, "-rsigner", middle, "-rkey", key,
                "-issuer", middle, "-cert", leaf.cert, "-ndays", "5", "-respout", out])
    assert os.path.getsize(out) > 100, done.stderr
    return out


def content(path):
    with open(path, "rb") as f:
        return f.read()


def openssl_client(port, version, *more):
    return run(["openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, port), "-ign_eof",
                "-tls" + version.replace(".", "_"), *more], input=REQUEST).stdout


def gnutls_client(port, version, save):
    run(["gnutls-cli", "--insecure", "--save-ocsp=" + save, "--port", str(port), quench.HOST,
         "--priority", "NORMAL:-VERS-ALL:+VERS-TLS" + version], input=REQUEST)
    return content(save)


def curl_client(work, port, version):
    return run(["curl", "-sS", "--http1.0", "--cert-status", "--cacert", work.pki.ca, "--resolve",
                "%s:%d:%s" % (NAME, port, quench.HOST), "--tls-max", version, "--tlsv" + version,
                "https://%s:%d/" % (NAME, port)])


def our_server(work, leaf, response, version):
    server = talker.Server(work, "mode=http", "cert=" + leaf.chain, "key=" + leaf.key, "staple=" + response)
    with tap.test("our server and openssl's client, TLS %s" % version):
        text, told = server.serve(lambda: openssl_client(server.port, version, "-status"))
        assert "OCSP Response Status: successful" in text and "Cert Status: good" in text, text
        assert told["established"] == "1", told
    with tap.test("our server and a client that doesn't ask, TLS %s" % version):
        text, told = server.serve(lambda: openssl_client(server.port, version))
        assert "OCSP Response Status" not in text, text
        assert told["established"] == "1", told
    with tap.test("our server and gnutls' client, TLS %s" % version):
        saved, _ = server.serve(lambda: gnutls_client(server.port, version, work.path("saved.der")))
        assert saved == content(response)
    with tap.test("our server and curl, which verifies the response, TLS %s" % version):
        done, told = server.serve(lambda: curl_client(work, server.port, version))
        assert done.returncode == 0, done.stderr
        assert told["established"] == "1", told
    server.kill()
    with tap.test("curl finds none in the answer of a server without, TLS %s" % version):
        server = talker.Server(work, "mode=http", "cert=" + leaf.chain, "key=" + leaf.key)
        done, _ = server.serve(lambda: curl_client(work, server.port, version))
        assert done.returncode == 91, done.stderr  # CURLE_SSL_INVALIDCERTSTATUS
        server.kill()


def our_daemon(work, leaf, response):
    backend = quench.Nginx(work)
    service = quench.service("web", [leaf], backend.port)
    service["certificates"] = (dict(leaf.conf(), staple=response),)
    q = quench.Quenchd(work, service)
    for version in VERSIONS:
        with tap.test("quenchd and openssl's client, TLS %s" % version):
            text = openssl_client(q.ports["web"], version, "-status")
            assert "OCSP Response Status: successful" in text and "Cert Status: good" in text, text
        with tap.test("quenchd and curl, which verifies the response, TLS %s" % version):
            done = curl_client(work, q.ports["web"], version)
            assert done.returncode == 0, done.stderr
    q.check_end()
    backend.kill()


def openssl_server(port, leaf, response):
    return ["openssl", "s_server", "-accept", "%s:%d" % (quench.HOST, port), "-rev", "-cert", leaf.cert, "-key",
            leaf.key] + (["-status_file", response] if response else [])


def gnutls_server(port, leaf, response):
    return ["gnutls-serv", "--echo", "--port", str(port), "--disable-client-cert", "--x509certfile", leaf.chain,
            "--x509keyfile", leaf.key] + (["--ocsp-response", response] if response else [])


def our_client(work, leaf, response, make):
    argv = make(quench.free_port(), leaf, response)
    port = int(next(a for a in argv if a.split(":")[-1].isdigit()).split(":")[-1])
    server = quench.Process(work, "%s-%d" % (argv[0], port), argv)
    quench.wait_until(argv[0], lambda: quench.can_connect(port))
    for version in VERSIONS:
        with tap.test("our client and %s %s, TLS %s" % (argv[0], "with one" if response else "without", version)):
            told = talker.call(port, "name=" + NAME, "version=" + version, "status", rounds=1)
            assert told["result"] == "ok", told
            want = content(response).hex() if response else "TLS_E_REQUESTED_DATA_NOT_AVAILABLE"
            assert told["staple"] == want, told
    server.kill()


def main():
    tap.require("openssl", "gnutls-cli", "gnutls-serv", "curl", "nginx")
    work = quench.Work()
    leaf = work.pki.leaf("p256", NAME)
    response = make_response(work, leaf)
    for version in VERSIONS:
        our_server(work, leaf, response, version)
    our_daemon(work, leaf, response)
    for make in [openssl_server, gnutls_server]:
        our_client(work, leaf, response, make)
        our_client(work, leaf, None, make)
    work.close()
    tap.done()


main()
