/* One certificate's files: set aside when they can't be used, its last good version served on, and what a
 * source has to say about it. */
#include "unit.h"

#include "conf_case.h"

#include "conf/mem.h"
#include "tls/bytes/mem.h"

#define TWO                                                                                        \
	"services = ( { name = \"w\"; listen = [ \"127.0.0.1:0\" ]; backends = ( \"127.0.0.1:80\" );\n" \
	"certificates = ( { chain = \"c.pem\"; key = \"k.pem\"; },\n"                              \
	"{ chain = \"c2.pem\"; key = \"k2.pem\";\nstaple = \"s\"; } ); } );\n"
#define ASIDE "; the certificate is set aside\n"
#define BEFORE "; its last good version is served on\n"

static int enter(void **state)
{
	static char bytes[CASE_MAX_LEN];
	char path[4096];

	if (case_enter(state) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/tests/data/ocsp-good.der", getenv("top_srcdir"));
	case_put_bytes("s", bytes, case_read(bytes, path));
	case_put("t", TWO);
	return 0;
}

/* Two good certificates, the second one with a staple. */
static void put_good(void)
{
	case_data("p256.crt.pem", "c.pem");
	case_data("p256.pkcs8.pem", "k.pem");
	case_data("ocsp-leaf.crt.pem", "c2.pem");
	case_data("p256.pkcs8.pem", "k2.pem");
}

static struct conf *load(const struct conf_source *source, const char *lines)
{
	static char got[CASE_MAX_LEN];
	struct conf_errors errs = {0};
	struct conf *conf;

	conf_load(&conf, &errs, "t", source);
	case_lines(got, &errs);
	assert_string_equal(got, lines);
	conf_errors_clear(&errs);
	return conf;
}

static unsigned chains(const struct conf_service *service)
{
	tls_datum_t chain[8];
	unsigned n = 8, count = 0;

	while (tls_certificate_get_chain(service->credentials, count, chain, &n) == 0) {
		n = 8;
		count++;
	}
	return count;
}

/* The second one is aside for this reason, the first one served. */
static void check_second_aside(const char *reason, const char *line)
{
	struct conf *conf = load(NULL, line);
	const struct conf_service *service;

	assert_non_null(conf);
	service = &conf->services[0];
	assert_int_equal(service->n_certificates, 2);
	assert_int_equal(service->n_served, 1);
	assert_int_equal(chains(service), 1);
	assert_true(service->certificates[0].served && service->certificates[0].aside == NULL);
	assert_false(service->certificates[1].served);
	assert_string_equal(service->certificates[1].aside, reason);
	conf_free(conf);
}

static void test_set_aside(void **state)
{
	static const struct {
		const char *file, *data; /* what stands in for it; NULL: it is gone, "": empty */
		const char *key, *reason;
	} table[] = {
	    {"c2.pem", NULL, "chain", "c2.pem: No such file or directory"},
	    {"k2.pem", NULL, "key", "k2.pem: No such file or directory"},
	    {"c2.pem", "", "chain", "c2.pem: no certificate found"},
	    {"k2.pem", "", "key", "k2.pem: no private key found"},
	    {"k2.pem", "other.pkcs8.pem", "key",
		"k2.pem: private key does not match the certificate in c2.pem"},
	    {"k2.pem", "p256.encrypted.pem", "key", "k2.pem:1: private key is encrypted"},
	};
	char line[256];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		put_good();
		assert_int_equal(unlink(table[i].file), 0);
		if (table[i].data != NULL && table[i].data[0] != '\0')
			case_data(table[i].data, table[i].file);
		else if (table[i].data != NULL)
			case_put(table[i].file, "");
		snprintf(line, sizeof(line), "warning t:3: services.certificates.%s: %s" ASIDE,
		    table[i].key, table[i].reason);
		check_second_aside(table[i].reason, line);
	}
	/* nothing to read for whoever isn't root, who may read all */
	put_good();
	assert_int_equal(unlink("k2.pem"), 0);
	assert_int_equal(mkdir("k2.pem", 0700), 0);
	check_second_aside("k2.pem: not a regular file",
	    "warning t:3: services.certificates.key: k2.pem: not a regular file" ASIDE);
	assert_int_equal(rmdir("k2.pem"), 0);
}

static void test_both_files(void **state)
{
	(void)state;
	put_good();
	assert_int_equal(unlink("c2.pem"), 0);
	assert_int_equal(unlink("k2.pem"), 0);
	check_second_aside("c2.pem: No such file or directory",
	    "warning t:3: services.certificates.chain: c2.pem: No such file or directory" ASIDE
	    "warning t:3: services.certificates.key: k2.pem: No such file or directory" ASIDE);
}

/* The default is the first one that can be used; its number is that in the credentials. */
static void test_first_aside(void **state)
{
	struct conf *conf;

	(void)state;
	put_good();
	case_put("c.pem", "");
	conf = load(NULL, "warning t:2: services.certificates.chain: c.pem: no certificate found" ASIDE);
	assert_non_null(conf);
	assert_true(conf->services[0].certificates[1].served);
	assert_int_equal(conf->services[0].certificates[1].index, 0);
	conf_free(conf);
}

static void test_none_left(void **state)
{
	(void)state;
	put_good();
	case_put("c.pem", "");
	case_put("k2.pem", "");
	assert_null(load(NULL,
	    "t:2: services.certificates: none is left to serve with\n"
	    "warning t:2: services.certificates.chain: c.pem: no certificate found" ASIDE
	    "warning t:3: services.certificates.key: k2.pem: no private key found" ASIDE));
}

static void test_staple(void **state)
{
	struct conf *conf;

	(void)state;
	put_good();
	/* one of an older certificate */
	case_data("p256.crt.pem", "c2.pem");
	conf = load(NULL, "warning t:4: services.certificates.staple: s: it is about another certificate; the "
			  "certificate is served without it\n");
	assert_non_null(conf);
	conf_free(conf);
	put_good();
	case_put("s", "nonsense");
	conf = load(NULL, "warning t:4: services.certificates.staple: s: malformed OCSP response; the "
			  "certificate is served without it\n");
	assert_non_null(conf);
	assert_int_equal(conf->services[0].n_served, 2);
	assert_null(conf->services[0].certificates[1].aside);
	assert_string_equal(conf->services[0].certificates[1].staple, "s");
	conf_free(conf);
}

/* ---- A source with a memory -------------------------------------------------------------------- */

static struct {
	bool none;     /* there is no earlier version */
	bool bad;      /* the earlier one can't be used either */
	char told[64]; /* what was said about the second one before */
	unsigned asked;
} before;

static const char *put_data(struct conf_file *out, const char *name)
{
	static char text[CASE_MAX_LEN];
	char path[256];

	snprintf(path, sizeof(path), "tests/data/%s", name);
	case_source(text, path);
	return conf_source_put(out, text, strlen(text));
}

static bool previous(
    void *ptr, struct conf_pair *out, const char *chain_path, const char *key_path)
{
	assert_ptr_equal(ptr, &before);
	assert_string_equal(chain_path, "c2.pem");
	assert_string_equal(key_path, "k2.pem");
	before.asked++;
	if (before.none)
		return false;
	assert_null(put_data(&out->chain, "p384.crt.pem"));
	assert_null(put_data(&out->key, before.bad ? "p256.pkcs8.pem" : "p384.pkcs8.pem"));
	return true;
}

static const char *aside(void *ptr, const char *chain_path, const char *key_path)
{
	assert_ptr_equal(ptr, &before);
	return strcmp(chain_path, "c2.pem") == 0 && strcmp(key_path, "k2.pem") == 0 ? before.told : NULL;
}

static struct conf_source with_memory(void)
{
	struct conf_source source = conf_source_files;

	source.previous = previous;
	source.ptr = &before;
	memset(&before, 0, sizeof(before));
	return source;
}

static void test_last_good(void **state)
{
	struct conf_source source = with_memory();
	const struct conf_certificate *second;
	struct conf *conf;

	(void)state;
	put_good();
	conf_free(load(&source, ""));
	assert_int_equal(before.asked, 0);
	case_data("other.pkcs8.pem", "k2.pem");
	conf = load(&source, "warning t:3: services.certificates.key: k2.pem: private key does not match the "
			     "certificate in c2.pem" BEFORE);
	assert_non_null(conf);
	second = &conf->services[0].certificates[1];
	assert_int_equal(conf->services[0].n_served, 2);
	assert_true(second->served);
	assert_int_equal(second->index, 1);
	assert_string_equal(
	    second->aside, "k2.pem: private key does not match the certificate in c2.pem");
	conf_free(conf);
}

static void test_last_good_is_not(void **state)
{
	struct conf_source source = with_memory();

	(void)state;
	put_good();
	case_put("k2.pem", "");
	before.none = true;
	conf_free(load(&source,
	    "warning t:3: services.certificates.key: k2.pem: no private key found" ASIDE));
	before.none = false;
	before.bad = true;
	conf_free(load(&source,
	    "warning t:3: services.certificates.key: k2.pem: no private key found" ASIDE));
	assert_int_equal(before.asked, 2);
	case_put("t", "strict = true; " TWO);
	assert_null(load(&source, "t:3: services.certificates.key: k2.pem: no private key found\n"));
	assert_int_equal(before.asked, 2);
	case_put("t", TWO);
}

/* Another process has judged: it is quiet here, whether there is a version to serve or not. */
static void test_told(void **state)
{
	struct conf_source source = with_memory();
	struct conf *conf;

	(void)state;
	source.aside = aside;
	strcpy(before.told, "k2.pem: it was broken");
	put_good();
	conf = load(&source, "");
	assert_string_equal(conf->services[0].certificates[1].aside, "k2.pem: it was broken");
	assert_true(conf->services[0].certificates[1].served);
	conf_free(conf);
	case_put("k2.pem", "");
	conf = load(&source, "");
	assert_string_equal(conf->services[0].certificates[1].aside, "k2.pem: it was broken");
	assert_false(conf->services[0].certificates[1].served);
	assert_int_equal(before.asked, 0);
	conf_free(conf);
}

/* Each allocation fails in turn: the load does, and sets nothing aside for it. */
static bool load_failing(const struct conf_source *source)
{
	struct conf_errors errs = {0};
	struct conf *conf;
	int result = conf_load(&conf, &errs, "t", source);

	conf_mem_fail_at(-1);
	tls_mem_fail_at(0);
	assert_true((result == 0) == (conf != NULL));
	assert_true(result == 0 || errs.no_memory);
	conf_free(conf);
	conf_errors_clear(&errs);
	return result == 0;
}

static void test_memory(void **state)
{
	struct conf_source source = with_memory();
	unsigned long k = 1;
	long n = 0;

	(void)state;
	put_good();
	case_data("other.pkcs8.pem", "k2.pem");
	before.none = true; /* its own allocations are no business of ours */
	for (conf_mem_fail_at(n); !load_failing(&source) && n < 10000; conf_mem_fail_at(++n))
		;
	conf_mem_fail_at(-1);
	assert_in_range(n, 30, 9999);
	for (tls_mem_fail_at(k); !load_failing(&source) && k < 10000; tls_mem_fail_at(++k))
		;
	tls_mem_fail_at(0);
	assert_in_range(k, 10, 9999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_set_aside),
	    cmocka_unit_test(test_both_files),
	    cmocka_unit_test(test_first_aside),
	    cmocka_unit_test(test_none_left),
	    cmocka_unit_test(test_last_good),
	    cmocka_unit_test(test_last_good_is_not),
	    cmocka_unit_test(test_told),
	    cmocka_unit_test(test_memory),
	    cmocka_unit_test(test_staple),
	};

	return cmocka_run_group_tests_name("conf_pair", tests, enter, case_leave);
}
