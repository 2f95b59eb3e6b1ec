/* resume_test.c - the state of a session that can be resumed: its bytes, cut and altered anywhere, what it is
 * bound to, its age. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "tls/bytes/mem.h"
#include "tls/hs/resume.h"
#include "tls/limits.h"

#define T0 1700000000000u

static struct tls_resume full13(void)
{
	static const uint8_t chain[] = {0, 0, 3, 'a', 'b', 'c', 0, 0, 1, 'd'};
	struct tls_resume r = {.version = TLS_1_3,
	    .suite = TLS_CIPHER_AES_256_GCM_SHA384,
	    .group = TLS_GROUP_X25519,
	    .scheme = TLS_SIGN_ED25519,
	    .secret = {.len = 48},
	    .created = T0,
	    .issued = T0 + 1000,
	    .lifetime = 600,
	    .age_add = 0xfffffff0,
	    .id_len = 32,
	    .server_name = tls_span("example.com", 11),
	    .alpn = tls_span("h2", 2),
	    .chain = tls_span(chain, sizeof(chain)),
	    .ticket = tls_span("ticket", 6)};

	memset(r.secret.b, 7, 48);
	memset(r.id, 8, sizeof(r.id));
	memset(r.binding, 9, sizeof(r.binding));
	return r;
}

static struct tls_resume small12(void)
{
	struct tls_resume r = {.version = TLS_1_2,
	    .suite = TLS_CIPHER_ECDHE_RSA_AES_128_GCM_SHA256,
	    .ems = true,
	    .secret = {.len = 48},
	    .lifetime = 604800};

	return r;
}

static void assert_same(const struct tls_resume *a, const struct tls_resume *b)
{
	assert_int_equal(a->version, b->version);
	assert_int_equal(a->suite, b->suite);
	assert_int_equal(a->group, b->group);
	assert_int_equal(a->scheme, b->scheme);
	assert_int_equal(a->ems, b->ems);
	assert_memory_equal(&a->secret, &b->secret, sizeof(a->secret));
	assert_int_equal(a->created, b->created);
	assert_int_equal(a->issued, b->issued);
	assert_int_equal(a->lifetime, b->lifetime);
	assert_int_equal(a->age_add, b->age_add);
	assert_int_equal(a->id_len, b->id_len);
	assert_memory_equal(a->id, b->id, sizeof(a->id));
	assert_memory_equal(a->binding, b->binding, sizeof(a->binding));
	assert_true(tls_mem_same(a->server_name.p, a->server_name.len, b->server_name.p, b->server_name.len));
	assert_true(tls_mem_same(a->alpn.p, a->alpn.len, b->alpn.p, b->alpn.len));
	assert_true(tls_mem_same(a->chain.p, a->chain.len, b->chain.p, b->chain.len));
	assert_true(tls_mem_same(a->ticket.p, a->ticket.len, b->ticket.p, b->ticket.len));
}

/* From memory of exactly its size, so that a sanitizer sees a read behind it. */
static int try_decode(const uint8_t *p, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct tls_resume r;
	int err;

	assert_non_null(copy);
	memcpy(copy, p, len);
	err = tls_resume_decode(&r, tls_span(copy, len));
	free(copy);
	return err;
}

static void comes_back_as_it_went(void **state)
{
	struct tls_resume all[] = {full13(), small12()};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct tls_resume back;
		struct tls_buf b = {0};

		tls_resume_encode(&b, &all[i]);
		assert_true(tls_buf_ok(&b));
		assert_int_equal(tls_resume_decode(&back, tls_buf_as_span(&b)), 0);
		assert_same(&back, &all[i]);
		tls_buf_clear(&b);
	}
}

static void every_cut_is_refused(void **state)
{
	struct tls_resume all[] = {full13(), small12()};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct tls_buf b = {0};

		tls_resume_encode(&b, &all[i]);
		for (size_t n = 0; n < b.len; n++)
			assert_int_equal(try_decode(b.p, n), TLS_E_DB_ERROR);
		tls_buf_u8(&b, 0);
		assert_int_equal(try_decode(b.p, b.len), TLS_E_DB_ERROR);
		tls_buf_clear(&b);
	}
}

/* No checksum here: whatever a changed byte makes of it, it is read within its bounds and makes sense. */
static void every_byte_may_change(void **state)
{
	struct tls_resume r = full13();
	struct tls_buf b = {0};

	(void)state;
	tls_resume_encode(&b, &r);
	for (size_t i = 0; i < b.len; i++) {
		for (unsigned x = 1; x < 256; x <<= 1) {
			b.p[i] ^= (uint8_t)x;
			(void)try_decode(b.p, b.len);
			b.p[i] ^= (uint8_t)x;
		}
	}
	tls_buf_clear(&b);
}

/* An offer of it could not be written. */
static void tickets_that_no_hello_has_room_for_are_refused(void **state)
{
	static const uint8_t ticket[TLS_LIMIT_HELLO_LEN + 1];

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct tls_resume r = full13();
		struct tls_buf b = {0};

		r.ticket = tls_span(ticket, TLS_LIMIT_HELLO_LEN + more);
		tls_resume_encode(&b, &r);
		assert_int_equal(try_decode(b.p, b.len), more > 0 ? TLS_E_DB_ERROR : 0);
		tls_buf_clear(&b);
	}
}

static void nonsense_is_refused(void **state)
{
	static const struct {
		const char *what;
		tls_protocol_t version;
		uint16_t suite;
		uint8_t secret_len;
		uint32_t lifetime;
		const char *chain;
		size_t chain_len;
	} rows[] = {
	    {"no version", 0, TLS_CIPHER_AES_128_GCM_SHA256, 32, 1, "", 0},
	    {"TLS 1.2 with a suite of 1.3", TLS_1_2, TLS_CIPHER_AES_128_GCM_SHA256, 48, 1, "", 0},
	    {"TLS 1.3 with a suite of 1.2", TLS_1_3, TLS_CIPHER_ECDHE_RSA_AES_128_GCM_SHA256, 32, 1, "", 0},
	    {"an unknown suite", TLS_1_3, 0x1399, 32, 1, "", 0},
	    {"a short secret", TLS_1_3, TLS_CIPHER_AES_256_GCM_SHA384, 32, 1, "", 0},
	    {"a long secret", TLS_1_3, TLS_CIPHER_AES_128_GCM_SHA256, 48, 1, "", 0},
	    {"a short master secret", TLS_1_2, TLS_CIPHER_ECDHE_RSA_AES_128_GCM_SHA256, 47, 1, "", 0},
	    {"no secret", TLS_1_3, TLS_CIPHER_AES_128_GCM_SHA256, 0, 1, "", 0},
	    {"more than seven days", TLS_1_3, TLS_CIPHER_AES_128_GCM_SHA256, 32, 604801, "", 0},
	    {"half a certificate", TLS_1_3, TLS_CIPHER_AES_128_GCM_SHA256, 32, 1, "\0\0\2x", 4},
	    {"an empty certificate", TLS_1_3, TLS_CIPHER_AES_128_GCM_SHA256, 32, 1, "\0\0\0", 3},
	    {"17 certificates", TLS_1_3, TLS_CIPHER_AES_128_GCM_SHA256, 32, 1,
	        "\0\0\1x\0\0\1x\0\0\1x\0\0\1x\0\0\1x\0\0\1x\0\0\1x\0\0\1x\0\0\1x\0\0\1x\0\0\1x\0\0\1x"
	        "\0\0\1x\0\0\1x\0\0\1x\0\0\1x\0\0\1x", 68},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tls_resume r = {.version = rows[i].version,
		    .suite = rows[i].suite,
		    .secret = {.len = rows[i].secret_len},
		    .lifetime = rows[i].lifetime,
		    .chain = tls_span(rows[i].chain, rows[i].chain_len)};
		struct tls_buf b = {0};

		tls_resume_encode(&b, &r);
		if (try_decode(b.p, b.len) != TLS_E_DB_ERROR)
			fail_msg("%s", rows[i].what);
		tls_buf_clear(&b);
	}
}

/* CONTRACT D7 */
static void packed_data_is_refused_when_cut_or_changed(void **state)
{
	struct tls_span key = tls_span("key", 3);
	struct tls_resume r = full13(), back;
	struct tls_buf b = {0};

	(void)state;
	tls_resume_pack(&b, TLS_RESUME_CLIENT, &r, key);
	assert_int_equal(tls_resume_unpack(&back, tls_buf_as_span(&b), TLS_RESUME_CLIENT, key), 0);
	assert_same(&back, &r);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(
		    tls_resume_unpack(&back, tls_span(b.p, n), TLS_RESUME_CLIENT, key), TLS_E_DB_ERROR);
	for (size_t i = 0; i < b.len; i++) {
		for (unsigned x = 1; x < 256; x <<= 1) {
			b.p[i] ^= (uint8_t)x;
			assert_int_equal(tls_resume_unpack(&back, tls_buf_as_span(&b), TLS_RESUME_CLIENT, key),
			    TLS_E_DB_ERROR);
			b.p[i] ^= (uint8_t)x;
		}
	}
	assert_int_equal(tls_resume_unpack(&back, tls_buf_as_span(&b), TLS_RESUME_SERVER, key), TLS_E_DB_ERROR);
	assert_int_equal(
	    tls_resume_unpack(&back, tls_buf_as_span(&b), TLS_RESUME_CLIENT, tls_span("kex", 3)), TLS_E_DB_ERROR);
	assert_int_equal(
	    tls_resume_unpack(&back, tls_buf_as_span(&b), TLS_RESUME_CLIENT, tls_span(NULL, 0)), TLS_E_DB_ERROR);
	tls_buf_clear(&b);
}

static void nothing_can_be_packed_too(void **state)
{
	struct tls_resume back = full13();
	struct tls_buf b = {0};

	(void)state;
	tls_resume_pack(&b, TLS_RESUME_CLIENT, NULL, tls_span(NULL, 0));
	assert_int_equal(
	    tls_resume_unpack(&back, tls_buf_as_span(&b), TLS_RESUME_CLIENT, tls_span(NULL, 0)), 0);
	assert_int_equal(back.version, 0);
	tls_buf_clear(&b);
}

static void chains_come_back(void **state)
{
	tls_datum_t certs[16];
	struct tls_certificate m;
	struct tls_buf b = {0};

	(void)state;
	for (size_t i = 0; i < 16; i++)
		certs[i] = (tls_datum_t){.data = (unsigned char *)(uintptr_t)"0123456789abcdef", .size = (unsigned)i + 1};
	tls_resume_put_chain(&b, certs, 16);
	assert_int_equal(tls_resume_get_chain(&m, tls_buf_as_span(&b)), 0);
	assert_int_equal(m.n, 16);
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(m.cert[i].len, i + 1);
	tls_buf_clear(&b);
}

/* ---- The binding */

static struct tls_resume_rule rule(void)
{
	return (struct tls_resume_rule){.version = TLS_1_3,
	    .hash = TLS_HASH_SHA256,
	    .server_name = tls_span("a.example", 9),
	    .alpn_list = tls_span("\2h2\10http/1.1", 12),
	    .alpn = tls_span("h2", 2),
	    .leaf = tls_span("certificate", 11),
	    .trust = tls_span("trust", 5),
	    .context = tls_span("context", 7),
	    .cert_request = TLS_CERT_IGNORE};
}

#define N_RULES 14

static void vary(struct tls_resume_rule *r, unsigned i)
{
	switch (i) {
	case 1: r->version = TLS_1_2; break;
	case 2: r->hash = TLS_HASH_SHA384; break;
	case 3: r->server_name = tls_span("b.example", 9); break;
	case 4: r->alpn_list = tls_span("\2h2", 3); break;
	case 5: r->alpn = tls_span("http/1.1", 8); break;
	case 6: r->leaf = tls_span("certificat", 10); break;
	case 7: r->trust = tls_span(NULL, 0); break;
	case 8: r->context = tls_span("kontext", 7); break;
	case 9: r->cert_request = TLS_CERT_REQUIRE; break;
	case 10: r->cert_request = TLS_CERT_REQUEST; break;
	case 11: r->server_name = tls_span(NULL, 0); break;
	/* the same bytes, cut elsewhere */
	case 12: r->leaf = tls_span("certificatetrust", 16), r->trust = tls_span(NULL, 0); break;
	case 13: r->alpn = tls_span(NULL, 0), r->leaf = tls_span("h2certificate", 13); break;
	default: break;
	}
}

static void everything_decides_about_the_binding(void **state)
{
	uint8_t binding[N_RULES][TLS_RESUME_BINDING_LEN];

	(void)state;
	for (unsigned i = 0; i < N_RULES; i++) {
		struct tls_resume_rule r = rule();

		vary(&r, i);
		tls_resume_bind(binding[i], &r);
		for (unsigned k = 0; k < i; k++)
			assert_memory_not_equal(binding[i], binding[k], TLS_RESUME_BINDING_LEN);
	}
}

static void names_are_the_same_in_any_case(void **state)
{
	uint8_t a[TLS_RESUME_BINDING_LEN], b[TLS_RESUME_BINDING_LEN];
	struct tls_resume_rule r = rule();

	(void)state;
	tls_resume_bind(a, &r);
	r.server_name = tls_span("A.exAmpLE", 9);
	tls_resume_bind(b, &r);
	assert_memory_equal(a, b, sizeof(a));
}

/* ---- Age */

static void lifetime_is_counted_from_the_first_handshake(void **state)
{
	static const struct {
		uint64_t now;
		uint32_t max;
		uint32_t left; /* 0: it has passed */
	} rows[] = {
	    {T0, 1000, 600},
	    {T0 + 999, 1000, 600},
	    {T0 + 1000, 1000, 599},
	    {T0 + 599999, 1000, 1},
	    {T0 + 600000, 1000, 0},
	    {T0, 100, 100},
	    {T0 + 99999, 100, 1},
	    {T0 + 100000, 100, 0},
	    {T0, 0, 0},
	    {T0 - TLS_LIMIT_CLOCK_SKEW, 1000, 600},
	    {T0 - TLS_LIMIT_CLOCK_SKEW - 1, 1000, 0},
	    {0, 1000, 0},
	    {UINT64_MAX, 1000, 0},
	};
	struct tls_resume r = full13();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t left;

		assert_int_equal(tls_resume_is_alive(&r, &left, rows[i].now, rows[i].max), rows[i].left > 0);
		assert_int_equal(left, rows[i].left);
	}
}

/* RFC 8446 section 4.6.1: however often a server renews its tickets, what the first handshake proved ends. */
static void offers_end_seven_days_behind_the_first_handshake(void **state)
{
	static const uint64_t day = 86400000;
	static const struct {
		uint64_t created, issued, now;
		uint32_t lifetime;
		bool may;
	} rows[] = {
	    {T0, T0, T0, 600, true},
	    {T0, T0, T0 + 599999, 600, true},
	    {T0, T0, T0 + 600000, 600, false},
	    {T0, T0 + 6 * day, T0 + 6 * day + 599999, 600, true},
	    {T0, T0 + 6 * day, T0 + 6 * day + 600000, 600, false},
	    {T0, T0 + 6 * day, T0 + 7 * day - 1, 604800, true},
	    {T0, T0 + 6 * day, T0 + 7 * day, 604800, false},
	    {T0, T0, T0 - TLS_LIMIT_CLOCK_SKEW - 1, 600, false},
	    {T0, T0 + day, T0 + day - TLS_LIMIT_CLOCK_SKEW - 1, 600, false},
	    {0, 0, UINT64_MAX, 604800, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tls_resume r = {
		    .created = rows[i].created, .issued = rows[i].issued, .lifetime = rows[i].lifetime};

		assert_int_equal(tls_resume_may_be_offered(&r, rows[i].now), rows[i].may);
	}
}

static void limit_clock_skew_of_a_hidden_age(void **state)
{
	static const struct {
		int64_t said, passed; /* ms */
		bool fits;
	} rows[] = {
	    {0, 0, true},
	    {5000, 5000, true},
	    {5000, 5000 + TLS_LIMIT_CLOCK_SKEW, true},
	    {5000, 5001 + TLS_LIMIT_CLOCK_SKEW, false},
	    {5000 + TLS_LIMIT_CLOCK_SKEW, 5000, true},
	    {5001 + TLS_LIMIT_CLOCK_SKEW, 5000, false},
	    {0, -TLS_LIMIT_CLOCK_SKEW, true},
	    {0, -TLS_LIMIT_CLOCK_SKEW - 1, false},
	    {0, 604800000, false},
	    {604800000, 604800000, true},
	    {0, (int64_t)1 << 32, false}, /* the age is no number modulo 2^32 here */
	};
	struct tls_resume r = full13();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t now = r.issued + (uint64_t)rows[i].passed;

		assert_int_equal(tls_resume_age_fits(&r, (uint32_t)rows[i].said + r.age_add, now), rows[i].fits);
	}
	/* RFC 8446 section 4.2.11.1: modulo 2^32 */
	assert_int_equal(tls_resume_hidden_age(&r, r.issued + 0x20), 0x10);
	assert_int_equal(tls_resume_hidden_age(&r, r.issued - 5), r.age_add);
	assert_true(tls_resume_age_fits(&r, 0x10, r.issued + 0x20));
}

static void no_memory(void **state)
{
	struct tls_resume r = full13();
	unsigned long n = 0, left;
	struct tls_buf b;

	(void)state;
	do {
		tls_buf_init(&b, 0);
		tls_mem_fail_at(++n);
		tls_resume_pack(&b, TLS_RESUME_CLIENT, &r, tls_span(NULL, 0));
		left = tls_mem_fail_left();
		tls_mem_fail_at(0);
		assert_int_equal(tls_buf_ok(&b), left > 0);
		tls_buf_clear(&b);
	} while (left == 0);
	assert_true(n > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(comes_back_as_it_went),
	    cmocka_unit_test(every_cut_is_refused),
	    cmocka_unit_test(every_byte_may_change),
	    cmocka_unit_test(tickets_that_no_hello_has_room_for_are_refused),
	    cmocka_unit_test(nonsense_is_refused),
	    cmocka_unit_test(packed_data_is_refused_when_cut_or_changed),
	    cmocka_unit_test(nothing_can_be_packed_too),
	    cmocka_unit_test(chains_come_back),
	    cmocka_unit_test(everything_decides_about_the_binding),
	    cmocka_unit_test(names_are_the_same_in_any_case),
	    cmocka_unit_test(lifetime_is_counted_from_the_first_handshake),
	    cmocka_unit_test(offers_end_seven_days_behind_the_first_handshake),
	    cmocka_unit_test(limit_clock_skew_of_a_hidden_age),
	    cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests_name("resume", tests, NULL, NULL);
}
