/* suite.h - the cipher suites (RFC 8446 appendix B.4). */
#ifndef TLS_CRYPTO_SUITE_H
#define TLS_CRYPTO_SUITE_H

#include "aead.h"
#include "hash.h"

struct tls_suite {
	uint16_t id;      /* TLS_CIPHER_* of tls.h */
	const char *name; /* IANA's name */
	enum tls_aead aead;
	enum tls_hash hash;
	uint64_t max_records; /* RFC 8446 section 5.5: records under one key before KeyUpdate */
};

/* The suite of that number or name, or NULL. */
const struct tls_suite *tls_suite_by_id(uint16_t id);
const struct tls_suite *tls_suite_by_name(const char *name);

#endif
