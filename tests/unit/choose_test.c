/* choose_test.c - the choice for TLS 1.3, row by row: what the hello offers, what we allow, what
 * comes out. RFC 8446 sections 4.1.1, 4.1.2, 4.2, 9.2; RFC 7301 section 3.2. */
#include "hex.h"

#include "codec.h"
#include "cred.h"
#include "tests/vectors/rfc8448_3.h"
#include "tls/hs/choose.h"
#include "tls/limits.h"

/* A hello, as hex; NULL: the usual. "" or NONE: not there. */
#define NONE "-"
struct offer {
	unsigned legacy_version;
	const char *suites, *compression, *versions, *groups, *shares, *schemes, *alpn, *name;
};

/* What we allow, by names; NULL: all of modern. */
struct ours {
	const char *suites[3], *groups[4], *schemes[4], *alpn;
	bool alpn_mandatory, no_cred;
};

struct want {
	int err;
	unsigned suite, group, scheme;
	bool retry;
	const char *share, *alpn;
};

#define X25519 "001d 0001 aa "
#define P256 "0017 0001 bb "
#define P384 "0018 0001 cc "
#define HYBRID "11ec 0001 dd "
#define HYBRID_P256 "11eb 0001 ee "

/* The usual: 1301, x25519 with a share, P-256 signatures. */
#define USUAL .suite = 0x1301, .group = 0x001d, .scheme = 0x0403, .share = "aa"

static const struct row {
	const char *what;
	struct offer offer;
	struct ours ours;
	struct want want;
} rows[] = {
    {"the usual", {0}, {.alpn = NULL}, {USUAL}},

    {"no versions", {.versions = NONE}, {.alpn = NULL}, {.err = TLS_E_UNSUPPORTED_VERSION}},
    {"only 1.2", {.versions = "0303"}, {.alpn = NULL}, {.err = TLS_E_UNSUPPORTED_VERSION}},
    {"1.3 behind 1.2", {.versions = "fafa 0303 0304"}, {.alpn = NULL}, {USUAL}},
    {"1.3 drafts", {.versions = "7f1c 0305"}, {.alpn = NULL}, {.err = TLS_E_UNSUPPORTED_VERSION}},
    {"legacy version SSL 3.0", {.legacy_version = 0x0300}, {.alpn = NULL},
	{.err = TLS_E_UNSUPPORTED_VERSION}},
    {"legacy version TLS 1.0", {.legacy_version = 0x0301}, {.alpn = NULL}, {USUAL}},
    {"legacy version 1.3", {.legacy_version = 0x0304}, {.alpn = NULL}, {USUAL}},

    {"two compressions", {.compression = "0001"}, {.alpn = NULL}, {.err = TLS_E_ILLEGAL_PARAMETER}},
    {"wrong compression", {.compression = "01"}, {.alpn = NULL}, {.err = TLS_E_ILLEGAL_PARAMETER}},

    {"no groups", {.groups = NONE}, {.alpn = NULL}, {.err = TLS_E_MISSING_EXTENSION}},
    {"no schemes", {.schemes = NONE}, {.alpn = NULL}, {.err = TLS_E_MISSING_EXTENSION}},
    {"no key_share", {.shares = NONE}, {.alpn = NULL}, {.err = TLS_E_MISSING_EXTENSION}},

    {"our order of suites", {.suites = "1303 1302 1301"}, {.alpn = NULL}, {USUAL}},
    {"our own order of suites", {.suites = "1301 1302 1303"},
	{.suites = {"TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"}},
	{.suite = 0x1303, .group = 0x001d, .scheme = 0x0403, .share = "aa"}},
    {"a suite we don't allow", {.suites = "1301"}, {.suites = {"TLS_AES_256_GCM_SHA384"}},
	{.err = TLS_E_NO_COMMON_CIPHER_SUITE}},
    {"suites of 1.2", {.suites = "c02b c02f 00ff"}, {.alpn = NULL},
	{.err = TLS_E_NO_COMMON_CIPHER_SUITE}},
    {"a known suite last", {.suites = "0a0a c02b 1302"}, {.alpn = NULL},
	{.suite = 0x1302, .group = 0x001d, .scheme = 0x0403, .share = "aa"}},

    {"our order of groups", {.groups = "0018 0017 001d", .shares = P384 P256 X25519},
	{.alpn = NULL}, {USUAL}},
    {"our own order of groups", {.groups = "001d 0017", .shares = X25519 P256},
	{.groups = {"secp256r1", "x25519"}},
	{.suite = 0x1301, .group = 0x0017, .scheme = 0x0403, .share = "bb"}},
    {"a group with a share before a better one", {.groups = "001d 0018", .shares = P384},
	{.alpn = NULL}, {.suite = 0x1301, .group = 0x0018, .scheme = 0x0403, .share = "cc"}},
    {"no share: retry with our first", {.groups = "0018 0017", .shares = ""}, {.alpn = NULL},
	{.suite = 0x1301, .group = 0x0017, .scheme = 0x0403, .retry = true, .share = ""}},
    {"a share of an unknown group: retry", {.groups = "fafa 0019", .shares = "fafa 0001 00"},
	{.alpn = NULL},
	{.suite = 0x1301, .group = 0x0019, .scheme = 0x0403, .retry = true, .share = ""}},
    {"a share of a group we don't allow: retry", {.groups = "001d 0017", .shares = X25519},
	{.groups = {"secp256r1"}},
	{.suite = 0x1301, .group = 0x0017, .scheme = 0x0403, .retry = true, .share = ""}},
    {"a hybrid before all", {.groups = "001d 11ec", .shares = X25519 HYBRID}, {.alpn = NULL},
	{.suite = 0x1301, .group = 0x11ec, .scheme = 0x0403, .share = "dd"}},
    {"X25519MLKEM768 before SecP256r1MLKEM768", {.groups = "11eb 11ec", .shares = HYBRID_P256 HYBRID}, {.alpn = NULL},
	{.suite = 0x1301, .group = 0x11ec, .scheme = 0x0403, .share = "dd"}},
    {"a hybrid without a share: retry, although another has one", {.groups = "11ec 001d", .shares = X25519},
	{.alpn = NULL}, {.suite = 0x1301, .group = 0x11ec, .scheme = 0x0403, .retry = true, .share = ""}},
    {"two hybrids, a share for the lesser one: no retry", {.groups = "11ec 11eb 001d", .shares = X25519 HYBRID_P256},
	{.alpn = NULL}, {.suite = 0x1301, .group = 0x11eb, .scheme = 0x0403, .share = "ee"}},
    {"a hybrid that we don't allow", {.groups = "11ec 001d", .shares = HYBRID X25519}, {.groups = {"x25519"}},
	{USUAL}},
    {"a hybrid that we like less", {.groups = "11ec 001d", .shares = HYBRID X25519},
	{.groups = {"x25519", "X25519MLKEM768"}}, {USUAL}},
    {"a hybrid that we like less, without a share", {.groups = "11ec 001d", .shares = X25519},
	{.groups = {"x25519", "X25519MLKEM768"}}, {USUAL}},
    {"a hybrid that we like less, with the only share", {.groups = "11ec 001d", .shares = HYBRID},
	{.groups = {"x25519", "X25519MLKEM768"}},
	{.suite = 0x1301, .group = 0x11ec, .scheme = 0x0403, .share = "dd"}},
    {"only a hybrid, which the client doesn't have", {0}, {.groups = {"X25519MLKEM768"}}, {.err = TLS_E_NO_COMMON_GROUP}},
    {"no common group", {.groups = "fafa 001e 0100", .shares = ""}, {.alpn = NULL},
	{.err = TLS_E_NO_COMMON_GROUP}},
    {"a group we don't allow", {0}, {.groups = {"secp521r1"}}, {.err = TLS_E_NO_COMMON_GROUP}},
    {"a share that isn't offered", {.groups = "0017", .shares = X25519}, {.alpn = NULL},
	{.err = TLS_E_ILLEGAL_PARAMETER}},
    {"an unknown share that isn't offered", {.shares = X25519 "fafa 0001 00"}, {.alpn = NULL},
	{.err = TLS_E_ILLEGAL_PARAMETER}},
    {"a share twice", {.shares = X25519 X25519}, {.alpn = NULL}, {.err = TLS_E_ILLEGAL_PARAMETER}},
    {"a share twice, not at once", {.groups = "001d 0017", .shares = P256 X25519 P256},
	{.alpn = NULL}, {.err = TLS_E_ILLEGAL_PARAMETER}},

    {"ALPN: none of ours", {.alpn = "02 6832"}, {.alpn = NULL}, {USUAL}},
    {"ALPN: none of theirs", {.alpn = NONE}, {.alpn = "02 6832"}, {USUAL}},
    {"ALPN: none of theirs, mandatory", {.alpn = NONE}, {.alpn = "02 6832", .alpn_mandatory = true},
	{USUAL}},
    {"ALPN: our order", {.alpn = "08 687474702f312e31 02 6832"},
	{.alpn = "02 6832 08 687474702f312e31"}, {USUAL, .alpn = "6832"}},
    {"ALPN: our order, the other way", {.alpn = "02 6832 08 687474702f312e31"},
	{.alpn = "08 687474702f312e31 02 6832"}, {USUAL, .alpn = "687474702f312e31"}},
    {"ALPN: nothing common", {.alpn = "02 6833"}, {.alpn = "02 6832"}, {USUAL}},
    {"ALPN: nothing common, mandatory", {.alpn = "02 6833"},
	{.alpn = "02 6832", .alpn_mandatory = true}, {.err = TLS_E_NO_APPLICATION_PROTOCOL}},
    {"ALPN: the beginning of a name is no name", {.alpn = "01 68 03 683263"},
	{.alpn = "02 6832", .alpn_mandatory = true}, {.err = TLS_E_NO_APPLICATION_PROTOCOL}},

    {"RSA for who can't ECDSA", {.schemes = "0401 0804 0805"}, {.alpn = NULL},
	{.suite = 0x1301, .group = 0x001d, .scheme = 0x0804, .share = "aa"}},
    {"ECDSA first, by our order", {.schemes = "0806 0805 0804 0403"}, {.alpn = NULL}, {USUAL}},
    {"RSA first, by our own order", {.schemes = "0403 0804"},
	{.schemes = {"rsa_pss_rsae_sha256", "ecdsa_secp256r1_sha256"}},
	{.suite = 0x1301, .group = 0x001d, .scheme = 0x0804, .share = "aa"}},
    {"another RSA hash", {.schemes = "0806"}, {.alpn = NULL},
	{.suite = 0x1301, .group = 0x001d, .scheme = 0x0806, .share = "aa"}},
    {"only PKCS#1", {.schemes = "0401 0501 0601"}, {.alpn = NULL},
	{.err = TLS_E_NO_COMMON_SIGNATURE_ALGORITHM}},
    {"a curve we have no key of", {.schemes = "0503"}, {.alpn = NULL},
	{.err = TLS_E_NO_COMMON_SIGNATURE_ALGORITHM}},
    {"no credentials", {0}, {.no_cred = true}, {.err = TLS_E_INSUFFICIENT_CREDENTIALS}},

    /* what is wrong first is told */
    {"version before group", {.versions = "0303", .groups = NONE}, {.alpn = NULL},
	{.err = TLS_E_UNSUPPORTED_VERSION}},
    {"suite before group", {.suites = "c02b", .groups = "0100", .shares = ""}, {.alpn = NULL},
	{.err = TLS_E_NO_COMMON_CIPHER_SUITE}},
    {"group before certificate", {.groups = "0100", .shares = "", .schemes = "0401"},
	{.alpn = NULL}, {.err = TLS_E_NO_COMMON_GROUP}},
};

static tls_certificate_credentials_t cred;

/* A key of each kind for one name. */
static int start(void **state)
{
	(void)state;
	cred = cred_new();
	assert_int_equal(cred_add_files(cred, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	assert_int_equal(cred_add_files(cred, "rsa.crt.pem", "rsa.pkcs8.pem"), 0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	tls_certificate_free_credentials(cred);
	return 0;
}

/* Bytes of one field of an offer. */
struct field {
	struct hex h;
};

static struct tls_span take(struct field *f, const char *text, const char *usual)
{
	const char *source = text != NULL ? text : usual;

	if (strcmp(source, NONE) == 0)
		source = "";
	f->h = unhex(source);
	return tls_span(f->h.p, f->h.len);
}

static void make_hello(struct tls_client_hello *m, struct field f[8], const struct offer *o)
{
	memset(m, 0, sizeof(*m));
	m->legacy_version = o->legacy_version != 0 ? (uint16_t)o->legacy_version : 0x0303;
	m->suites = take(&f[0], o->suites, "1301");
	m->compression = take(&f[1], o->compression, "00");
	m->versions = take(&f[2], o->versions, "0304");
	m->groups = take(&f[3], o->groups, "001d");
	m->key_shares = take(&f[4], o->shares, X25519);
	m->has_key_share = o->shares == NULL || strcmp(o->shares, NONE) != 0;
	m->schemes = take(&f[5], o->schemes, "0403");
	m->alpn = take(&f[6], o->alpn, NONE);
	m->server_name = take(&f[7], o->name, NONE);
}

static tls_policy_t make_policy(const struct ours *o)
{
	tls_policy_t p;

	assert_int_equal(tls_policy_init(&p, "modern"), 0);
	for (size_t i = 0; i < 3 && o->suites[i] != NULL; i++)
		assert_int_equal(tls_policy_add_ciphersuite(p, o->suites[i]), 0);
	for (size_t i = 0; i < 4 && o->groups[i] != NULL; i++)
		assert_int_equal(tls_policy_add_group(p, o->groups[i]), 0);
	for (size_t i = 0; i < 4 && o->schemes[i] != NULL; i++)
		assert_int_equal(tls_policy_add_sign_algorithm(p, o->schemes[i]), 0);
	return p;
}

static void check_choice(const struct tls_choice *c, const struct want *w)
{
	assert_int_equal(c->suite->id, w->suite);
	assert_int_equal(c->group->id, w->group);
	assert_int_equal(c->scheme, w->scheme);
	assert_int_equal(c->retry, w->retry);
	assert_hex(c->share.p, c->share.len, w->share);
	assert_hex(c->alpn.p, c->alpn.len, w->alpn != NULL ? w->alpn : "");
	assert_non_null(c->entry);
	assert_true(tls_sig_fits(c->scheme, tls_privkey_public(c->entry->key)));
}

static void one_row(const struct row *row)
{
	struct tls_client_hello m;
	struct tls_choice c;
	struct field f[8], alpn;
	struct tls_choose_from from = {.policy = make_policy(&row->ours),
	    .cred = row->ours.no_cred ? NULL : cred,
	    .alpn = take(&alpn, row->ours.alpn, NONE),
	    .alpn_mandatory = row->ours.alpn_mandatory};
	int err;

	make_hello(&m, f, &row->offer);
	err = tls_choose_hello(&c, &m, &from);
	if (err != row->want.err)
		fail_msg("%s: %s", row->what, tls_strerror(err));
	if (err == 0)
		check_choice(&c, &row->want);
	tls_policy_deinit((tls_policy_t)(uintptr_t)from.policy);
}

static void every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		one_row(&rows[i]);
}

static void only_1_2_is_allowed(void **state)
{
	static const struct offer usual;
	tls_policy_t p;
	struct tls_choose_from from = {.cred = cred};
	struct tls_client_hello m;
	struct tls_choice c;
	struct field f[8];

	(void)state;
	assert_int_equal(tls_policy_init(&p, "intermediate"), 0);
	assert_int_equal(tls_policy_set_versions(p, TLS_1_2, TLS_1_2), 0);
	from.policy = p;
	make_hello(&m, f, &usual);
	assert_int_equal(tls_choose_hello(&c, &m, &from), TLS_E_UNSUPPORTED_VERSION);
	tls_policy_deinit(p);
}

/* RFC 8446 section 4.2.9. */
static void psk_needs_its_modes(void **state)
{
	static const struct offer usual;
	tls_policy_t p;
	struct tls_choose_from from = {.cred = cred};
	struct tls_client_hello m;
	struct tls_choice c;
	struct field f[8];

	(void)state;
	assert_int_equal(tls_policy_init(&p, "modern"), 0);
	from.policy = p;
	make_hello(&m, f, &usual);
	m.ext.n = 1;
	m.ext.ext[0].type = TLS_EXT_PRE_SHARED_KEY;
	assert_int_equal(tls_choose_hello(&c, &m, &from), TLS_E_MISSING_EXTENSION);
	m.ext.n = 2;
	m.ext.ext[1].type = TLS_EXT_PSK_KEY_EXCHANGE_MODES;
	assert_int_equal(tls_choose_hello(&c, &m, &from), 0);
	tls_policy_deinit(p);
}

static void limit_key_shares(void **state)
{
	static const struct offer usual;
	uint8_t groups[2 * (TLS_LIMIT_KEY_SHARES + 1)], shares[5 * (TLS_LIMIT_KEY_SHARES + 1)];
	tls_policy_t p;
	struct tls_choose_from from = {.cred = cred};
	struct tls_client_hello m;
	struct tls_choice c;
	struct field f[8];

	(void)state;
	assert_int_equal(tls_policy_init(&p, "modern"), 0);
	from.policy = p;
	make_hello(&m, f, &usual);
	for (unsigned i = 0; i <= TLS_LIMIT_KEY_SHARES; i++) {
		groups[2 * i] = 0;
		groups[2 * i + 1] = (uint8_t)(0x1d + i);
		tls_mem_copy(shares + 5 * i, (uint8_t[]){0, (uint8_t)(0x1d + i), 0, 1, 0}, 5);
	}
	m.groups = tls_span(groups, sizeof(groups));
	m.key_shares = tls_span(shares, sizeof(shares) - 5);
	assert_int_equal(tls_choose_hello(&c, &m, &from), 0);
	m.key_shares = tls_span(shares, sizeof(shares));
	assert_int_equal(tls_choose_hello(&c, &m, &from), TLS_E_ILLEGAL_PARAMETER);
	tls_policy_deinit(p);
}

static void rfc8448_3(void **state)
{
	struct hex h = codec_body(rfc8448_3_client_hello, TLS_HANDSHAKE_CLIENT_HELLO);
	struct tls_choose_from from = {.cred = cred};
	struct tls_client_hello m;
	struct tls_choice c;
	tls_policy_t p;

	(void)state;
	assert_int_equal(tls_policy_init(&p, "modern"), 0);
	from.policy = p;
	assert_int_equal(tls_client_hello_decode(&m, tls_span(h.p, h.len)), 0);
	assert_int_equal(tls_choose_hello(&c, &m, &from), 0);
	assert_int_equal(c.suite->id, 0x1301);
	assert_int_equal(c.group->id, 0x001d);
	assert_hex(c.share.p, c.share.len, rfc8448_3_client_x25519_public);
	tls_policy_deinit(p);
}

/* ---- The second hello, RFC 8446 section 4.2.8 */

static const struct {
	const char *what, *shares;
	int err;
} second[] = {
    {"the share that was asked for", P256, 0},
    {"none", "", TLS_E_ILLEGAL_PARAMETER},
    {"no key_share", NONE, TLS_E_MISSING_EXTENSION},
    {"another group", X25519, TLS_E_ILLEGAL_PARAMETER},
    {"two", P256 X25519, TLS_E_ILLEGAL_PARAMETER},
    {"two, the other way", X25519 P256, TLS_E_ILLEGAL_PARAMETER},
    {"twice the same", P256 P256, TLS_E_ILLEGAL_PARAMETER},
};

static void second_hello(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(second) / sizeof(second[0]); i++) {
		struct tls_choice c = {.group = tls_group_by_id(0x0017), .retry = true};
		struct offer o = {.groups = "001d 0017", .shares = second[i].shares};
		struct tls_client_hello m;
		struct field f[8];
		int err;

		make_hello(&m, f, &o);
		err = tls_choose_second13(&c, &m);
		if (err != second[i].err)
			fail_msg("%s: %s", second[i].what, tls_strerror(err));
		if (err == 0)
			assert_hex(c.share.p, c.share.len, "bb");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row),
	    cmocka_unit_test(only_1_2_is_allowed),
	    cmocka_unit_test(psk_needs_its_modes),
	    cmocka_unit_test(limit_key_shares),
	    cmocka_unit_test(rfc8448_3),
	    cmocka_unit_test(second_hello),
	};

	return cmocka_run_group_tests_name("choose", tests, start, stop);
}
