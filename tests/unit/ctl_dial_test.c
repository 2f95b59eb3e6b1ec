/* ctl_dial_test.c - daemon/ctl/dial.c: addresses as people write them; connections on loopback. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/ctl/dial.h"

static void addresses_are_read(void **state)
{
	static const struct {
		const char *text, *host, *port;
		bool is_unix;
	} rows[] = {
	    {"example.com:8443", "example.com", "8443", false},
	    {"example.com", "example.com", "443", false},
	    {"192.0.2.1:1", "192.0.2.1", "1", false},
	    {"[2001:db8::1]:65535", "2001:db8::1", "65535", false},
	    {"[2001:db8::1]", "2001:db8::1", "443", false},
	    {"2001:db8::1", "2001:db8::1", "443", false},
	    {"[fe80::1%eth0]:80", "fe80::1%eth0", "80", false},
	    {"[example.com]:80", "example.com", "80", false},
	    {"unix:/run/x.sock", "/run/x.sock", "", true},
	    {"unix:x:y", "x:y", "", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct px_dial_address a;
		struct px_problem problem;

		assert_int_equal(px_dial_parse(&a, &problem, rows[i].text, "443"), 0);
		assert_string_equal(a.host, rows[i].host);
		assert_string_equal(a.port, rows[i].port);
		assert_int_equal(a.is_unix, rows[i].is_unix);
	}
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const rows[] = {"", ":443", "x:", "x:0", "x:65536", "x:-1", "x:+1", "x: 1", "x:1x", "x:99999999999",
	    "[::1", "[]:1", "[::1]443", "[::1]:", "a:b:c", "unix:",
	    "unix:/01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"};
	struct px_dial_address a;
	struct px_problem problem;
	char text[400];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		problem.text[0] = '\0';
		assert_int_equal(px_dial_parse(&a, &problem, rows[i], "443"), -1);
		assert_string_not_equal(problem.text, "");
	}
	memset(text, 'x', sizeof(text));
	text[256] = '\0';
	assert_int_equal(px_dial_parse(&a, &problem, text, "443"), -1);
	text[255] = '\0';
	assert_int_equal(px_dial_parse(&a, &problem, text, "443"), 0);
}

static int listen_at(struct sockaddr *sa, socklen_t *len)
{
	int fd = socket(sa->sa_family, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, sa, *len), 0);
	assert_int_equal(listen(fd, 1), 0);
	getsockname(fd, sa, len);
	return fd;
}

static void dial(const char *text, int wanted)
{
	struct px_dial_address a;
	struct px_dial_list list;
	struct px_problem problem;
	char shown[PX_DIAL_TEXT_LEN];
	int fd;

	assert_int_equal(px_dial_parse(&a, &problem, text, "443"), 0);
	assert_null(px_dial_resolve(&list, &a));
	assert_int_equal(list.n, 1);
	px_dial_text(shown, (void *)&list.at[0].sa, list.at[0].len);
	assert_string_equal(shown, text);
	fd = px_dial_connect(&list.at[0], 10000);
	if (wanted < 0) {
		assert_int_equal(fd, wanted);
		return;
	}
	assert_true(fd >= 0);
	close(fd);
}

static void connects(void **state)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	socklen_t in_len = sizeof(in), un_len = sizeof(un);
	char text[200];
	int fd = listen_at((void *)&in, &in_len);

	(void)state;
	snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(in.sin_port));
	dial(text, 0);
	close(fd);
	dial(text, -ECONNREFUSED);
	snprintf(un.sun_path, sizeof(un.sun_path), "ctl_dial_test.%ld", (long)getpid());
	snprintf(text, sizeof(text), "unix:%s", un.sun_path);
	dial(text, -ENOENT);
	fd = listen_at((void *)&un, &un_len);
	dial(text, 0);
	close(fd);
	dial(text, -ECONNREFUSED);
	unlink(un.sun_path);
}

/* RFC 6761 section 6.4: invalid. is no name. */
static void names_are_resolved_or_not(void **state)
{
	struct px_dial_address a;
	struct px_dial_list list;
	struct px_problem problem;

	(void)state;
	assert_int_equal(px_dial_parse(&a, &problem, "nowhere.invalid:443", "443"), 0);
	assert_non_null(px_dial_resolve(&list, &a));
	assert_int_equal(list.n, 0);
	assert_true(px_dial_is_ip("192.0.2.1") && px_dial_is_ip("::1"));
	assert_false(px_dial_is_ip("localhost") || px_dial_is_ip("1.2.3") || px_dial_is_ip(""));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_are_read),
	    cmocka_unit_test(what_is_no_address_is_refused),
	    cmocka_unit_test(connects),
	    cmocka_unit_test(names_are_resolved_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
