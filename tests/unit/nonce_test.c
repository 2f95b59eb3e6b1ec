/* nonce_test.c - no nonce comes twice under a key, however often keys change, and no key seals more records than its
 * limit. The linker puts __wrap_tls_aead_seal in front of the real one (Makefile.am), which sees every nonce. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/rogue.h"
#include "tls/crypto/aead.h"
#include "tls/error.h"
#include "tls/hs/hs.h"
#include "tls/state.h"

#if defined(__SANITIZE_ADDRESS__)
#define N_RECORDS 100000 /* sanitizers take their time */
#else
#define N_RECORDS 1000000
#endif
#define TABLE_SIZE (1u << 22)

/* ---- Every nonce and the key it went with: a hash table of what has been seen */

struct used {
	uint8_t nonce[TLS_AEAD_NONCE_LEN];
	uint8_t key[32];
	bool is_used;
};

static struct used *table;
static size_t n_seen, n_twice;

static void note(const struct tls_aead_ctx *ctx, const uint8_t *nonce)
{
	struct used u = {.is_used = true};
	uint64_t h = 1469598103934665603u;
	size_t i;

	memcpy(u.nonce, nonce, sizeof(u.nonce));
	memcpy(u.key, ctx->state, sizeof(u.key)); /* a context begins with what it makes of the key */
	for (i = 0; i < sizeof(u.nonce); i++)
		h = (h ^ u.nonce[i]) * 1099511628211u;
	for (i = (size_t)(h ^ h >> 32) % TABLE_SIZE; table[i].is_used; i = (i + 1) % TABLE_SIZE)
		if (memcmp(&table[i], &u, sizeof(u)) == 0) {
			n_twice++;
			return;
		}
	table[i] = u;
	n_seen++;
}

void __real_tls_aead_seal(struct tls_aead_ctx *ctx, uint8_t *dst, const uint8_t nonce[TLS_AEAD_NONCE_LEN],
    const uint8_t *ad, size_t ad_len, const uint8_t *src, size_t src_len, const uint8_t *tail, size_t tail_len);
void __wrap_tls_aead_seal(struct tls_aead_ctx *ctx, uint8_t *dst, const uint8_t nonce[TLS_AEAD_NONCE_LEN],
    const uint8_t *ad, size_t ad_len, const uint8_t *src, size_t src_len, const uint8_t *tail, size_t tail_len);
void __wrap_tls_aead_seal(struct tls_aead_ctx *ctx, uint8_t *dst, const uint8_t nonce[TLS_AEAD_NONCE_LEN],
    const uint8_t *ad, size_t ad_len, const uint8_t *src, size_t src_len, const uint8_t *tail, size_t tail_len)
{
	if (table != NULL)
		note(ctx, nonce);
	__real_tls_aead_seal(ctx, dst, nonce, ad, ad_len, src, src_len, tail, tail_len);
}

static void send_one(tls_session_t from, tls_session_t to)
{
	uint8_t byte;

	assert_int_equal(tls_record_send(from, "x", 1), 1);
	assert_int_equal(tls_record_recv(to, &byte, 1), 1);
}

/* New keys: KeyUpdate, or another handshake. */
static void rekey(struct rogue *r, unsigned i)
{
	uint8_t byte;

	if (r->kind->version == TLS_1_3) {
		assert_int_equal(tls_session_key_update(i % 2 == 0 ? r->d.client : r->d.server, TLS_KU_PEER), 0);
		return;
	}
	r->d.client_err = tls_handshake(r->d.client);
	assert_int_equal(tls_record_recv(r->d.server, &byte, 1), TLS_E_REHANDSHAKE);
	r->d.server_err = TLS_E_AGAIN;
	assert_true(duo_handshake(&r->d));
}

static void records(const struct rogue_case *kind)
{
	struct rogue r;

	rogue_init(&r, kind, false);
	r.d.server->flags |= TLS_ALLOW_RENEGOTIATION;
	assert_int_equal(rogue_run(&r), 0);
	tls_handshake_set_hook_function(r.bad, TLS_HANDSHAKE_ANY, TLS_HOOK_PRE, NULL);
	for (unsigned i = 0; i < N_RECORDS / 4; i++) {
		send_one(r.d.client, r.d.server);
		send_one(r.d.server, r.d.client);
		if (i % (kind->version == TLS_1_3 ? 100 : N_RECORDS / 20) == 0)
			rekey(&r, i);
	}
	rogue_clear(&r);
}

/* A million records, in TLS 1.3 with 2,500 changes of keys, in TLS 1.2 with all the renegotiations that are allowed. */
static void security_nonce_reuse_over_changes_of_keys_12_13(void **state)
{
	static const struct rogue_case kinds[] = {{"1.2", TLS_1_2, 0}, {"1.3", TLS_1_3, 0}};

	(void)state;
	table = calloc(TABLE_SIZE, sizeof(*table));
	assert_non_null(table);
	for (unsigned i = 0; i < 2; i++)
		records(&kinds[i]);
	free(table);
	table = NULL;
	assert_true(n_seen > N_RECORDS);
	assert_int_equal(n_twice, 0);
}

/* ---- The limit of a key, RFC 8446 section 5.5: here 100 records */

#define LIMIT 100

static struct tls_suite limited;

static void with_limit(struct rogue *r, const struct rogue_case *kind, bool bad_server)
{
	rogue_init(r, kind, bad_server);
	assert_int_equal(rogue_run(r), 0);
	limited = *r->good->wr.suite;
	limited.max_records = LIMIT;
	r->good->wr.suite = &limited;
}

/* TLS 1.3: new keys before the limit, by itself; the peer has opened no more than that under one. */
static void updates(const struct rogue_case *kind, bool bad_server)
{
	uint64_t last = 0;
	unsigned n_keys = 0;
	struct rogue r;

	if (kind->version != TLS_1_3 || kind->what != 0)
		return;
	with_limit(&r, kind, bad_server);
	for (unsigned i = 0; i < 10 * LIMIT; i++) {
		send_one(r.good, r.bad);
		n_keys += r.bad->rd.seq < last;
		last = r.bad->rd.seq;
		assert_true(last <= LIMIT);
		assert_true(r.good->wr.seq <= LIMIT);
	}
	assert_true(n_keys >= 9);
	rogue_clear(&r);
}

static void security_aead_limits_bring_new_keys_13_server_client(void **state)
{
	(void)state;
	rogue_for_each(updates);
}

/* TLS 1.2 has none: the session ends in time, and says so. */
static void ends(const struct rogue_case *kind, bool bad_server)
{
	unsigned n = 0;
	ssize_t err;
	struct rogue r;
	uint8_t byte;

	if (kind->version != TLS_1_2 || kind->what != 0)
		return;
	with_limit(&r, kind, bad_server);
	while ((err = tls_record_send(r.good, "x", 1)) == 1) {
		assert_int_equal(tls_record_recv(r.bad, &byte, 1), 1);
		n++;
	}
	assert_int_equal(err, TLS_E_RECORD_LIMIT_REACHED);
	assert_int_equal(n, LIMIT - 1); /* the first record was Finished */
	assert_int_equal(tls_alert_flush(r.good), 0);
	assert_int_equal(tls_record_recv(r.bad, &byte, 1), TLS_E_FATAL_ALERT_RECEIVED);
	rogue_clear(&r);
}

static void security_aead_limits_end_the_session_12_server_client(void **state)
{
	(void)state;
	rogue_for_each(ends);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(security_nonce_reuse_over_changes_of_keys_12_13),
		cmocka_unit_test(security_aead_limits_bring_new_keys_13_server_client),
		cmocka_unit_test(security_aead_limits_end_the_session_12_server_client),
	};

	return cmocka_run_group_tests_name("nonce", tests, NULL, NULL);
}
