/* credentials_choose_test.c - tls/credentials.c: the choice by server name and signature scheme. */
#include "unit.h"

#include "cred.h"
#include "tls/credentials.h"

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
	tls_certificate_credentials_t cred = cred_new();

	assert_int_equal(cred_add_files(cred, "rsa.crt.pem", "rsa.pkcs8.pem"), 0);
	assert_int_equal(cred_add_files(cred, "p384.crt.pem", "p384.pkcs8.pem"), 0);
	assert_int_equal(cred_add_files(cred, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	assert_int_equal(cred_add_files(cred, "p521.crt.pem", "p521.pkcs8.pem"), 0);
	assert_int_equal(cred_add_files(cred, "ed25519.crt.pem", "ed25519.pkcs8.pem"), 0);
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
	static const char *const names[] = {"", "example", "wild.example", ".wild.example", "a.b.wild.example", "x.pair.example",
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
	tls_certificate_credentials_t cred = cred_new();
	struct row row = {.sni = "a.example", .ret = TLS_E_INSUFFICIENT_CREDENTIALS};

	(void)state;
	judge(cred, &row);
	assert_int_equal(cred_add_files(cred, "nosan.crt.pem", "p256.pkcs8.pem"), 0);
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
	tls_certificate_credentials_t cred = cred_new();
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
	    cmocka_unit_test(chooses_by_name_and_scheme),
	    cmocka_unit_test(unknown_names_get_the_first_or_are_refused),
	    cmocka_unit_test(nothing_to_choose_from),
	    cmocka_unit_test(odd_names_miss),
	    cmocka_unit_test(finds_each_of_many),
	};

	return cmocka_run_group_tests_name("credentials choose", tests, NULL, NULL);
}
