/* epoch.h - what tickets are sealed with: from a seed and the clock comes an epoch, from both a name, which tells whose
 * ticket it is, and a root key. Hosts, workers and restarts with the same seed and rotation agree without talking.
 *
 * Who has the seed can make the keys of each epoch, of past ones too. So a process that is close to the network may
 * be given a list instead: the last epoch, this one and the next, nothing else. Pure: time is given.
 */
#ifndef TLS_HS_EPOCH_H
#define TLS_HS_EPOCH_H

#include "../bytes/buf.h"

#define TLS_TICKET_SEED_MIN_LEN 32
#define TLS_TICKET_SEED_LEN 64 /* of tls_session_ticket_key_generate */
#define TLS_EPOCH_NAME_LEN 16
#define TLS_EPOCH_ROOT_LEN 32
#define TLS_EPOCH_LISTED 3

struct tls_epoch {
	uint8_t name[TLS_EPOCH_NAME_LEN], root[TLS_EPOCH_ROOT_LEN];
};

struct tls_ticket_key {
	uint32_t rotate; /* seconds of an epoch */
	bool is_listed;
	uint8_t secret[32]; /* extracted from the seed; nothing if listed */
	uint64_t first; /* number of list[0] */
	struct tls_epoch list[TLS_EPOCH_LISTED];
};

/* TLS_E_INVALID_REQUEST for a seed that is shorter than TLS_TICKET_SEED_MIN_LEN or nothing but zeros, and for a rotation
 * of none. */
int tls_epoch_use_seed(struct tls_ticket_key *key, struct tls_span seed, uint32_t rotate)
    __attribute__((warn_unused_result));

/* Appends the list for now (ms since 1970) of a key that has a seed; out latches. */
void tls_epoch_list(struct tls_buf *out, const struct tls_ticket_key *key, uint64_t now);

/* Takes what tls_epoch_list gave, in another process. TLS_E_INVALID_REQUEST for anything else. */
int tls_epoch_use_list(struct tls_ticket_key *key, struct tls_span list) __attribute__((warn_unused_result));

/* Which epoch now (ms since 1970) is in. */
uint64_t tls_epoch_number(const struct tls_ticket_key *key, uint64_t now);

/* The keys of an epoch, for the caller to wipe; false if they are not listed. */
bool tls_epoch_get(struct tls_epoch *e, const struct tls_ticket_key *key, uint64_t number)
    __attribute__((warn_unused_result));

/* expand(out, secret[32], label || 0 || context): HKDF-Expand with SHA-256. */
void tls_epoch_expand(uint8_t *out, size_t len, const uint8_t *secret, const char *label, struct tls_span context);

#endif
