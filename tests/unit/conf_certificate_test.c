/* Certificates as files: every way to get them wrong gives its own line. */
#include "unit.h"

#include "conf_case.h"

/* What can't be used is an error in these tests; conf_pair_test has it set aside. */
#define SERVICE(certificates)                                                                      \
	"strict = true; services = ( { name = \"w\"; listen = [ \"127.0.0.1:0\" ]; backends = ( "                 \
	"\"127.0.0.1:80\" );\n"                                                                    \
	"certificates = ( " certificates " ); } );\n"
#define PAIR(chain, key) "{ chain = \"" chain "\"; key = \"" key "\"; }"

static int enter(void **state)
{
	static const char *const names[] = {"p256.crt.pem", "p256.pkcs8.pem", "rsa.crt.pem",
	    "rsa.pkcs1.pem", "other.pkcs8.pem", "unsorted.crt.pem", "p256.encrypted.pem",
	    "rsa1024.crt.pem", "expired.crt.pem", "chain.crt.pem", "ocsp-leaf.crt.pem"};

	if (case_enter(state) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		case_data(names[i], names[i]);
	return 0;
}

static void expect(const char *text, const char *lines)
{
	case_put("t", text);
	case_expect_file("t", lines);
}

static void test_good(void **state)
{
	tls_datum_t chain[4];
	struct conf_errors errs = {0};
	struct conf *conf;
	unsigned n = 4;

	(void)state;
	case_put("t", SERVICE(PAIR("p256.crt.pem", "p256.pkcs8.pem") "," PAIR(
			  "./rsa.crt.pem", "rsa.pkcs1.pem")));
	assert_int_equal(conf_load(&conf, &errs, "t", NULL), 0);
	assert_int_equal(errs.n, 0);
	assert_int_equal(conf->services[0].n_certificates, 2);
	assert_string_equal(conf->services[0].certificates[1].chain, "./rsa.crt.pem");
	assert_string_equal(conf->services[0].certificates[1].key, "rsa.pkcs1.pem");
	assert_int_equal(conf->services[0].certificates[1].origin.line, 2);
	/* both are in the credentials, and no third */
	assert_int_equal(tls_certificate_get_chain(conf->services[0].credentials, 0, chain, &n), 0);
	n = 4;
	assert_int_equal(tls_certificate_get_chain(conf->services[0].credentials, 1, chain, &n), 0);
	n = 4;
	assert_int_equal(tls_certificate_get_chain(conf->services[0].credentials, 2, chain, &n),
	    TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	conf_free(conf);
}

static void test_files(void **state)
{
	(void)state;
	assert_int_equal(mkdir("d", 0700), 0);
	case_put("empty", "");
	expect(SERVICE(PAIR("none.pem", "p256.pkcs8.pem") ",\n" PAIR("p256.crt.pem",
		   "d") ",\n" PAIR("empty", "p256.pkcs8.pem") ",\n" PAIR("p256.crt.pem", "empty")),
	    "t:2: services.certificates.chain: none.pem: No such file or directory\n"
	    "t:3: services.certificates.key: d: not a regular file\n"
	    "t:4: services.certificates.chain: empty: no certificate found\n"
	    "t:5: services.certificates.key: empty: no private key found\n");
}

static void test_no_match(void **state)
{
	(void)state;
	expect(SERVICE(PAIR("p256.crt.pem", "other.pkcs8.pem") ",\n" PAIR(
		   "p256.crt.pem", "rsa.pkcs1.pem")),
	    "t:2: services.certificates.key: other.pkcs8.pem: private key does not match the "
	    "certificate in "
	    "p256.crt.pem\n"
	    "t:3: services.certificates.key: rsa.pkcs1.pem: private key does not match the "
	    "certificate in "
	    "p256.crt.pem\n");
}

static void test_contents(void **state)
{
	static char text[CASE_MAX_LEN + 64];
	char *middle;

	(void)state;
	strcpy(text, "Subject: somebody\n\n");
	case_read(text + strlen(text), "p256.crt.pem");
	middle = strstr(text, "CERTIFICATE-----\n") + 40;
	*middle = '!';
	case_put("broken.pem", text);
	expect(SERVICE(PAIR("broken.pem", "p256.pkcs8.pem") ",\n" PAIR(
		   "p256.crt.pem", "p256.encrypted.pem")),
	    "t:2: services.certificates.chain: broken.pem:4: malformed PEM\n"
	    "t:3: services.certificates.key: p256.encrypted.pem:1: private key is encrypted\n");
}

static void test_everybodys_key(void **state)
{
	static const struct {
		mode_t mode;
		const char *line;
	} table[] = {
	    {0600, ""},
	    {0640, ""},
	    {0644, "warning t:2: services.certificates.key: open.pem: everybody on this machine "
		   "may use it (mode "
		   "0644)\n"},
	    {0602, "warning t:2: services.certificates.key: open.pem: everybody on this machine "
		   "may use it (mode "
		   "0602)\n"},
	};

	(void)state;
	case_data("p256.pkcs8.pem", "open.pem");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(chmod("open.pem", table[i].mode), 0);
		expect(SERVICE(PAIR("p256.crt.pem", "open.pem")), table[i].line);
	}
}

static void test_expired(void **state)
{
	(void)state;
	expect(SERVICE(PAIR("chain.crt.pem", "p256.pkcs8.pem") ",\n" PAIR(
		   "expired.crt.pem", "p256.pkcs8.pem")),
	    "warning t:3: services.certificates.chain: expired.crt.pem: a certificate in it expired at "
	    "2024-02-01 00:00:00 UTC\n");
}

/* A binary file of tests/data. */
static void put_data(const char *name)
{
	static char bytes[CASE_MAX_LEN];
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/%s", getenv("top_srcdir"), name);
	case_put_bytes(name, bytes, case_read(bytes, path));
}

#define STAPLED(staple)                                                                            \
	"{ chain = \"ocsp-leaf.crt.pem\"; key = \"p256.pkcs8.pem\";\nstaple = \"" staple "\"; }"

static void test_staple(void **state)
{
	(void)state;
	put_data("ocsp-good.der");
	expect(SERVICE(STAPLED("ocsp-good.der")), "");
	expect(SERVICE(STAPLED("")), "");
	expect(SERVICE(PAIR("rsa.crt.pem", "rsa.pkcs1.pem") "," STAPLED("./ocsp-good.der")), "");
	expect(SERVICE(STAPLED("none.der")),
	    "t:3: services.certificates.staple: none.der: No such file or directory\n");
	/* of this certificate, and what it says of it: good for a hundred years, or revoked */
	put_data("ocsp-revoked.der");
	expect(SERVICE(STAPLED("ocsp-revoked.der")),
	    "warning t:3: services.certificates.staple: ocsp-revoked.der: it says that the certificate is "
	    "revoked\n");
	put_data("ocsp-unknown.der");
	expect(SERVICE(STAPLED("ocsp-unknown.der")),
	    "t:3: services.certificates.staple: ocsp-unknown.der: it is about another certificate\n");
	expect(SERVICE(STAPLED("p256.crt.pem")),
	    "t:3: services.certificates.staple: p256.crt.pem: malformed OCSP response\n");
	expect(SERVICE("{ chain = \"none.pem\"; key = \"p256.pkcs8.pem\"; staple = \"ocsp-good.der\"; }"),
	    "t:2: services.certificates.chain: none.pem: No such file or directory\n");
}

static void test_folder(void **state)
{
	(void)state;
	assert_int_equal(mkdir("etc", 0700), 0);
	case_data("p256.crt.pem", "etc/c.pem");
	case_data("p256.pkcs8.pem", "etc/k.pem");
	case_put("etc/q.conf", SERVICE(PAIR("c.pem", "../etc/k.pem")));
	case_expect_file("etc/q.conf", "");
	case_put("etc/q.conf", SERVICE(PAIR("c.pem", "etc/k.pem")));
	case_expect_file("etc/q.conf",
	    "etc/q.conf:2: services.certificates.key: etc/etc/k.pem: No such file or directory\n");
}

/* ---- certificate_dir --------------------------------------------------------------------------- */

#define DIR_SERVICE(more)                                                                          \
	"services = ( { name = \"w\"; listen = [ \"127.0.0.1:0\" ]; backends = ( "                 \
	"\"127.0.0.1:80\" );\n" more "} );\n"
#define IN_DIR "certificate_dir = \"dir\";\n"

static void make_dir(void)
{
	case_remove("dir");
	assert_int_equal(mkdir("dir", 0700), 0);
	case_data("p256.crt.pem", "dir/b.pem");
	case_data("p256.pkcs8.pem", "dir/b.key");
	case_data("rsa.crt.pem", "dir/a.pem");
	case_data("rsa.pkcs1.pem", "dir/a.key");
	case_data("p384.crt.pem", "dir/B.pem");
	case_data("p384.pkcs8.pem", "dir/B.key");
}

static struct conf *load(const char *text, const char *lines)
{
	static char got[CASE_MAX_LEN];
	struct conf_errors errs = {0};
	struct conf *conf;

	case_put("t", text);
	conf_load(&conf, &errs, "t", NULL);
	case_lines(got, &errs);
	assert_string_equal(got, lines);
	conf_errors_clear(&errs);
	return conf;
}

/* The paths of the chains, each with a '+' if it is served. */
static void check_chains(const struct conf_service *service, const char *expected)
{
	char all[512] = "";

	for (unsigned i = 0; i < service->n_certificates; i++) {
		strcat(all, service->certificates[i].chain);
		strcat(all, service->certificates[i].served ? "+ " : " ");
	}
	assert_string_equal(all, expected);
}

static void test_dir(void **state)
{
	struct conf *conf;
	const struct conf_service *service;

	(void)state;
	make_dir();
	conf = load(DIR_SERVICE(IN_DIR), "");
	service = &conf->services[0];
	assert_string_equal(service->certificate_dir, "dir/");
	check_chains(service, "dir/B.pem+ dir/a.pem+ dir/b.pem+ ");
	assert_string_equal(service->certificates[1].key, "dir/a.key");
	assert_null(service->certificates[1].staple);
	assert_int_equal(service->certificates[1].origin.line, 2);
	assert_int_equal(service->certificates[2].index, 2);
	conf_free(conf);
	/* with a list, which comes first, and with a final '/' */
	conf = load(DIR_SERVICE("certificate_dir = \"./dir//\"; certificates = ( " PAIR(
			"p256.crt.pem", "p256.pkcs8.pem") " );\n"),
	    "");
	check_chains(&conf->services[0], "p256.crt.pem+ ./dir//B.pem+ ./dir//a.pem+ ./dir//b.pem+ ");
	conf_free(conf);
}

static void test_dir_skips(void **state)
{
	static const char *const skipped[] = {".c.pem", "#c.pem", "#c.pem#", "c.pem~", "c.pem.bak",
	    "c.PEM", ".pem", "c.key", "c.txt", "pem"};
	struct conf *conf;
	char path[64];

	(void)state;
	make_dir();
	for (size_t i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++) {
		snprintf(path, sizeof(path), "dir/%s", skipped[i]);
		case_put(path, "nonsense");
	}
	assert_int_equal(mkdir("dir/sub.pem", 0700), 0);
	case_data("ocsp-leaf.crt.pem", "dir/b.pem");
	put_data("ocsp-good.der");
	assert_int_equal(rename("ocsp-good.der", "dir/b.ocsp"), 0);
	conf = load(DIR_SERVICE(IN_DIR), "");
	check_chains(&conf->services[0], "dir/B.pem+ dir/a.pem+ dir/b.pem+ ");
	assert_string_equal(conf->services[0].certificates[2].staple, "dir/b.ocsp");
	conf_free(conf);
}

static void test_dir_broken(void **state)
{
	struct conf *conf;

	(void)state;
	make_dir();
	assert_int_equal(unlink("dir/B.key"), 0);
	case_put("dir/a.pem", "");
	case_put("dir/b.ocsp", "x");
	conf = load(DIR_SERVICE(IN_DIR),
	    "warning t:2: services.certificate_dir: dir/B.key: No such file or directory; the certificate is "
	    "set aside\n"
	    "warning t:2: services.certificate_dir: dir/a.pem: no certificate found; the certificate is set "
	    "aside\n"
	    "warning t:2: services.certificate_dir: dir/b.ocsp: malformed OCSP response; the certificate is "
	    "served without it\n");
	check_chains(&conf->services[0], "dir/B.pem dir/a.pem dir/b.pem+ ");
	assert_string_equal(
	    conf->services[0].certificates[0].aside, "dir/B.key: No such file or directory");
	conf_free(conf);
	assert_null(load("strict = true;" DIR_SERVICE(IN_DIR),
	    "t:2: services.certificate_dir: dir/B.key: No such file or directory\n"
	    "t:2: services.certificate_dir: dir/a.pem: no certificate found\n"
	    "t:2: services.certificate_dir: dir/b.ocsp: malformed OCSP response\n"));
}

static void test_dir_none(void **state)
{
	(void)state;
	case_remove("dir");
	assert_null(load(DIR_SERVICE(IN_DIR),
	    "t:2: services.certificate_dir: dir/: No such file or directory\n"));
	assert_int_equal(mkdir("dir", 0700), 0);
	assert_null(load(DIR_SERVICE(IN_DIR),
	    "t:2: services.certificate_dir: dir/: no certificate in it (NAME.pem with NAME.key)\n"));
	case_put("dir/a.pem", "");
	assert_null(load(DIR_SERVICE(IN_DIR),
	    "warning t:2: services.certificate_dir: dir/a.key: No such file or directory; the certificate is "
	    "set aside\n"
	    "t:2: services.certificates: none is left to serve with\n"));
	assert_null(load(DIR_SERVICE(""), "t:1: services.certificates is missing\n"));
	assert_null(load(DIR_SERVICE("certificate_dir = \"\";"), "t:1: services.certificates is missing\n"));
	assert_null(load(DIR_SERVICE("certificates = ();\n"), "t:2: services.certificates is empty\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_files),
	    cmocka_unit_test(test_no_match),
	    cmocka_unit_test(test_contents),
	    cmocka_unit_test(test_everybodys_key),
	    cmocka_unit_test(test_expired),
	    cmocka_unit_test(test_staple),
	    cmocka_unit_test(test_folder),
	    cmocka_unit_test(test_dir),
	    cmocka_unit_test(test_dir_skips),
	    cmocka_unit_test(test_dir_broken),
	    cmocka_unit_test(test_dir_none),
	};

	return cmocka_run_group_tests_name("conf_certificate", tests, enter, case_leave);
}
