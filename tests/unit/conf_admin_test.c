/* The group admin: what it gives, and each way to get it wrong its own line. */
#include "unit.h"

#include "conf_case.h"

#define ADMIN(inner) "admin: { " inner " };\n" CASE_SERVICE("")

static int enter(void **state)
{
	if (case_enter(state) != 0)
		return -1;
	case_data("p256.crt.pem", "c.pem");
	case_data("p256.pkcs8.pem", "k.pem");
	return mkdir("etc", 0700);
}

static struct conf *load_good(const char *name, const char *text)
{
	struct conf_errors errs = {0};
	struct conf *conf = NULL;

	case_put(name, text);
	assert_int_equal(conf_load(&conf, &errs, name, NULL), 0);
	assert_int_equal(errs.n, 0);
	return conf;
}

static void test_values(void **state)
{
	struct conf *conf = load_good("t", CASE_SERVICE(""));

	(void)state;
	assert_string_equal(conf->admin.socket, "/run/quench/admin.sock");
	assert_false(conf->admin.socket_given);
	assert_false(conf->admin.has_http);
	conf_free(conf);
	conf = load_good("t", ADMIN("socket = \"/q.sock\"; http = \"[::1]:9117\";"));
	assert_string_equal(conf->admin.socket, "/q.sock");
	assert_true(conf->admin.socket_given);
	assert_true(conf->admin.has_http);
	assert_int_equal(conf->admin.http.port, 9117);
	assert_int_equal(conf->admin.http.origin.line, 1);
	conf_free(conf);
	conf = load_good("t", ADMIN("socket = \"\"; http = \"unix:http.sock\";"));
	assert_string_equal(conf->admin.socket, "");
	assert_true(conf->admin.socket_given);
	assert_int_equal(conf->admin.http.kind, CONF_ADDRESS_UNIX);
	conf_free(conf);
}

static void test_paths_are_the_folders(void **state)
{
	struct conf_errors errs = {0};
	struct conf *conf = NULL;

	(void)state;
	case_put("etc/t",
	    "admin: { socket = \"q.sock\"; http = \"unix:h.sock\"; };\n"
	    "services = ( { name = \"w\"; listen = [ \"127.0.0.1:0\" ];\n"
	    "certificates = ( { chain = \"../c.pem\"; key = \"../k.pem\"; } );\n"
	    "backends = ( \"127.0.0.1:80\" ); } );\n");
	assert_int_equal(conf_load(&conf, &errs, "etc/t", NULL), 0);
	assert_string_equal(conf->admin.socket, "etc/q.sock");
	assert_string_equal(conf->admin.http.path, "etc/h.sock");
	conf_free(conf);
}

static void expect(const char *text, const char *lines)
{
	case_put("t", text);
	case_expect_file("t", lines);
}

static void test_faults(void **state)
{
	char text[1000], longest[120];

	(void)state;
	expect(ADMIN("http = \"localhost:80\";\n"),
	    "t:1: admin.http: \"localhost:80\": not an IP address (all addresses: 0.0.0.0:PORT or [::]:PORT)\n");
	expect(ADMIN("\nhttp = \"127.0.0.1\";"), "t:2: admin.http: \"127.0.0.1\": the port is missing: HOST:PORT\n");
	expect(ADMIN("http = \"fd:web\";"), "t:1: admin.http: \"fd:web\": fd: can't stand here\n");
	expect(ADMIN("socket = 5; sock = \"\";"),
	    "t:1: admin.socket must be a string in quotes, not a whole number\n"
	    "t:1: unknown key admin.sock: did you mean admin.socket?\n");
	memset(longest, 'x', sizeof(longest));
	longest[0] = '/';
	longest[108] = '\0';
	snprintf(text, sizeof(text), "admin: { socket = \"%s\"; };\n%s", longest, CASE_SERVICE(""));
	expect(text, "t:1: admin.socket: the path is too long for a unix socket (107 bytes)\n");
	longest[107] = '\0';
	snprintf(text, sizeof(text), "admin: { socket = \"%s\"; };\n%s", longest, CASE_SERVICE(""));
	expect(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_paths_are_the_folders),
	    cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests_name("conf admin", tests, enter, case_leave);
}
