/* daemon_record_test.c - what is read through a record can be read again from its bundles, and nothing else can. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static long fail_at = -1;

static bool fails_now(void)
{
	return fail_at >= 0 && fail_at-- == 0;
}

static void *maybe_malloc(size_t n)
{
	return fails_now() ? NULL : malloc(n);
}

static void *maybe_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : calloc(n, size);
}

static char *maybe_strdup(const char *text)
{
	return fails_now() ? NULL : strdup(text);
}

#define malloc maybe_malloc
#define calloc maybe_calloc
#undef strdup
#define strdup maybe_strdup
#include "daemon/record.c"
#undef malloc
#undef calloc
#undef strdup

#include "conf_case.h"

/* ---- A worker's side, in short ---- */

struct side {
	struct px_bundle *bundle, *keys;
};

static const char *read_bundle(void *ptr, struct conf_file *out, enum conf_source_kind kind, const char *path)
{
	const struct side *side = ptr;
	struct px_bundle_entry e;
	bool key = kind == CONF_SOURCE_KEY;

	if (kind == CONF_SOURCE_SEED)
		return NULL;
	if (!px_bundle_find(&e, side->bundle, key ? PX_BUNDLE_KEY : PX_BUNDLE_FILE, path, strlen(path)))
		return "not in the bundle";
	if (key && side->keys && !px_bundle_find(&e, side->keys, PX_BUNDLE_KEY, e.bytes, e.len))
		return "no such key";
	return conf_source_put(out, e.bytes, e.len);
}

static const char *list_bundle(void *ptr, struct conf_names *out, const char *folder)
{
	const struct side *side = ptr;
	struct px_bundle_entry e;

	if (!px_bundle_find(&e, side->bundle, PX_BUNDLE_DIR, folder, strlen(folder)))
		return "not in the bundle";
	for (size_t at = 0; at < e.len; at += strlen(e.bytes + at) + 1)
		assert_null(conf_source_add(out, e.bytes + at));
	return NULL;
}

static const char *aside_bundle(void *ptr, const char *chain, const char *key)
{
	const struct side *side = ptr;
	struct px_bundle_entry e;

	(void)key;
	return px_bundle_find(&e, side->bundle, PX_BUNDLE_ASIDE, chain, strlen(chain)) ? e.bytes : NULL;
}

/* ---- Loading ---- */

struct loaded {
	struct conf *conf;
	int bundle, keys;
	char lines[CASE_MAX_LEN];
};

static const char main_text[] = "workers = 1; @include \"more.conf\"\ntickets: { seed = \"seed\"; };\n"
				"services = ( { name = \"w\"; listen = [ \"127.0.0.1:0\" ]; certificate_dir = \"dir\";\n"
				"certificates = ( { chain = \"c.pem\"; key = \"k.pem\"; } );\n"
				"backends = ( \"127.0.0.1:80\" ); }, { name = \"v\"; listen = [ \"127.0.0.1:0\" ];\n"
				"certificates = ( { chain = \"c.pem\"; key = \"k.pem\"; } );\n"
				"backends = ( \"127.0.0.1:80\" ); client_auth: { mode = \"require\"; ca = \"ca.pem\"; }; } );\n";

static int load(struct loaded *out, const struct px_record_before *before)
{
	static const struct px_record_before nothing;
	struct conf_errors errs = { 0 };
	struct px_record *record;
	const char *reason = NULL;
	int result = -1;

	*out = (struct loaded){ .bundle = -1, .keys = -1 };
	if (px_record_new(&record, NULL, before ? before : &nothing) != 0)
		return -1;
	conf_load(&out->conf, &errs, "q.conf", px_record_source(record));
	case_lines(out->lines, &errs);
	conf_errors_clear(&errs);
	if (out->conf)
		result = px_record_finish(&out->bundle, &out->keys, &reason, record, out->conf);
	assert_true(result == 0 || out->bundle == -1);
	px_record_free(record);
	return result;
}

static void unload(struct loaded *l)
{
	conf_free(l->conf);
	if (l->bundle >= 0)
		close(l->bundle);
	if (l->keys >= 0)
		close(l->keys);
}

static struct side open_side(const struct loaded *l)
{
	struct side side = { 0 };

	assert_null(px_bundle_open(&side.bundle, l->bundle));
	if (l->keys >= 0)
		assert_null(px_bundle_open(&side.keys, l->keys));
	return side;
}

static void close_side(struct side *side)
{
	px_bundle_close(side->bundle);
	px_bundle_close(side->keys);
}

/* From the bundles alone: the same configuration. */
static struct conf *load_again(struct side *side, const char *expected)
{
	const struct conf_source source = { .read = read_bundle, .list = list_bundle, .aside = aside_bundle,
		.ptr = side };
	static char lines[CASE_MAX_LEN];
	struct conf_errors errs = { 0 };
	struct conf *conf;

	conf_load(&conf, &errs, "q.conf", &source);
	case_lines(lines, &errs);
	assert_string_equal(lines, expected);
	conf_errors_clear(&errs);
	return conf;
}

static int begin(void **state)
{
	if (case_enter(state) != 0)
		return -1;
	case_put("q.conf", main_text);
	case_put("more.conf", "group = \"g\";");
	case_put("seed", "0123456789abcdef0123456789abcdef secret");
	case_data("p256.crt.pem", "c.pem");
	case_data("p256.pkcs8.pem", "k.pem");
	case_data("p256.crt.pem", "ca.pem");
	assert_int_equal(mkdir("dir", 0700), 0);
	case_data("ed25519.crt.pem", "dir/a.pem");
	case_data("ed25519.pkcs8.pem", "dir/a.key");
	return 0;
}

static bool holds(const struct px_bundle *bundle, const char *text)
{
	struct px_bundle_entry e;

	for (unsigned i = 0; i < px_bundle_count(bundle); i++) {
		px_bundle_at(&e, bundle, i);
		if (memmem(e.bytes, e.len, text, strlen(text)))
			return true;
	}
	return false;
}

static void test_again_from_the_bundles(void **state)
{
	struct px_bundle_entry e;
	struct loaded l;
	struct conf *conf;
	struct side side;

	(void)state;
	assert_int_equal(load(&l, NULL), 0);
	assert_string_equal(l.lines, "");
	side = open_side(&l);
	conf = load_again(&side, "");
	assert_non_null(conf);
	assert_string_equal(conf->group, "g");
	assert_int_equal(conf->services[0].n_served, 2);
	assert_int_equal(conf->services[1].n_served, 1);
	assert_true(px_bundle_find(&e, side.bundle, PX_BUNDLE_MAIN, "q.conf", 6));
	conf_free(conf);
	close_side(&side);
	unload(&l);
}

/* Neither the keys nor the seed are in what a worker gets; each key is in the other one once, under its id. */
static void test_security_no_key_and_no_seed_for_workers(void **state)
{
	struct px_bundle_entry e, pem;
	struct loaded l;
	struct side side;
	uint8_t id[TLS_KEY_ID_LEN];
	tls_x509_privkey_t key;
	tls_datum_t data;

	(void)state;
	assert_int_equal(load(&l, NULL), 0);
	side = open_side(&l);
	assert_false(holds(side.bundle, "PRIVATE KEY"));
	assert_false(holds(side.bundle, "secret"));
	assert_false(holds(side.keys, "secret"));
	assert_int_equal(px_bundle_count(side.keys), 2);
	assert_true(px_bundle_find(&e, side.bundle, PX_BUNDLE_KEY, "k.pem", 5));
	assert_int_equal(e.len, TLS_KEY_ID_LEN);
	assert_true(px_bundle_find(&pem, side.keys, PX_BUNDLE_KEY, e.bytes, e.len));
	assert_int_equal(tls_x509_privkey_init(&key), 0);
	data = (tls_datum_t){ (unsigned char *)pem.bytes, (unsigned)pem.len };
	assert_int_equal(tls_x509_privkey_import(key, &data, TLS_X509_FMT_PEM), 0);
	assert_int_equal(tls_x509_privkey_get_key_id(key, id), 0);
	assert_memory_equal(id, e.bytes, sizeof(id));
	tls_x509_privkey_deinit(key);
	close_side(&side);
	unload(&l);
}

/* One file may hold chain and key, of any kind and with any ends of lines; a worker gets what isn't secret of it. */
static void test_security_no_key_beside_a_chain(void **state)
{
	static char both[CASE_MAX_LEN], key[CASE_MAX_LEN];
	struct px_bundle_entry e;
	struct loaded l;
	struct side side;
	struct conf *conf;
	char line[65];

	(void)state;
	case_read(both, "c.pem");
	case_read(key, "k.pem");
	memcpy(line, strchr(key, '\n') + 1, 64);
	line[64] = '\0';
	strcat(both, key);
	case_put("c.pem", both);
	case_put("k.pem", both);
	assert_int_equal(load(&l, NULL), 0);
	assert_string_equal(l.lines, "");
	side = open_side(&l);
	assert_false(holds(side.bundle, "PRIVATE"));
	assert_false(holds(side.bundle, line));
	assert_true(px_bundle_find(&e, side.bundle, PX_BUNDLE_FILE, "c.pem", 5));
	assert_int_equal(e.len, strlen(both));
	conf = load_again(&side, "");
	assert_int_equal(conf->services[0].n_served, 2);
	conf_free(conf);
	close_side(&side);
	unload(&l);
	case_data("p256.crt.pem", "c.pem");
	case_data("p256.pkcs8.pem", "k.pem");
}

static void test_security_keys_are_blanked(void **state)
{
	static const struct {
		const char *before, *after;
	} cases[] = {
		{ "", "" },
		{ "-----BEGIN ", "-----BEGIN " },
		{ "a -----BEGIN PRIVATE KEY-----\rx\r-----END PRIVATE KEY-----\rb",
		    "a                            \r \r                         \rb" },
		{ "-----BEGIN EC PRIVATE KEY-----\nsecret\n", "                              \n      \n" },
		{ "-----BEGIN PRIVATE", "                  " },
		{ "-----BEGIN PRIVATE-----\n-----END P--", "                       \n            " },
		{ "-----BEGIN CRL-----\nPRIVATE\n-----END CRL-----\n",
		    "-----BEGIN CRL-----\nPRIVATE\n-----END CRL-----\n" },
	};
	char text[128];

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strcpy(text, cases[i].before);
		blank_keys(text, strlen(text));
		assert_string_equal(text, cases[i].after);
	}
}

static void test_without_keeper(void **state)
{
	struct loaded l;
	struct conf *conf;
	struct side side;

	(void)state;
	case_put("more.conf", "group = \"g\"; keeper = false;");
	assert_int_equal(load(&l, NULL), 0);
	assert_int_equal(l.keys, -1);
	side = open_side(&l);
	assert_true(holds(side.bundle, "PRIVATE KEY"));
	conf = load_again(&side, "");
	assert_non_null(conf);
	conf_free(conf);
	close_side(&side);
	unload(&l);
	case_put("more.conf", "group = \"g\";");
}

/* A renewal caught half-way: what is in force goes on, in the next bundles as well, and again after that. */
static void test_previous(void **state)
{
	struct loaded l[3];
	struct side side;
	struct conf *conf;

	(void)state;
	assert_int_equal(load(&l[0], NULL), 0);
	case_data("p384.crt.pem", "dir/a.pem");
	for (int i = 1; i < 3; i++) {
		const struct px_record_before before = { .conf = l[i - 1].conf, .bundle = l[i - 1].bundle,
			.keys = l[i - 1].keys };

		assert_int_equal(load(&l[i], &before), 0);
		assert_non_null(strstr(l[i].lines, "its last good version is served on"));
		side = open_side(&l[i]);
		conf = load_again(&side, "");
		assert_int_equal(conf->services[0].n_served, 2);
		assert_non_null(conf->services[0].certificates[1].aside);
		conf_free(conf);
		close_side(&side);
	}
	case_data("ed25519.crt.pem", "dir/a.pem");
	for (int i = 0; i < 3; i++)
		unload(&l[i]);
}

/* One key for two chains, and only the first was renewed with it: the old key would not fit that one any more. */
static void test_previous_of_a_shared_key(void **state)
{
	static const char text[] = "services = ( { name = \"w\"; listen = [ \"127.0.0.1:0\" ];\n"
				   "certificates = ( { chain = \"c.pem\"; key = \"k.pem\"; },\n"
				   "{ chain = \"c2.pem\"; key = \"k.pem\"; } ); backends = ( \"127.0.0.1:80\" ); } );\n";
	struct loaded l[2];
	struct side side;
	struct conf *conf;

	(void)state;
	case_put("q.conf", text);
	case_data("p256.crt.pem", "c2.pem");
	assert_int_equal(load(&l[0], NULL), 0);
	assert_int_equal(l[0].conf->services[0].n_served, 2);
	case_data("p384.crt.pem", "c.pem");
	case_data("p384.pkcs8.pem", "k.pem");
	assert_int_equal(load(&l[1], &(struct px_record_before){ .conf = l[0].conf, .bundle = l[0].bundle,
				     .keys = l[0].keys }), 0);
	assert_non_null(strstr(l[1].lines, "the certificate is set aside"));
	side = open_side(&l[1]);
	assert_int_equal(px_bundle_count(side.keys), 1);
	conf = load_again(&side, "");
	assert_int_equal(conf->services[0].n_served, 1);
	assert_true(conf->services[0].certificates[0].served);
	conf_free(conf);
	close_side(&side);
	unload(&l[0]);
	unload(&l[1]);
	case_put("q.conf", main_text);
	case_data("p256.crt.pem", "c.pem");
	case_data("p256.pkcs8.pem", "k.pem");
}

static void test_aside_without_previous(void **state)
{
	struct loaded l;
	struct side side;
	struct conf *conf;

	(void)state;
	case_data("p384.crt.pem", "dir/a.pem");
	assert_int_equal(load(&l, NULL), 0);
	assert_non_null(strstr(l.lines, "the certificate is set aside"));
	side = open_side(&l);
	assert_int_equal(px_bundle_count(side.keys), 1);
	conf = load_again(&side, "");
	assert_int_equal(conf->services[0].n_served, 1);
	conf_free(conf);
	close_side(&side);
	unload(&l);
	case_data("ed25519.crt.pem", "dir/a.pem");
}

/* Changed while it is loaded: who asks again gets the same. */
static void test_read_once(void **state)
{
	static const struct px_record_before nothing;
	struct conf_file a = { 0 }, b = { 0 };
	struct px_record *record;
	const struct conf_source *source;

	(void)state;
	assert_int_equal(px_record_new(&record, NULL, &nothing), 0);
	source = px_record_source(record);
	assert_null(source->read(source->ptr, &a, CONF_SOURCE_CHAIN, "more.conf"));
	case_put("more.conf", "user = \"changed\";");
	assert_null(source->read(source->ptr, &b, CONF_SOURCE_CA, "more.conf"));
	assert_string_equal(a.data, b.data);
	assert_int_equal(a.mode, b.mode);
	conf_source_drop(&b);
	assert_string_equal(source->read(source->ptr, &b, CONF_SOURCE_CA, "none"), "No such file or directory");
	conf_source_drop(&a);
	conf_source_drop(&b);
	px_record_free(record);
	case_put("more.conf", "group = \"g\";");
}

static void test_no_memory(void **state)
{
	int r = -1, n = 0;
	struct loaded l;

	(void)state;
	for (; r != 0 && n < 200; n++) {
		fail_at = n;
		r = load(&l, NULL);
		assert_true(fail_at == -1 || r == 0);
		unload(&l);
	}
	fail_at = -1;
	assert_true(n > 20 && n < 200);
	px_record_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again_from_the_bundles),
		cmocka_unit_test(test_security_no_key_and_no_seed_for_workers),
		cmocka_unit_test(test_security_no_key_beside_a_chain),
		cmocka_unit_test(test_security_keys_are_blanked),
		cmocka_unit_test(test_without_keeper),
		cmocka_unit_test(test_previous),
		cmocka_unit_test(test_previous_of_a_shared_key),
		cmocka_unit_test(test_aside_without_previous),
		cmocka_unit_test(test_read_once),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, begin, case_leave);
}
