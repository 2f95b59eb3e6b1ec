/* making.h - the part of tls.h that makes private keys and certificates: a small CA, what it issues, self-signed ones.
 * Included by tls.h alone.
 */
#ifndef TLS_MAKING_H
#define TLS_MAKING_H

typedef enum {
	TLS_X509_KEY_P256 = 1,
	TLS_X509_KEY_P384,
	TLS_X509_KEY_P521,
	TLS_X509_KEY_ED25519,
	TLS_X509_KEY_RSA2048,
	TLS_X509_KEY_RSA3072,
	TLS_X509_KEY_RSA4096
} tls_x509_key_kind_t;

/* Puts a fresh key into key, in place of what it had (RSA: takes up to seconds). TLS_E_INVALID_REQUEST for another kind,
 * TLS_E_RANDOM_FAILED, TLS_E_MEMORY_ERROR; then key is as it was. */
int tls_x509_privkey_generate(tls_x509_privkey_t key, tls_x509_key_kind_t kind);

/* As PKCS#8, PEM or DER, not encrypted; out->data is released with tls_free, and wiped by the caller before that.
 * TLS_E_NO_KEY_FOUND for an empty key, TLS_E_MEMORY_ERROR. */
int tls_x509_privkey_export2(tls_x509_privkey_t key, tls_x509_crt_fmt_t format, tls_datum_t *out);

typedef struct {
	tls_x509_subject_alt_name_t type;
	const char *value; /* DNS: A-labels, "*." in front is fine; IP: as text */
} tls_x509_name_t;

/* Whether a certificate can be made for it: a DNS name, an IP address, a mailbox with a dot-atom in front of the "@"
 * (RFC 5322 section 3.2.3) and a domain as TLS_SAN_DNSNAME takes it without "*.". */
bool tls_x509_name_is_valid(const tls_x509_name_t *name);

/* The dates that a certificate can hold: 1950 to 9999 (RFC 5280 section 4.1.2.5), seconds since 1970. */
#define TLS_X509_TIME_MIN (-631152000)
#define TLS_X509_TIME_MAX 253402300799

#define TLS_X509_SERVER (1u << 0)
#define TLS_X509_CLIENT (1u << 1)

typedef struct {
	const char *common_name; /* 1 to 64 of printable ASCII; NULL: one of the names. For people only */
	const tls_x509_name_t *names; /* subjectAltName, at most 64 */
	unsigned n_names;
	int64_t not_before, not_after; /* seconds since 1970, both inclusive */
	unsigned purposes; /* TLS_X509_*, at least one, of who isn't a CA */
	bool ca; /* with a common name, without names and purposes */
	bool limited; /* CA: max_intermediates counts, 0 to 127 */
	unsigned max_intermediates; /* CAs that may stand below this one in a path */
} tls_x509_crt_terms_t;

/* Makes a version 3 certificate for the key: signed by it, or by issuer_key for the first certificate in issuer (PEM;
 * both or neither are NULL). It ends when its issuer does, if that is sooner. *out: PEM, NUL-terminated behind its
 * size, to be released with tls_free: the certificate, and behind it those of issuer that aren't self-issued, as a
 * server shows them. Serial number: 158 random bits; signed with SHA-256 (P-384: SHA-384, P-521: SHA-512), or
 * Ed25519. TLS_E_INVALID_REQUEST (terms that are none), TLS_E_NO_KEY_FOUND (an empty key), TLS_E_ISSUER_NOT_A_CA,
 * TLS_E_ISSUER_LIMIT (it may have no CA below), TLS_E_ISSUER_EXPIRED (before the certificate begins),
 * TLS_E_CERTIFICATE_KEY_MISMATCH (issuer_key isn't its key), TLS_E_NO_CERTIFICATE_FOUND, TLS_E_CERTIFICATE_ERROR,
 * TLS_E_BASE64_DECODING_ERROR (*line: in issuer, 0 for no line), TLS_E_MEMORY_ERROR, TLS_E_RANDOM_FAILED. */
int tls_x509_crt_make(tls_datum_t *out, unsigned *line, const tls_x509_crt_terms_t *terms, tls_x509_privkey_t key,
    const tls_datum_t *issuer, tls_x509_privkey_t issuer_key);

#endif
