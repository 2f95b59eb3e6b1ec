"""The manual pages' examples: configurations load as they stand and have every key between them; what quenchctl shows of a
running daemon looks as it is shown there. (The other examples of quenchctl(1): verify.py, probe_data.py.)"""
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import quench
import tap

NAME = "www.example.com"
TOP = os.environ.get("top_srcdir", ".")


def source(*path):
    with open(os.path.join(TOP, *path)) as f:
        return f.read()


def blocks(page):
    """What stands there to be typed or read as it is."""
    found = re.findall(r"^\.Bd -literal -offset indent\n(.*?)^\.Ed$", source("doc", page), re.M | re.S)
    return [b.replace("\\e", "\\").replace("\\&", "") for b in found]


def staple(pki, leaf, path):
    serial = subprocess.run(["openssl", "x509", "-in", leaf.cert, "-noout", "-serial"], capture_output=True, text=True,
                            check=True).stdout.split("=")[1].strip()
    index = pki.path("index.txt")
    with open(index, "w") as f:
        f.write("V\t491231235959Z\t\t%s\tunknown\t/CN=leaf\n" % serial)
    middle, key = pki.path("middle.pem"), pki.path("middle.key")
    subprocess.run(["openssl", "ocsp", "-index", index, "-CA", middle, "-rsigner", middle, "-rkey", key, "-issuer", middle,
                    "-cert", leaf.cert, "-ndays", "5", "-respout", path], capture_output=True, check=True)


def make_files(w, leaf):
    """All that the examples name."""
    for folder in ("tls/customers", "clients"):
        os.makedirs(w.path(folder))
    for base in ("tls/example", "tls/customers/one"):
        shutil.copy(leaf.chain, w.path(base + ".pem"))
        shutil.copy(leaf.key, w.path(base + ".key"))
    staple(w.pki, leaf, w.path("tls/example.ocsp"))
    shutil.copy(w.pki.ca, w.path("clients/ca.pem"))
    shutil.copy(w.pki.crl("root"), w.path("clients/revoked.pem"))
    w.write("tickets.seed", os.urandom(64))
    for path in ("tls/example.key", "tls/customers/one.key", "tickets.seed"):
        os.chmod(w.path(path), 0o600)


def check_configurations(w, leaf):
    make_files(w, leaf)
    examples = blocks("quench.conf.5")
    assert len(examples) >= 3, examples
    for i, text in enumerate(examples):
        # users that this machine may not have
        text = re.sub(r'^(user|group) = "[^"]*";', r'\1 = "";', text, flags=re.M)
        path = w.write("example%d.conf" % i, text + ("" if "user = " in text else 'user = ""; group = "";\n'))
        done = subprocess.run([quench.QUENCHD, "--check", "-c", path], capture_output=True, text=True, cwd=w.folder)
        assert done.returncode == 0 and done.stdout.endswith("good\n") and not done.stderr, (text, done)


def check_keys():
    """conf/keys.c has a row for each; those for later are refused."""
    rows = re.findall(r"\{ \.path = \"([a-z_.]+)\", \.type = (CONF_KEY_\w+)", source("conf", "keys.c"))
    assert len(rows) > 40, rows
    text = "".join(blocks("quench.conf.5"))
    missing = [path for path, kind in rows if kind != "CONF_KEY_LATER" and
               not re.search(r"\b%s[ ]*[=:]" % path.split(".")[-1], text)]
    assert not missing, missing


def shape(text):
    """What is another each time is gone."""
    text = re.sub(r"/\S+|\S+\.pem", "PATH", text)
    text = re.sub(r"(\d+(\.\d+){3}|\[[0-9a-f:]+\]):\d+", "ADDRESS", text)
    text = re.sub(r"(?<![-A-Za-z])\d+(\.\d+)?( (s|min|h|days|B|KiB|MiB|GiB)\b)?", "N", text)
    return [re.sub(r"[ -]+", " ", line).strip() for line in text.splitlines()]


def check_shown(w, leaf):
    backend = quench.Backend(quench.echo)
    web = quench.service("web", [leaf], backend.port)
    q = quench.Quenchd(w, web, more={"workers": 1})
    shown = re.findall(r"^\$ quenchctl (\w+)\n(.*?)(?=^\$ |\Z)", blocks("quenchctl.1")[0], re.M | re.S)
    assert [command for command, _ in shown] == ["status", "connections", "certificates"], shown
    context = ssl.create_default_context(cafile=w.pki.ca)
    with socket.create_connection((quench.HOST, q.ports["web"])) as s, context.wrap_socket(s, server_hostname=NAME) as tls:
        tls.sendall(b"ping")
        assert tls.recv(4) == b"ping"
        q.ask("reload")
        for command, output in shown:
            got = q.ask(command)
            assert shape(got) == shape(output), "%s\n---- instead of\n%s" % (got, output)
    q.check_end()


def main():
    tap.require("openssl")
    w = quench.Work()
    leaf = w.pki.leaf("p256", NAME)
    tap.check("quench.conf(5): its examples are good", lambda: check_configurations(w, leaf))
    tap.check("quench.conf(5): every key is in an example", check_keys)
    tap.check("quenchctl(1): what it shows of a daemon", lambda: check_shown(w, leaf))
    tap.done()


main()
