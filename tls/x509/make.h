/* make.h - makes certificates (RFC 5280 section 4): of servers and clients, of CAs; signed by themselves or by a CA. */
#ifndef TLS_X509_MAKE_H
#define TLS_X509_MAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "../bytes/buf.h"
#include "../crypto/rng.h"
#include "../crypto/sig.h"

#define TLS_MAKE_MAX_NAMES 64
#define TLS_MAKE_SERVER (1U << 0)
#define TLS_MAKE_CLIENT (1U << 1)

struct tls_make_name {
	unsigned kind; /* TLS_CERT_NAME_DNS ("*." names, too), TLS_CERT_NAME_IP, TLS_CERT_NAME_EMAIL */
	const char *text;
};

/* Who signs. Whether it may is for the caller to know. */
struct tls_make_issuer {
	const struct tls_privkey *key;
	struct tls_span subject; /* of its certificate, the whole element */
	struct tls_span key_id; /* of its certificate; len 0: none, it follows from the key */
};

struct tls_make_request {
	const char *common_name; /* 1 to 64 of printable ASCII; NULL: one of the names */
	const struct tls_make_name *names; /* subjectAltName, at most TLS_MAKE_MAX_NAMES */
	size_t n_names;
	int64_t not_before, not_after; /* seconds since 1970, both inclusive */
	unsigned purposes; /* TLS_MAKE_*, of who isn't a CA */
	bool ca; /* without names and purposes, with a common name */
	uint32_t path_len; /* of a CA, at most 127, or TLS_EXTS_NO_PATH_LEN */
	const struct tls_privkey *key; /* its public half is certified */
	const struct tls_make_issuer *issuer; /* NULL: signed by key */
};

/* Appends to out the DER of a version 3 certificate with a serial number of 158 random bits. 0, TLS_E_INVALID_REQUEST
 * (no name at all, a server without one, one that isn't valid, years outside 1950..9999), TLS_E_MEMORY_ERROR,
 * TLS_E_RANDOM_FAILED, TLS_E_INTERNAL_ERROR. */
int tls_make_certificate(struct tls_buf *out, const struct tls_make_request *request, const struct tls_rng *rng)
    __attribute__((warn_unused_result));

/* The key identifier that a fresh certificate of this key has, TLS_MAKE_KEY_ID_LEN bytes (RFC 7093 section 2,
 * method 1), to out. 0 or TLS_E_*. */
#define TLS_MAKE_KEY_ID_LEN 20
int tls_make_key_id(uint8_t *out, const struct tls_pubkey *pub) __attribute__((warn_unused_result));

#endif
