/* epoch.c - see epoch.h. A list: version[1] rotate[4] number of its first epoch[8] (name root)[3]. */
#include "epoch.h"

#include "../bytes/mem.h"
#include "../crypto/hkdf.h"
#include "../tls.h"

#define MS 1000u
#define LIST_VERSION 1

void tls_epoch_expand(uint8_t *out, size_t len, const uint8_t *secret, const char *label, struct tls_span context)
{
	uint8_t room[64];
	struct tls_buf info;

	tls_buf_init_fixed(&info, room, sizeof(room));
	while (*label != '\0')
		tls_buf_u8(&info, (uint8_t)*label++);
	tls_buf_u8(&info, 0);
	tls_buf_span(&info, context);
	tls_hkdf_expand(TLS_HASH_SHA256, out, len, secret, TLS_EPOCH_ROOT_LEN, info.p, info.len);
}

uint64_t tls_epoch_number(const struct tls_ticket_key *key, uint64_t now)
{
	return now / MS / key->rotate;
}

static void put_u64(struct tls_buf *b, uint64_t n)
{
	tls_buf_u32(b, (uint32_t)(n >> 32));
	tls_buf_u32(b, (uint32_t)n);
}

static void derive(struct tls_epoch *e, const struct tls_ticket_key *key, uint64_t n)
{
	uint8_t context[12];
	struct tls_buf b;

	tls_buf_init_fixed(&b, context, sizeof(context));
	tls_buf_u32(&b, key->rotate);
	put_u64(&b, n);
	tls_epoch_expand(e->name, sizeof(e->name), key->secret, "ticket name", tls_buf_as_span(&b));
	tls_epoch_expand(e->root, sizeof(e->root), key->secret, "ticket root", tls_buf_as_span(&b));
}

bool tls_epoch_get(struct tls_epoch *e, const struct tls_ticket_key *key, uint64_t n)
{
	if (!key->is_listed) {
		derive(e, key, n);
		return true;
	}
	if (n < key->first || n - key->first >= TLS_EPOCH_LISTED)
		return false;
	*e = key->list[n - key->first];
	return true;
}

static bool is_zero(struct tls_span s)
{
	static const uint8_t zero;
	uint8_t any = 0;

	for (size_t i = 0; i < s.len; i++)
		any |= s.p[i];
	return tls_mem_equal(&any, &zero, 1);
}

int tls_epoch_use_seed(struct tls_ticket_key *key, struct tls_span seed, uint32_t rotate)
{
	static const uint8_t salt[] = {'t', 'i', 'c', 'k', 'e', 't', 's'};

	if (seed.len < TLS_TICKET_SEED_MIN_LEN || is_zero(seed) || rotate == 0)
		return TLS_E_INVALID_REQUEST;
	tls_hkdf_extract(TLS_HASH_SHA256, key->secret, salt, sizeof(salt), seed.p, seed.len);
	key->rotate = rotate;
	key->is_listed = false;
	return 0;
}

void tls_epoch_list(struct tls_buf *out, const struct tls_ticket_key *key, uint64_t now)
{
	uint64_t n = tls_epoch_number(key, now), first = n > 0 ? n - 1 : 0;
	struct tls_epoch e;

	tls_buf_u8(out, LIST_VERSION);
	tls_buf_u32(out, key->rotate);
	put_u64(out, first);
	for (unsigned i = 0; i < TLS_EPOCH_LISTED; i++) {
		derive(&e, key, first + i);
		tls_buf_bytes(out, e.name, sizeof(e.name));
		tls_buf_bytes(out, e.root, sizeof(e.root));
	}
	tls_mem_wipe(&e, sizeof(e));
}

static void read_epoch(struct tls_epoch *e, struct tls_span *s)
{
	tls_span_copy(s, e->name, sizeof(e->name));
	tls_span_copy(s, e->root, sizeof(e->root));
}

int tls_epoch_use_list(struct tls_ticket_key *key, struct tls_span s)
{
	bool good = tls_span_u8(&s) == LIST_VERSION;

	key->rotate = tls_span_u32(&s);
	key->first = (uint64_t)tls_span_u32(&s) << 32;
	key->first |= tls_span_u32(&s);
	for (unsigned i = 0; i < TLS_EPOCH_LISTED; i++) {
		read_epoch(&key->list[i], &s);
		good = good && !is_zero(tls_span(key->list[i].root, TLS_EPOCH_ROOT_LEN));
	}
	key->is_listed = true;
	tls_mem_wipe(key->secret, sizeof(key->secret));
	return good && tls_span_end(&s) && key->rotate > 0 ? 0 : TLS_E_INVALID_REQUEST;
}
