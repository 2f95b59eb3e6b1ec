/* Every key with a value of every type: what must be taken and what refused is typed here once
 * more, from the man page, not taken from the key table. */
#include "unit.h"

#include "conf_case.h"

#include "conf/keys.h"

/* g group, s string, i whole number, f fraction, b boolean, S array of strings, L list of groups,
 * M list of a string and a group, e empty list, N array of numbers */
static const struct {
	char letter;
	const char *text;
} values[] = {
    {'g', "{ }"},
    {'s', "\"auto\""},
    {'i', "1"},
    {'f', "1.5"},
    {'b', "true"},
    {'S', "[ \"a\" ]"},
    {'L', "( { } )"},
    {'M', "( \"a\", { } )"},
    {'e', "( )"},
    {'N', "[ 1, 2 ]"},
};

static const struct {
	const char *path, *taken;
} keys[] = {
    {"workers", "i"},
    {"keeper", "b"},
    {"user", "s"},
    {"group", "s"},
    {"strict", "b"},
    {"log", "g"},
    {"log.target", "s"},
    {"log.format", "s"},
    {"log.level", "s"},
    {"log.connections", "b"},
    {"admin", "g"},
    {"admin.socket", "s"},
    {"admin.http", "s"},
    {"tickets", "g"},
    {"tickets.seed", "s"},
    {"tickets.rotate", "if"},
    {"tickets.lifetime", "if"},
    {"services", "Le"},
    {"services.name", "s"},
    {"services.listen", "Se"},
    {"services.mode", "s"},
    {"services.send_proxy", "s"},
    {"services.tls", "g"},
    {"services.tls.policy", "s"},
    {"services.tls.min_version", "s"},
    {"services.tls.max_version", "s"},
    {"services.tls.ciphersuites", "Se"},
    {"services.tls.groups", "Se"},
    {"services.tls.alpn", "Se"},
    {"services.tls.unknown_sni", "s"},
    {"services.certificates", "Le"},
    {"services.certificates.chain", "s"},
    {"services.certificates.key", "s"},
    {"services.certificates.staple", "s"},
    {"services.certificate_dir", "s"},
    {"services.client_auth", "g"},
    {"services.client_auth.mode", "s"},
    {"services.client_auth.ca", "s"},
    {"services.client_auth.crl", "Se"},
    {"services.backends", "SLMe"},
    {"services.backends.address", "s"},
    {"services.timeouts", "g"},
    {"services.timeouts.handshake", "if"},
    {"services.timeouts.connect", "if"},
    {"services.timeouts.idle", "if"},
    {"services.timeouts.drain", "if"},
};

/* A configuration with value at path, on line 2. */
static void wrap(char *out, size_t room, const char *path, const char *value)
{
	char close[64] = "";
	const char *dot;
	size_t len = 0;

	out[0] = '\0';
	for (; (dot = strchr(path, '.')) != NULL; path = dot + 1) {
		bool list = strncmp(path, "tls.", 4) != 0 && strncmp(path, "log.", 4) != 0 &&
			    strncmp(path, "timeouts.", 9) != 0 &&
			    strncmp(path, "client_auth.", 12) != 0 &&
			    strncmp(path, "tickets.", 8) != 0 &&
			    strncmp(path, "admin.", 6) != 0;
		char old[64];

		len += (size_t)snprintf(out + len, room - len, "%.*s = %s ", (int)(dot - path),
		    path, list ? "( {" : "{");
		strcpy(old, close);
		snprintf(close, sizeof(close), "%s%s", list ? " } )" : " }", old);
	}
	snprintf(out + len, room - len, "\n%s = %s;%s", path, value, close);
}

static void check(const char *path, const char *taken, size_t v)
{
	char text[512], start[128];
	struct conf_errors errs = {0};
	struct conf *conf;
	unsigned found = 0;

	wrap(text, sizeof(text), path, values[v].text);
	conf_load_text(&conf, &errs, "t", text, strlen(text), CONF_TEXT_NO_FILES);
	snprintf(start, sizeof(start), "t:2: %s must be ", path);
	for (unsigned i = 0; i < errs.n; i++) {
		const char *line = errs.list[i].text;

		found += strncmp(line, start, strlen(start)) == 0 &&
			 strstr(line, ", not ") != NULL &&
			 strncmp(line + strlen(start), "from ", 5) != 0;
		assert_null(strstr(line, "syntax error"));
	}
	if ((found > 0) == (strchr(taken, values[v].letter) != NULL))
		fail_msg("%s: %s gave %u complaints about its type", path, text, found);
	conf_errors_clear(&errs);
	conf_free(conf);
}

static void test_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++)
			check(keys[i].path, keys[i].taken, v);
}

static void test_all_keys_are_here(void **state)
{
	unsigned n_later = 0;

	(void)state;
	for (unsigned i = 0; i < conf_n_keys; i++)
		n_later += conf_keys[i].type == CONF_KEY_LATER;
	assert_int_equal(conf_n_keys - n_later, sizeof(keys) / sizeof(keys[0]));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		bool found = false;

		for (unsigned k = 0; k < conf_n_keys && !found; k++)
			found = strcmp(conf_keys[k].path, keys[i].path) == 0;
		if (!found)
			fail_msg("%s is not in the table", keys[i].path);
	}
}

static void test_later_keys(void **state)
{
	(void)state;
	for (unsigned i = 0; i < conf_n_keys; i++) {
		char text[512], line[256];
		struct conf_errors errs = {0};
		struct conf *conf;
		bool found = false;

		if (conf_keys[i].type != CONF_KEY_LATER)
			continue;
		wrap(text, sizeof(text), conf_keys[i].path, "\"\"");
		assert_int_equal(
		    conf_load_text(&conf, &errs, "t", text, strlen(text), CONF_TEXT_NO_FILES), -1);
		snprintf(line, sizeof(line), "t:2: %s is not supported by this version",
		    conf_keys[i].path);
		for (unsigned k = 0; k < errs.n; k++)
			found = found || strcmp(errs.list[k].text, line) == 0;
		if (!found)
			fail_msg("%s", line);
		conf_errors_clear(&errs);
	}
}

static void test_ranges(void **state)
{
	(void)state;
	case_expect("workers = 257;" CASE_SERVICE(""), "t:1: workers must be from 0 to 256, not 257\n");
	case_expect("workers = -1;" CASE_SERVICE(""), "t:1: workers must be from 0 to 256, not -1\n");
	case_expect("workers = 0;" CASE_SERVICE(""), "");
	case_expect("workers = 256;" CASE_SERVICE(""), "");
	case_expect(
	    CASE_SERVICE(
		"timeouts: { handshake = 0.1; connect = 3600; idle = 0; drain = 86400.0; }"),
	    "");
	case_expect(
	    CASE_SERVICE(
		"timeouts: { handshake = 0.09;\nconnect = 3600.5;\nidle = -1;\ndrain = 1e999; }"),
	    "t:4: services.timeouts.handshake must be from 0.1 to 3600 seconds, not 0.09\n"
	    "t:5: services.timeouts.connect must be from 0.1 to 3600 seconds, not 3600.5\n"
	    "t:6: services.timeouts.idle must be from 0 to 604800 seconds, not -1\n"
	    "t:7: services.timeouts.drain must be from 0 to 86400 seconds, not inf\n");
}

static void test_choices(void **state)
{
	(void)state;
	case_expect(
	    "log: { level = \"Info\"; format = \"\"; target = \"file:\"; }\n" CASE_SERVICE(""),
	    "t:1: log.level: unknown value \"Info\": error, warning, info or debug\n"
	    "t:1: log.format: unknown value \"\": text or json, one line each\n"
	    "t:1: log.target: the path is missing: file:PATH\n");
	case_expect("log: { target = \"Stderr\"; }\n" CASE_SERVICE(""),
	    "t:1: log.target: unknown value \"Stderr\": auto, stderr, journal, syslog or file:PATH\n");
	case_expect(CASE_SERVICE("mode = \"originate\";"),
	    "t:4: services.mode: \"originate\" is not supported by this version: terminate: TLS "
	    "comes in, plain "
	    "goes out\n");
	case_expect(
	    CASE_SERVICE(
		"tls: { min_version = \"1.1\"; max_version = \"1.1\"; unknown_sni = \"no\"; };"),
	    "t:4: services.tls.min_version: unknown value \"1.1\": 1.2 or 1.3; empty: as the "
	    "policy says\n"
	    "t:4: services.tls.max_version: unknown value \"1.1\": 1.2 or 1.3; empty: as the "
	    "policy says\n"
	    "t:4: services.tls.unknown_sni: unknown value \"no\": no certificate for the client's "
	    "name: default "
	    "(the first one) or refuse\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_types),
	    cmocka_unit_test(test_all_keys_are_here),
	    cmocka_unit_test(test_later_keys),
	    cmocka_unit_test(test_ranges),
	    cmocka_unit_test(test_choices),
	};

	return cmocka_run_group_tests_name("conf_value", tests, NULL, NULL);
}
