/* hybrid_test.c - handshakes with hybrid groups: who offers what, what is chosen, and that TLS 1.2 knows nothing of
 * them; shares that must be refused; hellos larger than a segment and a record. */
#include "unit.h"

#include <string.h>

#include "tests/lib/call.h"
#include "tests/lib/duo.h"
#include "tests/lib/pair.h"
#include "tls/bytes/mem.h"
#include "tls/hs/hs.h"
#include "tls/state.h"

#define X25519 TLS_GROUP_X25519
#define P256 TLS_GROUP_SECP256R1
#define HYBRID TLS_GROUP_X25519MLKEM768
#define HYBRID_P256 TLS_GROUP_SECP256R1MLKEM768

/* groups: names, NULL behind the last; none: the policy's. */
static void set_policy(tls_session_t s, tls_protocol_t min, tls_protocol_t max, const char *const *groups)
{
	tls_policy_t policy;

	assert_int_equal(tls_policy_init(&policy, "intermediate"), 0);
	assert_int_equal(tls_policy_set_versions(policy, min, max), 0);
	for (; groups != NULL && *groups != NULL; groups++)
		assert_int_equal(tls_policy_add_group(policy, *groups), 0);
	assert_int_equal(tls_policy_set(s, policy), 0);
	tls_policy_deinit(policy);
}

static bool has_retried(tls_session_t s)
{
	return (tls_session_get_flags(s) & TLS_SFLAGS_HELLO_RETRY) != 0;
}

/* ---- Both ours */

static void which_group(void **state)
{
	static const struct {
		const char *server[4], *client[4];
		uint16_t group;
		bool retry;
	} rows[] = {
	    {{NULL}, {NULL}, HYBRID, false},
	    {{"x25519"}, {NULL}, X25519, false},
	    {{"secp256r1", "x25519"}, {NULL}, X25519, false},
	    {{"secp256r1"}, {NULL}, P256, true},
	    {{"SecP256r1MLKEM768"}, {NULL}, HYBRID_P256, true},
	    {{NULL}, {"x25519"}, X25519, false},
	    {{NULL}, {"x25519", "X25519MLKEM768"}, HYBRID, true},
	    {{"x25519", "X25519MLKEM768"}, {NULL}, X25519, false},
	    {{NULL}, {"SecP256r1MLKEM768", "secp256r1"}, HYBRID_P256, false},
	    {{"secp256r1"}, {"SecP256r1MLKEM768", "secp256r1"}, P256, false},
	    {{"x25519", "secp256r1"}, {"X25519MLKEM768", "secp256r1"}, P256, true},
	    {{NULL}, {"X25519MLKEM768"}, HYBRID, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct duo d;

		duo_init(&d, NULL, NULL);
		set_policy(d.server, TLS_1_2, TLS_1_3, rows[i].server);
		set_policy(d.client, TLS_1_2, TLS_1_3, rows[i].client);
		duo_connect(&d);
		assert_int_equal(tls_protocol_get_version(d.client), TLS_1_3);
		assert_int_equal(tls_group_get(d.server), rows[i].group);
		assert_int_equal(tls_group_get(d.client), rows[i].group);
		assert_int_equal(has_retried(d.server), rows[i].retry);
		assert_int_equal(has_retried(d.client), rows[i].retry);
		duo_pass(d.server, d.client, "answer", 6);
		duo_pass(d.client, d.server, "question", 8);
		duo_clear(&d);
	}
}

static void no_group_in_common(void **state)
{
	static const char *const hybrid[] = {"X25519MLKEM768", NULL}, *const x25519[] = {"x25519", NULL};
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	set_policy(d.server, TLS_1_3, TLS_1_3, hybrid);
	set_policy(d.client, TLS_1_3, TLS_1_3, x25519);
	assert_false(duo_handshake(&d));
	assert_int_equal(d.server_err, TLS_E_NO_COMMON_GROUP);
	duo_clear(&d);
}

/* TLS 1.2 is negotiated as if there were no hybrids; with hybrids alone it isn't spoken. */
static void tls_1_2(void **state)
{
	static const char *const hybrid[] = {"X25519MLKEM768", "SecP256r1MLKEM768", NULL};
	struct duo d;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		duo_init(&d, NULL, NULL);
		set_policy(i == 0 ? d.server : d.client, TLS_1_2, TLS_1_2, NULL);
		set_policy(i == 0 ? d.client : d.server, TLS_1_2, TLS_1_3, NULL);
		duo_connect(&d);
		assert_int_equal(tls_protocol_get_version(d.client), TLS_1_2);
		assert_int_equal(tls_group_get(d.client), X25519);
		duo_clear(&d);
		duo_init(&d, NULL, NULL);
		set_policy(i == 0 ? d.server : d.client, TLS_1_2, TLS_1_2, NULL);
		set_policy(i == 0 ? d.client : d.server, TLS_1_2, TLS_1_3, hybrid);
		assert_false(duo_handshake(&d));
		/* the server says so, whoever it is that has hybrids alone */
		assert_int_equal(d.server_err, TLS_E_UNSUPPORTED_VERSION);
		assert_int_equal(d.client_err, TLS_E_FATAL_ALERT_RECEIVED);
		duo_clear(&d);
	}
}

/* The share's keys go with the handshake: what stays is small, and the largest moment is bounded. */
static void no_memory(void **state)
{
	bool failed = true;
	unsigned n_failed = 0;

	(void)state;
	for (unsigned long n = 1; failed; n++) {
		struct duo d;

		duo_init(&d, NULL, NULL);
		tls_mem_fail_at(n);
		failed = !duo_handshake(&d);
		n_failed += failed;
		assert_true(!failed || d.client_err == TLS_E_MEMORY_ERROR || d.server_err == TLS_E_MEMORY_ERROR);
		tls_mem_fail_at(0);
		duo_clear(&d);
	}
	assert_true(n_failed > 20);
}

/* ---- A client of ours, and a server that does what it is told */

static unsigned n_shares(const struct tls_client_hello *m)
{
	struct tls_span list = m->key_shares;
	unsigned n = 0;

	for (; tls_span_more(&list); n++) {
		(void)tls_span_u16(&list);
		(void)tls_span_block16(&list, 1, UINT16_MAX);
	}
	return n;
}

static void each_share_is_answered(void **state)
{
	static const uint16_t groups[] = {HYBRID, X25519};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct call c;

		call_init(&c, NULL, 0);
		c.serv.group = groups[i];
		call_connect(&c);
		assert_int_equal(n_shares(&c.serv.hello), 2);
		assert_int_equal(tls_group_get(c.client), groups[i]);
		call_clear(&c);
	}
}

/* RFC 8446 section 4.1.2: a retry for a cookie repeats the shares, one for a group has its share alone. */
static void shares_after_a_retry(void **state)
{
	static const struct {
		uint16_t retry, group;
		unsigned n;
	} rows[] = {{0, HYBRID, 2}, {0, X25519, 2}, {P256, P256, 1}, {HYBRID_P256, HYBRID_P256, 1}};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct call c;

		call_init(&c, NULL, 0);
		c.serv.retries = 1;
		c.serv.cookie = "c";
		c.serv.retry_group = rows[i].retry;
		c.serv.group = rows[i].group;
		call_connect(&c);
		assert_int_equal(n_shares(&c.serv.hello), rows[i].n);
		assert_int_equal(tls_group_get(c.client), rows[i].group);
		call_clear(&c);
	}
}

/* RFC 8446 section 4.1.4: a share of it was sent already; and after a retry for one group no other is taken. */
static void security_not_offered_retry_for_a_share_13_client(void **state)
{
	static const uint16_t rows[][2] = {{HYBRID, HYBRID}, {X25519, X25519}, {HYBRID_P256, P256},
	    {HYBRID_P256, HYBRID}, {HYBRID_P256, X25519}};

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct call c;

		call_init(&c, NULL, 0);
		c.serv.retries = 1;
		c.serv.retry_group = rows[i][0];
		c.serv.group = rows[i][1];
		c.serv.stop_before = TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS;
		call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
	}
}

/* A hybrid in a ServerKeyExchange, of a client that has offered it, for TLS 1.3. */
static void security_not_offered_hybrid_12_client(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct call c;

		call_init12(&c, NULL, 0);
		set_policy(c.client, TLS_1_2, TLS_1_3, NULL);
		c.serv.group = i == 0 ? HYBRID : HYBRID_P256;
		call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
	}
}

static void hello_of_a_client_of_tls_1_2(void **state)
{
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	set_policy(c.client, TLS_1_2, TLS_1_2, NULL);
	call_connect(&c);
	assert_true(tls_mem_same(c.serv.hello.groups.p, c.serv.hello.groups.len, "\0\x1d\0\x17\0\x18\0\x19", 8));
	call_clear(&c);
}

/* Where the share stands in a body; its length is in the two bytes before. */
static uint8_t *share_in(struct tls_buf *body, size_t len)
{
	for (size_t at = 4; at + len <= body->len; at++)
		if (body->p[at - 4] == HYBRID >> 8 && body->p[at - 3] == (HYBRID & 0xff) && body->p[at - 2] == len >> 8 &&
		    body->p[at - 1] == (len & 0xff))
			return body->p + at;
	fail();
	return NULL;
}

static void zero_point(struct serv *v, unsigned type, struct tls_buf *body)
{
	(void)v;
	if (type == TLS_HANDSHAKE_SERVER_HELLO)
		memset(share_in(body, 1120) + 1088, 0, 32);
}

static void other_ciphertext(struct serv *v, unsigned type, struct tls_buf *body)
{
	if (type == TLS_HANDSHAKE_SERVER_HELLO)
		share_in(body, 1120)[v->n] ^= 1;
}

/* A share of n bytes: another hello, of which the share is the last. */
static void shorter(struct serv *v, unsigned type, struct tls_buf *body)
{
	uint8_t *share;
	size_t less = 1120 - v->n;

	if (type != TLS_HANDSHAKE_SERVER_HELLO)
		return;
	share = share_in(body, 1120);
	share[-2] = (uint8_t)(v->n >> 8);
	share[-1] = (uint8_t)v->n;
	share[-5] = (uint8_t)(v->n + 4);
	share[-6] = (uint8_t)((v->n + 4) >> 8);
	tls_mem_move(share + v->n, share + 1120, (size_t)(body->p + body->len - share) - 1120);
	body->len -= less;
	/* the length of all extensions, behind version, random, session id, suite and compression */
	body->p[2 + 32 + 1 + 32 + 3] = (uint8_t)((body->len - 72) >> 8);
	body->p[2 + 32 + 1 + 32 + 4] = (uint8_t)(body->len - 72);
}

static void spoiled_call(void (*change)(struct serv *v, unsigned type, struct tls_buf *body), size_t n, int error)
{
	struct call c;

	call_init(&c, NULL, 0);
	c.serv.group = HYBRID;
	c.serv.change = change;
	c.serv.n = n;
	call_refuses(&c, error);
}

static void security_zero_secret_hybrid_13_client(void **state)
{
	(void)state;
	spoiled_call(zero_point, 0, TLS_E_ILLEGAL_KEY_SHARE);
}

/* The secrets differ, and so nothing that follows can be read: not by the client, nor its alert by the server. */
static void ciphertexts_of_nobody(void **state)
{
	(void)state;
	for (size_t at = 0; at < 1088; at += 64) {
		struct call c;

		call_init(&c, NULL, 0);
		c.serv.group = HYBRID;
		c.serv.change = other_ciphertext;
		c.serv.n = at;
		assert_int_equal(call_handshake(&c), TLS_E_DECRYPTION_FAILED);
		call_clear(&c);
	}
}

static void shares_of_another_length(void **state)
{
	(void)state;
	for (size_t len = 1; len < 1120; len += len < 1056 ? 31 : 1)
		spoiled_call(shorter, len, TLS_E_ILLEGAL_KEY_SHARE);
}

/* ---- A server of ours, and a client that does what it is told */

static void offer(struct pair *p, const uint16_t *groups, unsigned n, uint16_t share)
{
	pair_init(p, NULL);
	tls_mem_copy(p->peer.groups, groups, n * sizeof(*groups));
	p->peer.n_groups = n;
	p->peer.shares[0] = share;
	p->peer.n_shares = share != 0;
}

static void security_group_preference_hybrid_13_server(void **state)
{
	static const uint16_t groups[] = {X25519, HYBRID};
	struct pair p;

	(void)state;
	offer(&p, groups, 2, X25519);
	pair_connect(&p);
	assert_true(p.peer.retry);
	assert_int_equal(p.peer.group, HYBRID);
	assert_string_equal(tls_group_get_name(tls_group_get(p.server)), "X25519MLKEM768");
	pair_clear(&p);
	offer(&p, groups, 2, HYBRID);
	pair_connect(&p);
	assert_false(p.peer.retry);
	assert_int_equal(p.peer.group, HYBRID);
	pair_clear(&p);
}

/* The hello as a message, its share changed at byte at of it. */
static void send_changed(struct pair *p, size_t at, uint8_t value, size_t n)
{
	struct tls_buf b = {0};
	uint8_t *share;

	peer_encode_hello(&p->peer, &b);
	share = share_in(&b, 1216);
	for (size_t i = 0; i < n; i++)
		share[at + i] = value;
	peer_send_plain_record(&p->peer, TLS_CONTENT_HANDSHAKE, b.p, b.len);
	tls_buf_clear(&b);
}

static void security_zero_secret_hybrid_13_server(void **state)
{
	static const uint16_t groups[] = {HYBRID};
	struct pair p;

	(void)state;
	offer(&p, groups, 1, HYBRID);
	send_changed(&p, 1184, 0, 32);
	pair_refuses(&p, TLS_E_ILLEGAL_KEY_SHARE);
}

/* FIPS 203 section 7.2: coefficients of 0xfff. */
static void security_kem_key_of_a_client(void **state)
{
	static const uint16_t groups[] = {HYBRID};

	(void)state;
	for (size_t at = 0; at < 1152; at += 48) {
		struct pair p;

		offer(&p, groups, 1, HYBRID);
		send_changed(&p, at, 0xff, 3);
		pair_refuses(&p, TLS_E_ILLEGAL_KEY_SHARE);
	}
}

/* ---- Hellos larger than a segment and a record: 12,000 bytes in all, in records and pieces of any size. */

static void random_pieces(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		struct duo d;

		duo_init(&d, NULL, NULL);
		d.wire.max_piece = 1 + wire_random(&d.wire, 2000);
		d.wire.again_percent = (unsigned)wire_random(&d.wire, 60);
		d.client->max_send = 1 + wire_random(&d.wire, 1700);
		d.server->max_send = 1 + wire_random(&d.wire, 1700);
		duo_connect(&d);
		assert_int_equal(tls_group_get(d.server), HYBRID);
		duo_clear(&d);
	}
}

static void large_hellos_in_records_of_any_size(void **state)
{
	static const uint16_t groups[] = {HYBRID, X25519};

	(void)state;
	for (size_t cut = 1; cut < 16384; cut += cut < 64 ? 9 : cut / 3) {
		struct pair p;

		offer(&p, groups, 2, HYBRID);
		p.peer.n_extra = 10;
		p.peer.extra_len = 1000;
		p.peer.cut = cut;
		pair_connect(&p);
		assert_int_equal(p.peer.group, HYBRID);
		pair_clear(&p);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(which_group),
		cmocka_unit_test(no_group_in_common),
		cmocka_unit_test(tls_1_2),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(each_share_is_answered),
		cmocka_unit_test(shares_after_a_retry),
		cmocka_unit_test(security_not_offered_retry_for_a_share_13_client),
		cmocka_unit_test(security_not_offered_hybrid_12_client),
		cmocka_unit_test(hello_of_a_client_of_tls_1_2),
		cmocka_unit_test(security_zero_secret_hybrid_13_client),
		cmocka_unit_test(ciphertexts_of_nobody),
		cmocka_unit_test(shares_of_another_length),
		cmocka_unit_test(security_group_preference_hybrid_13_server),
		cmocka_unit_test(security_zero_secret_hybrid_13_server),
		cmocka_unit_test(security_kem_key_of_a_client),
		cmocka_unit_test(random_pieces),
		cmocka_unit_test(large_hellos_in_records_of_any_size),
	};

	return cmocka_run_group_tests_name("hybrid", tests, NULL, NULL);
}
