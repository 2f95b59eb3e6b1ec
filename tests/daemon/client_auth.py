"""Clients with certificates: who is served and who isn't, in both versions, with the clients of OpenSSL and GnuTLS; and
what the log says of each."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import clients
import pki
import quench
import tap

NAME = "www.example.com"
VERSIONS = ["1.2", "1.3"]
SUBJECT = "CN=quench test "
WORD = "hello-through-the-relay"


def run(argv):
    return subprocess.run(argv, input=WORD + "\n", capture_output=True, text=True, timeout=quench.PATIENCE)


def s_client(port, version, cert, *more):
    argv = ["openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, port), "-quiet", "-ign_eof", "-tls" +
            version.replace(".", "_"), *more]
    argv += ["-cert", cert.cert, "-cert_chain", cert.chain, "-key", cert.key] if cert else []
    done = run(argv)
    return done.stdout + done.stderr


def gnutls_cli(port, version, cert):
    argv = ["gnutls-cli", "--insecure", "--port", str(port), quench.HOST, "--priority",
            "NORMAL:-VERS-ALL:+VERS-TLS" + version]
    argv += ["--x509certfile", cert.chain, "--x509keyfile", cert.key] if cert else []
    return clients.converse(argv, WORD.encode() + b"\n", until=lambda out: ("backend got " + WORD).encode() in out)[1]


def answer(conn):
    """A line comes, the backend says so and is done."""
    data = b""
    while not data.endswith(b"\n"):
        piece = conn.recv(4096)
        if not piece:
            return
        data += piece
    conn.sendall(b"backend got " + data)


def auth(mode, ca, *crl):
    return {"mode": mode, "ca": ca, "crl": list(crl)}


def service(name, leaf, backend, client_auth):
    return dict(quench.service(name, [leaf], backend.port), client_auth=client_auth)


def check(q, name, version, client, cert, subject, end):
    """The connection of this client, and its line; end: that of a refused one, None if it is served."""
    since = q.log_size()
    text = client(q.ports[name], version, cert)
    record = q.ended(since=since)[0]
    assert record["certificate"] == subject, record
    assert ("backend got " + WORD in text) == (end is None), text
    assert record["end"] == end if end else not record["end"].startswith("handshake"), record
    assert (record["backend"] is None) == (end is not None), record


def main():
    tap.require("openssl", "gnutls-cli")
    work = quench.Work()
    other = pki.Pki(work.path("other"))
    server = work.pki.leaf("p256", NAME)
    good, revoked = (work.pki.leaf("p256", n, purpose="clientAuth") for n in ("joe", "jim"))
    rsa = work.pki.leaf("rsa2048", "rsa", purpose="clientAuth")
    stranger = other.leaf("p256", "stranger", purpose="clientAuth")
    expired = work.pki.expired("old", purpose="clientAuth")
    crl, others_crl = work.pki.crl("middle", revoked), other.crl("middle")
    backend = quench.Backend(answer)
    q = quench.Quenchd(
        work, service("open", server, backend, {"mode": "none"}),
        service("request", server, backend, auth("request", work.pki.ca, crl)),
        service("require", server, backend, auth("require", work.pki.ca, others_crl, crl)),
        service("middle", server, backend, auth("require", work.pki.path("middle.pem"))), log={"format": "json"})
    missing = {"1.2": "client without the certificate that is required", "1.3": "client presented no certificate"}

    def refused(reason):
        return "handshake: certificate refused: " + reason

    for version in VERSIONS:
        rows = [
            ("open", "a client with one isn't asked", good, None, None),
            ("request", "a client without one", None, None, None),
            ("request", "a good one", good, SUBJECT + "p256-joe", None),
            ("request", "one of another CA", stranger, SUBJECT + "middle", refused("issuer is not trusted")),
            ("request", "a revoked one", revoked, SUBJECT + "p256-jim", refused("revoked")),
            ("require", "a client without one", None, None, "handshake: " + missing[version]),
            ("require", "a good one", good, SUBJECT + "p256-joe", None),
            ("require", "a good one with an RSA key", rsa, SUBJECT + "rsa2048-rsa", None),
            ("require", "one of another CA", stranger, SUBJECT + "middle", refused("issuer is not trusted")),
            ("require", "a revoked one", revoked, SUBJECT + "p256-jim", refused("revoked")),
            ("require", "a server's one", server, SUBJECT + "p256-" + NAME, refused("not meant for this purpose")),
            ("middle", "a good one, its issuer trusted", good, SUBJECT + "p256-joe", None),
            ("middle", "an expired one", expired, "CN=expired", refused("expired")),
        ]
        for client in (s_client, gnutls_cli):
            for name, what, cert, subject, end in rows:
                if client is gnutls_cli and name == "open" and cert:
                    continue
                with tap.test("%s, TLS %s, %s: %s" % (client.__name__, version, name, what)):
                    check(q, name, version, client, cert, subject, end)

    with tap.test("a refused client hears why"):
        for cert, alert in ((stranger, "unknown ca"), (revoked, "certificate revoked"), (None, "certificate required")):
            text = s_client(q.ports["require"], "1.3", cert)
            assert "alert " + alert in text, text

    for version in VERSIONS:
        with tap.test("TLS %s: a client is told whose certificates are taken" % version):
            for name, cas in (("require", ["root"]), ("middle", ["middle"]), ("open", [])):
                text = run(["openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, q.ports[name]), "-tls" +
                            version.replace(".", "_")]).stdout
                names = re.search(r"Acceptable client certificate CA names\n((?:.*CN.*\n)*)", text)
                found = [n.split("=")[-1].strip() for n in names.group(1).splitlines()] if names else []
                assert found == ["quench test " + ca for ca in cas], text
            text = run(["gnutls-cli", "--verbose", "--insecure", "--port", str(q.ports["require"]), quench.HOST,
                        "--priority", "NORMAL:-VERS-ALL:+VERS-TLS" + version]).stdout
            assert re.search(r"Server's trusted authorities:\s+\[0\]: CN=quench test root\n", text), text
    with tap.test("it ends well"):
        q.check_end()

    with tap.test("a subject that means harm is one line of printable ASCII"):
        evil = work.path("evil")
        done = run(["openssl", "req", "-x509", "-new", "-nodes", "-days", "30", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-utf8", "-keyout", evil + ".key", "-out", evil + ".pem", "-subj",
                    "/CN=a\nb\x1b[2J\" end=\"ok\xe9/O=" + "x" * 64])
        assert done.returncode == 0, done.stderr
        leaf = pki.Leaf("p256", evil + ".pem", evil + ".pem", evil + ".key", None)
        text = quench.Quenchd(work, service("require", server, backend, auth("require", work.pki.ca)), name="text")
        since = text.log_size()
        s_client(text.ports["require"], "1.3", leaf)
        line = text.wait_log(r".* connection .*", since)[0]
        assert line.isascii() and line.isprintable(), line
        assert line.count(" end=\"handshake: certificate refused: issuer is not trusted\"") == 1, line
        assert "x" * 64 in line and "CN=a\\\\0ab\\\\1b[2J\\\\22 end=\\\\22ok" in line, line
        text.check_end()

    work.close()
    tap.done()


main()
