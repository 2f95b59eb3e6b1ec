/* certificates_test.c - daemon/certificates.c: what openssl says of the same certificates. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include "conf_case.h"

#include <time.h>

#include "daemon/certificates.h"

#define SERVICE(name, certificates)                                                                     \
	"{ name = \"" name "\"; listen = [ \"127.0.0.1:0\" ]; backends = ( \"127.0.0.1:80\" );\n"        \
	"certificates = ( " certificates " ); }"
#define PAIR(chain, key) "{ chain = \"" chain "\"; key = \"" key "\"; }\n"

static int enter(void **state)
{
	static const char *const names[] = {"p256.crt.pem", "p256.pkcs8.pem", "rsa.crt.pem", "rsa.pkcs8.pem",
	    "chain.crt.pem", "expired.crt.pem", "nosan.crt.pem"};

	if (case_enter(state) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		case_data(names[i], names[i]);
	return 0;
}

static void tell(struct px_certificates *out, const char *services)
{
	static char text[CASE_MAX_LEN];
	struct conf_errors errs = {0};
	struct conf *conf;

	snprintf(text, sizeof(text), "services = ( %s );\n", services);
	case_put("t", text);
	assert_int_equal(conf_load(&conf, &errs, "t", NULL), 0);
	assert_int_equal(px_certificates_make(out, conf), 0);
	conf_errors_clear(&errs);
	/* nothing of it is needed any more */
	conf_free(conf);
}

/* What "openssl x509 -in FILE options" prints, without its newline. */
static void openssl(char *out, size_t room, const char *file, const char *options)
{
	char command[256];
	FILE *p;

	snprintf(command, sizeof(command), "openssl x509 -in %s %s", file, options);
	p = popen(command, "r");
	assert_non_null(p);
	assert_non_null(fgets(out, (int)room, p));
	out[strcspn(out, "\n")] = '\0';
	assert_int_equal(pclose(p), 0);
}

/* Of a name=value: the value, lower case, colons gone. */
static void to_plain(char *text)
{
	char *out = text;

	for (const char *p = strchr(text, '=') + 1; *p != '\0'; p++)
		if (*p != ':')
			*out++ = *p >= 'A' && *p <= 'F' ? (char)(*p - 'A' + 'a') : *p;
	*out = '\0';
}

static void check_against_openssl(const struct px_certificate *c)
{
	char text[256];
	struct tm tm = {0};

	openssl(text, sizeof(text), c->chain, "-noout -serial");
	to_plain(text);
	assert_string_equal(c->serial, text);
	openssl(text, sizeof(text), c->chain, "-noout -fingerprint -sha256");
	to_plain(text);
	assert_string_equal(c->fingerprint, text);
	openssl(text, sizeof(text), c->chain, "-noout -enddate -dateopt iso_8601");
	assert_non_null(strptime(text, "notAfter=%Y-%m-%d %H:%M:%SZ", &tm));
	assert_int_equal(c->not_after, timegm(&tm));
	openssl(text, sizeof(text), c->chain, "-noout -startdate -dateopt iso_8601");
	assert_non_null(strptime(text, "notBefore=%Y-%m-%d %H:%M:%SZ", &tm));
	assert_int_equal(c->not_before, timegm(&tm));
}

static void tells_what_stands_in_them(void **state)
{
	struct px_certificates list;

	(void)state;
	tell(&list, SERVICE("one", PAIR("p256.crt.pem", "p256.pkcs8.pem") "," PAIR("rsa.crt.pem", "rsa.pkcs8.pem")) ","
	    SERVICE("two", PAIR("chain.crt.pem", "p256.pkcs8.pem") "," PAIR("nosan.crt.pem", "p256.pkcs8.pem")));
	assert_int_equal(list.n, 4);
	for (unsigned i = 0; i < list.n; i++) {
		check_against_openssl(&list.list[i]);
		assert_string_equal(list.list[i].service, i < 2 ? "one" : "two");
		assert_true(list.list[i].served);
		assert_null(list.list[i].aside);
	}
	assert_string_equal(list.list[0].names, "pair.example www.pair.example 192.0.2.1");
	assert_int_equal(list.list[0].n_names, 3);
	assert_string_equal(list.list[0].key_kind, "P-256");
	assert_int_equal(list.list[0].expires, list.list[0].not_after);
	assert_string_equal(list.list[0].key, "p256.pkcs8.pem");
	assert_string_equal(list.list[1].names, "pair.example www.pair.example 2001:db8::1");
	assert_string_equal(list.list[1].key_kind, "RSA");
	assert_int_equal(list.list[1].key_bits, 2048);
	/* the intermediate ends before the leaf: tests/data/make.sh */
	assert_int_equal(list.list[2].expires, list.list[2].not_after - 1);
	assert_string_equal(list.list[3].names, "");
	px_certificates_clear(&list);
	px_certificates_clear(&list);
}

static void tells_what_is_set_aside(void **state)
{
	struct px_certificates list;

	(void)state;
	tell(&list, SERVICE("w", PAIR("none.pem", "\\x1bnone.key") "," PAIR("expired.crt.pem", "p256.pkcs8.pem") "," PAIR(
				"p256.crt.pem", "p256.pkcs8.pem")));
	assert_int_equal(list.n, 3);
	assert_false(list.list[0].served);
	assert_string_equal(list.list[0].aside, "none.pem: No such file or directory");
	assert_string_equal(list.list[0].key, "?none.key");
	assert_null(list.list[0].names);
	assert_string_equal(list.list[0].fingerprint, "");
	assert_int_equal(px_certificates_aside(&list), 1);
	/* 2024-02-01 00:00:00 is its last second */
	assert_int_equal(px_certificates_expiring(&list, 1706745600), 0);
	assert_int_equal(px_certificates_expiring(&list, 1706745601), 1);
	assert_int_equal(px_certificates_expiring(&list, INT64_MAX), 2);
	px_certificates_clear(&list);
}

static void marks_what_looks_the_same(void **state)
{
	static const bool served[] = {false, true, false, false, false, false, true};
	static const bool aside[] = {false, false, false, false, true, false, false};
	struct px_certificates all;

	(void)state;
	tell(&all, SERVICE("web", PAIR("p256.crt.pem", "p256.pkcs8.pem") "," PAIR("p256.crt.pem", "p256.pkcs8.pem") ","
	    PAIR("rsa.crt.pem", "rsa.pkcs8.pem") "," PAIR("gone.pem", "gone.key") "," PAIR("gone.pem", "gone.key")) ","
	    SERVICE("mail", PAIR("p256.crt.pem", "p256.pkcs8.pem") "," PAIR("p256.crt.pem", "p256.pkcs8.pem")));
	assert_int_equal(all.n, 7);
	for (unsigned i = 0; i < all.n; i++) {
		assert_int_equal(all.list[i].served_again, served[i]);
		assert_int_equal(all.list[i].aside_again, aside[i]);
	}
	px_certificates_clear(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_what_stands_in_them),
	    cmocka_unit_test(tells_what_is_set_aside),
	    cmocka_unit_test(marks_what_looks_the_same),
	};

	return cmocka_run_group_tests_name("certificates", tests, enter, case_leave);
}
