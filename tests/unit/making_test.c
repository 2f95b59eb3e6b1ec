/* making_test.c - tls/making.c: keys and certificates through the public interface. What others say of them is asked by
 * tests/daemon/certificate.py; here they are judged by our own strict rules. */
#include "unit.h"

#include <string.h>

#include "data.h"

#define NOW 1800000000
#define YEAR 31536000

static const tls_x509_name_t www[] = {{TLS_SAN_DNSNAME, "www.example"}};

struct pair {
	tls_x509_privkey_t key;
	tls_datum_t pem;
};

static tls_x509_crt_terms_t terms_of(const char *ca)
{
	tls_x509_crt_terms_t t = {.not_before = NOW, .not_after = NOW + YEAR};

	if (ca != NULL) {
		t.ca = true;
		t.common_name = ca;
	} else {
		t.names = www;
		t.n_names = 1;
		t.purposes = TLS_X509_SERVER;
	}
	return t;
}

static int make(struct pair *out, const tls_x509_crt_terms_t *t, const struct pair *issuer)
{
	unsigned line;

	return tls_x509_crt_make(&out->pem, &line, t, out->key, issuer != NULL ? &issuer->pem : NULL,
	    issuer != NULL ? issuer->key : NULL);
}

static tls_x509_privkey_t new_key(tls_x509_key_kind_t kind)
{
	tls_x509_privkey_t key;

	assert_int_equal(tls_x509_privkey_init(&key), 0);
	assert_int_equal(tls_x509_privkey_generate(key, kind), 0);
	return key;
}

static struct pair new_pair(tls_x509_key_kind_t kind, const tls_x509_crt_terms_t *t, const struct pair *issuer)
{
	struct pair p = {.key = new_key(kind)};

	assert_int_equal(make(&p, t, issuer), 0);
	assert_int_equal(p.pem.data[p.pem.size], 0);
	return p;
}

static void drop_pair(struct pair *p)
{
	tls_x509_privkey_deinit(p->key);
	tls_free(p->pem.data);
}

static unsigned judge(const struct pair *anchor, const struct pair *leaf, int64_t now)
{
	tls_x509_case_terms_t terms = {.now = now, .flags = TLS_VERIFY_STRICT};
	tls_x509_case_t c;
	unsigned status;

	assert_int_equal(tls_x509_case_init(&c), 0);
	assert_true(tls_x509_case_add(c, TLS_X509_CASE_TRUST, &anchor->pem, TLS_X509_FMT_PEM) > 0);
	assert_true(tls_x509_case_add(c, TLS_X509_CASE_CHAIN, &leaf->pem, TLS_X509_FMT_PEM) > 0);
	assert_int_equal(tls_x509_case_judge(c, &status, &terms), 0);
	tls_x509_case_deinit(c);
	return status;
}

static unsigned n_certificates(const struct pair *p)
{
	const char *at = (const char *)p->pem.data;
	unsigned n = 0;

	while ((at = strstr(at, "-----BEGIN")) != NULL) {
		at++;
		n++;
	}
	return n;
}

static void makes_a_small_ca(void **state)
{
	static const tls_x509_key_kind_t kinds[] = {TLS_X509_KEY_P256, TLS_X509_KEY_P384, TLS_X509_KEY_P521,
	    TLS_X509_KEY_ED25519, TLS_X509_KEY_RSA2048};
	tls_x509_crt_terms_t t_root = terms_of("root"), t_middle = terms_of("middle"), t_leaf = terms_of(NULL);
	struct pair root, middle, leaf;

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		root = new_pair(kinds[i], &t_root, NULL);
		middle = new_pair(kinds[i], &t_middle, &root);
		leaf = new_pair(kinds[i], &t_leaf, &middle);
		assert_int_equal(n_certificates(&root), 1);
		assert_int_equal(n_certificates(&middle), 1);
		assert_int_equal(n_certificates(&leaf), 2);
		assert_int_equal(judge(&root, &leaf, NOW), 0);
		assert_int_equal(judge(&root, &leaf, NOW + YEAR), 0);
		assert_int_not_equal(judge(&root, &leaf, NOW - 1), 0);
		assert_int_not_equal(judge(&root, &leaf, NOW + YEAR + 1), 0);
		drop_pair(&leaf);
		drop_pair(&middle);
		drop_pair(&root);
	}
}

static void minds_what_the_issuer_may(void **state)
{
	tls_x509_crt_terms_t t_root = terms_of("root"), t_ca = terms_of("below"), t_leaf = terms_of(NULL);
	struct pair root, leaf, other = {.key = new_key(TLS_X509_KEY_P256)};

	(void)state;
	t_root.limited = true;
	root = new_pair(TLS_X509_KEY_P256, &t_root, NULL);
	leaf = new_pair(TLS_X509_KEY_P256, &t_leaf, &root);
	assert_int_equal(make(&other, &t_ca, &root), TLS_E_ISSUER_LIMIT);
	assert_int_equal(make(&other, &t_leaf, &leaf), TLS_E_ISSUER_NOT_A_CA);
	assert_null(other.pem.data);
	t_leaf.not_before = NOW + YEAR + 1;
	t_leaf.not_after = NOW + 2 * YEAR;
	assert_int_equal(make(&other, &t_leaf, &root), TLS_E_ISSUER_EXPIRED);
	t_leaf.not_before = NOW - YEAR;
	assert_int_equal(make(&other, &t_leaf, &(struct pair){leaf.key, root.pem}), TLS_E_CERTIFICATE_KEY_MISMATCH);
	assert_int_equal(make(&other, &t_leaf, &root), 0);
	assert_int_equal(judge(&root, &other, NOW), 0);
	drop_pair(&other);
	drop_pair(&leaf);
	drop_pair(&root);
}

static void tells_names_that_can_stand_in_a_certificate(void **state)
{
	static const tls_x509_name_t good[] = {{TLS_SAN_DNSNAME, "*.example.org"}, {TLS_SAN_IPADDRESS, "2001:db8::1"},
	    {TLS_SAN_RFC822NAME, "a.b@example.org"}};
	static const tls_x509_name_t bad[] = {{TLS_SAN_DNSNAME, "192.0.2.1"}, {TLS_SAN_IPADDRESS, "a.example"},
	    {TLS_SAN_RFC822NAME, "a..b@example.org"}, {TLS_SAN_OTHERNAME, "a.example"}};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_true(tls_x509_name_is_valid(&good[i]));
	for (size_t i = 0; i < 4; i++)
		assert_false(tls_x509_name_is_valid(&bad[i]));
}

static void tells_where_the_issuer_is_broken(void **state)
{
	static unsigned char broken[] = "x\n-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", none[] = "x\n";
	const tls_datum_t texts[] = {{broken, sizeof(broken) - 1}, {none, sizeof(none) - 1}};
	static const int errors[] = {TLS_E_CERTIFICATE_ERROR, TLS_E_NO_CERTIFICATE_FOUND};
	tls_x509_crt_terms_t t = terms_of(NULL);
	tls_x509_privkey_t key = new_key(TLS_X509_KEY_P256), empty;
	tls_datum_t out;
	unsigned line;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(tls_x509_crt_make(&out, &line, &t, key, &texts[i], key), errors[i]);
		assert_int_equal(line, i == 0 ? 2 : 0);
	}
	assert_int_equal(tls_x509_crt_make(&out, &line, &t, key, &texts[0], NULL), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_x509_privkey_init(&empty), 0);
	assert_int_equal(tls_x509_crt_make(&out, &line, &t, empty, NULL, NULL), TLS_E_NO_KEY_FOUND);
	assert_int_equal(tls_x509_crt_make(&out, &line, &t, key, &texts[0], empty), TLS_E_NO_KEY_FOUND);
	assert_int_equal(tls_x509_privkey_export2(empty, TLS_X509_FMT_PEM, &out), TLS_E_NO_KEY_FOUND);
	tls_x509_privkey_deinit(empty);
	tls_x509_privkey_deinit(key);
}

static void reads_and_writes_keys(void **state)
{
	static const char *const files[] = {"p256.pkcs8.pem", "p384.sec1.pem", "rsa.pkcs1.pem", "ed25519.pkcs8.pem"};
	tls_x509_privkey_t key = new_key(TLS_X509_KEY_P256);
	struct data text;
	tls_datum_t pem, der;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		data_read(&text, files[i]);
		pem = (tls_datum_t){text.bytes, (unsigned)text.len};
		assert_int_equal(tls_x509_privkey_import(key, &pem, TLS_X509_FMT_PEM), 0);
		assert_int_equal(tls_x509_privkey_export2(key, TLS_X509_FMT_DER, &der), 0);
		assert_int_equal(tls_x509_privkey_import(key, &der, TLS_X509_FMT_DER), 0);
		tls_free(der.data);
		assert_int_equal(tls_x509_privkey_export2(key, TLS_X509_FMT_PEM, &pem), 0);
		assert_true(i % 3 != 0 || (pem.size == text.len && memcmp(pem.data, text.bytes, text.len) == 0));
		tls_free(pem.data);
	}
	data_read(&text, "p256.encrypted.pem");
	pem = (tls_datum_t){text.bytes, (unsigned)text.len};
	assert_int_equal(tls_x509_privkey_error_line(key), 0);
	assert_int_equal(tls_x509_privkey_import(key, &pem, TLS_X509_FMT_PEM), TLS_E_KEY_ENCRYPTED);
	assert_int_equal(tls_x509_privkey_error_line(key), 1);
	assert_int_equal(tls_x509_privkey_generate(key, 0), TLS_E_INVALID_REQUEST);
	tls_x509_privkey_deinit(key);
}

static int work(const struct pair *root)
{
	tls_x509_crt_terms_t t = terms_of(NULL);
	struct pair leaf = {.key = NULL};
	tls_datum_t out = {.size = 0};
	int ret = tls_x509_privkey_init(&leaf.key);

	if (ret == 0)
		ret = tls_x509_privkey_generate(leaf.key, TLS_X509_KEY_P256);
	if (ret == 0)
		ret = make(&leaf, &t, root);
	if (ret == 0)
		ret = tls_x509_privkey_export2(leaf.key, TLS_X509_FMT_PEM, &out);
	assert_true((out.data != NULL) == (ret == 0));
	tls_free(out.data);
	drop_pair(&leaf);
	return ret;
}

static void survives_failed_allocations(void **state)
{
	tls_x509_crt_terms_t t = terms_of("root");
	struct pair root = new_pair(TLS_X509_KEY_P256, &t, NULL);
	unsigned long n = 0;
	int ret;

	(void)state;
	do {
		tls_mem_fail_at(++n);
		ret = work(&root);
		assert_true(ret == 0 || ret == TLS_E_MEMORY_ERROR);
	} while (tls_mem_fail_left() == 0);
	tls_mem_fail_at(0);
	assert_int_equal(ret, 0);
	assert_true(n > 10);
	drop_pair(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(makes_a_small_ca),
	    cmocka_unit_test(minds_what_the_issuer_may),
	    cmocka_unit_test(tells_names_that_can_stand_in_a_certificate),
	    cmocka_unit_test(tells_where_the_issuer_is_broken),
	    cmocka_unit_test(reads_and_writes_keys),
	    cmocka_unit_test(survives_failed_allocations),
	};

	return cmocka_run_group_tests_name("making", tests, NULL, NULL);
}
