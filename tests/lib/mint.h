/* mint.h - certificates and revocation lists as a test wants them, right or wrong, written by hand from X.690 and
 * RFC 5280. Names are single common names; "" is the empty name. */
#ifndef TESTS_LIB_MINT_H
#define TESTS_LIB_MINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/bytes/span.h"
#include "tls/crypto/sig.h"

#define MINT_MAX_LEN 65536
#define MINT_MAX_NAMES 8

/* 2025-01-01, 2026-01-01, 2027-01-01, 00:00:00 */
#define MINT_START 1735689600
#define MINT_NOW 1767225600
#define MINT_END 1798761600

struct mint {
	const char *subject, *issuer; /* issuer NULL: the subject */
	const struct tls_privkey *key, *signer; /* signer NULL: key */
	int64_t not_before, not_after; /* 0: MINT_START, MINT_END */
	unsigned version; /* 0: 3 */
	struct tls_span serial; /* content; p NULL: 1 */
	const char *names[MINT_MAX_NAMES]; /* "dns:", "ip:" (hex), "email:", "uri:", "dn:", "other:" */
	const char *permitted[MINT_MAX_NAMES], *excluded[MINT_MAX_NAMES]; /* the same; "ip:" with mask */
	bool ca;
	int path_len; /* 0: none; n + 1: n */
	unsigned usage; /* 16 bits, first bit highest; 0: no keyUsage */
	const char *purposes; /* of 's' server, 'c' client, 'a' any, 'o' OCSP; NULL: none */
	struct tls_span more; /* DER of further extensions */
	struct tls_span algorithm; /* AlgorithmIdentifier; p NULL: what the signer's key makes */
	struct tls_span key_id, issuer_key_id; /* p NULL: from the names */
	bool no_key_id, no_issuer_key_id, loose_ca, critical_purposes, critical_names, spoil_signature;
};

/* Signs as the struct says; the DER in memory of its own (free). Asserts on failure. */
struct tls_span mint_cert(const struct mint *m);

struct mint_crl {
	const char *issuer;
	const struct tls_privkey *signer;
	int64_t this_update, next_update; /* 0: MINT_START, MINT_END; next_update < 0: none */
	const struct tls_span *serials; /* contents */
	size_t n_serials;
	struct tls_span entry_extensions; /* DER of the list, for each entry */
	struct tls_span more; /* DER of further extensions */
	bool no_number, first_version, spoil_signature;
};

struct tls_span mint_crl(const struct mint_crl *m);

/* An entry of an OCSP response, about a certificate that the key of issuer has signed. */
struct mint_ocsp_entry {
	const char *issuer;
	const struct tls_privkey *issuer_key;
	const char *serial; /* one byte */
	char status; /* 'g' good, 'r' revoked, 'u' unknown */
	int64_t this_update, next_update; /* 0: MINT_START, MINT_END; next_update < 0: none */
	bool sha256, critical;
};

struct mint_ocsp {
	const struct tls_privkey *signer;
	const struct tls_privkey *responder; /* by whose key the response names its signer; NULL: signer */
	const char *responder_name; /* it names its signer by name instead; NULL: by key */
	struct mint_ocsp_entry entries[4];
	size_t n_entries;
	struct tls_span cert; /* of the responder; len 0: none */
	unsigned status; /* 0: successful */
	bool other_type, critical, spoil_signature;
};

struct tls_span mint_ocsp(const struct mint_ocsp *m);

/* A fresh key; which: enum tls_pk. tls_privkey_free. */
struct tls_privkey *mint_key(enum tls_pk kind);

/* The same, PEM, NUL-terminated; free. */
char *mint_pem(struct tls_span der, const char *label);

void mint_free(struct tls_span der);

#endif
