#!/usr/bin/env python3
"""What real servers show, judged by quenchctl verify: their chain as openssl's client prints it, and their OCSP response
as gnutls' client saves it."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pki
import quench
import tap

NAME = "www.example.com"
QUENCHCTL = os.path.join(os.environ.get("top_builddir", os.getcwd()), "quenchctl")
YEAR = 365 * 86400


def openssl_server(work, leaf, port, response):
    return ["openssl", "s_server", "-accept", "%s:%d" % (quench.HOST, port), "-www", "-cert", leaf.cert, "-cert_chain",
            leaf.issuer, "-key", leaf.key, "-status_file", response]


def gnutls_server(work, leaf, port, response):
    return ["gnutls-serv", "--http", "--port", str(port), "--disable-client-cert", "--x509certfile", leaf.chain,
            "--x509keyfile", leaf.key, "--ocsp-response", response]


def nginx_server(work, leaf, port, response):
    tmp = work.path("nginx-tmp")
    os.makedirs(tmp, exist_ok=True)
    temps = "".join("%s_temp_path %s;\n" % (k, tmp) for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    conf = work.write("nginx-tls.conf", """
        daemon off; master_process off; pid %s/pid; error_log stderr;
        events { }
        http { access_log off; %s
          server { listen %s:%d ssl; ssl_certificate %s; ssl_certificate_key %s;
                   ssl_stapling on; ssl_stapling_file %s; location / { return 200 "ok"; } } }
        """ % (tmp, temps, quench.HOST, port, leaf.chain, leaf.key, response))
    return ["nginx", "-e", "stderr", "-p", tmp, "-c", conf]


def index(work, leaf, status):
    out = subprocess.check_output(["openssl", "x509", "-in", leaf.cert, "-noout", "-serial"], text=True)
    return work.write("index.txt", "%s\t491231235959Z\t%s\t%s\tunknown\t/CN=leaf\n"
                      % (status, "260101000000Z" if status == "R" else "", out.strip().split("=")[1]))


def make_response(work, leaf, status):
    middle, key, out = work.pki.path("middle.pem"), work.pki.path("middle.key"), work.path("response-%s.der" % status)
    subprocess.run(["openssl", "ocsp", "-index", index(work, leaf, status), "-CA", middle, "-rsigner", middle, "-rkey", key,
                    "-issuer", middle, "-cert", leaf.cert, "-ndays", "5", "-respout", out], check=True, capture_output=True)
    return out


def make_crl(work, leaf):
    cnf = work.write("ca.cnf", "[ca]\ndefault_ca=d\n[d]\ndatabase=%s\ncrlnumber=%s\ndefault_md=sha256\ncrl_extensions=x\n"
                     "[x]\nauthorityKeyIdentifier=keyid\n" % (index(work, leaf, "R"), work.write("number", "01\n")))
    out = work.path("revoked.crl")
    subprocess.run(["openssl", "ca", "-config", cnf, "-gencrl", "-crldays", "30", "-keyfile", work.pki.path("middle.key"),
                    "-cert", work.pki.path("middle.pem"), "-out", out], check=True, capture_output=True)
    return out


def shown_chain(port):
    """All that it prints, words and certificates."""
    done = subprocess.run(["openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, port), "-showcerts", "-servername",
                           NAME], input="", capture_output=True, text=True, timeout=quench.PATIENCE)
    assert done.stdout.count("BEGIN CERTIFICATE") >= 2, done.stdout + done.stderr
    return done.stdout


def shown_staple(work, port):
    out = work.path("saved.der")
    subprocess.run(["gnutls-cli", "--insecure", "--save-ocsp=" + out, "--port", str(port), quench.HOST], input="",
                   capture_output=True, text=True, timeout=quench.PATIENCE)
    assert os.path.getsize(out) > 100
    return out


def judged(what, chain, args, reason):
    with tap.test(what):
        done = subprocess.run([QUENCHCTL, "verify"] + args + ["-"], input=chain, capture_output=True, text=True,
                              timeout=quench.PATIENCE)
        assert done.stderr == "" and done.returncode == (1 if reason else 0), (done.stdout, done.stderr)
        assert done.stdout.startswith("-: not valid: %s, certificate " % reason if reason else "-: valid\n"), done.stdout


def ask(work, other, title, port, crl, staple_says):
    trust = ["--trust", work.pki.ca]
    chain = shown_chain(port)
    late = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + YEAR))
    judged(title + " shows a good chain", chain, trust + ["--name", "dns:" + NAME], None)
    judged(title + " is another", chain, trust + ["--name", "dns:www.example.net"], "name does not match")
    judged(title + " has an unknown CA", chain, ["--trust", other.ca], "issuer is not trusted")
    judged(title + " shows an expired chain, in a year", chain, trust + ["--at", late], "expired")
    judged(title + " is no client", chain, trust + ["--purpose", "client"], "not meant for this purpose")
    judged(title + " shows a chain that is revoked", chain, trust + ["--crl", crl], "revoked")
    judged(title + " staples that it is " + (staple_says or "good"), chain, trust + ["--staple", shown_staple(work, port)],
           staple_says)


def main():
    tap.require("openssl", "gnutls-cli", "gnutls-serv", "nginx")
    work = quench.Work()
    leaf, other = work.pki.leaf("p256", NAME), pki.Pki(work.path("other"))
    crl = make_crl(work, leaf)
    for title, server, status in (("s_server", openssl_server, "V"), ("gnutls-serv", gnutls_server, "V"),
                                  ("nginx", nginx_server, "V"), ("a revoked s_server", openssl_server, "R")):
        port = quench.free_port()
        process = quench.Process(work, "%s-%d" % (title.replace(" ", "-"), port),
                                 server(work, leaf, port, make_response(work, leaf, status)))
        quench.wait_until(title, lambda: quench.can_connect(port))
        ask(work, other, title, port, crl, "revoked" if status == "R" else None)
        process.kill()
    work.close()
    tap.done()


main()
