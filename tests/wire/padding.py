"""Padded records of TLS 1.3: ours taken by OpenSSL, GnuTLS and curl, theirs taken by us."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import quench
import talker
import tap

NAME = "www.example.com"
BLOCKS = [100, 512, 16384]


def clients(work, port):
    yield "openssl", ["openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, port), "-ign_eof", "-tls1_3"]
    yield "gnutls", ["gnutls-cli", "--insecure", "--port", str(port), quench.HOST]
    yield "curl", ["curl", "-sS", "--http1.0", "--cacert", work.pki.ca, "--tlsv1.3", "--resolve",
                   "%s:%d:%s" % (NAME, port, quench.HOST), "https://%s:%d/" % (NAME, port)]


def our_server(work, leaf, block):
    server = talker.Server(work, "mode=http", "body=20000", "cert=" + leaf.chain, "key=" + leaf.key,
                           "pad=%d" % block)
    for name, argv in clients(work, server.port):
        with tap.test("our server pads to %d, %s reads it" % (block, name)):
            done, told = server.serve(lambda: subprocess.run(
                argv, input="GET / HTTP/1.0\r\n\r\n", capture_output=True, text=True, timeout=quench.PATIENCE))
            assert done.stdout.count("a page of the server") > 800, done
            assert (told["version"], told["answers"]) == ("TLS1.3", "1"), told
    server.kill()


def our_client(work, name, argv, port, *options):
    server = quench.Process(work, "%s-%d" % (argv[0], port), argv)
    quench.wait_until(argv[0], lambda: quench.can_connect(port))
    with tap.test(name):
        told = talker.call(port, "name=" + NAME, "version=1.3", "length=15000", *options, rounds=3)
        assert (told["result"], told["answers"]) == ("ok", "3"), told
    server.kill()


def main():
    tap.require("openssl", "gnutls-cli", "gnutls-serv", "curl")
    work = quench.Work()
    leaf = work.pki.leaf("p256", NAME)
    for block in BLOCKS:
        our_server(work, leaf, block)
        port = quench.free_port()
        openssl = ["openssl", "s_server", "-accept", "%s:%d" % (quench.HOST, port), "-rev", "-cert", leaf.cert,
                   "-key", leaf.key]
        our_client(work, "openssl's server reads what our client pads to %d" % block, openssl, port,
                   "pad=%d" % block)
        our_client(work, "our client reads what openssl's server pads to %d" % block,
                   openssl + ["-record_padding", str(block)], port)
        gnutls = ["gnutls-serv", "--echo", "--port", str(port), "--disable-client-cert", "--x509certfile",
                  leaf.chain, "--x509keyfile", leaf.key]
        our_client(work, "gnutls' server reads what our client pads to %d" % block, gnutls, port, "pad=%d" % block)
    work.close()
    tap.done()


main()
