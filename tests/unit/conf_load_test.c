#include "unit.h"

#include "conf_case.h"

#include <arpa/inet.h>

#include "conf/mem.h"
#include "tls/bytes/mem.h"

static const char everything[] =
    "workers = 1; keeper = false; user = \"u\"; group = \"g\";\n"
    "log: { target = \"file:logs/q.log\"; format = \"json\"; level = \"debug\"; connections = "
    "false; };\n"
    "services = (\n"
    "  { name = \"one\";\n"
    "    listen = [ \"127.0.0.1:8443\",\n"
    "               \"unix:/run/one.sock\" ];\n"
    "    mode = \"terminate\";\n"
    "    tls: { policy = \"intermediate\"; min_version = \"1.3\"; max_version = \"1.3\";\n"
    "           ciphersuites = [ \"TLS_CHACHA20_POLY1305_SHA256\" ]; groups = [ \"secp256r1\", "
    "\"x25519\" ];\n"
    "           alpn = [ \"h2\", \"http/1.1\", \"h2\" ]; unknown_sni = \"refuse\"; };\n"
    "    certificates = ( { chain = \"c.pem\"; key = \"k.pem\"; } );\n"
    "    backends = ( \"app.internal:8080\",\n"
    "                 { address = \"unix:b.sock\"; } );\n"
    "    timeouts: { handshake = 2; connect = 0.25; idle = 0; drain = 1.5; };\n"
    "    client_auth: { mode = \"require\"; ca = \"c.pem\"; crl = []; };\n"
    "  },\n"
    "  { name = \"two\"; listen = ( \"[::]:0\" ); backends = [ \"[::1]:80\" ];\n"
    "    certificates = ( { chain = \"c.pem\"; key = \"k.pem\"; } ); }\n"
    ");\n";

static int enter(void **state)
{
	if (case_enter(state) != 0)
		return -1;
	case_data("p256.crt.pem", "c.pem");
	case_data("p256.pkcs8.pem", "k.pem");
	return 0;
}

static struct conf *load_good(const char *text)
{
	struct conf_errors errs = {0};
	struct conf *conf = NULL;

	case_put("good.conf", text);
	if (conf_load(&conf, &errs, "good.conf", NULL) != 0)
		fail_msg("%s", errs.list[0].text);
	assert_int_equal(errs.n, 0);
	return conf;
}

static void test_values(void **state)
{
	struct conf *conf = load_good(everything);
	const struct conf_service *one = &conf->services[0];

	(void)state;
	assert_string_equal(conf->path, "good.conf");
	assert_int_equal(conf->workers, 1);
	assert_false(conf->keeper);
	assert_string_equal(conf->user, "u");
	assert_string_equal(conf->group, "g");
	assert_int_equal(conf->user_origin.line, 1);
	assert_int_equal(conf->group_origin.line, 1);
	assert_string_equal(conf->group_origin.file, "good.conf");
	assert_int_equal(conf->log.target, CONF_LOG_FILE);
	assert_string_equal(conf->log.path, "logs/q.log");
	assert_int_equal(conf->log.format, CONF_LOG_JSON);
	assert_int_equal(conf->log.level, CONF_LOG_DEBUG);
	assert_false(conf->log.connections);
	assert_int_equal(conf->n_services, 2);
	assert_string_equal(one->name, "one");
	assert_int_equal(one->n_listen, 2);
	assert_int_equal(one->listen[0].port, 8443);
	assert_int_equal(one->listen[0].origin.line, 5);
	assert_string_equal(one->listen[1].path, "/run/one.sock");
	assert_int_equal(one->listen[1].origin.line, 6);
	assert_int_equal(one->n_backends, 2);
	assert_string_equal(one->backends[0].address.host, "app.internal");
	assert_int_equal(one->backends[0].address.sa_len, 0);
	assert_string_equal(one->backends[1].address.path, "b.sock");
	assert_int_equal(one->backends[1].origin.line, 13);
	assert_int_equal(one->timeouts.handshake_ms, 2000);
	assert_int_equal(one->timeouts.connect_ms, 250);
	assert_int_equal(one->timeouts.idle_ms, 0);
	assert_int_equal(one->timeouts.drain_ms, 1500);
	assert_int_equal(one->client_auth.mode, CONF_CLIENT_AUTH_REQUIRE);
	assert_int_equal(one->client_auth.origin.line, 15);
	assert_int_equal(one->origin.line, 4);
	assert_string_equal(one->origin.file, "good.conf");
	assert_string_equal(conf->services[1].listen[0].host, "::");
	assert_int_equal(conf->services[1].backends[0].address.port, 80);
	conf_free(conf);
}

static void test_log_targets(void **state)
{
	static const struct {
		const char *text;
		enum conf_log_target target;
	} table[] = { { "auto", CONF_LOG_AUTO }, { "stderr", CONF_LOG_STDERR }, { "journal", CONF_LOG_JOURNAL },
		{ "syslog", CONF_LOG_SYSLOG }, { "file:journal", CONF_LOG_FILE } };
	char text[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct conf *conf;

		snprintf(text, sizeof(text), "log: { target = \"%s\"; }\n%s", table[i].text, CASE_SERVICE(""));
		conf = load_good(text);
		assert_int_equal(conf->log.target, table[i].target);
		assert_int_equal(conf->log.path != NULL, table[i].target == CONF_LOG_FILE);
		conf_free(conf);
	}
}

static void test_tls_values(void **state)
{
	struct conf *conf = load_good(everything);
	const struct conf_service *one = &conf->services[0];

	(void)state;
	assert_string_equal(one->tls.policy, "intermediate");
	assert_int_equal(one->tls.min_version, TLS_1_3);
	assert_int_equal(one->tls.max_version, TLS_1_3);
	assert_int_equal(one->tls.unknown_sni, CONF_UNKNOWN_SNI_REFUSE);
	assert_int_equal(one->tls.origin.line, 8);
	assert_non_null(one->policy);
	assert_non_null(one->credentials);
	/* named twice, there once */
	assert_int_equal(one->n_alpn, 2);
	assert_int_equal(one->alpn[0].size, 2);
	assert_memory_equal(one->alpn[0].data, "h2", 2);
	assert_memory_equal(one->alpn[1].data, "http/1.1", 8);
	conf_free(conf);
}

static void test_defaults(void **state)
{
	struct conf *conf = load_good(CASE_SERVICE(""));
	const struct conf_service *service = &conf->services[0];

	(void)state;
	assert_int_equal(conf->workers, 0);
	assert_true(conf->keeper);
	assert_string_equal(conf->user, "quench");
	assert_string_equal(conf->group, "quench");
	assert_int_equal(conf->user_origin.line, 0);
	assert_int_equal(conf->group_origin.line, 0);
	assert_string_equal(conf->user_origin.file, "good.conf");
	assert_int_equal(conf->log.target, CONF_LOG_AUTO);
	assert_null(conf->log.path);
	assert_int_equal(conf->log.format, CONF_LOG_TEXT);
	assert_int_equal(conf->log.level, CONF_LOG_INFO);
	assert_true(conf->log.connections);
	assert_string_equal(service->tls.policy, "intermediate");
	assert_int_equal(service->tls.min_version, TLS_1_2);
	assert_int_equal(service->tls.max_version, TLS_1_3);
	assert_int_equal(service->tls.unknown_sni, CONF_UNKNOWN_SNI_DEFAULT);
	assert_int_equal(service->client_auth.mode, CONF_CLIENT_AUTH_NONE);
	assert_int_equal(service->n_alpn, 0);
	assert_null(service->alpn);
	assert_int_equal(service->timeouts.handshake_ms, 10000);
	assert_int_equal(service->timeouts.connect_ms, 5000);
	assert_int_equal(service->timeouts.idle_ms, 300000);
	assert_int_equal(service->timeouts.drain_ms, 30000);
	conf_free(conf);
	conf = load_good(CASE_SERVICE("tls: { policy = \"modern\"; };"));
	assert_int_equal(conf->services[0].tls.min_version, TLS_1_3);
	conf_free(conf);
}

static void test_twelve_problems(void **state)
{
	(void)state;
	case_put("twelve.conf",
	    "wokers = 1;\n"
	    "user = 5;\n"
	    "log: { level = \"loud\"; colour = true; };\n"
	    "admin: { http = \"*:80\"; };\n"
	    "services = (\n"
	    "  { name = \"web\";\n"
	    "    listen = [ \"127.0.0.1\" ];\n"
	    "    tls: { groups = [ \"x25518\" ]; };\n"
	    "    certificates = ( { chain = \"none.pem\"; key = \"k.pem\"; } );\n"
	    "    backends = ( \"app:http\" );\n"
	    "    timeouts: { idle = -1.0; };\n"
	    "  },\n"
	    "  { name = \"web\";\n"
	    "    listen = [ \"[::]:443\" ];\n"
	    "    certificates = ( { chain = \"c.pem\"; key = \"c.pem\"; } );\n"
	    "  }\n"
	    ");\n");
	case_expect_file("twelve.conf",
	    "twelve.conf:1: unknown key wokers: did you mean workers?\n"
	    "twelve.conf:2: user must be a string in quotes, not a whole number\n"
	    "twelve.conf:3: log.level: unknown value \"loud\": error, warning, info or debug\n"
	    "twelve.conf:3: unknown key log.colour\n"
	    "twelve.conf:4: admin.http: \"*:80\": not an IP address (all addresses: 0.0.0.0:PORT or [::]:PORT)\n"
	    "twelve.conf:7: services.listen: \"127.0.0.1\": the port is missing: HOST:PORT\n"
	    "twelve.conf:8: services.tls.groups: \"x25518\": unknown algorithm name: X25519MLKEM768, "
	    "SecP256r1MLKEM768, x25519, secp256r1, secp384r1, secp521r1, best first; empty: as the policy says\n"
	    "twelve.conf:9: services.certificates: none is left to serve with\n"
	    "warning twelve.conf:9: services.certificates.chain: none.pem: No such file or directory; the "
	    "certificate is set aside\n"
	    "twelve.conf:10: services.backends: \"app:http\": the port is not a number up to "
	    "65535\n"
	    "twelve.conf:11: services.timeouts.idle must be from 0 to 604800 seconds, not -1\n"
	    "twelve.conf:13: services.backends is missing\n"
	    "twelve.conf:13: services.name: \"web\" is already the name of the service at "
	    "twelve.conf:6\n"
	    "twelve.conf:15: services.certificates: none is left to serve with\n"
	    "warning twelve.conf:15: services.certificates.key: c.pem: no private key found; the "
	    "certificate is set aside\n");
}

static void test_syntax(void **state)
{
	(void)state;
	case_expect("a = 1\nb = ;\n", "t:2: syntax error at ;\n");
	case_expect(
	    "# x\n\nworkers = 1;\n\nworkers = 1;\n", "t:5: duplicate setting name at workers\n");
	case_expect("log: {\n", "t:1: syntax error at the end of the file\n");
	case_expect("log: { } }\n", "t:1: syntax error at }\n");
	case_expect("services = ( { }\n{ } );", "t:2: syntax error at {\n");
	case_expect("user = quench;", "t:1: syntax error at quench\n");
	case_expect("listen = [ \"a\",\n1 ];", "t:2: mismatched element type in array at 1\n");
	case_expect("\x01", "t:1: syntax error at \\x01\n");
	case_expect(
	    "= aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee", "t:1: syntax error at =\n");
	case_expect("x = aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee",
	    "t:1: syntax error at aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd\n");
}

static void test_file(void **state)
{
	static char big[CONF_FILE_MAX_LEN + 1];
	struct conf_errors errs = {0};
	struct conf *conf;

	(void)state;
	case_expect_file("none.conf", "none.conf: No such file or directory\n");
	case_expect_file(".", ".: not a regular file\n");
	case_put("empty.conf", "");
	case_expect_file("empty.conf", "empty.conf: services is missing\n");
	memset(big, ' ', sizeof(big));
	case_put_bytes("big.conf", big, sizeof(big));
	case_expect_file("big.conf", "big.conf: larger than 1 MiB\n");
	assert_int_equal(conf_load_text(&conf, &errs, "t", big, sizeof(big), 0), -1);
	assert_string_equal(errs.list[0].text, "t: larger than 1 MiB");
	conf_errors_clear(&errs);
}

static void test_include(void **state)
{
	(void)state;
	assert_int_equal(mkdir("sub", 0700), 0);
	case_data("p256.crt.pem", "sub/c.pem");
	case_data("p256.pkcs8.pem", "sub/k.pem");
	case_put("sub/log.conf", "\nlog: { levl = \"info\"; };\n");
	case_put("sub/main.conf", "@include \"log.conf\"\n" CASE_SERVICE("") "wrokers = 1;\n");
	case_expect_file("sub/main.conf",
	    "sub/log.conf:2: unknown key log.levl: did you mean log.level?\n"
	    "sub/main.conf:6: unknown key wrokers: did you mean workers?\n");
	case_put("sub/log.conf", "log: { level = \"info\"; };\n");
	case_put("sub/main.conf", "@include \"log.conf\"\n" CASE_SERVICE(""));
	case_expect_file("sub/main.conf", "");
}

static void test_errors_stay(void **state)
{
	struct conf_errors errs = {0};
	struct conf *conf;

	(void)state;
	assert_int_equal(conf_load(&conf, &errs, "none.conf", NULL), -1);
	assert_int_equal(conf_load_text(&conf, &errs, "t", "", 0, 0), -1);
	assert_int_equal(errs.n, 2);
	/* a good file is good whatever stood in the list before */
	case_put("good.conf", everything);
	assert_int_equal(conf_load(&conf, &errs, "good.conf", NULL), 0);
	assert_int_equal(errs.n, 2);
	conf_free(conf);
	conf_free(NULL);
	conf_errors_clear(&errs);
}

/* The load with a failing allocation: true if that went unnoticed, because there are fewer. */
static bool load_failing(void)
{
	struct conf_errors errs = {0};
	struct conf *conf;
	int result = conf_load(&conf, &errs, "good.conf", NULL);

	conf_mem_fail_at(-1);
	tls_mem_fail_at(0);
	assert_true((result == 0) == (conf != NULL));
	assert_true((result == 0) == (errs.n_errors == 0));
	conf_free(conf);
	conf_errors_clear(&errs);
	return result == 0;
}

/* Every allocation fails: the load does, too, and leaks nothing. */
static void test_memory(void **state)
{
	long n = 0;

	(void)state;
	case_put("good.conf", everything);
	for (conf_mem_fail_at(n); !load_failing() && n < 10000; conf_mem_fail_at(++n))
		;
	conf_mem_fail_at(-1);
	assert_in_range(n, 50, 9999);
}

static void test_memory_of_the_core(void **state)
{
	unsigned long n = 1;

	(void)state;
	case_put("good.conf", everything);
	for (tls_mem_fail_at(n); !load_failing() && n < 10000; tls_mem_fail_at(++n))
		;
	tls_mem_fail_at(0);
	assert_in_range(n, 10, 9999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_log_targets),
	    cmocka_unit_test(test_tls_values),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_twelve_problems),
	    cmocka_unit_test(test_syntax),
	    cmocka_unit_test(test_file),
	    cmocka_unit_test(test_include),
	    cmocka_unit_test(test_errors_stay),
	    cmocka_unit_test(test_memory),
	    cmocka_unit_test(test_memory_of_the_core),
	};

	return cmocka_run_group_tests_name("conf_load", tests, enter, case_leave);
}
