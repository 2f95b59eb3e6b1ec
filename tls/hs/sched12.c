/* sched12.c - see sched12.h. */
#include "sched12.h"

#include "../bytes/mem.h"
#include "../crypto/prf.h"

static struct tls_span master(const struct tls_sched12 *s)
{
	return tls_span(s->master, TLS_MASTER_LEN);
}

void tls_sched12_master(struct tls_sched12 *s, enum tls_hash hash, struct tls_span premaster,
    struct tls_span client_random, struct tls_span server_random)
{
	s->hash = hash;
	tls_prf(hash, s->master, TLS_MASTER_LEN, premaster, "master secret", client_random, server_random);
}

void tls_sched12_extended(struct tls_sched12 *s, enum tls_hash hash, struct tls_span premaster,
    struct tls_span session_hash)
{
	s->hash = hash;
	tls_prf(hash, s->master, TLS_MASTER_LEN, premaster, "extended master secret", session_hash,
	    tls_span(NULL, 0));
}

void tls_sched12_keys(struct tls_keys12 *client, struct tls_keys12 *server, const struct tls_sched12 *s,
    enum tls_aead aead, struct tls_span client_random, struct tls_span server_random)
{
	uint8_t block[2 * sizeof(struct tls_keys12)];
	size_t key_len = tls_aead_key_len(aead), iv_len = tls_record_iv12_len(aead);
	struct tls_span walk = tls_span(block, 2 * (key_len + iv_len));

	/* section 6.3: the server's random comes first here */
	tls_prf(s->hash, block, walk.len, master(s), "key expansion", server_random, client_random);
	tls_span_copy(&walk, client->key, key_len);
	tls_span_copy(&walk, server->key, key_len);
	tls_span_copy(&walk, client->iv, iv_len);
	tls_span_copy(&walk, server->iv, iv_len);
	tls_mem_wipe(block, sizeof(block));
}

void tls_sched12_finished(uint8_t *out, const struct tls_sched12 *s, bool by_server,
    struct tls_span transcript_hash)
{
	tls_prf(s->hash, out, TLS_VERIFY_DATA_LEN, master(s),
	    by_server ? "server finished" : "client finished", transcript_hash, tls_span(NULL, 0));
}

void tls_sched12_export(uint8_t *out, size_t out_len, enum tls_hash hash, const struct tls_secret *master_secret,
    const char *label, struct tls_span seed)
{
	tls_prf(hash, out, out_len, tls_span(master_secret->b, master_secret->len), label, seed,
	    tls_span(NULL, 0));
}
