#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "conf/address.h"
#include "conf/mem.h"

/* host NULL: a unix socket; sa "": a name */
static const struct {
	enum conf_address_use use;
	const char *text, *host, *sa, *path;
	uint16_t port;
} good[] = {
    {CONF_ADDRESS_LISTEN, "127.0.0.1:443", "127.0.0.1", "127.0.0.1", NULL, 443},
    {CONF_ADDRESS_LISTEN, "0.0.0.0:0", "0.0.0.0", "0.0.0.0", NULL, 0},
    {CONF_ADDRESS_LISTEN, "[::]:65535", "::", "::", NULL, 65535},
    {CONF_ADDRESS_LISTEN, "[2001:db8::1]:00443", "2001:db8::1", "2001:db8::1", NULL, 443},
    {CONF_ADDRESS_LISTEN, "[::ffff:192.0.2.1]:1", "::ffff:192.0.2.1", "::ffff:192.0.2.1", NULL, 1},
    {CONF_ADDRESS_LISTEN, "unix:/run/q.sock", NULL, NULL, "/run/q.sock", 0},
    {CONF_ADDRESS_LISTEN, "unix:q.sock", NULL, NULL, "etc/q.sock", 0},
    {CONF_ADDRESS_BACKEND, "[::1]:80", "::1", "::1", NULL, 80},
    {CONF_ADDRESS_BACKEND, "app.internal:8443", "app.internal", "", NULL, 8443},
    {CONF_ADDRESS_BACKEND, "app.internal.:8443", "app.internal.", "", NULL, 8443},
    {CONF_ADDRESS_BACKEND, "a_b-c9:1", "a_b-c9", "", NULL, 1},
    {CONF_ADDRESS_BACKEND, "fd:1", "fd", "", NULL, 1},
};

#define NO_PORT "the port is missing: HOST:PORT"
#define BAD_PORT "the port is not a number up to 65535"
#define NO_HOST "the host is missing: HOST:PORT"
#define NO_IP "not an IP address (all addresses: 0.0.0.0:PORT or [::]:PORT)"
#define NO_IPV6 "not an IPv6 address in the brackets"
#define BAD_CHARACTER "the host name has a character that can't stand there"

static const struct {
	enum conf_address_use use;
	const char *text, *reason;
} bad[] = {
    {CONF_ADDRESS_LISTEN, "", NO_PORT},
    {CONF_ADDRESS_LISTEN, "127.0.0.1", NO_PORT},
    {CONF_ADDRESS_LISTEN, "[::1]", NO_PORT},
    {CONF_ADDRESS_LISTEN, "[::1", NO_PORT},
    {CONF_ADDRESS_LISTEN, "[::1]443", NO_PORT},
    {CONF_ADDRESS_LISTEN, "127.0.0.1:", BAD_PORT},
    {CONF_ADDRESS_LISTEN, "127.0.0.1:65536", BAD_PORT},
    {CONF_ADDRESS_LISTEN, "127.0.0.1:-1", BAD_PORT},
    {CONF_ADDRESS_LISTEN, "127.0.0.1:+1", BAD_PORT},
    {CONF_ADDRESS_LISTEN, "127.0.0.1: 1", BAD_PORT},
    {CONF_ADDRESS_LISTEN, "127.0.0.1:443x", BAD_PORT},
    {CONF_ADDRESS_LISTEN, "127.0.0.1:100000", BAD_PORT},
    {CONF_ADDRESS_LISTEN, ":443", NO_HOST},
    {CONF_ADDRESS_LISTEN, "[]:443", NO_HOST},
    {CONF_ADDRESS_LISTEN, "*:443", NO_IP},
    {CONF_ADDRESS_LISTEN, "localhost:443", NO_IP},
    {CONF_ADDRESS_LISTEN, "127.0.0.256:443", NO_IP},
    {CONF_ADDRESS_LISTEN, "::1:443", "an IPv6 address needs brackets: [ADDRESS]:PORT"},
    {CONF_ADDRESS_LISTEN, "[127.0.0.1]:443", NO_IPV6},
    {CONF_ADDRESS_LISTEN, "[::1]]:443", NO_IPV6},
    {CONF_ADDRESS_LISTEN, "[::g]:443", NO_IPV6},
    {CONF_ADDRESS_LISTEN, "fd:", "the name is missing: fd:NAME, as FileDescriptorName= of the socket unit"},
    {CONF_ADDRESS_LISTEN, "fd:a:b", "the name has a character that can't stand in FileDescriptorName="},
    {CONF_ADDRESS_LISTEN, "fd:a b", "the name has a character that can't stand in FileDescriptorName="},
    {CONF_ADDRESS_LISTEN, "fd:quench-listen-1", "names that begin with quench- are our own"},
    {CONF_ADDRESS_LISTEN, "unix:", "the path is missing: unix:PATH"},
    {CONF_ADDRESS_BACKEND, "app", NO_PORT},
    {CONF_ADDRESS_BACKEND, "app:0", "the port can't be 0"},
    {CONF_ADDRESS_BACKEND, "app:http", BAD_PORT},
    {CONF_ADDRESS_BACKEND, "http://app:80", "an IPv6 address needs brackets: [ADDRESS]:PORT"},
    {CONF_ADDRESS_BACKEND, "127.0.0.256:80", "not an IPv4 address"},
    {CONF_ADDRESS_BACKEND, "1.2.3:80", "not an IPv4 address"},
    {CONF_ADDRESS_BACKEND, "a..b:80", "the host name has an empty part"},
    {CONF_ADDRESS_BACKEND, ".a:80", "the host name has an empty part"},
    {CONF_ADDRESS_BACKEND, "a b:80", BAD_CHARACTER},
    {CONF_ADDRESS_BACKEND, "a/b:80", BAD_CHARACTER},
    {CONF_ADDRESS_BACKEND, "\xc3\xa4:80", BAD_CHARACTER},
};

static void numeric(char *out, const struct conf_address *a)
{
	const void *in = a->sa.ss_family == AF_INET
			     ? (const void *)&((const struct sockaddr_in *)&a->sa)->sin_addr
			     : &((const struct sockaddr_in6 *)&a->sa)->sin6_addr;

	assert_non_null(inet_ntop(a->sa.ss_family, in, out, INET6_ADDRSTRLEN));
}

static void check_good(size_t i)
{
	char text[INET6_ADDRSTRLEN];
	struct conf_address a = {0};

	assert_null(conf_address_parse(&a, good[i].text, good[i].use, "etc/"));
	assert_string_equal(a.text, good[i].text);
	assert_int_equal(a.port, good[i].port);
	if (good[i].path != NULL) {
		assert_int_equal(a.kind, CONF_ADDRESS_UNIX);
		assert_string_equal(a.path, good[i].path);
		assert_string_equal(((struct sockaddr_un *)&a.sa)->sun_path, good[i].path);
	} else {
		assert_int_equal(a.kind, CONF_ADDRESS_INET);
		assert_string_equal(a.host, good[i].host);
	}
	if (good[i].sa != NULL && good[i].sa[0] != '\0') {
		numeric(text, &a);
		assert_string_equal(text, good[i].sa);
		/* the port stands at the same place in both */
		assert_int_equal(ntohs(((struct sockaddr_in *)&a.sa)->sin_port), good[i].port);
	} else if (good[i].sa != NULL) {
		assert_int_equal(a.sa_len, 0);
	}
	conf_address_clear(&a);
}

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		check_good(i);
}

static void test_handed_over(void **state)
{
	struct conf_address a = {0};
	char text[300];

	(void)state;
	assert_null(conf_address_parse(&a, "fd:web-1.socket", CONF_ADDRESS_LISTEN, "etc/"));
	assert_int_equal(a.kind, CONF_ADDRESS_FD);
	assert_string_equal(a.fd_name, "web-1.socket");
	assert_string_equal(a.text, "fd:web-1.socket");
	assert_int_equal(a.sa_len, 0);
	conf_address_clear(&a);
	assert_null(a.fd_name);
	memset(text, 'x', sizeof(text));
	memcpy(text, "fd:", 3);
	text[3 + 256] = '\0';
	assert_string_equal(
	    conf_address_parse(&a, text, CONF_ADDRESS_LISTEN, ""), "the name is longer than 255 bytes");
	text[3 + 255] = '\0';
	assert_null(conf_address_parse(&a, text, CONF_ADDRESS_LISTEN, ""));
	conf_address_clear(&a);
}

static void test_bad(void **state)
{
	struct conf_address a = {0};
	const char *reason;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		reason = conf_address_parse(&a, bad[i].text, bad[i].use, "");
		if (reason == NULL)
			fail_msg("%s was taken", bad[i].text);
		assert_string_equal(reason, bad[i].reason);
		assert_null(a.host);
	}
}

static void test_lengths(void **state)
{
	struct conf_address a = {0};
	char text[400];

	(void)state;
	/* sun_path has 108 bytes with the NUL */
	snprintf(text, sizeof(text), "unix:/%0106d", 1);
	assert_null(conf_address_parse(&a, text, CONF_ADDRESS_LISTEN, ""));
	conf_address_clear(&a);
	snprintf(text, sizeof(text), "unix:/%0107d", 1);
	assert_string_equal(conf_address_parse(&a, text, CONF_ADDRESS_LISTEN, ""),
	    "the path is too long for a unix socket (107 bytes)");
	snprintf(text, sizeof(text), "a%062d:1", 1);
	assert_null(conf_address_parse(&a, text, CONF_ADDRESS_BACKEND, ""));
	conf_address_clear(&a);
	snprintf(text, sizeof(text), "a%063d:1", 1);
	assert_string_equal(conf_address_parse(&a, text, CONF_ADDRESS_BACKEND, ""),
	    "the host name has a part that is too long");
	snprintf(text, sizeof(text), "a%0253d:1", 1);
	assert_string_equal(
	    conf_address_parse(&a, text, CONF_ADDRESS_BACKEND, ""), "the host name is too long");
}

static bool clash(const char *one, const char *other)
{
	struct conf_address a = {0}, b = {0};
	bool result;

	assert_null(conf_address_parse(&a, one, CONF_ADDRESS_LISTEN, ""));
	assert_null(conf_address_parse(&b, other, CONF_ADDRESS_LISTEN, ""));
	result = conf_address_clash(&a, &b);
	conf_address_clear(&a);
	conf_address_clear(&b);
	return result;
}

static void test_clash(void **state)
{
	(void)state;
	assert_true(clash("127.0.0.1:443", "127.0.0.1:0443"));
	assert_true(clash("[::1]:443", "[0:0:0:0:0:0:0:1]:443"));
	assert_true(clash("unix:a", "unix:a"));
	assert_false(clash("unix:a", "unix:b"));
	assert_false(clash("127.0.0.1:443", "127.0.0.2:443"));
	assert_false(clash("127.0.0.1:443", "127.0.0.1:444"));
	assert_false(clash("0.0.0.0:443", "[::]:443"));
	assert_false(clash("127.0.0.1:0", "127.0.0.1:0"));
	assert_false(clash("127.0.0.1:443", "unix:a"));
}

static void test_memory(void **state)
{
	static const char *const texts[] = {"127.0.0.1:1", "[::1]:1", "name:1", "unix:a"};
	struct conf_address a = {0};
	const char *reason;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (long n = 0; n < 2; n++) {
			conf_mem_fail_at(n);
			reason = conf_address_parse(&a, texts[i], CONF_ADDRESS_BACKEND, "");
			conf_mem_fail_at(-1);
			assert_ptr_equal(reason, conf_address_no_memory);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_handed_over),
		cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_lengths),
	    cmocka_unit_test(test_clash),
	    cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("conf_address", tests, NULL, NULL);
}
