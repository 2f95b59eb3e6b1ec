/* The group client_auth: what it gives, and each way to get it wrong its own line. */
#include "unit.h"

#include "conf_case.h"

#include <time.h>

#include "tests/lib/mint.h"

#define AUTH(inner) CASE_SERVICE("client_auth: { " inner " };\n")

static int enter(void **state)
{
	if (case_enter(state) != 0)
		return -1;
	case_data("p256.crt.pem", "c.pem");
	case_data("p256.pkcs8.pem", "k.pem");
	case_put("empty.pem", "");
	return 0;
}

static void expect(const char *text, const char *lines)
{
	case_put("t", text);
	case_expect_file("t", lines);
}

static void check_mode(const char *text, enum conf_client_auth_mode mode, unsigned line)
{
	struct conf_errors errs = {0};
	struct conf *conf;

	case_put("t", text);
	assert_int_equal(conf_load(&conf, &errs, "t", NULL), 0);
	assert_int_equal(errs.n, 0);
	assert_int_equal(conf->services[0].client_auth.mode, mode);
	assert_int_equal(conf->services[0].client_auth.origin.line, line);
	conf_free(conf);
}

static void test_modes(void **state)
{
	(void)state;
	check_mode(CASE_SERVICE(""), CONF_CLIENT_AUTH_NONE, 1);
	check_mode(AUTH(""), CONF_CLIENT_AUTH_NONE, 4);
	check_mode(AUTH("mode = \"none\";"), CONF_CLIENT_AUTH_NONE, 4);
	check_mode(
	    AUTH("mode = \"request\"; ca = \"c.pem\";"), CONF_CLIENT_AUTH_REQUEST, 4);
	check_mode(AUTH("mode = \"require\"; ca = \"./c.pem\"; crl = [];"),
	    CONF_CLIENT_AUTH_REQUIRE, 4);
	expect(AUTH("mode = \"demand\";"),
	    "t:4: services.client_auth.mode: unknown value \"demand\": none, request (a client may "
	    "come without one) or require\n");
	expect(AUTH("allow = [ \"cn:joe\" ];"),
	    "t:4: services.client_auth.allow is not supported by this version\n");
}

static void test_half_said(void **state)
{
	static const char missing[] =
	    "t:4: services.client_auth.ca is missing: the mode needs it\n";

	(void)state;
	expect(AUTH("mode = \"require\";"), missing);
	expect(AUTH("mode = \"request\"; ca = \"\";"), missing);
	expect(AUTH("ca = \"c.pem\";"),
	    "warning t:4: services.client_auth.ca is of no use: the mode is none\n");
	expect(AUTH("ca = \"none.pem\";"),
	    "warning t:4: services.client_auth.ca is of no use: the mode is none\n"
	    "t:4: services.client_auth.ca: none.pem: No such file or directory\n");
}

static void test_files(void **state)
{
	static char text[CASE_MAX_LEN + 64];

	(void)state;
	strcpy(text, "a CA\n\n");
	case_read(text + strlen(text), "c.pem");
	*(strstr(text, "CERTIFICATE-----\n") + 40) = '!';
	case_put("broken.pem", text);
	expect(AUTH("mode = \"require\";\nca = \"none.pem\";\ncrl = [ \"none.crl\",\n\"c.pem\" ];"),
	    "t:5: services.client_auth.ca: none.pem: No such file or directory\n"
	    "t:6: services.client_auth.crl: none.crl: No such file or directory\n"
	    "t:7: services.client_auth.crl: c.pem: no certificate revocation list found\n");
	expect(AUTH("mode = \"require\"; ca = \"k.pem\"; crl = [ \"empty.pem\" ];"),
	    "t:4: services.client_auth.ca: k.pem: no certificate found\n"
	    "t:4: services.client_auth.crl: empty.pem: no certificate revocation list found\n");
	expect(AUTH("mode = \"require\"; ca = \"broken.pem\";"),
	    "t:4: services.client_auth.ca: broken.pem:4: malformed PEM\n");
	/* without files: neither read nor missed */
	case_expect(AUTH("mode = \"require\"; ca = \"none.pem\"; crl = [ \"none.crl\" ];"), "");
}

static void test_folder(void **state)
{
	(void)state;
	assert_int_equal(mkdir("etc", 0700), 0);
	case_put("etc/q.conf", CASE_SERVICE("client_auth: { mode = \"require\"; ca = \"ca.pem\"; };"));
	case_data("p256.crt.pem", "etc/c.pem");
	case_data("p256.pkcs8.pem", "etc/k.pem");
	case_expect_file("etc/q.conf",
	    "etc/q.conf:4: services.client_auth.ca: etc/ca.pem: No such file or directory\n");
	case_data("p384.crt.pem", "etc/ca.pem");
	case_expect_file("etc/q.conf", "");
}

/* A list of the CA that is good until then; next < 0: it doesn't say. */
static void put_crl(const char *path, const char *mode, int64_t next)
{
	struct tls_privkey *key = mint_key(TLS_PK_ECDSA_P256);
	struct mint_crl crl = {.issuer = "CA", .signer = key, .next_update = next};
	struct tls_span der = mint_crl(&crl);
	char *pem = mint_pem(der, "X509 CRL");
	FILE *f = fopen(path, mode);

	assert_non_null(f);
	fputs(pem, f);
	fclose(f);
	free(pem);
	mint_free(der);
	tls_privkey_free(key);
}

static void test_lists_in_time(void **state)
{
	int64_t now = (int64_t)time(NULL);
	struct conf_errors errs = {0};
	struct conf *conf;
	static char got[CASE_MAX_LEN];

	(void)state;
	put_crl("crl", "w", now + 86400);
	put_crl("crl", "a", -1);
	expect(AUTH("mode = \"require\"; ca = \"c.pem\"; crl = [ \"crl\" ];"), "");
	/* the second list of the second file, at 2026-01-01 */
	put_crl("late", "w", now + 86400);
	put_crl("late", "a", MINT_NOW);
	expect(AUTH("mode = \"require\"; ca = \"c.pem\"; crl = [ \"crl\",\n\"late\" ];"),
	    "warning t:5: services.client_auth.crl: late: a list in it expired at 2026-01-01 00:00:00 UTC\n");
	put_crl("soon", "w", now + 600);
	case_put("t", AUTH("mode = \"require\"; ca = \"c.pem\"; crl = [ \"soon\" ];"));
	assert_int_equal(conf_load(&conf, &errs, "t", NULL), 0);
	assert_int_equal(conf->services[0].client_auth.n_crls, 1);
	case_lines(got, &errs);
	assert_ptr_equal(strstr(got, "warning t:4: services.client_auth.crl: soon: a list in it expires at 20"), got);
	conf_errors_clear(&errs);
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_modes),
	    cmocka_unit_test(test_half_said),
	    cmocka_unit_test(test_files),
	    cmocka_unit_test(test_folder),
	    cmocka_unit_test(test_lists_in_time),
	};

	return cmocka_run_group_tests_name("conf_client_auth", tests, enter, case_leave);
}
