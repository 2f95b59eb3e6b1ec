/* ticket.c - see ticket.h. A ticket: name[16] salt[32] AES-256-GCM(state) with the first two as additional data. */
#include "ticket.h"

#include "../bytes/mem.h"
#include "../crypto/aead.h"
#include "../crypto/hkdf.h"
#include "../tls.h"

#define NAME_LEN 16
#define SALT_LEN 32
#define KEY_LEN 32
#define HEAD_LEN (NAME_LEN + SALT_LEN)
#define MS 1000u

struct epoch {
	uint8_t name[NAME_LEN], root[KEY_LEN];
};

struct ticket_keys {
	uint8_t key[KEY_LEN], nonce[TLS_AEAD_NONCE_LEN];
};

static void expand(uint8_t *out, size_t len, const uint8_t *secret, const char *label, struct tls_span context)
{
	uint8_t room[64];
	struct tls_buf info;

	tls_buf_init_fixed(&info, room, sizeof(room));
	while (*label != '\0')
		tls_buf_u8(&info, (uint8_t)*label++);
	tls_buf_u8(&info, 0);
	tls_buf_span(&info, context);
	tls_hkdf_expand(TLS_HASH_SHA256, out, len, secret, KEY_LEN, info.p, info.len);
}

static uint64_t number(const struct tls_ticket_key *key, uint64_t now)
{
	return now / MS / key->rotate;
}

static void derive_epoch(struct epoch *e, const struct tls_ticket_key *key, uint64_t n)
{
	uint8_t context[12];
	struct tls_buf b;

	tls_buf_init_fixed(&b, context, sizeof(context));
	tls_buf_u32(&b, key->rotate);
	tls_buf_u32(&b, (uint32_t)(n >> 32));
	tls_buf_u32(&b, (uint32_t)n);
	expand(e->name, sizeof(e->name), key->secret, "ticket name", tls_buf_as_span(&b));
	expand(e->root, sizeof(e->root), key->secret, "ticket root", tls_buf_as_span(&b));
}

static void derive_keys(struct ticket_keys *k, const struct epoch *e, const uint8_t salt[SALT_LEN])
{
	uint8_t both[KEY_LEN + TLS_AEAD_NONCE_LEN];

	expand(both, sizeof(both), e->root, "ticket key", tls_span(salt, SALT_LEN));
	tls_mem_copy(k->key, both, KEY_LEN);
	tls_mem_copy(k->nonce, both + KEY_LEN, TLS_AEAD_NONCE_LEN);
	tls_mem_wipe(both, sizeof(both));
}

static bool is_zero(struct tls_span s)
{
	static const uint8_t zero;
	uint8_t any = 0;

	for (size_t i = 0; i < s.len; i++)
		any |= s.p[i];
	return tls_mem_equal(&any, &zero, 1);
}

int tls_ticket_key_init(struct tls_ticket_key *key, struct tls_span seed, uint32_t rotate)
{
	static const uint8_t salt[] = {'t', 'i', 'c', 'k', 'e', 't', 's'};

	if (seed.len < TLS_TICKET_SEED_MIN_LEN || is_zero(seed) || rotate == 0)
		return TLS_E_INVALID_REQUEST;
	tls_hkdf_extract(TLS_HASH_SHA256, key->secret, salt, sizeof(salt), seed.p, seed.len);
	key->rotate = rotate;
	return 0;
}

int tls_ticket_seal(struct tls_buf *out, const struct tls_ticket_key *key, uint64_t now, struct tls_span plain,
    const struct tls_rng *rng)
{
	uint8_t salt[SALT_LEN], *p;
	struct tls_aead_ctx ctx;
	struct ticket_keys k;
	struct epoch e;
	int err = tls_rng_fill(rng, salt, sizeof(salt));

	if (err != 0)
		return err;
	p = tls_buf_room(out, TLS_TICKET_OVERHEAD + plain.len);
	if (p == NULL)
		return TLS_E_MEMORY_ERROR;
	derive_epoch(&e, key, number(key, now));
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
static bool find_epoch(struct epoch *e, const struct tls_ticket_key *key, uint64_t now, const uint8_t *name)
{
	uint64_t n = number(key, now), first = n > 0 ? n - 1 : 0;

	for (uint64_t i = first; i <= n + 1; i++) {
		derive_epoch(e, key, i);
		if (tls_mem_equal(e->name, name, NAME_LEN))
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
	struct epoch e;
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
	uint64_t end = (number(key, now) + 2) * key->rotate, left = end - now / MS;

	return left < UINT32_MAX ? (uint32_t)left : UINT32_MAX;
}
