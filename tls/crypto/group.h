/* group.h - key exchange groups: X25519 (RFC 7748), secp256r1, secp384r1, secp521r1 (RFC 8446
 * section 4.2.8.2), and the hybrids of one of these with ML-KEM-768 (draft-ietf-tls-ecdhe-mlkem), which only TLS
 * 1.3 has.
 *
 * Shaped like a KEM: the one who speaks first generates, the other one responds, the first one finishes. Peers'
 * points are checked to be on the curve and not at infinity; an all-zero X25519 result is refused (RFC 8446 section
 * 7.4.2); ML-KEM's checks are those of FIPS 203 section 7.
 */
#ifndef TLS_CRYPTO_GROUP_H
#define TLS_CRYPTO_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rng.h"

#define TLS_GROUP_SHARE_MAX_LEN 1249
#define TLS_GROUP_SECRET_MAX_LEN 66
#define TLS_GROUP_PRIVATE_MAX_LEN 66

struct tls_group {
	uint16_t id;      /* TLS_GROUP_* of tls.h */
	const char *name; /* IANA's name: "x25519", "secp256r1", ... */
	size_t client_share_len, server_share_len, secret_len;
	const struct tls_group *part; /* of a hybrid: the elliptic group in it; else NULL */
	bool kem_first; /* of a hybrid: shares and secret begin with ML-KEM's */
};

/* The private half of a share that waits for the peer's. Release with tls_group_key_clear. */
struct tls_group_key {
	const struct tls_group *group;
	uint8_t private_key[TLS_GROUP_PRIVATE_MAX_LEN];
	uint8_t *kem; /* of a hybrid, owned: ML-KEM's private key */
};

/* The group of that number or name, or NULL. */
const struct tls_group *tls_group_by_id(uint16_t id);
const struct tls_group *tls_group_by_name(const char *name);

/* First speaker: makes a key pair; share has group->client_share_len bytes. 0 or TLS_E_*, and then there is none. */
int tls_group_generate(struct tls_group_key *key, uint8_t *share, const struct tls_group *group,
    const struct tls_rng *rng) __attribute__((warn_unused_result));

/* Second speaker: from the peer's share makes its own (group->server_share_len bytes) and the
 * secret (group->secret_len bytes). 0, TLS_E_ILLEGAL_KEY_SHARE for a share that is malformed or
 * leads to no secret, TLS_E_RANDOM_FAILED. */
int tls_group_respond(uint8_t *share, uint8_t *secret, const struct tls_group *group,
    const uint8_t *peer, size_t peer_len, const struct tls_rng *rng)
    __attribute__((warn_unused_result));

/* First speaker: the secret, from the peer's answer. 0 or TLS_E_ILLEGAL_KEY_SHARE. */
int tls_group_finish(uint8_t *secret, const struct tls_group_key *key, const uint8_t *peer,
    size_t peer_len) __attribute__((warn_unused_result));

/* A first speaker may offer a hybrid and its part with one key (draft-ietf-tls-hybrid-design section 3.2): the part's
 * share is a piece of the hybrid's; when the peer has taken the part, the key becomes one of the part. */
const uint8_t *tls_group_part_share(const struct tls_group *hybrid, const uint8_t *share);
void tls_group_key_narrow(struct tls_group_key *key);

/* Wipes and releases. */
void tls_group_key_clear(struct tls_group_key *key);

#endif
