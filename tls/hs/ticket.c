/* ticket.c - see ticket.h. A ticket: name[16] salt[32] AES-256-GCM(state) with the first two as additional data. */
#include "ticket.h"

#include "../bytes/mem.h"
#include "../crypto/aead.h"
#include "../tls.h"

#define NAME_LEN TLS_EPOCH_NAME_LEN
#define SALT_LEN 32
#define KEY_LEN 32
#define HEAD_LEN (NAME_LEN + SALT_LEN)
#define MS 1000u

struct ticket_keys {
	uint8_t key[KEY_LEN], nonce[TLS_AEAD_NONCE_LEN];
};

static void derive_keys(struct ticket_keys *k, const struct tls_epoch *e, const uint8_t salt[SALT_LEN])
{
	uint8_t both[KEY_LEN + TLS_AEAD_NONCE_LEN];

	tls_epoch_expand(both, sizeof(both), e->root, "ticket key", tls_span(salt, SALT_LEN));
	tls_mem_copy(k->key, both, KEY_LEN);
	tls_mem_copy(k->nonce, both + KEY_LEN, TLS_AEAD_NONCE_LEN);
	tls_mem_wipe(both, sizeof(both));
}

int tls_ticket_seal(struct tls_buf *out, const struct tls_ticket_key *key, uint64_t now, struct tls_span plain,
    const struct tls_rng *rng)
{
	uint8_t salt[SALT_LEN], *p;
	struct tls_aead_ctx ctx;
	struct ticket_keys k;
	struct tls_epoch e;
	int err = tls_rng_fill(rng, salt, sizeof(salt));

	if (err != 0)
		return err;
	if (!tls_epoch_get(&e, key, tls_epoch_number(key, now)))
		return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	p = tls_buf_room(out, TLS_TICKET_OVERHEAD + plain.len);
	if (p == NULL) {
		tls_mem_wipe(&e, sizeof(e));
		return TLS_E_MEMORY_ERROR;
	}
	derive_keys(&k, &e, salt);
	tls_mem_copy(p, e.name, NAME_LEN);
	tls_mem_copy(p + NAME_LEN, salt, SALT_LEN);
	tls_aead_init(&ctx, TLS_AEAD_AES_256_GCM, k.key);
	tls_aead_seal(&ctx, p + HEAD_LEN, k.nonce, p, HEAD_LEN, plain.p, plain.len, NULL, 0);
	tls_aead_clear(&ctx);
	tls_mem_wipe(&k, sizeof(k));
	tls_mem_wipe(&e, sizeof(e));
	return 0;
}

/* The epoch whose name this is. */
static bool find_epoch(struct tls_epoch *e, const struct tls_ticket_key *key, uint64_t now, const uint8_t *name)
{
	uint64_t n = tls_epoch_number(key, now), first = n > 0 ? n - 1 : 0;

	for (uint64_t i = first; i <= n + 1; i++) {
		if (tls_epoch_get(e, key, i) && tls_mem_equal(e->name, name, NAME_LEN))
			return true;
	}
	tls_mem_wipe(e, sizeof(*e));
	return false;
}

int tls_ticket_open(struct tls_buf *plain, const struct tls_ticket_key *key, uint64_t now,
    struct tls_span ticket)
{
	struct tls_aead_ctx ctx;
	struct ticket_keys k;
	struct tls_epoch e;
	uint8_t *p;
	bool good = false;

	if (ticket.len < TLS_TICKET_OVERHEAD || !find_epoch(&e, key, now, ticket.p))
		return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	p = tls_buf_room(plain, ticket.len - TLS_TICKET_OVERHEAD);
	if (p != NULL) {
		derive_keys(&k, &e, ticket.p + NAME_LEN);
		tls_aead_init(&ctx, TLS_AEAD_AES_256_GCM, k.key);
		good = tls_aead_open(&ctx, p, k.nonce, ticket.p, HEAD_LEN, ticket.p + HEAD_LEN,
		    ticket.len - HEAD_LEN);
		tls_aead_clear(&ctx);
		tls_mem_wipe(&k, sizeof(k));
	}
	tls_mem_wipe(&e, sizeof(e));
	if (p == NULL)
		return TLS_E_MEMORY_ERROR;
	return good ? 0 : TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
}

uint32_t tls_ticket_left(const struct tls_ticket_key *key, uint64_t now)
{
	uint64_t end = (tls_epoch_number(key, now) + 2) * key->rotate, left = end - now / MS;

	return left < UINT32_MAX ? (uint32_t)left : UINT32_MAX;
}
