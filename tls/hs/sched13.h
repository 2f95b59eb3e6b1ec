/* sched13.h - the key schedule of TLS 1.3, RFC 8446 section 7.1. Pure: secrets in, secrets out. */
#ifndef TLS_HS_SCHED13_H
#define TLS_HS_SCHED13_H

#include "../record.h"

struct tls_sched13 {
	enum tls_hash hash;
	struct tls_secret current; /* Early, then Handshake, then Master Secret */
};

/* Early Secret, from the PSK or (len 0) from zeros. */
void tls_sched13_start(struct tls_sched13 *s, enum tls_hash hash, const uint8_t *psk, size_t psk_len);

/* The next stage: Handshake Secret from the (EC)DHE secret, Master Secret from nothing (len 0). */
void tls_sched13_next(struct tls_sched13 *s, const uint8_t *ikm, size_t ikm_len);

/* Derive-Secret(current, label, transcript hash). */
void tls_sched13_derive(struct tls_secret *out, const struct tls_sched13 *s, const char *label,
    struct tls_span transcript_hash);

/* verify_data of Finished under a traffic secret (section 4.4.4); tls_hash_len bytes. */
void tls_sched13_finished(uint8_t *out, enum tls_hash hash, const struct tls_secret *traffic,
    struct tls_span transcript_hash);

/* The traffic secret after a KeyUpdate, in place (section 7.2). */
void tls_sched13_update(enum tls_hash hash, struct tls_secret *traffic);

/* An exporter (section 7.5): out_len bytes, at most 255 * tls_hash_len, from the exporter_master_secret. */
void tls_sched13_export(uint8_t *out, size_t out_len, enum tls_hash hash, const struct tls_secret *exporter,
    const char *label, struct tls_span context);

void tls_sched13_clear(struct tls_sched13 *s);

#endif
