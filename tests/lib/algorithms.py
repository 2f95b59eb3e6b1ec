"""algorithms.py - suites, groups and signature schemes: IANA's names, and what each peer calls them."""
import re

# TLS 1.3, and TLS 1.2.
SUITES = {
    "TLS_AES_128_GCM_SHA256": {"openssl": "TLS_AES_128_GCM_SHA256", "gnutls": "AES-128-GCM", "nss": ":1301"},
    "TLS_AES_256_GCM_SHA384": {"openssl": "TLS_AES_256_GCM_SHA384", "gnutls": "AES-256-GCM", "nss": ":1302"},
    "TLS_CHACHA20_POLY1305_SHA256": {"openssl": "TLS_CHACHA20_POLY1305_SHA256", "gnutls": "CHACHA20-POLY1305",
                                     "nss": ":1303"},
}
SUITES12 = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": {"openssl": "ECDHE-ECDSA-AES128-GCM-SHA256",
                                                "gnutls": "AES-128-GCM", "nss": ":C02B"},
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": {"openssl": "ECDHE-ECDSA-AES256-GCM-SHA384",
                                                "gnutls": "AES-256-GCM", "nss": ":C02C"},
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": {"openssl": "ECDHE-ECDSA-CHACHA20-POLY1305",
                                                      "gnutls": "CHACHA20-POLY1305", "nss": ":CCA9"},
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": {"openssl": "ECDHE-RSA-AES128-GCM-SHA256",
                                              "gnutls": "AES-128-GCM", "nss": ":C02F"},
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": {"openssl": "ECDHE-RSA-AES256-GCM-SHA384",
                                              "gnutls": "AES-256-GCM", "nss": ":C030"},
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": {"openssl": "ECDHE-RSA-CHACHA20-POLY1305",
                                                    "gnutls": "CHACHA20-POLY1305", "nss": ":CCA8"},
}
GROUPS = {
    "x25519": {"openssl": "X25519", "gnutls": "X25519", "nss": "x25519", "said": "X25519"},
    "secp256r1": {"openssl": "P-256", "gnutls": "SECP256R1", "nss": "P256", "said": "prime256v1"},
    "secp384r1": {"openssl": "P-384", "gnutls": "SECP384R1", "nss": "P384", "said": "secp384r1"},
    "secp521r1": {"openssl": "P-521", "gnutls": "SECP521R1", "nss": "P521", "said": "secp521r1"},
}
# GnuTLS's names of schemes, where they aren't IANA's in capitals.
GNUTLS_SCHEMES = {"ed25519": "EdDSA-Ed25519", "rsa_pkcs1_sha256": "RSA-SHA256",
                  "rsa_pkcs1_sha384": "RSA-SHA384", "rsa_pkcs1_sha512": "RSA-SHA512"}


def suite_as(peer, suite):
    return {**SUITES, **SUITES12}[suite][peer]


def suite_of_openssl(name):
    return next((s for s, names in {**SUITES, **SUITES12}.items() if names["openssl"] == name), name)


def listed(group):
    return [group] if isinstance(group, str) else list(group or [])


def openssl_groups(group):
    return ":".join(GROUPS[g]["openssl"] for g in listed(group))


def gnutls_priority(version, suite=None, group=None, sign=None):
    """sign: GnuTLS's names."""
    text = "NORMAL:-VERS-ALL:+VERS-TLS" + version
    if suite:
        text += ":-CIPHER-ALL:+" + suite_as("gnutls", suite)
    if group:
        text += ":-GROUP-ALL" + "".join(":+GROUP-" + GROUPS[g]["gnutls"] for g in listed(group))
    if sign:
        text += ":-SIGN-ALL" + "".join(":+SIGN-" + s for s in listed(sign))
    return text


def found(pattern, text):
    m = re.search(pattern, text)
    return m and m[1]


def openssl_scheme(text):
    """What s_client calls peer signature type and digest."""
    kind, digest = found(r"Peer signature type: (\S+)", text), found(r"Peer signing digest: (\S+)", text)
    if kind is None or kind.lower() == "ed25519":
        return kind and kind.lower()
    digest = digest.lower()
    if kind == "ECDSA" or kind.startswith("ecdsa"):
        return "ecdsa_secp%sr1_%s" % ({"sha256": "256", "sha384": "384", "sha512": "521"}[digest], digest)
    return ("rsa_pss_rsae_" if "PSS" in kind else "rsa_pkcs1_") + digest


def openssl_group(text):
    key = found(r"(?:Server|Peer) Temp Key: (?:ECDH, )?([^,\n]+)", text) or \
        found(r"Negotiated TLS1\.3 group: (\S+)", text)
    return next((g for g in GROUPS if key in (GROUPS[g]["said"], g)), key)


def gnutls_said(text):
    """Suite, group and scheme of "(TLS1.2-X.509)-(ECDHE-X25519)-(ECDSA-SECP256R1-SHA256)-(AES-128-GCM)"."""
    m = re.search(r"Description: \(TLS(1\.\d)[^)]*\)-\(ECDHE-([^)]*)\)-\(([^)]*)\)-\(([^)]*)\)", text)
    if m is None:
        return None, None, None
    group = next((g for g in GROUPS if GROUPS[g]["gnutls"] == m[2]), m[2])
    name = re.sub("^ECDSA-SHA(256|384|512)", r"ECDSA-SECP\1R1-SHA\1", m[3]).replace("SECP512", "SECP521")  # TLS 1.2
    scheme = next((s for s, n in GNUTLS_SCHEMES.items() if n == name), name.lower().replace("-", "_"))
    auth = "RSA_WITH" if scheme.startswith("rsa") else "ECDSA_WITH"
    suites = SUITES if m[1] == "1.3" else {s: n for s, n in SUITES12.items() if auth in s}
    suite = next((s for s, names in suites.items() if names["gnutls"] == m[4]), m[4])
    return suite, group, scheme
