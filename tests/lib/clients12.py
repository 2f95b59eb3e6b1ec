"""clients12.py - one HTTP request through quench in TLS 1.2 with each of the TLS clients we test against.

As clients.py: each function gives a Result with IANA's names, as far as that client says what was
negotiated. suite is IANA's name without what goes before "AES_128_GCM_SHA256".
"""
import json
import os
import subprocess
import sys

from clients import (GROUPS, ClientError, Result, body_of, converse, found, has_body, nss_db, request,
                     run)
from quench import HOST, PATIENCE

SUITES = {
    "AES_128_GCM_SHA256": {"openssl": "AES128-GCM-SHA256", "gnutls": "AES-128-GCM",
                           "nss": {"ECDSA": ":C02B", "RSA": ":C02F"}},
    "AES_256_GCM_SHA384": {"openssl": "AES256-GCM-SHA384", "gnutls": "AES-256-GCM",
                           "nss": {"ECDSA": ":C02C", "RSA": ":C030"}},
    "CHACHA20_POLY1305_SHA256": {"openssl": "CHACHA20-POLY1305", "gnutls": "CHACHA20-POLY1305",
                                 "nss": {"ECDSA": ":CCA9", "RSA": ":CCA8"}},
}


def openssl_name(auth, suite):
    return "ECDHE-%s-%s" % (auth, SUITES[suite]["openssl"])


def of_openssl(name):
    """IANA's suite from OpenSSL's ECDHE-RSA-AES128-GCM-SHA256."""
    for suite in SUITES:
        if name and name.endswith("-" + SUITES[suite]["openssl"]):
            return suite
    return name


def curl(port, ca, name, path, auth, suite):
    cmd = ["curl", "-sS", "-v", "--cacert", ca, "--tlsv1.2", "--tls-max", "1.2", "--max-time",
           str(PATIENCE), "--noproxy", "*", "--resolve", "%s:%d:%s" % (name, port, HOST), "--http1.1",
           "--ciphers", openssl_name(auth, suite), "https://%s:%d%s" % (name, port, path)]
    p = subprocess.run(cmd, capture_output=True, timeout=PATIENCE * 2)
    said = p.stderr.decode("latin-1")
    if p.returncode != 0:
        raise ClientError("curl: %d\n%s" % (p.returncode, said))
    return Result(p.stdout.decode("latin-1"), said,
                  suite=of_openssl(found(r"SSL connection using TLSv1\.2 / (\S+)", said)))


def s_client(port, ca, name, path, auth, suite, version=("-tls1_2",), more=()):
    cmd = ["openssl", "s_client", "-connect", "%s:%d" % (HOST, port), *version, "-CAfile", ca,
           "-verify_return_error", "-ign_eof", "-no-CApath", "-no-CAstore", "-servername", name,
           "-verify_hostname", name, "-cipher", openssl_name(auth, suite)]
    status, text = run(cmd + list(more), request(path, name))
    if status != 0 or "Verify return code: 0 (ok)" not in text:
        raise ClientError("s_client: %d\n%s" % (status, text))
    key = found(r"(?:Server|Peer) Temp Key: (?:ECDH, )?([^,\n]+)", text)
    return Result(body_of(text), text, suite=of_openssl(found(r"Cipher is (\S+)", text)),
                  group=next((g for g in GROUPS if key in (GROUPS[g]["said"], g)), key))


def gnutls_cli(port, ca, name, path, auth, suite):
    priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+" + SUITES[suite]["gnutls"]
    cmd = ["gnutls-cli", "--x509cafile", ca, "--priority", priority, "-p", str(port),
           "--sni-hostname", name, "--verify-hostname", name]
    status, text = converse(cmd + [HOST], request(path, name))
    if status != 0 or "The certificate is trusted" not in text:
        raise ClientError("gnutls-cli: %d\n%s" % (status, text))
    group = found(r"Description: \(TLS1\.2[^)]*\)-\(ECDHE-([^)]*)\)", text)
    cipher = found(r"Description: \(TLS1\.2.*-\(([^)]*)\)\s", text)
    return Result(body_of(text), text,
                  suite=next((s for s in SUITES if SUITES[s]["gnutls"] == cipher), cipher),
                  group=next((g for g in GROUPS if GROUPS[g]["gnutls"] == group), group))


def python(port, ca, name, path, auth, suite):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pyclient.py")
    status, text = run([sys.executable, script, str(port), name, ca, path],
                       env={"PYCLIENT_CIPHERS": openssl_name(auth, suite)})
    if status != 0:
        raise ClientError("python: %d\n%s" % (status, text))
    said = json.loads(text)
    assert said["version"] == "TLSv1.2"
    return Result(body_of(said["text"]), text, suite=of_openssl(said["suite"]))


def tstclnt(port, ca, name, path, auth, suite, work=None):
    cmd = ["tstclnt", "-d", "sql:" + nss_db(work, ca), "-h", HOST, "-a", name, "-p", str(port),
           "-V", "tls1.2:tls1.2", "-c", SUITES[suite]["nss"][auth]]
    _, text = converse(cmd, request(path, name), has_body)
    return Result(body_of(text), text)
