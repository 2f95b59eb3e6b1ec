/* resume.c - see resume.h. */
#include "resume.h"

#include "../bytes/mem.h"
#include "../limits.h"
#include "../msg/new_session_ticket.h"

#define FORMAT 1
#define MASTER_LEN 48
#define SUM_LEN 32
#define FLAG_EMS 1u
#define FLAG_STAPLED 2u
#define MS 1000u

static const uint8_t magic[] = {'q', 'n', 'c', 'h', FORMAT};

/* ---- The binding */

static void mix(struct tls_hash_ctx *ctx, struct tls_span piece)
{
	uint8_t len[4] = {(uint8_t)(piece.len >> 24), (uint8_t)(piece.len >> 16), (uint8_t)(piece.len >> 8),
	    (uint8_t)piece.len};

	tls_hash_update(ctx, len, sizeof(len));
	tls_hash_update(ctx, piece.p, piece.len);
}

/* Names are the same in any case, RFC 6066 section 3. */
static void mix_name(struct tls_hash_ctx *ctx, struct tls_span name)
{
	uint8_t lower[UINT8_MAX] = {0};
	size_t len = name.len < sizeof(lower) ? name.len : sizeof(lower);

	for (size_t i = 0; i < len; i++)
		lower[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (uint8_t)(name.p[i] | 0x20) : name.p[i];
	mix(ctx, tls_span(lower, len));
}

void tls_resume_bind(uint8_t binding[TLS_RESUME_BINDING_LEN], const struct tls_resume_rule *rule)
{
	uint8_t numbers[4] = {(uint8_t)(rule->version >> 8), (uint8_t)rule->version, (uint8_t)rule->hash,
	    (uint8_t)rule->cert_request};
	struct tls_hash_ctx ctx;

	tls_hash_init(&ctx, TLS_HASH_SHA256);
	mix(&ctx, tls_span(numbers, sizeof(numbers)));
	mix_name(&ctx, rule->server_name);
	mix(&ctx, rule->alpn_list);
	mix(&ctx, rule->alpn);
	mix(&ctx, rule->leaf);
	mix(&ctx, rule->trust);
	mix(&ctx, rule->context);
	tls_hash_peek(&ctx, binding);
}

/* ---- The state as bytes */

static void put_u64(struct tls_buf *b, uint64_t v)
{
	tls_buf_u32(b, (uint32_t)(v >> 32));
	tls_buf_u32(b, (uint32_t)v);
}

static uint64_t get_u64(struct tls_span *s)
{
	uint64_t high = tls_span_u32(s);

	return high << 32 | tls_span_u32(s);
}

static void put_block(struct tls_buf *b, unsigned prefix, struct tls_span content)
{
	struct tls_block block = tls_buf_open(b, prefix);

	tls_buf_span(b, content);
	tls_buf_close(b, block);
}

void tls_resume_encode(struct tls_buf *b, const struct tls_resume *r)
{
	tls_buf_u16(b, (unsigned)r->version);
	tls_buf_u16(b, r->suite);
	tls_buf_u16(b, r->group);
	tls_buf_u16(b, r->scheme);
	tls_buf_u8(b, (r->ems ? FLAG_EMS : 0) | (r->stapled ? FLAG_STAPLED : 0));
	put_block(b, 1, tls_span(r->secret.b, r->secret.len));
	put_u64(b, r->created);
	put_u64(b, r->issued);
	tls_buf_u32(b, r->lifetime);
	tls_buf_u32(b, r->age_add);
	put_block(b, 1, tls_span(r->id, r->id_len));
	tls_buf_bytes(b, r->binding, sizeof(r->binding));
	put_block(b, 1, r->server_name);
	put_block(b, 1, r->alpn);
	put_block(b, 3, r->chain);
	put_block(b, 2, r->ticket);
}

static void get_fixed(struct tls_span *s, uint8_t *out, uint8_t *out_len, size_t max)
{
	struct tls_span block = tls_span_block8(s, 0, max);

	*out_len = (uint8_t)block.len;
	tls_mem_copy(out, block.p, block.len);
}

static bool makes_sense(const struct tls_resume *r, uint8_t flags)
{
	const struct tls_suite *suite = tls_suite_by_id(r->suite);
	struct tls_certificate chain;

	if (suite == NULL || suite->version != (uint16_t)r->version || (flags & ~(FLAG_EMS | FLAG_STAPLED)) != 0)
		return false;
	if (r->secret.len != (r->version == TLS_1_3 ? tls_hash_len(suite->hash) : MASTER_LEN))
		return false;
	return r->lifetime <= TLS_TICKET_LIFETIME_MAX && tls_resume_get_chain(&chain, r->chain) == 0;
}

int tls_resume_decode(struct tls_resume *r, struct tls_span data)
{
	uint8_t flags;

	*r = (struct tls_resume){.version = (tls_protocol_t)tls_span_u16(&data)};
	r->suite = tls_span_u16(&data);
	r->group = tls_span_u16(&data);
	r->scheme = tls_span_u16(&data);
	flags = tls_span_u8(&data);
	r->ems = (flags & FLAG_EMS) != 0;
	r->stapled = (flags & FLAG_STAPLED) != 0;
	get_fixed(&data, r->secret.b, &r->secret.len, sizeof(r->secret.b));
	r->created = get_u64(&data);
	r->issued = get_u64(&data);
	r->lifetime = tls_span_u32(&data);
	r->age_add = tls_span_u32(&data);
	get_fixed(&data, r->id, &r->id_len, sizeof(r->id));
	tls_span_copy(&data, r->binding, sizeof(r->binding));
	r->server_name = tls_span_block8(&data, 0, UINT8_MAX);
	r->alpn = tls_span_block8(&data, 0, UINT8_MAX);
	r->chain = tls_span_block24(&data, 0, TLS_LIMIT_MESSAGE_LEN);
	r->ticket = tls_span_block16(&data, 0, TLS_LIMIT_HELLO_LEN);
	if (tls_span_end(&data) && makes_sense(r, flags))
		return 0;
	tls_mem_wipe(r, sizeof(*r));
	return TLS_E_DB_ERROR;
}

/* ---- What others keep */

static void make_sum(uint8_t sum[SUM_LEN], struct tls_span data, struct tls_span key)
{
	struct tls_hash_ctx ctx;

	tls_hash_init(&ctx, TLS_HASH_SHA256);
	mix(&ctx, key);
	mix(&ctx, data);
	tls_hash_peek(&ctx, sum);
	tls_mem_wipe(&ctx, sizeof(ctx));
}

void tls_resume_pack(struct tls_buf *b, enum tls_resume_role role, const struct tls_resume *r,
    struct tls_span key)
{
	size_t start = b->len;
	uint8_t sum[SUM_LEN];

	tls_buf_bytes(b, magic, sizeof(magic));
	tls_buf_u8(b, (unsigned)role);
	if (r != NULL)
		tls_resume_encode(b, r);
	if (!tls_buf_ok(b))
		return;
	make_sum(sum, tls_span(b->p + start, b->len - start), key);
	tls_buf_bytes(b, sum, sizeof(sum));
}

int tls_resume_unpack(struct tls_resume *r, struct tls_span data, enum tls_resume_role role,
    struct tls_span key)
{
	struct tls_span mark, all = data;
	uint8_t sum[SUM_LEN];

	if (data.len < sizeof(magic) + 1 + SUM_LEN)
		return TLS_E_DB_ERROR;
	all.len -= SUM_LEN;
	make_sum(sum, all, key);
	if (!tls_mem_equal(sum, data.p + all.len, SUM_LEN))
		return TLS_E_DB_ERROR;
	mark = tls_span_take(&all, sizeof(magic));
	if (!tls_mem_same(mark.p, mark.len, magic, sizeof(magic)) || tls_span_u8(&all) != role)
		return TLS_E_DB_ERROR;
	*r = (struct tls_resume){.version = (tls_protocol_t)0};
	return all.len > 0 ? tls_resume_decode(r, all) : 0;
}

/* ---- Chains */

void tls_resume_put_chain(struct tls_buf *b, const tls_datum_t *certs, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		put_block(b, 3, tls_span(certs[i].data, certs[i].size));
}

int tls_resume_get_chain(struct tls_certificate *m, struct tls_span chain)
{
	*m = (struct tls_certificate){.n = 0};
	while (tls_span_more(&chain)) {
		struct tls_span cert = tls_span_block24(&chain, 1, TLS_LIMIT_MESSAGE_LEN);

		if (m->n == TLS_CERTIFICATE_MAX)
			return TLS_E_DB_ERROR;
		m->cert[m->n++] = cert;
	}
	return tls_span_end(&chain) ? 0 : TLS_E_DB_ERROR;
}

/* ---- Age */

/* The ms from then to now; 0 for a clock that was put back a little. False: by more. */
static bool elapsed(uint64_t *ms, uint64_t then, uint64_t now)
{
	*ms = now > then ? now - then : 0;
	return now >= then || then - now <= TLS_LIMIT_CLOCK_SKEW;
}

bool tls_resume_is_alive(const struct tls_resume *r, uint32_t *left, uint64_t now, uint32_t max_lifetime)
{
	uint32_t lifetime = r->lifetime < max_lifetime ? r->lifetime : max_lifetime;
	uint64_t ms;

	*left = 0;
	if (!elapsed(&ms, r->created, now) || ms >= (uint64_t)lifetime * MS)
		return false;
	*left = lifetime - (uint32_t)(ms / MS);
	return true;
}

bool tls_resume_may_be_offered(const struct tls_resume *r, uint64_t now)
{
	uint64_t age, of_ticket;

	return elapsed(&age, r->created, now) && age < (uint64_t)TLS_TICKET_LIFETIME_MAX * MS &&
	    elapsed(&of_ticket, r->issued, now) && of_ticket < (uint64_t)r->lifetime * MS;
}

uint32_t tls_resume_hidden_age(const struct tls_resume *r, uint64_t now)
{
	uint64_t ms;

	(void)elapsed(&ms, r->issued, now);
	return (uint32_t)ms + r->age_add;
}

bool tls_resume_age_fits(const struct tls_resume *r, uint32_t hidden_age, uint64_t now)
{
	uint32_t said = hidden_age - r->age_add;
	uint64_t ms;

	if (!elapsed(&ms, r->issued, now))
		return false;
	return said < ms ? ms - said <= TLS_LIMIT_CLOCK_SKEW : said - ms <= TLS_LIMIT_CLOCK_SKEW;
}
