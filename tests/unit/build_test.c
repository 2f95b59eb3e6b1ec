/* build_test.c - what a worker reads from a bundle, and what it refuses. */
#include "unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/build.h"
#include "tests/lib/bundled.h"

#define SERVICE_BEGIN "user = \"\"; services = ( { name = \"one\"; listen = [ \"127.0.0.1:0\" ];\n"
#define SERVICE_END "  backends = ( \"name.test:80\" ); } );\n"
#define SERVICE(certificates) SERVICE_BEGIN certificates SERVICE_END

static const char simple[] = SERVICE("certificates = ( { chain = \"a.pem\"; key = \"a.key\"; } );\n");
static const char folder[] = SERVICE("certificate_dir = \"d\";\n");
static const char seeded[] = "tickets: { seed = \"seed\"; };\n" SERVICE(
    "certificates = ( { chain = \"a.pem\"; key = \"a.key\"; } );\n");

static struct bundled_pair pair;
static unsigned n_keys;

static void *new_key(void *arg, const uint8_t id[TLS_KEY_ID_LEN])
{
	assert_memory_equal(id, pair.id, TLS_KEY_ID_LEN);
	n_keys++;
	return arg ? malloc(1) : NULL;
}

static void free_key(void *key)
{
	n_keys--;
	free(key);
}

static int sign(tls_session_t session, void *ptr, void **request, uint16_t scheme, const tls_datum_t *data,
    tls_datum_t *signature)
{
	(void)session, (void)ptr, (void)request, (void)scheme, (void)data, (void)signature;
	return TLS_E_INTERNAL_ERROR;
}

static int make_pair(void **state)
{
	(void)state;
	bundled_pair_make(&pair, "example.test");
	return 0;
}

static int clear_pair(void **state)
{
	(void)state;
	bundled_pair_clear(&pair);
	return 0;
}

static struct px_build *run(int fd, const struct px_build_signer *signer)
{
	struct px_build *build = px_build_new(signer);

	bool good = px_build_run(build, fd);

	assert_int_equal(good, build->conf != NULL);
	close(fd);
	return build;
}

static void test_key_in_the_bundle(void **state)
{
	struct px_build *build = run(bundled_make(simple, &pair), NULL);
	tls_datum_t chain;
	unsigned n = 1;

	(void)state;
	assert_string_equal(build->problem, "");
	assert_string_equal(build->conf->path, "t/main.conf");
	assert_int_equal(build->conf->services[0].n_certificates, 1);
	px_build_settle(build);
	assert_int_equal(tls_certificate_get_chain(build->conf->services[0].credentials, 0, &chain, &n), 0);
	px_build_free(build);
}

static void test_key_elsewhere(void **state)
{
	const struct px_build_signer signer = { sign, NULL, new_key, free_key, &pair };
	struct px_bundle_writer writer;
	struct px_build *build;

	(void)state;
	for (int with = 0; with < 2; with++) {
		bundled_begin(&writer, simple);
		bundled_add_pair(&writer, &pair, "a", 1);
		build = run(px_bundle_finish(&writer), with ? &signer : NULL);
		assert_int_equal(build->conf != NULL, with);
		assert_int_equal(n_keys, with);
		if (!with)
			assert_non_null(strstr(build->problem, "nobody to ask for signatures"));
		px_build_free(build);
		assert_int_equal(n_keys, 0);
	}
}

static void test_many_keys(void **state)
{
	const struct px_build_signer signer = { sign, NULL, new_key, free_key, &pair };
	struct px_bundle_writer writer;
	struct px_build *build;
	char text[2048] = "", name[8];

	(void)state;
	for (int i = 0; i < 17; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%s{ chain = \"%d.pem\"; key = \"%d.key\"; }", i ? ", " : SERVICE_BEGIN "certificates = ( ", i, i);
	strcat(text, " );" SERVICE_END);
	bundled_begin(&writer, text);
	for (int i = 0; i < 17; i++) {
		snprintf(name, sizeof(name), "%d", i);
		bundled_add_pair(&writer, &pair, name, 1);
	}
	build = run(px_bundle_finish(&writer), &signer);
	assert_string_equal(build->problem, "");
	assert_int_equal(n_keys, 17);
	px_build_free(build);
	assert_int_equal(n_keys, 0);
}

static const char names[] = "x.pem\0x.key\0y.pem\0y.key";

/* What the master has set aside, is not judged again. */
static void test_aside(void **state)
{
	struct px_bundle_writer writer;
	struct px_build *build;

	(void)state;
	bundled_begin(&writer, folder);
	bundled_add(&writer, PX_BUNDLE_DIR, "t/d/", names, sizeof(names));
	bundled_add_pair(&writer, &pair, "d/x", 0);
	bundled_add(&writer, PX_BUNDLE_ASIDE, "t/d/y.pem", "too odd", 7);
	build = run(px_bundle_finish(&writer), NULL);
	assert_string_equal(build->problem, "");
	assert_int_equal(build->conf->services[0].n_certificates, 2);
	assert_null(build->conf->services[0].certificates[0].aside);
	assert_string_equal(build->conf->services[0].certificates[1].aside, "too odd");
	px_build_free(build);
}

/* What it has not, has to be good. */
static void test_aside_here_only(void **state)
{
	struct px_bundle_writer writer;
	struct px_build *build;

	(void)state;
	bundled_begin(&writer, folder);
	bundled_add(&writer, PX_BUNDLE_DIR, "t/d/", names, sizeof(names));
	bundled_add_pair(&writer, &pair, "d/x", 0);
	bundled_add(&writer, PX_BUNDLE_FILE, "t/d/y.pem", pair.chain.data, pair.chain.size / 2);
	bundled_add(&writer, PX_BUNDLE_KEY, "t/d/y.key", pair.key.data, pair.key.size);
	build = run(px_bundle_finish(&writer), NULL);
	assert_null(build->conf);
	assert_non_null(strstr(build->problem, "t/d/y.pem: "));
	px_build_free(build);
}

/* The seed stays with the master, whatever the configuration says. */
static void test_no_seed(void **state)
{
	struct px_build *build = run(bundled_make(seeded, &pair), NULL);

	(void)state;
	assert_string_equal(build->problem, "");
	assert_null(build->conf->tickets.seed.data);
	px_build_free(build);
}

static void test_addresses(void **state)
{
	struct sockaddr_storage two[2] = { { .ss_family = AF_INET }, { .ss_family = AF_INET6 } }, *list;
	struct px_bundle_writer writer;
	struct px_resolver resolver;
	struct px_build *build;
	unsigned n;

	(void)state;
	bundled_begin(&writer, simple);
	bundled_add_pair(&writer, &pair, "a", 0);
	bundled_add(&writer, PX_BUNDLE_RESOLVED, "name.test:80", two, sizeof(two));
	bundled_add(&writer, PX_BUNDLE_RESOLVED, "cut.test:80", two, sizeof(two) - 1);
	build = run(px_bundle_finish(&writer), NULL);
	resolver = px_build_resolver(build);
	assert_null(resolver.find(resolver.ptr, &list, &n, &build->conf->services[0].backends[0].address));
	assert_int_equal(n, 2);
	assert_memory_equal(list, two, sizeof(two));
	free(list);
	assert_non_null(resolver.find(resolver.ptr, &list, &n, &(struct conf_address){ .text = (char *)"x:1" }));
	assert_non_null(
	    resolver.find(resolver.ptr, &list, &n, &(struct conf_address){ .text = (char *)"cut.test:80" }));
	assert_null(list);
	px_build_free(build);
}

static void test_refused(void **state)
{
	struct px_bundle_writer writer;
	struct px_build *build;
	int pipes[2];

	(void)state;
	build = run(bundled_make("services = ( { name = 1; } );", &pair), NULL);
	assert_non_null(strstr(build->problem, "t/main.conf:1: "));
	px_build_free(build);

	bundled_begin(&writer, simple);
	build = run(px_bundle_finish(&writer), NULL);
	assert_non_null(strstr(build->problem, "not in the bundle"));
	px_build_free(build);

	px_bundle_begin(&writer, "test");
	build = run(px_bundle_finish(&writer), NULL);
	assert_non_null(strstr(build->problem, "the bundle: "));
	px_build_free(build);

	assert_int_equal(pipe(pipes), 0);
	close(pipes[1]);
	build = run(pipes[0], NULL);
	assert_non_null(strstr(build->problem, "the bundle: "));
	px_build_free(build);
	px_build_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_in_the_bundle),
		cmocka_unit_test(test_key_elsewhere),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_aside),
		cmocka_unit_test(test_aside_here_only),
		cmocka_unit_test(test_no_seed),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("build", tests, make_pair, clear_pair);
}
