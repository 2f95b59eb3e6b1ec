"""Resumption through the daemon, in both versions with OpenSSL's client: by the seed two daemons share sessions or don't,
services never do, and the log says which connection was a resumed one."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import quench
import tap

NAME = "www.example.com"
VERSIONS = ["1.2", "1.3"]


def answer(conn):
    conn.recv(4096)
    conn.sendall(b"backend\n")


def call(port, version, *more):
    argv = ["openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, port), "-servername", NAME, "-ign_eof", "-tls" +
            version.replace(".", "_"), *more]
    done = subprocess.run(argv, input="word\n", capture_output=True, text=True, timeout=quench.PATIENCE)
    assert "backend\n" in done.stdout, done.stdout + done.stderr
    return done.stdout


def told(q, name, version, *more):
    """What client and log say of a connection: resumed or not. They agree."""
    since = q.log_size()
    text = call(q.ports[name], version, *more)
    record = q.ended(since=since)[0]
    assert ("\nReused, " in text) == record["resumed"], (text, record)
    return record


def main():
    tap.require("openssl")
    work = quench.Work()
    leaf = work.pki.leaf("p256", NAME)
    client = work.pki.leaf("p256", "joe", purpose="clientAuth")
    cert = ("-cert", client.cert, "-cert_chain", client.chain, "-key", client.key)
    backend = quench.Backend(answer)
    with open(os.open(work.path("seed"), os.O_CREAT | os.O_WRONLY, 0o600), "wb") as f:
        f.write(os.urandom(48))

    def start(name, tickets):
        auth = {"mode": "require", "ca": work.pki.ca}
        services = [dict(quench.service(n, [leaf], backend.port)) for n in ("web", "other")]
        services.append(dict(quench.service("auth", [leaf], backend.port), client_auth=auth))
        return quench.Quenchd(work, *services, name=name, log={"format": "json"}, tickets=tickets)

    seed = {"seed": work.path("seed")}
    one, two = start("one", seed), start("two", seed)
    alone, apart = start("alone", None), start("apart", {"seed": ""})
    none, short = start("none", dict(seed, lifetime=0)), start("short", dict(seed, lifetime=2))
    with tap.test("short sessions, to be tried again later"):
        for version in VERSIONS:
            assert not told(short, "web", version, "-sess_out", work.path("short-" + version))["resumed"]
        later = time.monotonic() + 3
    for version in VERSIONS:
        session = work.path("session-" + version)
        out, back = ("-sess_out", session), ("-sess_in", session)
        with tap.test("TLS %s: a session is resumed by its daemon and by one with the same seed" % version):
            assert not told(one, "web", version, *out)["resumed"]
            assert told(one, "web", version, *back)["resumed"]
            assert told(two, "web", version, *back)["resumed"]
        with tap.test("TLS %s: not by another service, nor by daemons with other seeds or no tickets" % version):
            assert not told(one, "other", version, *back)["resumed"]
            assert not told(alone, "web", version, *back)["resumed"]
            assert not told(none, "web", version, *back)["resumed"]
        with tap.test("TLS %s: without a seed by the same daemon only" % version):
            assert not told(alone, "web", version, *out)["resumed"]
            assert told(alone, "web", version, *back)["resumed"]
            assert not told(apart, "web", version, *back)["resumed"]
        with tap.test("TLS %s: lifetime 0: there are no tickets" % version):
            assert "session ticket" not in call(none.ports["web"], version).lower()
        with tap.test("TLS %s: the certificate of a client comes back with its session" % version):
            assert not told(one, "auth", version, *out, *cert)["resumed"]
            record = told(two, "auth", version, *back, *cert)
            assert record["resumed"] and record["certificate"] == "CN=quench test p256-joe", record
    time.sleep(max(0, later - time.monotonic()))
    for version in VERSIONS:
        with tap.test("TLS %s: no longer than the lifetime" % version):
            assert not told(short, "web", version, "-sess_in", work.path("short-" + version))["resumed"]
    with tap.test("they end well"):
        for q in (one, two, alone, apart, none, short):
            q.check_end()
    work.close()
    tap.done()


main()
