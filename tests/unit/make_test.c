/* make_test.c - tls/x509/make.c. What openssl and certtool say about such a certificate is judged by
 * make_peers_test.c; here its fields are read back by cert.c, which certificates of those
 * two have tested. */
#include "unit.h"

#include <string.h>

#include "tls/bytes/mem.h"
#include "tls/tls.h"
#include "tls/x509/cert.h"
#include "tls/x509/make.h"

static const struct tls_make_name names[] = {{TLS_CERT_NAME_DNS, "a.example"}, {TLS_CERT_NAME_DNS, "*.a.example"},
    {TLS_CERT_NAME_IP, "192.0.2.1"}, {TLS_CERT_NAME_IP, "2001:db8::1"}, {TLS_CERT_NAME_EMAIL, "a.b+c@a.example"}};

static struct tls_privkey *new_key(void)
{
	struct tls_privkey *key;

	assert_int_equal(tls_privkey_generate(&key, TLS_PK_ECDSA_P256, NULL), 0);
	return key;
}

static int make(struct tls_buf *der, int64_t not_before, int64_t not_after, const struct tls_make_name *list, size_t n)
{
	struct tls_privkey *key = new_key();
	struct tls_make_request request = {.names = list, .n_names = n, .not_before = not_before,
	    .not_after = not_after, .purposes = TLS_MAKE_SERVER, .key = key};
	int ret;

	tls_buf_init(der, 0);
	ret = tls_make_certificate(der, &request, NULL);
	tls_privkey_free(key);
	return ret;
}

static void makes_what_was_asked_for(void **state)
{
	struct tls_privkey *key = new_key();
	struct tls_make_request request = {.names = names, .n_names = 5, .not_before = 1700000000,
	    .not_after = 1800000000, .purposes = TLS_MAKE_SERVER, .key = key};
	struct tls_pubkey *pub;
	struct tls_cert cert;
	struct tls_buf der;

	(void)state;
	tls_buf_init(&der, 0);
	assert_int_equal(tls_make_certificate(&der, &request, NULL), 0);
	assert_int_equal(tls_cert_decode(&cert, tls_buf_as_span(&der)), 0);
	assert_int_equal(cert.version, 3);
	assert_int_equal(cert.not_before, 1700000000);
	assert_int_equal(cert.not_after, 1800000000);
	assert_int_equal(cert.serial.p[1], 20);
	assert_true(cert.serial.p[2] >= 0x40 && cert.serial.p[2] < 0x80);
	assert_int_equal(tls_cert_new_pubkey(&pub, &cert), 0);
	assert_true(tls_pubkey_same(pub, tls_privkey_public(key)));
	assert_true(tls_sig_verify(pub, TLS_SIGN_ECDSA_SECP256R1_SHA256, cert.tbs.p, cert.tbs.len,
	    cert.signature.p, cert.signature.len));
	tls_pubkey_free(pub);
	tls_privkey_free(key);
	tls_buf_clear(&der);
}

static void names_it_for_all(void **state)
{
	static const struct {
		unsigned kind;
		const char *value;
		size_t len;
	} expected[] = {
	    {TLS_CERT_NAME_DNS, "a.example", 9},
	    {TLS_CERT_NAME_DNS, "*.a.example", 11},
	    {TLS_CERT_NAME_IP, "\xc0\x00\x02\x01", 4},
	    {TLS_CERT_NAME_IP, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16},
	    {TLS_CERT_NAME_EMAIL, "a.b+c@a.example", 15},
	};
	struct tls_span rest, value;
	struct tls_cert cert;
	struct tls_buf der;
	unsigned kind;

	(void)state;
	assert_int_equal(make(&der, 0, 1, names, 5), 0);
	assert_int_equal(tls_cert_decode(&cert, tls_buf_as_span(&der)), 0);
	rest = cert.san;
	for (size_t i = 0; i < 5; i++) {
		assert_true(tls_cert_next_name(&rest, &kind, &value));
		assert_int_equal(kind, expected[i].kind);
		assert_true(tls_mem_same(value.p, value.len, expected[i].value, expected[i].len));
	}
	assert_false(tls_cert_next_name(&rest, &kind, &value));
	tls_buf_clear(&der);
}

/* RFC 5280 section 4.1.2.5: UTCTime has 15 bytes with its header, GeneralizedTime 17. */
static void writes_times_as_rfc_5280_says(void **state)
{
	static const struct {
		int64_t t;
		const char *der;
	} rows[] = {
	    {-631152000, "\x17\x0d" "500101000000Z"},
	    {-1, "\x17\x0d" "691231235959Z"},
	    {0, "\x17\x0d" "700101000000Z"},
	    {951825599, "\x17\x0d" "000229115959Z"},
	    {2524607999, "\x17\x0d" "491231235959Z"},
	    {2524608000, "\x18\x0f" "20500101000000Z"},
	    {4107542400, "\x18\x0f" "21000301000000Z"},
	    {253402300799, "\x18\x0f" "99991231235959Z"},
	};
	struct tls_cert cert;
	struct tls_buf der;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = 2 + (size_t)rows[i].der[1];
		bool found = false;

		assert_int_equal(make(&der, rows[i].t, rows[i].t, names, 1), 0);
		assert_int_equal(tls_cert_decode(&cert, tls_buf_as_span(&der)), 0);
		assert_int_equal(cert.not_before, rows[i].t);
		for (size_t at = 0; at + len <= der.len && !found; at++)
			found = memcmp(der.p + at, rows[i].der, len) == 0;
		assert_true(found);
		tls_buf_clear(&der);
	}
}

static void refuses_bad_names(void **state)
{
	static const struct tls_make_name bad[] = {{TLS_CERT_NAME_DNS, ""}, {TLS_CERT_NAME_DNS, "a..b"},
	    {TLS_CERT_NAME_DNS, "a b"}, {TLS_CERT_NAME_DNS, "*"}, {TLS_CERT_NAME_DNS, "a.*"},
	    {TLS_CERT_NAME_DNS, "b\xc3\xbc.example"}, {TLS_CERT_NAME_DNS, "192.0.2.1"}, {TLS_CERT_NAME_IP, "a.example"},
	    {TLS_CERT_NAME_IP, "192.0.2"}, {TLS_CERT_NAME_IP, ""}, {TLS_CERT_NAME_EMAIL, "a.example"},
	    {TLS_CERT_NAME_EMAIL, "@a.example"}, {TLS_CERT_NAME_EMAIL, "a@"}, {TLS_CERT_NAME_EMAIL, "a@b@a.example"},
	    {TLS_CERT_NAME_EMAIL, ".a@a.example"}, {TLS_CERT_NAME_EMAIL, "a.@a.example"},
	    {TLS_CERT_NAME_EMAIL, "a..b@a.example"}, {TLS_CERT_NAME_EMAIL, "a b@a.example"},
	    {TLS_CERT_NAME_EMAIL, "a\n@a.example"}, {TLS_CERT_NAME_EMAIL, "a@*.example"}, {TLS_CERT_NAME_URI, "a.example"}};
	struct tls_buf der;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(make(&der, 0, 1, &bad[i], 1), TLS_E_INVALID_REQUEST);
		tls_buf_clear(&der);
	}
	assert_int_equal(make(&der, 0, 1, names, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(make(&der, 2, 1, names, 1), TLS_E_INVALID_REQUEST);
	assert_int_equal(make(&der, -631152001, 0, names, 1), TLS_E_INVALID_REQUEST);
	assert_int_equal(make(&der, 0, 253402300800, names, 1), TLS_E_INVALID_REQUEST);
}

#define LONGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* What a CA, a server and a client need to be known by. */
static void refuses_what_makes_no_sense(void **state)
{
	struct tls_privkey *key = new_key();
	const struct tls_make_request rows[] = {
	    {.ca = true, .path_len = 0},
	    {.ca = true, .common_name = ""},
	    {.ca = true, .common_name = LONGEST "x"},
	    {.ca = true, .common_name = "a\nb"},
	    {.ca = true, .common_name = "b\xc3\xbc"},
	    {.ca = true, .common_name = "a", .path_len = 128},
	    {.ca = true, .common_name = "a", .names = names, .n_names = 1},
	    {.ca = true, .common_name = "a", .purposes = TLS_MAKE_SERVER},
	    {.names = names, .n_names = 1},
	    {.common_name = "a", .purposes = TLS_MAKE_SERVER},
	    {.common_name = "a", .purposes = TLS_MAKE_SERVER | TLS_MAKE_CLIENT},
	    {.common_name = "", .names = names, .n_names = 1, .purposes = TLS_MAKE_SERVER},
	    {.purposes = TLS_MAKE_CLIENT},
	}, good[] = {
	    {.ca = true, .common_name = LONGEST},
	    {.ca = true, .common_name = "a", .path_len = 127},
	    {.ca = true, .common_name = "a", .path_len = UINT32_MAX},
	    {.common_name = "a", .purposes = TLS_MAKE_CLIENT},
	    {.common_name = "a", .names = names, .n_names = 1, .purposes = TLS_MAKE_SERVER},
	};
	struct tls_make_request request;
	struct tls_buf der;

	(void)state;
	tls_buf_init(&der, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		request = rows[i];
		request.key = key;
		assert_int_equal(tls_make_certificate(&der, &request, NULL), TLS_E_INVALID_REQUEST);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		request = good[i];
		request.key = key;
		assert_int_equal(tls_make_certificate(&der, &request, NULL), 0);
	}
	tls_buf_clear(&der);
	tls_privkey_free(key);
}

/* A name that is too long for it, and one that a lenient reader might take for another address. */
static void takes_names_that_are_not_for_people(void **state)
{
	static const struct tls_make_name rows[] = {
	    {TLS_CERT_NAME_DNS,
		"a23456789012345678901234567890123456789012345678901234567890.b23456789012345678901234567890.example"},
	    {TLS_CERT_NAME_IP, "2001:DB8::1"}};
	struct tls_cert cert;
	struct tls_buf der;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(make(&der, 0, 1, &rows[i], 1), 0);
		assert_int_equal(tls_cert_decode(&cert, tls_buf_as_span(&der)), 0);
		assert_memory_equal(cert.subject.p + cert.subject.len - 18, "see subjectAltName", 18);
		tls_buf_clear(&der);
	}
}

static int no_bytes(void *ptr, uint8_t *out, size_t n)
{
	(void)ptr;
	(void)out;
	(void)n;
	return TLS_E_RANDOM_FAILED;
}

static void needs_randomness(void **state)
{
	static const struct tls_rng broken = {.fill = no_bytes};
	struct tls_privkey *key = new_key();
	struct tls_make_request request = {.names = names, .n_names = 1, .not_after = 1, .purposes = TLS_MAKE_SERVER,
	    .key = key};
	struct tls_buf der;

	(void)state;
	tls_buf_init(&der, 0);
	assert_int_equal(tls_make_certificate(&der, &request, &broken), TLS_E_RANDOM_FAILED);
	assert_int_equal(der.len, 0);
	tls_privkey_free(key);
	tls_buf_clear(&der);
}

static void survives_failed_allocations(void **state)
{
	struct tls_privkey *key = new_key();
	struct tls_make_request request = {.names = names, .n_names = 5, .not_after = 1, .purposes = TLS_MAKE_SERVER,
	    .key = key};
	struct tls_buf der;
	unsigned long n = 0;
	int ret;

	(void)state;
	do {
		tls_buf_init(&der, 0);
		tls_mem_fail_at(++n);
		ret = tls_make_certificate(&der, &request, NULL);
		assert_true(ret == 0 || ret == TLS_E_MEMORY_ERROR);
		tls_buf_clear(&der);
	} while (tls_mem_fail_left() == 0);
	tls_mem_fail_at(0);
	assert_int_equal(ret, 0);
	assert_true(n > 3);
	tls_privkey_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(makes_what_was_asked_for),
	    cmocka_unit_test(names_it_for_all),
	    cmocka_unit_test(writes_times_as_rfc_5280_says),
	    cmocka_unit_test(refuses_bad_names),
	    cmocka_unit_test(refuses_what_makes_no_sense),
	    cmocka_unit_test(takes_names_that_are_not_for_people),
	    cmocka_unit_test(needs_randomness),
	    cmocka_unit_test(survives_failed_allocations),
	};

	return cmocka_run_group_tests_name("make", tests, NULL, NULL);
}
