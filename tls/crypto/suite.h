/* suite.h - the cipher suites: of TLS 1.3 (RFC 8446 appendix B.4), and those of TLS 1.2 that have ECDHE and
 * an AEAD (RFC 5289, RFC 7905). */
#ifndef TLS_CRYPTO_SUITE_H
#define TLS_CRYPTO_SUITE_H

#include "aead.h"
#include "hash.h"

/* The key that a suite of TLS 1.2 signs its key exchange with; EdDSA keys go with ECDSA's suites (RFC
 * 8422 section 5.10). TLS 1.3 leaves that to the signature scheme. */
enum tls_suite_auth { TLS_AUTH_ANY, TLS_AUTH_ECDSA, TLS_AUTH_RSA };

struct tls_suite {
	uint16_t id;      /* TLS_CIPHER_* of tls.h */
	const char *name; /* IANA's name */
	enum tls_aead aead;
	enum tls_hash hash;
	uint64_t max_records; /* RFC 8446 section 5.5: records under one key */
	uint16_t version; /* TLS_1_2 or TLS_1_3: the only one that it goes with */
	enum tls_suite_auth auth;
};

/* The suite of that number or name, or NULL. */
const struct tls_suite *tls_suite_by_id(uint16_t id);
const struct tls_suite *tls_suite_by_name(const char *name);

#endif
