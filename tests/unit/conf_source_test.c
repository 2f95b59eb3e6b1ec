/* The file system as a source, and a configuration that comes from memory alone. */
#include "unit.h"

#include "conf_case.h"

#include "conf/mem.h"
#include "conf/source.h"

/* ---- The file system --------------------------------------------------------------------------- */

static void test_limits(void **state)
{
	static char big[CONF_FILE_MAX_LEN + 1];
	struct conf_file file = {0};
	const struct conf_source *fs = &conf_source_files;

	(void)state;
	case_put_bytes("big", big, sizeof(big));
	for (enum conf_source_kind kind = CONF_SOURCE_MAIN; kind <= CONF_SOURCE_SEED; kind++) {
		bool list = kind == CONF_SOURCE_CA || kind == CONF_SOURCE_CRL;
		const char *reason = fs->read(fs->ptr, &file, kind, "big");

		assert_int_equal(conf_source_limit(kind), (list ? 32 : 1) * 1048576);
		if (list)
			assert_null(reason);
		else
			assert_string_equal(reason, "larger than 1 MiB");
		assert_int_equal(file.len, list ? sizeof(big) : 0);
		conf_source_drop(&file);
	}
	assert_int_equal(truncate("big", 32 * 1048576 + 1), 0);
	assert_string_equal(fs->read(fs->ptr, &file, CONF_SOURCE_CRL, "big"), "larger than 32 MiB");
	assert_null(file.data);
	assert_int_equal(unlink("big"), 0);
}

static void test_mode(void **state)
{
	struct conf_file file = {0};

	(void)state;
	case_put("f", "text");
	assert_null(conf_source_files.read(NULL, &file, CONF_SOURCE_KEY, "f"));
	assert_string_equal(file.data, "text");
	assert_int_equal(file.len, 4);
	assert_int_equal(file.mode, 0600);
	conf_source_drop(&file);
	assert_null(file.data);
	conf_source_drop(&file);
}

static bool has(const struct conf_names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->list[i], name) == 0)
			return true;
	return false;
}

static void test_list(void **state)
{
	struct conf_names names = {0};

	(void)state;
	assert_int_equal(mkdir("list", 0700), 0);
	assert_int_equal(mkdir("list/inner.pem", 0700), 0);
	case_put("list/a.pem", "");
	case_put("list/.hidden", "");
	assert_int_equal(symlink("a.pem", "list/link.pem"), 0);
	assert_int_equal(symlink("inner.pem", "list/folder.pem"), 0);
	assert_int_equal(symlink("nothing", "list/dangling.pem"), 0);
	assert_null(conf_source_files.list(NULL, &names, "list/"));
	assert_int_equal(names.n, 4);
	assert_true(has(&names, "a.pem") && has(&names, ".hidden") && has(&names, "link.pem") &&
		    has(&names, "dangling.pem"));
	conf_source_drop_names(&names);
	assert_int_equal(names.n, 0);
	assert_string_equal(
	    conf_source_files.list(NULL, &names, "none/"), "No such file or directory");
	assert_string_equal(conf_source_files.list(NULL, &names, "list/a.pem"), "Not a directory");
	assert_int_equal(names.n, 0);
}

static void test_memory(void **state)
{
	struct conf_names names = {0};
	struct conf_file file = {0};

	(void)state;
	for (long n = 0; n < 2; n++) {
		conf_mem_fail_at(n);
		assert_string_equal(conf_source_add(&names, "x"), "out of memory");
		assert_int_equal(names.n, 0);
	}
	conf_mem_fail_at(0);
	assert_string_equal(conf_source_put(&file, "x", 1), "out of memory");
	assert_null(file.data);
	conf_mem_fail_at(-1);
	names.n = CONF_SOURCE_NAMES_MAX;
	assert_string_equal(conf_source_add(&names, "x"), "more than 131072 files");
	names.n = 0;
	conf_source_drop_names(&names);
}

/* ---- Memory ------------------------------------------------------------------------------------ */

static const char main_text[] = "strict = true; @include \"more\"\ntickets: { seed = \"seed\"; };\n" CASE_SERVICE(
    "client_auth: { mode = \"require\"; ca = \"ca.pem\"; };\n");

static struct {
	char chain[CASE_MAX_LEN], key[CASE_MAX_LEN];
	char asked[1024]; /* what read was asked for, in order */
	const char *key_path;
	const char *refuse; /* what set_key says */
	bool no_seed;
} memory;

static const char *read_memory(
    void *ptr, struct conf_file *out, enum conf_source_kind kind, const char *path)
{
	assert_ptr_equal(ptr, &memory);
	snprintf(memory.asked + strlen(memory.asked), sizeof(memory.asked) - strlen(memory.asked),
	    "%d %s|", (int)kind, path);
	switch (kind) {
	case CONF_SOURCE_MAIN:
		return conf_source_put(out, main_text, strlen(main_text));
	case CONF_SOURCE_INCLUDE:
		return conf_source_put(out, "user = \"u\";", 11);
	case CONF_SOURCE_CHAIN:
	case CONF_SOURCE_CA:
		return conf_source_put(out, memory.chain, strlen(memory.chain));
	case CONF_SOURCE_KEY:
		return conf_source_put(out, memory.key, strlen(memory.key));
	case CONF_SOURCE_SEED:
		return memory.no_seed ? NULL : conf_source_put(out, memory.key, 64);
	default:
		return "not there";
	}
}

static int set_key(void *ptr, tls_certificate_credentials_t credentials, const char **reason,
    const tls_datum_t *chain, const char *key_path)
{
	tls_datum_t key = {(unsigned char *)memory.key, (unsigned)strlen(memory.key)};

	assert_ptr_equal(ptr, &memory);
	assert_string_equal(key_path, "a/k.pem");
	memory.key_path = "seen";
	*reason = memory.refuse;
	return memory.refuse != NULL ? -1 : tls_certificate_set_x509_key_mem(
						credentials, chain, &key, TLS_X509_FMT_PEM);
}

static struct conf *load_memory(struct conf_source source, const char *lines)
{
	static char got[CASE_MAX_LEN];
	struct conf_errors errs = {0};
	struct conf *conf;

	case_source(memory.chain, "tests/data/p256.crt.pem");
	case_source(memory.key, "tests/data/p256.pkcs8.pem");
	memory.asked[0] = '\0';
	memory.key_path = NULL;
	source.read = read_memory;
	source.ptr = &memory;
	conf_load(&conf, &errs, "a/q.conf", &source);
	case_lines(got, &errs);
	assert_string_equal(got, lines);
	conf_errors_clear(&errs);
	return conf;
}

static void test_from_memory(void **state)
{
	struct conf *conf = load_memory((struct conf_source){0}, "");

	(void)state;
	assert_string_equal(memory.asked,
	    "0 a/q.conf|1 a/more|7 a/seed|2 a/c.pem|3 a/k.pem|5 a/ca.pem|");
	assert_string_equal(conf->user, "u");
	assert_int_equal(conf->tickets.seed.size, 64);
	conf_free(conf);
	memory.no_seed = true;
	conf = load_memory((struct conf_source){0}, "");
	assert_null(conf->tickets.seed.data);
	conf_free(conf);
	memory.no_seed = false;
}

static void test_set_key(void **state)
{
	struct conf_source source = {.set_key = set_key};
	struct conf *conf = load_memory(source, "");
	tls_datum_t chain[4];
	unsigned n = 4;

	(void)state;
	/* the key's file isn't asked for */
	assert_string_equal(memory.asked, "0 a/q.conf|1 a/more|7 a/seed|2 a/c.pem|5 a/ca.pem|");
	assert_non_null(memory.key_path);
	assert_int_equal(tls_certificate_get_chain(conf->services[0].credentials, 0, chain, &n), 0);
	conf_free(conf);
	memory.refuse = "nobody has it";
	conf = load_memory(source, "a/q.conf:4: services.certificates.key: a/k.pem: nobody has it\n");
	assert_null(conf);
	memory.refuse = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_mode),
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_memory),
	    cmocka_unit_test(test_from_memory),
	    cmocka_unit_test(test_set_key),
	};

	return cmocka_run_group_tests_name("conf_source", tests, case_enter, case_leave);
}
