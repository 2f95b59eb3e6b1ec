/* sched12.h - the key schedule of TLS 1.2, RFC 5246 sections 6.3, 7.4.9 and 8.1, RFC 7627. Pure: secrets
 * in, secrets out. */
#ifndef TLS_HS_SCHED12_H
#define TLS_HS_SCHED12_H

#include "../record.h"

#define TLS_MASTER_LEN 48

struct tls_sched12 {
	enum tls_hash hash;
	uint8_t master[TLS_MASTER_LEN];
};

/* The keys of one wire direction, in the lengths of its suite. */
struct tls_keys12 {
	uint8_t key[TLS_AEAD_KEY_MAX_LEN];
	uint8_t iv[TLS_AEAD_NONCE_LEN];
};

/* The master secret from the premaster secret: over the randoms of client and server; or extended (RFC
 * 7627 section 4), over the transcript's hash up to and with ClientKeyExchange. */
void tls_sched12_master(struct tls_sched12 *s, enum tls_hash hash, struct tls_span premaster,
    struct tls_span client_random, struct tls_span server_random);
void tls_sched12_extended(struct tls_sched12 *s, enum tls_hash hash, struct tls_span premaster,
    struct tls_span session_hash);

/* The key block, cut up. AEAD suites have no MAC keys. */
void tls_sched12_keys(struct tls_keys12 *client, struct tls_keys12 *server, const struct tls_sched12 *s,
    enum tls_aead aead, struct tls_span client_random, struct tls_span server_random);

/* verify_data of one side's Finished; TLS_VERIFY_DATA_LEN bytes. */
void tls_sched12_finished(uint8_t *out, const struct tls_sched12 *s, bool by_server,
    struct tls_span transcript_hash);

/* An exporter, RFC 5705 section 4; seed: both randoms, and the context with its length if there is one. */
void tls_sched12_export(uint8_t *out, size_t out_len, enum tls_hash hash, const struct tls_secret *master,
    const char *label, struct tls_span seed);

#endif
