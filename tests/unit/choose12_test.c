/* choose12_test.c - the choice of a server that speaks TLS 1.2, row by row. RFC 5246 section 7.4.1, RFC 8422
 * section 5.1, RFC 5746 section 3.6, RFC 7507, RFC 8446 section 4.2.1. */
#include "hex.h"

#include "cred.h"
#include "tls/hs/choose.h"

static unsigned n_walks;

static bool counted_has(struct tls_span list, uint16_t v)
{
	n_walks++;
	return tls_client_hello_has(list, v);
}

#define tls_client_hello_has counted_has
#include "tls/hs/choose12.c"
#undef tls_client_hello_has

/* A hello, as hex; NULL: the usual, "": not there. */
struct offer {
	unsigned legacy_version;
	const char *suites, *compression, *versions, *groups, *schemes, *formats, *renegotiation;
};

/* What we allow: the last version (0: TLS 1.3), names (NULL: all of intermediate), keys by letters (NULL: one
 * of each kind). */
struct ours {
	unsigned max_version;
	const char *suite, *group, *keys;
};

struct want {
	int err;
	unsigned suite, group, scheme;
};

#define ALL_SUITES "c02b c02c cca9 c02f c030 cca8"
#define REFUSED(e) {.err = TLS_E_##e}
#define USUAL {0, 0xc02b, 0x001d, 0x0403}
#define INTERMEDIATE {.suite = NULL}

static const struct row {
	const char *what;
	struct offer offer;
	struct ours ours;
	struct want want;
} rows[] = {
    {"the usual", {0}, INTERMEDIATE, USUAL},

    /* versions */
    {"only 1.2 listed", {.versions = "fafa 0303"}, INTERMEDIATE, USUAL},
    {"1.2 listed, legacy 1.0", {.versions = "0303", .legacy_version = 0x0301}, INTERMEDIATE, USUAL},
    {"only 1.1 listed", {.versions = "0302"}, INTERMEDIATE, REFUSED(UNSUPPORTED_VERSION)},
    {"legacy 1.1", {.legacy_version = 0x0302}, INTERMEDIATE, REFUSED(UNSUPPORTED_VERSION)},
    {"legacy 1.0", {.legacy_version = 0x0301}, INTERMEDIATE, REFUSED(UNSUPPORTED_VERSION)},
    {"SSL 3.0", {.legacy_version = 0x0300}, INTERMEDIATE, REFUSED(UNSUPPORTED_VERSION)},
    {"legacy 1.3", {.legacy_version = 0x0304}, INTERMEDIATE, USUAL},
    {"1.3 for who has only 1.2", {.versions = "0304 0303"}, {.max_version = 0x0303}, USUAL},
    {"fallback, and we have 1.3", {.suites = ALL_SUITES "5600"}, INTERMEDIATE,
	REFUSED(INAPPROPRIATE_FALLBACK)},
    {"fallback to the best we have", {.suites = ALL_SUITES "5600"}, {.max_version = 0x0303}, USUAL},
    {"1.3 for who has only suites of 1.2", {.versions = "0304 0303"},
	{.suite = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}, USUAL},
    {"fallback to the best that we have suites for", {.suites = ALL_SUITES "5600"},
	{.suite = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}, USUAL},
    {"1.2 for who has only suites of 1.3", {0}, {.suite = "TLS_AES_128_GCM_SHA256"},
	REFUSED(UNSUPPORTED_VERSION)},
    {"fallback to nothing", {.legacy_version = 0x0302, .suites = ALL_SUITES "5600"},
	{.max_version = 0x0303}, REFUSED(INAPPROPRIATE_FALLBACK)},

    /* suites go with keys */
    {"our order of suites", {.suites = "cca9 c02c c02b"}, INTERMEDIATE, USUAL},
    {"AES-256", {.suites = "c02c"}, INTERMEDIATE, {0, 0xc02c, 0x001d, 0x0403}},
    {"ChaCha", {.suites = "cca9 cca8"}, INTERMEDIATE, {0, 0xcca9, 0x001d, 0x0403}},
    {"RSA suites: the RSA key, whatever schemes prefer", {.suites = "c02f"}, INTERMEDIATE,
	{0, 0xc02f, 0x001d, 0x0804}},
    {"ECDSA suites without such a key", {.suites = "c02b"}, {.keys = "r"},
	REFUSED(NO_COMMON_SIGNATURE_ALGORITHM)},
    {"RSA suites without such a key", {.suites = "c02f"}, {.keys = "pe"},
	REFUSED(NO_COMMON_SIGNATURE_ALGORITHM)},
    {"Ed25519 goes with ECDSA's suites", {.schemes = "0807"}, {.keys = "e"},
	{0, 0xc02b, 0x001d, 0x0807}},
    {"Ed25519 and RSA suites", {.schemes = "0807", .suites = "c02f"}, {.keys = "e"},
	REFUSED(NO_COMMON_SIGNATURE_ALGORITHM)},
    {"suites of 1.3", {.suites = "1301 1302 1303"}, INTERMEDIATE, REFUSED(NO_COMMON_CIPHER_SUITE)},
    {"CBC and static RSA", {.suites = "c013 c027 009c 002f"}, INTERMEDIATE,
	REFUSED(NO_COMMON_CIPHER_SUITE)},
    {"a suite we don't allow", {.suites = "c02b"},
	{.suite = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"}, REFUSED(NO_COMMON_CIPHER_SUITE)},

    /* signatures */
    {"PKCS#1 v1.5", {.schemes = "0401"}, INTERMEDIATE, {0, 0xc02f, 0x001d, 0x0401}},
    {"PSS before PKCS#1", {.schemes = "0401 0804"}, {.keys = "r"}, {0, 0xc02f, 0x001d, 0x0804}},
    {"a hash is not bound to a curve", {.schemes = "0503"}, INTERMEDIATE,
	{0, 0xc02b, 0x001d, 0x0503}},
    {"SHA-1 only", {.schemes = "0201 0203"}, INTERMEDIATE, REFUSED(NO_COMMON_SIGNATURE_ALGORITHM)},
    {"none named, which means SHA-1", {.schemes = ""}, INTERMEDIATE,
	REFUSED(NO_COMMON_SIGNATURE_ALGORITHM)},

    /* curves */
    {"our order of groups", {.groups = "0018 0017"}, INTERMEDIATE, {0, 0xc02b, 0x0017, 0x0403}},
    {"hybrids are for TLS 1.3", {.groups = "11ec 11eb 0018 0017"}, INTERMEDIATE, {0, 0xc02b, 0x0017, 0x0403}},
    {"nothing but hybrids", {.groups = "11ec 11eb"}, INTERMEDIATE, REFUSED(NO_COMMON_GROUP)},
    {"none in common", {.groups = "0100 fafa"}, INTERMEDIATE, REFUSED(NO_COMMON_GROUP)},
    {"no groups: P-256", {.groups = ""}, INTERMEDIATE, {0, 0xc02b, 0x0017, 0x0403}},
    {"no groups, and we don't allow P-256", {.groups = ""}, {.group = "x25519"},
	REFUSED(NO_COMMON_GROUP)},
    {"a client without the certificate's curve", {.groups = "001d 0018"}, INTERMEDIATE,
	{0, 0xc02f, 0x001d, 0x0804}},
    {"Ed25519 is no curve of that list", {.groups = "001d"}, {.keys = "e"},
	{0, 0xc02b, 0x001d, 0x0807}},
    {"and without RSA", {.groups = "001d", .schemes = "0403"}, INTERMEDIATE,
	REFUSED(NO_COMMON_SIGNATURE_ALGORITHM)},
    {"no point formats", {.formats = ""}, INTERMEDIATE, USUAL},
    {"uncompressed points among others", {.formats = "02 01 00"}, INTERMEDIATE, USUAL},
    {"only compressed points", {.formats = "01 02"}, INTERMEDIATE, REFUSED(ILLEGAL_PARAMETER)},

    /* the rest */
    {"two compressions", {.compression = "01 00"}, INTERMEDIATE, USUAL},
    {"no null compression", {.compression = "01"}, INTERMEDIATE, REFUSED(ILLEGAL_PARAMETER)},
    {"the SCSV in place of renegotiation_info",
	{.renegotiation = "-", .suites = ALL_SUITES "00ff"}, INTERMEDIATE, USUAL},
    {"neither", {.renegotiation = "-"}, INTERMEDIATE, REFUSED(SAFE_RENEGOTIATION_FAILED)},
    {"a renegotiation of something else", {.renegotiation = "00"}, INTERMEDIATE,
	REFUSED(SAFE_RENEGOTIATION_FAILED)},
    {"the same beside the SCSV", {.renegotiation = "00", .suites = ALL_SUITES "00ff"}, INTERMEDIATE,
	REFUSED(SAFE_RENEGOTIATION_FAILED)},
};

static tls_certificate_credentials_t make_cred(const char *keys)
{
	tls_certificate_credentials_t cred = cred_new();

	for (; *keys != '\0'; keys++) {
		if (*keys == 'p')
			assert_int_equal(cred_add_files(cred, "p256.crt.pem", "p256.pkcs8.pem"), 0);
		else if (*keys == 'r')
			assert_int_equal(cred_add_files(cred, "rsa.crt.pem", "rsa.pkcs8.pem"), 0);
		else
			assert_int_equal(cred_add_files(cred, "ed25519.crt.pem", "ed25519.pkcs8.pem"), 0);
	}
	return cred;
}

static tls_policy_t make_policy(const struct ours *o)
{
	tls_policy_t p;

	assert_int_equal(tls_policy_init(&p, "intermediate"), 0);
	if (o->max_version != 0)
		assert_int_equal(tls_policy_set_versions(p, TLS_1_2, (tls_protocol_t)o->max_version), 0);
	if (o->suite != NULL)
		assert_int_equal(tls_policy_add_ciphersuite(p, o->suite), 0);
	if (o->group != NULL)
		assert_int_equal(tls_policy_add_group(p, o->group), 0);
	return p;
}

static struct tls_span take(struct hex *h, const char *text, const char *usual)
{
	*h = unhex(text != NULL ? text : usual);
	return tls_span(h->p, h->len);
}

static void make_hello(struct tls_client_hello *m, struct hex h[7], const struct offer *o)
{
	bool given = o->renegotiation == NULL || *o->renegotiation != '-';

	memset(m, 0, sizeof(*m));
	m->legacy_version = o->legacy_version != 0 ? (uint16_t)o->legacy_version : 0x0303;
	m->suites = take(&h[0], o->suites, ALL_SUITES);
	m->compression = take(&h[1], o->compression, "00");
	m->versions = take(&h[2], o->versions, "");
	m->groups = take(&h[3], o->groups, "001d 0017");
	m->schemes = take(&h[4], o->schemes, "0403 0804 0401 0807");
	m->point_formats = take(&h[5], o->formats, "00");
	m->has_renegotiation_info = given;
	m->renegotiation_info = take(&h[6], given ? o->renegotiation : "", "");
}

static void every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		tls_certificate_credentials_t cred =
		    make_cred(row->ours.keys != NULL ? row->ours.keys : "pre");
		tls_policy_t policy = make_policy(&row->ours);
		struct tls_choose_from from = {.policy = policy, .cred = cred};
		struct tls_client_hello m;
		struct tls_choice c;
		struct hex h[7];
		int err;

		make_hello(&m, h, &row->offer);
		err = tls_choose_hello(&c, &m, &from);
		if (err != row->want.err)
			fail_msg("%s: %s", row->what, tls_strerror(err));
		if (err == 0 && (c.version != TLS_1_2 || c.suite->id != row->want.suite ||
				    c.group->id != row->want.group || c.scheme != row->want.scheme))
			fail_msg("%s: %04x %04x %04x", row->what, c.suite->id, c.group->id, c.scheme);
		tls_policy_deinit(policy);
		tls_certificate_free_credentials(cred);
	}
}

/* A client that offers both gets TLS 1.3. */
static void the_best_version_wins(void **state)
{
	static const struct ours all;
	static const struct offer both = {.versions = "0303 0304", .suites = ALL_SUITES "1301"};
	tls_certificate_credentials_t cred = make_cred("p");
	tls_policy_t policy = make_policy(&all);
	struct tls_choose_from from = {.policy = policy, .cred = cred};
	struct tls_client_hello m;
	struct tls_choice c;
	struct hex h[7];

	(void)state;
	make_hello(&m, h, &both);
	m.has_key_share = true;
	assert_int_equal(tls_choose_hello(&c, &m, &from), 0);
	assert_int_equal(c.version, TLS_1_3);
	assert_int_equal(c.suite->id, 0x1301);
	tls_policy_deinit(policy);
	tls_certificate_free_credentials(cred);
}

static void without_credentials(void **state)
{
	static const struct ours all;
	static const struct offer usual;
	tls_policy_t policy = make_policy(&all);
	struct tls_choose_from from = {.policy = policy};
	struct tls_client_hello m;
	struct tls_choice c;
	struct hex h[7];

	(void)state;
	make_hello(&m, h, &usual);
	assert_int_equal(tls_choose_hello(&c, &m, &from), TLS_E_INSUFFICIENT_CREDENTIALS);
	tls_policy_deinit(policy);
}

/* The client's lists may be thousands of entries long: how often they are walked doesn't depend on how many
 * names the first chain has. */
static void work_does_not_grow_with_names(void **state)
{
	static const struct ours all;
	static const struct offer other = {.suites = "c02f", .schemes = "0403 0503 0603"};
	tls_policy_t policy = make_policy(&all);
	unsigned walks[2];
	struct tls_client_hello m;
	struct tls_choice c;
	struct hex h[7];

	(void)state;
	make_hello(&m, h, &other);
	for (unsigned i = 0; i < 2; i++) {
		tls_certificate_credentials_t cred = cred_new();
		struct tls_choose_from from = {.policy = policy, .cred = cred};
		char text[60][8];
		const char *names[60];

		for (unsigned k = 0; k < 60; k++) {
			snprintf(text[k], sizeof(text[k]), "a%u.b", k);
			names[k] = text[k];
		}
		assert_int_equal(tls_certificate_set_self_signed(cred, names, i == 0 ? 1 : 60, 1700000000, 1), 0);
		n_walks = 0;
		assert_int_equal(tls_choose_hello(&c, &m, &from), TLS_E_NO_COMMON_SIGNATURE_ALGORITHM);
		walks[i] = n_walks;
		tls_certificate_free_credentials(cred);
	}
	assert_int_equal(walks[0], walks[1]);
	tls_policy_deinit(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row),
	    cmocka_unit_test(the_best_version_wins),
	    cmocka_unit_test(without_credentials),
	    cmocka_unit_test(work_does_not_grow_with_names),
	};

	return cmocka_run_group_tests_name("choose12", tests, NULL, NULL);
}
