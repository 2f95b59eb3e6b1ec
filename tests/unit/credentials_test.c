/* credentials_test.c - tls/credentials.c: filling, freezing, and the choice by server name and scheme. */
#include "unit.h"

#include "data.h"
#include "tls/credentials.h"
#include "tls/x509/cert.h"

static tls_datum_t datum(struct data *d)
{
	return (tls_datum_t){.data = d->bytes, .size = (unsigned)d->len};
}

static int add_files(tls_certificate_credentials_t cred, const char *cert_file, const char *key_file)
{
	struct data cert, key;
	tls_datum_t c, k;

	data_read(&cert, cert_file);
	data_read(&key, key_file);
	c = datum(&cert);
	k = datum(&key);
	return tls_certificate_set_x509_key_mem(cred, &c, &k, TLS_X509_FMT_PEM);
}

static int add_text(tls_certificate_credentials_t cred, const char *cert, const char *key)
{
	tls_datum_t c = {.data = (unsigned char *)(uintptr_t)cert, .size = (unsigned)strlen(cert)};
	tls_datum_t k = {.data = (unsigned char *)(uintptr_t)key, .size = (unsigned)strlen(key)};

	return tls_certificate_set_x509_key_mem(cred, &c, &k, TLS_X509_FMT_PEM);
}

static tls_certificate_credentials_t new_cred(void)
{
	tls_certificate_credentials_t cred;

	assert_int_equal(tls_certificate_allocate_credentials(&cred), 0);
	return cred;
}

/* ---- Filling -------------------------------------------------------------------------------------- */

static const struct {
	const char *cert, *key;
} pairs[] = {
    {"p256.crt.pem", "p256.pkcs8.pem"},
    {"p256.crt.pem", "p256.sec1.pem"},
    {"p256.crt.pem", "p256.sec1-params.pem"},
    {"p384.crt.pem", "p384.pkcs8.pem"},
    {"p384.crt.pem", "p384.sec1.pem"},
    {"p521.crt.pem", "p521.pkcs8.pem"},
    {"p521.crt.pem", "p521.sec1.pem"},
    {"rsa.crt.pem", "rsa.pkcs8.pem"},
    {"rsa.crt.pem", "rsa.pkcs1.pem"},
    {"ed25519.crt.pem", "ed25519.pkcs8.pem"},
    {"chain.crt.pem", "p256.pkcs8.pem"},
    {"expired.crt.pem", "p256.pkcs8.pem"},
    {"nosan.crt.pem", "p256.pkcs8.pem"},
};

#define N_PAIRS (sizeof(pairs) / sizeof(pairs[0]))

static void takes_chains_with_their_keys(void **state)
{
	tls_certificate_credentials_t cred = new_cred();
	bool in_key = true;

	(void)state;
	for (size_t i = 0; i < N_PAIRS; i++)
		assert_int_equal(add_files(cred, pairs[i].cert, pairs[i].key), 0);
	assert_int_equal(tls_certificate_error_line(cred, &in_key), 0);
	assert_false(in_key);
	tls_certificate_free_credentials(cred);
}

static void gives_the_chain_back(void **state)
{
	tls_certificate_credentials_t cred = new_cred();
	tls_datum_t chain[16];
	unsigned n = 16;
	struct data der;

	(void)state;
	assert_int_equal(add_files(cred, "p384.crt.pem", "p384.pkcs8.pem"), 0);
	assert_int_equal(add_files(cred, "chain.crt.pem", "p256.pkcs8.pem"), 0);
	assert_int_equal(tls_certificate_get_chain(cred, 1, chain, &n), 0);
	assert_int_equal(n, 3);
	for (unsigned i = 0; i < n; i++) {
		data_read_der(&der, "chain.crt.pem", i);
		assert_true(tls_mem_same(chain[i].data, chain[i].size, der.bytes, der.len));
	}
	n = 2;
	assert_int_equal(tls_certificate_get_chain(cred, 1, chain, &n), TLS_E_SHORT_MEMORY_BUFFER);
	assert_int_equal(n, 3);
	assert_int_equal(tls_certificate_get_chain(cred, 2, chain, &n), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	tls_certificate_free_credentials(cred);
}

static void takes_der(void **state)
{
	tls_certificate_credentials_t cred = new_cred();
	struct data cert, key;
	tls_datum_t c, k;

	(void)state;
	data_read_der(&cert, "ed25519.crt.pem", 0);
	data_read_der(&key, "ed25519.pkcs8.pem", 0);
	c = datum(&cert);
	k = datum(&key);
	assert_int_equal(tls_certificate_set_x509_key_mem(cred, &c, &k, TLS_X509_FMT_DER), 0);
	assert_int_equal(tls_certificate_set_x509_key_mem(cred, &c, &c, TLS_X509_FMT_DER), TLS_E_KEY_ERROR);
	assert_int_equal(tls_certificate_set_x509_key_mem(cred, &k, &k, TLS_X509_FMT_DER), TLS_E_CERTIFICATE_ERROR);
	tls_certificate_free_credentials(cred);
}

static void refuses_with_reason_and_line(void **state)
{
	static const struct {
		const char *cert, *key;
		int ret;
		unsigned line;
		bool in_key;
	} rows[] = {
	    {"p256.crt.pem", "other.pkcs8.pem", TLS_E_CERTIFICATE_KEY_MISMATCH, 0, true},
	    {"p256.crt.pem", "p384.pkcs8.pem", TLS_E_CERTIFICATE_KEY_MISMATCH, 0, true},
	    {"p256.crt.pem", "p256.encrypted.pem", TLS_E_KEY_ENCRYPTED, 1, true},
	    {"p256.crt.pem", "p256.encrypted-sec1.pem", TLS_E_KEY_ENCRYPTED, 1, true},
	    {"p256.crt.pem", "ed448.bad.pem", TLS_E_UNSUPPORTED_KEY, 1, true},
	    {"p256.crt.pem", "p256.crt.pem", TLS_E_NO_KEY_FOUND, 0, true},
	    {"p256.pkcs8.pem", "p256.pkcs8.pem", TLS_E_NO_CERTIFICATE_FOUND, 0, false},
	    {"ed448.crt.pem", "ed448.bad.pem", TLS_E_UNSUPPORTED_KEY, 1, false},
	    {"rsa1024.crt.pem", "rsa1024.bad.pem", TLS_E_UNSUPPORTED_KEY, 1, false},
	};
	tls_certificate_credentials_t cred = new_cred();
	tls_datum_t chain[16];
	unsigned n = 16;
	bool in_key;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(add_files(cred, rows[i].cert, rows[i].key), rows[i].ret);
		assert_int_equal(tls_certificate_error_line(cred, &in_key), rows[i].line);
		assert_int_equal(in_key, rows[i].in_key);
	}
	assert_int_equal(tls_certificate_get_chain(cred, 0, chain, &n), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	tls_certificate_free_credentials(cred);
}

static unsigned lines_before(const char *text, const char *word, unsigned nth)
{
	unsigned line = 1;
	const char *at = text;

	for (unsigned i = 0; i < nth; i++)
		at = strstr(at + 1, word);
	for (const char *p = text; p < at; p++)
		line += *p == '\n';
	return line;
}

static void tells_the_certificate_at_fault(void **state)
{
	static struct data text;
	tls_certificate_credentials_t cred = new_cred();
	const char *chars = (const char *)text.bytes;
	unsigned third;
	bool in_key;

	(void)state;
	data_read(&text, "unsorted.crt.pem");
	assert_int_equal(add_files(cred, "unsorted.crt.pem", "p256.pkcs8.pem"), TLS_E_CERTIFICATE_LIST_UNSORTED);
	assert_int_equal(tls_certificate_error_line(cred, &in_key), lines_before(chars, "-----BEGIN", 1));
	assert_false(in_key);
	data_read(&text, "chain.crt.pem");
	third = lines_before(chars, "-----BEGIN", 2);
	/* Another first letter in the third one's DER: no SEQUENCE. */
	*(strchr(strstr(strstr(strstr((char *)text.bytes, "-----BEGIN") + 1, "-----BEGIN") + 1, "-----BEGIN"),
	      '\n') +
	    1) = 'A';
	assert_int_equal(add_text(cred, chars, ""), TLS_E_CERTIFICATE_ERROR);
	assert_int_equal(tls_certificate_error_line(cred, NULL), third);
	strstr(strstr((char *)text.bytes, "-----BEGIN") + 1, "-----BEGIN")[80] = '*';
	assert_int_equal(add_text(cred, chars, ""), TLS_E_BASE64_DECODING_ERROR);
	assert_int_equal(tls_certificate_error_line(cred, NULL), lines_before(chars, "-----BEGIN", 1) + 1);
	tls_certificate_free_credentials(cred);
}

static void bounds_the_chain(void **state)
{
	static char many[65536];
	tls_certificate_credentials_t cred = new_cred();
	struct data one;

	(void)state;
	data_read(&one, "p256.crt.pem");
	for (size_t i = 0; i < 17; i++)
		memcpy(many + i * one.len, one.bytes, one.len);
	assert_int_equal(add_text(cred, many, ""), TLS_E_TOO_MANY_CERTIFICATES);
	assert_int_equal(tls_certificate_error_line(cred, NULL), lines_before(many, "-----BEGIN", 16));
	tls_certificate_free_credentials(cred);
}

static void survives_failed_allocations(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_PAIRS; i++) {
		unsigned long n = 0;
		int ret = 0;

		do {
			tls_certificate_credentials_t cred = new_cred();

			tls_mem_fail_at(++n);
			ret = add_files(cred, pairs[i].cert, pairs[i].key);
			assert_true(ret == 0 || ret == TLS_E_MEMORY_ERROR);
			tls_certificate_free_credentials(cred);
		} while (tls_mem_fail_left() == 0);
		tls_mem_fail_at(0);
		assert_int_equal(ret, 0);
		assert_true(n > 6);
	}
	tls_mem_fail_at(1);
	assert_int_equal(tls_certificate_allocate_credentials(&(tls_certificate_credentials_t){NULL}),
	    TLS_E_MEMORY_ERROR);
}

static void survives_failed_allocations_self_signed(void **state)
{
	static const char *const names[] = {"a.example", "*.a.example"};
	unsigned long n = 0;
	int ret;

	(void)state;
	do {
		tls_certificate_credentials_t cred = new_cred();

		tls_mem_fail_at(++n);
		ret = tls_certificate_set_self_signed(cred, names, 2, 0, 1);
		assert_true(ret == 0 || ret == TLS_E_MEMORY_ERROR);
		tls_certificate_free_credentials(cred);
	} while (tls_mem_fail_left() == 0);
	tls_mem_fail_at(0);
	assert_int_equal(ret, 0);
}

static void survives_every_truncation(void **state)
{
	tls_certificate_credentials_t cred = new_cred();
	struct data cert, key;
	tls_datum_t c, k;

	(void)state;
	data_read(&cert, "p256.crt.pem");
	data_read(&key, "p256.pkcs8.pem");
	/* The last byte is the end of the last line, which may be missing. */
	for (size_t n = 0; n + 1 < cert.len; n++) {
		uint8_t *part = malloc(n > 0 ? n : 1);

		assert_non_null(part);
		memcpy(part, cert.bytes, n);
		c = (tls_datum_t){.data = part, .size = (unsigned)n};
		k = datum(&key);
		assert_int_not_equal(tls_certificate_set_x509_key_mem(cred, &c, &k, TLS_X509_FMT_PEM), 0);
		free(part);
	}
	c = datum(&cert);
	for (size_t n = 0; n + 1 < key.len; n++) {
		uint8_t *part = malloc(n > 0 ? n : 1);

		assert_non_null(part);
		memcpy(part, key.bytes, n);
		k = (tls_datum_t){.data = part, .size = (unsigned)n};
		assert_int_not_equal(tls_certificate_set_x509_key_mem(cred, &c, &k, TLS_X509_FMT_PEM), 0);
		free(part);
	}
	tls_certificate_free_credentials(cred);
}

/* ---- Self-signed ----------------------------------------------------------------------------------- */

static void makes_self_signed(void **state)
{
	static const char *const names[] = {"localhost", "127.0.0.1", "::1"};
	tls_certificate_credentials_t cred = new_cred();
	tls_datum_t chain[1];
	unsigned n = 1;
	struct tls_cert cert;

	(void)state;
	assert_int_equal(tls_certificate_set_self_signed(cred, names, 3, 1700000000, 30), 0);
	assert_int_equal(tls_certificate_get_chain(cred, 0, chain, &n), 0);
	assert_int_equal(tls_cert_decode(&cert, tls_span(chain[0].data, chain[0].size)), 0);
	assert_int_equal(cert.not_before, 1700000000);
	assert_int_equal(cert.not_after, 1700000000 + 30 * 86400 - 1);
	assert_int_equal(tls_certificate_set_self_signed(cred, names, 3, 0, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_certificate_set_self_signed(cred, names, 3, INT64_MAX, 1), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_certificate_set_self_signed(cred, names, 0, 0, 1), TLS_E_INVALID_REQUEST);
	tls_certificate_free_credentials(cred);
}

/* ---- Life ------------------------------------------------------------------------------------------- */

static void a_hold_freezes(void **state)
{
	static const char *const names[] = {"a.example"};
	tls_certificate_credentials_t cred = new_cred();

	(void)state;
	assert_int_equal(add_files(cred, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	tls_credentials_hold(cred);
	assert_int_equal(add_files(cred, "p384.crt.pem", "p384.pkcs8.pem"), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_certificate_set_self_signed(cred, names, 1, 0, 1), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_certificate_set_strict_sni(cred, true), TLS_E_INVALID_REQUEST);
	tls_credentials_release(cred);
	assert_int_equal(tls_certificate_set_strict_sni(cred, true), TLS_E_INVALID_REQUEST);
	tls_certificate_free_credentials(cred);
}

/* The leak check of a sanitizer build, and its use-after-free check, judge this. */
static void the_last_one_frees(void **state)
{
	tls_certificate_credentials_t cred = new_cred();
	tls_datum_t chain[1];
	unsigned n = 1;

	(void)state;
	assert_int_equal(add_files(cred, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	tls_credentials_hold(cred);
	tls_credentials_hold(cred);
	tls_certificate_free_credentials(cred);
	tls_credentials_release(cred);
	assert_int_equal(tls_certificate_get_chain(cred, 0, chain, &n), 0);
	assert_int_equal(chain[0].data[0], 0x30);
	tls_credentials_release(cred);
	tls_credentials_release(NULL);
	tls_certificate_free_credentials(NULL);
}

/* ---- Choosing ---------------------------------------------------------------------------------------- */

#define P256 TLS_SIGN_ECDSA_SECP256R1_SHA256
#define P384 TLS_SIGN_ECDSA_SECP384R1_SHA384
#define P521 TLS_SIGN_ECDSA_SECP521R1_SHA512
#define PSS TLS_SIGN_RSA_PSS_RSAE_SHA256
#define PSS512 TLS_SIGN_RSA_PSS_RSAE_SHA512
#define ED TLS_SIGN_ED25519
#define PKCS1 TLS_SIGN_RSA_PKCS1_SHA256

static const uint16_t ours[] = {ED, P256, P384, P521, PSS, TLS_SIGN_RSA_PSS_RSAE_SHA384, PSS512};
static const uint16_t everything[] = {PKCS1, PSS512, PSS, P521, P384, P256, ED};

/* In this order; the kind of key tells which one was chosen. */
static tls_certificate_credentials_t five(bool strict)
{
	tls_certificate_credentials_t cred = new_cred();

	assert_int_equal(add_files(cred, "rsa.crt.pem", "rsa.pkcs8.pem"), 0);
	assert_int_equal(add_files(cred, "p384.crt.pem", "p384.pkcs8.pem"), 0);
	assert_int_equal(add_files(cred, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	assert_int_equal(add_files(cred, "p521.crt.pem", "p521.pkcs8.pem"), 0);
	assert_int_equal(add_files(cred, "ed25519.crt.pem", "ed25519.pkcs8.pem"), 0);
	assert_int_equal(tls_certificate_set_strict_sni(cred, strict), 0);
	tls_credentials_hold(cred);
	return cred;
}

struct row {
	const char *sni;
	int ret;
	uint16_t scheme;
	enum tls_pk kind;
	uint16_t offered[4]; /* 0 first: everything */
};

static void judge(tls_certificate_credentials_t cred, const struct row *row)
{
	const uint16_t *schemes = row->offered[0] != 0 ? row->offered : everything;
	size_t n = row->offered[0] != 0 ? 4 : sizeof(everything) / sizeof(everything[0]);
	const struct tls_cred_entry *entry = NULL;
	uint16_t scheme = 0;
	int ret = tls_credentials_choose(cred, &entry, &scheme, tls_span(row->sni, strlen(row->sni)), schemes, n,
	    ours, sizeof(ours) / sizeof(ours[0]));

	if (ret != row->ret || scheme != row->scheme)
		fail_msg("\"%s\": %d with scheme %04x, not %d with %04x", row->sni, ret, scheme, row->ret, row->scheme);
	if (ret == 0)
		assert_int_equal(tls_pubkey_kind(tls_privkey_public(entry->key)), row->kind);
}

static void chooses_by_name_and_scheme(void **state)
{
	static const struct row rows[] = {
	    /* the pair, by what the client takes; our order decides, not its */
	    {"pair.example", 0, P256, TLS_PK_ECDSA_P256, {0}},
	    {"PAIR.example", 0, P256, TLS_PK_ECDSA_P256, {PSS, P256}},
	    {"www.pair.example", 0, PSS, TLS_PK_RSA, {PSS512, PSS}},
	    {"pair.example", 0, PSS512, TLS_PK_RSA, {PSS512, PKCS1, P384}},
	    {"pair.example", TLS_E_NO_COMMON_SIGNATURE_ALGORITHM, 0, 0, {PKCS1, P384, ED}},
	    /* exact before wildcard; the wildcard when the exact one's key doesn't do */
	    {"deep.wild.example", 0, P521, TLS_PK_ECDSA_P521, {0}},
	    {"deep.wild.example", 0, P384, TLS_PK_ECDSA_P384, {P384}},
	    {"any.wild.example", 0, P384, TLS_PK_ECDSA_P384, {0}},
	    {"ANY.WILD.example", 0, P384, TLS_PK_ECDSA_P384, {0}},
	    {"any.wild.example", TLS_E_NO_COMMON_SIGNATURE_ALGORITHM, 0, 0, {P521, P256}},
	    {"ed25519.example", 0, ED, TLS_PK_ED25519, {0}},
	};
	tls_certificate_credentials_t loose = five(false), strict = five(true);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		judge(loose, &rows[i]);
		judge(strict, &rows[i]);
	}
	tls_credentials_release(loose);
	tls_credentials_release(strict);
	tls_certificate_free_credentials(loose);
	tls_certificate_free_credentials(strict);
}

static void unknown_names_get_the_first_or_are_refused(void **state)
{
	static const char *const names[] = {"", "example", "wild.example", "a.b.wild.example", "x.pair.example",
	    "rsa", "unknown"};
	tls_certificate_credentials_t loose = five(false), strict = five(true);

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct row row = {.sni = names[i], .scheme = P256, .kind = TLS_PK_ECDSA_P256};

		judge(loose, &row);
		row = (struct row){.sni = names[i], .scheme = PSS, .kind = TLS_PK_RSA, .offered = {P384, PSS}};
		judge(loose, &row);
		row = (struct row){.sni = names[i], .ret = TLS_E_NO_COMMON_SIGNATURE_ALGORITHM, .offered = {P384}};
		judge(loose, &row);
		row = (struct row){.sni = names[i], .ret = TLS_E_UNRECOGNIZED_NAME};
		judge(strict, &row);
	}
	tls_credentials_release(loose);
	tls_credentials_release(strict);
	tls_certificate_free_credentials(loose);
	tls_certificate_free_credentials(strict);
}

static void nothing_to_choose_from(void **state)
{
	tls_certificate_credentials_t cred = new_cred();
	struct row row = {.sni = "a.example", .ret = TLS_E_INSUFFICIENT_CREDENTIALS};

	(void)state;
	judge(cred, &row);
	assert_int_equal(add_files(cred, "nosan.crt.pem", "p256.pkcs8.pem"), 0);
	/* SECURITY 2.3: the common name is never looked at. */
	row = (struct row){.sni = "cn-only.example", .scheme = P256, .kind = TLS_PK_ECDSA_P256};
	judge(cred, &row);
	assert_int_equal(tls_certificate_set_strict_sni(cred, true), 0);
	row = (struct row){.sni = "cn-only.example", .ret = TLS_E_UNRECOGNIZED_NAME};
	judge(cred, &row);
	tls_certificate_free_credentials(cred);
}

/* Names of the longest length, and hostile ones, only ever miss. */
static void odd_names_miss(void **state)
{
	tls_certificate_credentials_t cred = five(true);
	const struct tls_cred_entry *entry;
	char name[300];
	uint16_t scheme;

	(void)state;
	for (size_t n = 1; n < sizeof(name); n++) {
		memset(name, '.', sizeof(name));
		assert_int_equal(tls_credentials_choose(cred, &entry, &scheme, tls_span(name, n), everything, 7, ours, 7),
		    TLS_E_UNRECOGNIZED_NAME);
		memset(name, 'a', sizeof(name));
		assert_int_equal(tls_credentials_choose(cred, &entry, &scheme, tls_span(name, n), everything, 7, ours, 7),
		    TLS_E_UNRECOGNIZED_NAME);
	}
	assert_int_equal(tls_credentials_choose(cred, &entry, &scheme, tls_span("pair.example\0", 13), everything, 7,
			     ours, 7),
	    TLS_E_UNRECOGNIZED_NAME);
	tls_credentials_release(cred);
	tls_certificate_free_credentials(cred);
}

static void finds_each_of_many(void **state)
{
	enum { N = 300 };
	static char names[N][32];
	tls_certificate_credentials_t cred = new_cred();
	const struct tls_cred_entry *entry;
	uint16_t scheme;

	(void)state;
	for (unsigned i = 0; i < N; i++) {
		const char *list[] = {names[i]};

		snprintf(names[i], sizeof(names[i]), i % 2 == 0 ? "*.w%u.example" : "host%u.example", i);
		assert_int_equal(tls_certificate_set_self_signed(cred, list, 1, 0, 1), 0);
	}
	for (unsigned i = 0; i < N; i++) {
		char *sni = names[i];

		if (i % 2 == 0)
			sni[0] = 'x';
		assert_int_equal(tls_credentials_choose(cred, &entry, &scheme, tls_span(sni, strlen(sni)), everything,
				     7, ours, 7),
		    0);
		assert_int_equal(entry->n_names, 1);
		assert_true(tls_mem_same(entry->names[0].p + 1, entry->names[0].len - 1, sni + 1, strlen(sni) - 1));
	}
	tls_certificate_free_credentials(cred);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_chains_with_their_keys),
	    cmocka_unit_test(gives_the_chain_back),
	    cmocka_unit_test(takes_der),
	    cmocka_unit_test(refuses_with_reason_and_line),
	    cmocka_unit_test(tells_the_certificate_at_fault),
	    cmocka_unit_test(bounds_the_chain),
	    cmocka_unit_test(survives_failed_allocations),
	    cmocka_unit_test(survives_failed_allocations_self_signed),
	    cmocka_unit_test(survives_every_truncation),
	    cmocka_unit_test(makes_self_signed),
	    cmocka_unit_test(a_hold_freezes),
	    cmocka_unit_test(the_last_one_frees),
	    cmocka_unit_test(chooses_by_name_and_scheme),
	    cmocka_unit_test(unknown_names_get_the_first_or_are_refused),
	    cmocka_unit_test(nothing_to_choose_from),
	    cmocka_unit_test(odd_names_miss),
	    cmocka_unit_test(finds_each_of_many),
	};

	return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
