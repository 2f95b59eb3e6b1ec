/* ticket.h - tickets: bytes sealed so that only who has the keys of its epoch opens them. RFC 5077 section 4.
 *
 * Each ticket has a key of its own, from the epoch's root key and 32 random bytes, so that no nonce can come twice.
 * Pure: time and random bytes are given.
 */
#ifndef TLS_HS_TICKET_H
#define TLS_HS_TICKET_H

#include "../bytes/buf.h"
#include "../crypto/rng.h"
#include "epoch.h"

#define TLS_TICKET_OVERHEAD (16 + 32 + 16) /* name, salt, tag */

/* Appends the sealed ticket to out. now: ms since 1970. 0, TLS_E_RANDOM_FAILED, TLS_E_MEMORY_ERROR;
 * TLS_E_REQUESTED_DATA_NOT_AVAILABLE if the keys of this epoch are not listed. */
int tls_ticket_seal(struct tls_buf *out, const struct tls_ticket_key *key, uint64_t now, struct tls_span plain,
    const struct tls_rng *rng) __attribute__((warn_unused_result));

/* Opens what was sealed in this epoch, the one before or (on a host whose clock is ahead) the next one. 0,
 * TLS_E_MEMORY_ERROR, TLS_E_REQUESTED_DATA_NOT_AVAILABLE for all that is no such ticket. */
int tls_ticket_open(struct tls_buf *plain, const struct tls_ticket_key *key, uint64_t now,
    struct tls_span ticket) __attribute__((warn_unused_result));

/* Seconds until a ticket sealed now is not opened any more. */
uint32_t tls_ticket_left(const struct tls_ticket_key *key, uint64_t now);

#endif
