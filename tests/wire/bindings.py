"""Exported keying material and channel bindings of the core in both roles and versions, compared with what
OpenSSL and GnuTLS make of the same session."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import quench
import talker
import tap

NAME = "www.example.com"
LABEL = "EXPORTER-quench-test"
LENGTH = "40"
VERSIONS = ["1.2", "1.3"]
KINDS = ["p256", "rsa2048"]
REQUEST = "GET / HTTP/1.0\r\n\r\n"


def keying_material(text):
    return re.search(r"Keying material: ([0-9A-F]+)", text)[1].lower()


def bindings(text):
    return dict(re.findall(r"'tls-(exporter|server-end-point)': ([0-9a-f]+)", text))


def compare_gnutls(theirs, ours):
    assert ours["exporter"] == theirs["exporter"], (ours, theirs)
    assert ours["end_point"] == theirs["server-end-point"], (ours, theirs)


def output_of(argv):
    done = subprocess.run(argv, input=REQUEST, capture_output=True, text=True, timeout=quench.PATIENCE)
    return done.stdout


def openssl_client(port, version):
    return output_of(["openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, port), "-ign_eof",
                      "-tls" + version.replace(".", "_"), "-keymatexport", LABEL, "-keymatexportlen", LENGTH])


def gnutls_client(port, version):
    return output_of(["gnutls-cli", "--insecure", "--verbose", "--port", str(port), quench.HOST,
                      "--priority", "NORMAL:-VERS-ALL:+VERS-TLS" + version])


def our_server(work, kind, version):
    leaf = work.pki.leaf(kind, NAME)
    server = talker.Server(work, "mode=http", "cert=" + leaf.chain, "key=" + leaf.key, "export=" + LABEL)
    with tap.test("our server and openssl's client, TLS %s %s: key material" % (version, kind)):
        theirs, ours = server.serve(lambda: openssl_client(server.port, version))
        assert ours["exported"] == keying_material(theirs), (ours, theirs)
    with tap.test("our server and gnutls' client, TLS %s %s: bindings" % (version, kind)):
        theirs, ours = server.serve(lambda: gnutls_client(server.port, version))
        compare_gnutls(bindings(theirs), ours)
    server.kill()


class Interactive:
    """A server that ends with its input, which stays open."""

    def __init__(self, work, argv):
        self.name = argv[0]
        self.logfile = work.path("%s-%d.log" % (argv[0], len(work.processes)))
        with open(self.logfile, "wb") as log:
            self.popen = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)
        self.alive = lambda: self.popen.poll() is None
        work.processes.append(self)

    def log(self):
        with open(self.logfile, errors="backslashreplace") as f:
            return f.read()

    def kill(self):
        self.popen.stdin.close()
        self.popen.kill()
        self.popen.wait()


def openssl_server(work, leaf, port):
    return Interactive(work, ["openssl", "s_server", "-accept", "%s:%d" % (quench.HOST, port), "-cert", leaf.cert,
                              "-key", leaf.key, "-keymatexport", LABEL, "-keymatexportlen", LENGTH])


def gnutls_server(work, leaf, port):
    return Interactive(work, ["gnutls-serv", "--echo", "--port", str(port), "--disable-client-cert",
                              "--x509certfile", leaf.cert, "--x509keyfile", leaf.key])


def our_client(work, kind, version, make, what, found, compare):
    leaf, port = work.pki.leaf(kind, NAME), quench.free_port()
    server = make(work, leaf, port)
    with tap.test("our client and %s, TLS %s %s" % (what, version, kind)):
        quench.wait_until(what, lambda: re.search("ACCEPT|listening", server.log(), re.I))
        ours = talker.call(port, "name=" + NAME, "version=" + version, "export=" + LABEL)
        quench.wait_until("its figures", lambda: found in server.log())
        quench.wait_until("all of its figures", lambda: re.search(found + ".*[0-9a-f]{64}", server.log(), re.S | re.I))
        compare(server.log(), ours)
    server.kill()


def compare_openssl(text, ours):
    assert ours["exported"] == keying_material(text), (ours, text)


def main():
    tap.require("openssl", "gnutls-cli", "gnutls-serv")
    work = quench.Work()
    for version in VERSIONS:
        for kind in KINDS:
            our_server(work, kind, version)
            our_client(work, kind, version, openssl_server, "openssl's server: key material", "Keying material:",
                       compare_openssl)
            our_client(work, kind, version, gnutls_server, "gnutls' server: bindings", "'tls-exporter':",
                       lambda text, ours: compare_gnutls(bindings(text), ours))
    work.close()
    tap.done()


main()
