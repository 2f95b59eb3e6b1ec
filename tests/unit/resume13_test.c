/* resume13_test.c - resumption in TLS 1.3 against hellos that were changed on their way: binders, identities, ages,
 * order; servers that choose what was not offered. RFC 8446 section 4.2.11. */
#include "unit.h"

#include <string.h>

#include "tests/lib/call.h"
#include "tests/lib/pair.h"
#include "tests/lib/resumed.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/hs/hs.h"
#include "tls/limits.h"
#include "tls/msg/new_session_ticket.h"
#include "tls/state.h"

#define RECORD_HEADER 5
#define BINDER_LEN 32

#define EARLY_LEN 1000

/* What becomes of the client's offer of one identity with one binder. */
struct change {
	const char *what;
	unsigned n, real; /* so many identities, the real one at this place; the rest is made up */
	size_t binder_len; /* 0: 32 */
	uint8_t flip; /* a bit of the real binder */
	bool swap; /* the first two binders change places */
	int binders_more;
	uint32_t older; /* ms added to the age */
	bool first; /* pre_shared_key in front of the others */
	unsigned early; /* says that it sends early data, and sends so many records of it */
	int modes; /* 0: none, 1: psk_dhe_ke, 2: psk_ke alone */
	int err; /* of the server; 0: it goes on */
	bool resumed;
};

static const struct change changes[] = {
    {.what = "as it was", .n = 1, .modes = 1, .resumed = true},
    {.what = "second of two", .n = 2, .real = 1, .modes = 1, .resumed = true},
    {.what = "first of five", .n = 5, .modes = 1, .resumed = true},
    {.what = "last that is tried", .n = 8, .real = 7, .modes = 1, .resumed = true},
    {.what = "behind the limit", .n = 9, .real = 8, .modes = 1},
    {.what = "none of ours", .n = 3, .real = 9, .modes = 1},
    {.what = "early data, which is dropped", .n = 1, .early = 3, .modes = 1, .resumed = true},
    {.what = "too much of it", .n = 1, .early = 20, .modes = 1, .err = TLS_E_DECRYPTION_FAILED, .resumed = true},
    {.what = "wrong binder", .n = 1, .flip = 1, .modes = 1, .err = TLS_E_PSK_BINDER_VERIFY_FAILED},
    {.what = "last bit of it", .n = 1, .flip = 0x80, .modes = 1, .err = TLS_E_PSK_BINDER_VERIFY_FAILED},
    {.what = "binder of 31 bytes", .n = 1, .binder_len = 31, .modes = 1, .err = TLS_E_UNEXPECTED_PACKET_LENGTH},
    {.what = "binder of 33 bytes", .n = 1, .binder_len = 33, .modes = 1, .err = TLS_E_PSK_BINDER_VERIFY_FAILED},
    {.what = "binder of 48 bytes", .n = 1, .binder_len = 48, .modes = 1, .err = TLS_E_PSK_BINDER_VERIFY_FAILED},
    {.what = "binder of 255 bytes", .n = 1, .binder_len = 255, .modes = 1, .err = TLS_E_PSK_BINDER_VERIFY_FAILED},
    {.what = "binders in the wrong order", .n = 2, .swap = true, .modes = 1,
        .err = TLS_E_PSK_BINDER_VERIFY_FAILED},
    {.what = "a binder more", .n = 1, .binders_more = 1, .modes = 1, .err = TLS_E_ILLEGAL_PARAMETER},
    {.what = "a binder less", .n = 2, .binders_more = -1, .modes = 1, .err = TLS_E_ILLEGAL_PARAMETER},
    {.what = "not the last extension", .n = 1, .first = true, .modes = 1, .err = TLS_E_ILLEGAL_PARAMETER},
    {.what = "without modes", .n = 1, .err = TLS_E_MISSING_EXTENSION},
    {.what = "without a key exchange", .n = 1, .modes = 2},
    {.what = "a little old", .n = 1, .older = TLS_LIMIT_CLOCK_SKEW, .modes = 1, .resumed = true},
    {.what = "too old", .n = 1, .older = TLS_LIMIT_CLOCK_SKEW + 1, .modes = 1},
    {.what = "too young", .n = 1, .older = (uint32_t)-TLS_LIMIT_CLOCK_SKEW - 1, .modes = 1},
    {.what = "a wrong binder counts before the age", .n = 1, .flip = 1, .older = 1u << 31, .modes = 1,
        .err = TLS_E_PSK_BINDER_VERIFY_FAILED},
};

static uint64_t fixed_clock(void *ptr)
{
	(void)ptr;
	return RESUMED_T0;
}

/* Typed from RFC 8446 section 4.2.11.2: early secret, binder key, HMAC over the hash. */
static void make_binder(uint8_t out[BINDER_LEN], const struct resumed *r, const struct tls_buf *hello, size_t len)
{
	uint8_t hash[TLS_HASH_MAX_LEN], empty[TLS_HASH_MAX_LEN];
	struct tls_secret key;
	struct tls_sched13 sched;
	struct tls_resume state;

	assert_int_equal(tls_resume_unpack(&state, tls_span(r->data.data, r->data.size), TLS_RESUME_CLIENT,
	                     tls_span(NULL, 0)),
	    0);
	tls_hash_once(TLS_HASH_SHA256, hash, hello->p + RECORD_HEADER, len - RECORD_HEADER);
	tls_hash_once(TLS_HASH_SHA256, empty, NULL, 0);
	tls_sched13_start(&sched, TLS_HASH_SHA256, state.secret.b, state.secret.len);
	tls_sched13_derive(&key, &sched, "res binder", tls_span(empty, 32));
	tls_sched13_finished(out, TLS_HASH_SHA256, &key, tls_span(hash, 32));
}

static void put_offer(struct tls_buf *b, const struct change *c, const struct tls_psk_identity *real)
{
	size_t binder_len = c->binder_len != 0 ? c->binder_len : BINDER_LEN;
	struct tls_block list = tls_buf_open(b, 2);

	for (unsigned i = 0; i < c->n; i++) {
		struct tls_block one = tls_buf_open(b, 2);

		if (i == c->real)
			tls_buf_span(b, real->identity);
		else
			tls_buf_bytes(b, "an identity of somebody else, as long as it likes to be: more than a ticket's head", 81);
		tls_buf_close(b, one);
		tls_buf_u32(b, real->hidden_age + c->older);
	}
	tls_buf_close(b, list);
	list = tls_buf_open(b, 2);
	for (unsigned i = 0; i < c->n + (unsigned)c->binders_more; i++) {
		tls_buf_u8(b, (unsigned)binder_len);
		(void)tls_buf_room(b, binder_len);
	}
	tls_buf_close(b, list);
}

static void put_modes(struct tls_client_hello *m, int modes)
{
	static const uint8_t dhe[] = {1, 1}, ke[] = {1, 0};
	unsigned n = 0;

	for (unsigned i = 0; i < m->ext.n; i++) {
		if (m->ext.ext[i].type == TLS_EXT_PSK_KEY_EXCHANGE_MODES && modes == 0)
			continue;
		m->ext.ext[n] = m->ext.ext[i];
		if (m->ext.ext[n++].type == TLS_EXT_PSK_KEY_EXCHANGE_MODES)
			m->ext.ext[n - 1].body = tls_span(modes == 1 ? dhe : ke, 2);
	}
	m->ext.n = n;
}

/* In front of pre_shared_key, which is the last one. */
static void put_early_data(struct tls_client_hello *m)
{
	m->ext.ext[m->ext.n] = m->ext.ext[m->ext.n - 1];
	m->ext.ext[m->ext.n - 1] = (struct tls_ext){.type = TLS_EXT_EARLY_DATA};
	m->ext.n++;
}

/* Records under keys that the server never makes. */
static void send_early_data(struct wire_pipe *pipe, unsigned n)
{
	uint8_t record[RECORD_HEADER + EARLY_LEN] = {23, 3, 3, EARLY_LEN >> 8, EARLY_LEN & 0xff};

	while (n-- > 0)
		wire_put(pipe, record, sizeof(record));
}

/* Where the binder of the real identity belongs, and what it is. */
static void fill_binder(struct tls_buf *b, const struct resumed *r, const struct change *c)
{
	size_t step = 1 + (c->binder_len != 0 ? c->binder_len : BINDER_LEN);
	size_t all = step * (c->n + (unsigned)c->binders_more), at;
	uint8_t binder[BINDER_LEN];

	if (c->real >= c->n || c->first)
		return;
	make_binder(binder, r, b, b->len - all - 2);
	binder[0] ^= c->flip & 1;
	binder[BINDER_LEN - 1] ^= c->flip & 0x80;
	at = b->len - all + step * (c->swap ? 1 - c->real : c->real) + 1;
	tls_mem_copy(b->p + at, binder, step > BINDER_LEN ? BINDER_LEN : step - 1);
}

/* Takes the hello off the wire and puts another one there. */
static void rewrite(struct duo *d, const struct resumed *r, const struct change *c)
{
	struct wire_pipe *pipe = &d->wire.c2s;
	uint8_t was[4000];
	size_t len = wire_get(pipe, was, sizeof(was));
	struct tls_buf b = {0}, offer = {0};
	struct tls_client_hello m;
	struct tls_psk_identity real;
	struct tls_block record, body;

	assert_int_equal(
	    tls_client_hello_decode(&m, tls_span(was + RECORD_HEADER + 4, len - RECORD_HEADER - 4)), 0);
	assert_true(tls_psk_offer_next(&m.psk, &real));
	put_offer(&offer, c, &real);
	m.ext.ext[m.ext.n - 1].body = tls_buf_as_span(&offer);
	if (c->first) {
		struct tls_ext last = m.ext.ext[m.ext.n - 1];

		m.ext.ext[m.ext.n - 1] = m.ext.ext[0];
		m.ext.ext[0] = last;
	}
	put_modes(&m, c->modes);
	if (c->early > 0)
		put_early_data(&m);
	tls_buf_bytes(&b, was, 3);
	record = tls_buf_open(&b, 2);
	tls_buf_u8(&b, TLS_HANDSHAKE_CLIENT_HELLO);
	body = tls_buf_open(&b, 3);
	tls_client_hello_encode(&b, &m);
	tls_buf_close(&b, body);
	tls_buf_close(&b, record);
	assert_true(tls_buf_ok(&b));
	fill_binder(&b, r, c);
	wire_put(pipe, b.p, b.len);
	send_early_data(pipe, c->early);
	tls_buf_clear(&offer);
	tls_buf_clear(&b);
}

/* And early data behind a good one. */
static void security_bad_binder_in_every_way_13_server(void **state)
{
	struct resumed r;

	(void)state;
	resumed_init(&r, TLS_1_3, RESUMED_TICKETS);
	assert_false(resumed_session(&r));
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const struct change *c = &changes[i];
		struct duo d;
		int err;

		resumed_begin(&r, &d);
		assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
		rewrite(&d, &r, c);
		err = tls_handshake(d.server);
		if (err != (c->err != 0 ? c->err : TLS_E_AGAIN) || d.server->resumed != c->resumed)
			fail_msg("%s: %s", c->what, tls_strerror(err));
		if (c->resumed && c->err == 0)
			assert_int_equal(d.server->hs->psk_index, c->real);
		if (c->err != 0)
			assert_int_equal(tls_alert_get_sent(d.server), tls_error_alert(c->err));
		/* and the client takes no other identity than its own */
		err = tls_handshake(d.client);
		if (c->resumed && c->real > 0)
			assert_int_equal(err, TLS_E_ILLEGAL_PARAMETER);
		duo_clear(&d);
	}
	resumed_clear(&r);
}

/* ---- Second hellos */

static void only_p256(struct resumed *r, struct duo *d)
{
	tls_policy_t policy;

	(void)r;
	assert_int_equal(tls_policy_init(&policy, "modern"), 0);
	assert_int_equal(tls_policy_add_group(policy, "secp256r1"), 0);
	assert_int_equal(tls_policy_set(d->server, policy), 0);
	tls_policy_deinit(policy);
}

/* Up to where the second hello is on the wire. */
static void ask_again(struct resumed *r, struct duo *d)
{
	r->set_up = only_p256;
	resumed_begin(r, d);
	assert_int_equal(tls_handshake(d->client), TLS_E_AGAIN);
	assert_int_equal(tls_handshake(d->server), TLS_E_AGAIN);
	assert_int_equal(tls_handshake(d->client), TLS_E_AGAIN);
	assert_true(tls_session_get_flags(d->server) & TLS_SFLAGS_HELLO_RETRY);
	r->set_up = NULL;
}

static void security_bad_binder_of_the_second_hello_13_server(void **state)
{
	struct resumed r;
	struct duo d;

	(void)state;
	resumed_init(&r, TLS_1_3, RESUMED_TICKETS);
	assert_false(resumed_session(&r));
	ask_again(&r, &d);
	d.wire.c2s.p[d.wire.c2s.end - 1] ^= 1;
	assert_int_equal(tls_handshake(d.server), TLS_E_PSK_BINDER_VERIFY_FAILED);
	duo_clear(&d);
	/* nor is that of the first one good for it */
	ask_again(&r, &d);
	tls_mem_zero(d.wire.c2s.p + d.wire.c2s.end - BINDER_LEN, BINDER_LEN);
	assert_int_equal(tls_handshake(d.server), TLS_E_PSK_BINDER_VERIFY_FAILED);
	duo_clear(&d);
	resumed_clear(&r);
}

/* GnuTLS CVE-2025-6395: what the first hello offered is not there any more. */
static void security_second_hello_without_its_psk_13_server(void **state)
{
	struct resumed r;
	struct duo d;
	uint8_t was[4000];
	struct tls_buf b = {0};
	struct tls_client_hello m;
	struct tls_block record, body;
	size_t len, ccs = 6; /* the client's compatibility record stands in front */

	(void)state;
	resumed_init(&r, TLS_1_3, RESUMED_TICKETS);
	assert_false(resumed_session(&r));
	ask_again(&r, &d);
	len = wire_get(&d.wire.c2s, was, sizeof(was));
	assert_int_equal(tls_client_hello_decode(&m, tls_span(was + ccs + RECORD_HEADER + 4, len - ccs - RECORD_HEADER - 4)), 0);
	m.ext.n--;
	tls_buf_bytes(&b, was, ccs + 3);
	record = tls_buf_open(&b, 2);
	tls_buf_u8(&b, TLS_HANDSHAKE_CLIENT_HELLO);
	body = tls_buf_open(&b, 3);
	tls_client_hello_encode(&b, &m);
	tls_buf_close(&b, body);
	tls_buf_close(&b, record);
	wire_put(&d.wire.c2s, b.p, b.len);
	assert_int_equal(tls_handshake(d.server), TLS_E_AGAIN);
	assert_false(d.server->resumed);
	assert_int_equal(d.server->hs->state.version, 0);
	assert_false(duo_handshake(&d)); /* the client knows that this isn't what it said */
	tls_buf_clear(&b);
	duo_clear(&d);
	resumed_clear(&r);
}

/* Section 4.2.11: a HelloRetryRequest with a suite of another hash leaves no PSK to offer. */
static void another_hash_in_the_retry(void **state)
{
	static const uint16_t suites[] = {TLS_CIPHER_AES_128_GCM_SHA256, TLS_CIPHER_AES_256_GCM_SHA384};
	struct resumed r;

	(void)state;
	resumed_init(&r, TLS_1_3, RESUMED_TICKETS);
	assert_false(resumed_session(&r));
	for (unsigned i = 0; i < 2; i++) {
		struct call c;

		call_init(&c, NULL, 0);
		tls_session_set_clock_function(c.client, fixed_clock, NULL);
		assert_int_equal(tls_session_set_data(c.client, r.data.data, r.data.size), 0);
		c.serv.retries = 1;
		c.serv.retry_group = TLS_GROUP_SECP256R1;
		c.serv.group = TLS_GROUP_SECP256R1;
		c.serv.suite = suites[i];
		assert_int_equal(call_handshake(&c), 0);
		assert_int_equal(c.serv.n_hellos, 2);
		assert_int_equal(c.serv.hello.psk.identities.len > 0, i == 0);
		assert_false(tls_session_is_resumed(c.client));
		call_clear(&c);
	}
	resumed_clear(&r);
}

/* ---- A server that chooses what was not offered */

static int choose_psk(const char *index, bool offer, uint16_t suite)
{
	struct resumed r;
	struct call c;
	int err;

	resumed_init(&r, TLS_1_3, RESUMED_TICKETS);
	assert_false(resumed_session(&r));
	call_init(&c, NULL, 0);
	tls_session_set_clock_function(c.client, fixed_clock, NULL);
	if (offer)
		assert_int_equal(tls_session_set_data(c.client, r.data.data, r.data.size), 0);
	c.serv.extra_in = TLS_HANDSHAKE_SERVER_HELLO;
	c.serv.extra_type = TLS_EXT_PRE_SHARED_KEY;
	c.serv.extra_body = tls_span(index, 2);
	c.serv.suite = suite;
	err = call_handshake(&c);
	call_clear(&c);
	resumed_clear(&r);
	return err;
}

static void security_not_offered_psk_13_client(void **state)
{
	(void)state;
	assert_int_equal(choose_psk("\0\0", false, TLS_CIPHER_AES_128_GCM_SHA256), TLS_E_UNSUPPORTED_EXTENSION);
	assert_int_equal(choose_psk("\0\1", true, TLS_CIPHER_AES_128_GCM_SHA256), TLS_E_ILLEGAL_PARAMETER);
	assert_int_equal(choose_psk("\1\0", true, TLS_CIPHER_AES_128_GCM_SHA256), TLS_E_ILLEGAL_PARAMETER);
	assert_int_equal(choose_psk("\0\0", true, TLS_CIPHER_AES_256_GCM_SHA384), TLS_E_ILLEGAL_PARAMETER);
	/* one that doesn't know the secret */
	assert_int_equal(choose_psk("\0\0", true, TLS_CIPHER_AES_128_GCM_SHA256), TLS_E_DECRYPTION_FAILED);
}

/* A chain that makes a ticket too long: no ticket, and no harm. */
static void limit_ticket_len_long_chains_get_no_ticket(void **state)
{
	struct resumed r;
	struct duo d;
	uint8_t *big = tls_mem_alloc(TLS_LIMIT_TICKET_LEN);
	tls_datum_t peer = {.data = big, .size = TLS_LIMIT_TICKET_LEN};
	char text[4];

	(void)state;
	resumed_init(&r, TLS_1_3, RESUMED_TICKETS);
	resumed_begin(&r, &d);
	assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
	assert_int_equal(tls_handshake(d.server), TLS_E_AGAIN);
	d.server->peers = tls_mem_alloc(sizeof(peer));
	*d.server->peers = peer;
	d.server->n_peers = 1;
	duo_connect(&d);
	assert_int_equal(tls_record_recv(d.client, text, sizeof(text)), TLS_E_AGAIN);
	assert_false(tls_session_get_flags(d.client) & TLS_SFLAGS_SESSION_TICKET);
	duo_clear(&d);
	resumed_clear(&r);
	tls_mem_free(big);
}

/* ---- Sizes */

/* Eight are tried, however many there are. */
static void limit_psk_identities_behind_it_nothing_is_tried(void **state)
{
	struct resumed r;

	(void)state;
	resumed_init(&r, TLS_1_3, RESUMED_TICKETS);
	assert_false(resumed_session(&r));
	for (unsigned n = TLS_LIMIT_PSK_IDENTITIES - 1; n <= TLS_LIMIT_PSK_IDENTITIES + 1; n++) {
		struct change c = {.n = n + 1, .real = n, .modes = 1};
		struct duo d;

		resumed_begin(&r, &d);
		assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
		rewrite(&d, &r, &c);
		assert_int_equal(tls_handshake(d.server), TLS_E_AGAIN);
		assert_int_equal(d.server->resumed, n < TLS_LIMIT_PSK_IDENTITIES);
		duo_clear(&d);
	}
	resumed_clear(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(security_bad_binder_in_every_way_13_server),
	    cmocka_unit_test(security_bad_binder_of_the_second_hello_13_server),
	    cmocka_unit_test(security_second_hello_without_its_psk_13_server),
	    cmocka_unit_test(another_hash_in_the_retry),
	    cmocka_unit_test(security_not_offered_psk_13_client),
	    cmocka_unit_test(limit_ticket_len_long_chains_get_no_ticket),
	    cmocka_unit_test(limit_psk_identities_behind_it_nothing_is_tried),
	};

	return cmocka_run_group_tests_name("resume13", tests, NULL, NULL);
}
