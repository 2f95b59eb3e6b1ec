"""pki.py - keys and certificates for tests, made with the openssl command.

A root signs an intermediate, which signs the leaves; a leaf's chain file holds leaf and intermediate.
"""
import os
import ssl
import subprocess

KINDS = {
    "p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "p521": ["ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "rsa2048": ["rsa:2048"],
    "rsa3072": ["rsa:3072"],
    "rsa4096": ["rsa:4096"],
    "ed25519": ["ed25519"],
}

# What the key signs a TLS 1.3 handshake with, when the client takes everything.
SCHEMES = {
    "p256": "ecdsa_secp256r1_sha256",
    "p384": "ecdsa_secp384r1_sha384",
    "p521": "ecdsa_secp521r1_sha512",
    "rsa2048": "rsa_pss_rsae_sha256",
    "rsa3072": "rsa_pss_rsae_sha256",
    "rsa4096": "rsa_pss_rsae_sha256",
    "ed25519": "ed25519",
}


class Leaf:
    def __init__(self, kind, chain, cert, key, issuer):
        self.kind, self.chain, self.cert, self.key, self.issuer = kind, chain, cert, key, issuer

    def tail(self):
        """The last bytes of the certificate: those of its signature, which no other one has."""
        with open(self.cert) as f:
            return ssl.PEM_cert_to_DER_cert(f.read())[-8:].hex()

    def conf(self):
        """An entry of a service's certificates."""
        return {"chain": self.chain, "key": self.key}


class Pki:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        ca = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"]
        self._make("root", "p256", None, ca)
        self._make("middle", "p256", "root", ca)
        self.ca = self.path("root.pem")

    def path(self, name):
        return os.path.join(self.folder, name)

    def leaf(self, kind, *names, purpose="serverAuth", subject=None):
        """A certificate for DNS names with a key of this kind, for servers (clientAuth: clients). subject: as openssl
        has it."""
        base = kind + "-" + names[0].replace("*", "any")
        # NSS takes no RSA certificate of a server without keyEncipherment, TLS 1.3 or not.
        usage = "digitalSignature" + (",keyEncipherment" if kind.startswith("rsa") else "")
        self._make(base, kind, "middle", [
            "basicConstraints=critical,CA:FALSE", "keyUsage=critical," + usage,
            "extendedKeyUsage=" + purpose,
            "subjectAltName=" + ",".join("DNS:" + n for n in names)], subject)
        chain = self.path(base + ".chain.pem")
        with open(chain, "w") as out:
            for part in (base, "middle"):
                with open(self.path(part + ".pem")) as f:
                    out.write(f.read())
        return Leaf(kind, chain, self.path(base + ".pem"), self.path(base + ".key"), self.path("middle.pem"))

    def crl(self, issuer, *leaves):
        """A revocation list of this issuer with these leaves, as PEM."""
        serials = [self._run("openssl", "x509", "-in", leaf.cert, "-noout", "-serial").split("=")[1].strip()
                   for leaf in leaves]
        folder = self.path("crl-" + "-".join([issuer] + serials))
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "index.txt"), "w") as f:
            f.write("".join("R\t491231235959Z\t260101000000Z\t%s\tunknown\t/CN=x\n" % s for s in serials))
        with open(os.path.join(folder, "ca.cnf"), "w") as f:
            f.write("[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index.txt\ndefault_md=sha256\n" % folder)
        out = os.path.join(folder, "crl.pem")
        self._run("openssl", "ca", "-config", os.path.join(folder, "ca.cnf"), "-gencrl", "-crldays", "30", "-keyfile",
                  self.path(issuer + ".key"), "-cert", self.path(issuer + ".pem"), "-out", out)
        return out

    def expired(self, name, purpose="serverAuth"):
        """A leaf whose days are over. Its chain is the leaf alone, so the middle is what is to be trusted."""
        base = "expired-" + purpose
        cert, key, request, ext = (self.path(base + end) for end in (".pem", ".key", ".csr", ".ext"))
        with open(ext, "w") as f:
            f.write("subjectAltName=DNS:%s\nextendedKeyUsage=%s\nauthorityKeyIdentifier=keyid\n" % (name, purpose))
        self._run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                  key, "-subj", "/CN=expired", "-out", request)
        self._run("openssl", "x509", "-req", "-in", request, "-CA", self.path("middle.pem"), "-CAkey",
                  self.path("middle.key"), "-set_serial", "77", "-days", "-1", "-extfile", ext, "-out", cert)
        return Leaf("p256", cert, cert, key, "middle")

    @staticmethod
    def _run(*argv):
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(" ".join(argv[:2]) + ": " + done.stderr)
        return done.stdout

    def _make(self, base, kind, issuer, extensions, subject=None):
        # An empty configuration: otherwise the system's adds extensions of its own.
        empty = self.path("empty.cnf")
        with open(empty, "w") as f:
            f.write("[req]\ndistinguished_name = dn\n[dn]\n")
        cmd = ["openssl", "req", "-config", empty, "-x509", "-new", "-nodes", "-days", "30",
               "-newkey"] + KINDS[kind]
        cmd += ["-keyout", self.path(base + ".key"), "-out", self.path(base + ".pem"),
                "-utf8", "-subj", subject or "/CN=quench test " + base]
        if issuer:
            cmd += ["-CA", self.path(issuer + ".pem"), "-CAkey", self.path(issuer + ".key")]
        for e in extensions:
            cmd += ["-addext", e]
        done = subprocess.run(cmd, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError("openssl req: " + done.stderr)
