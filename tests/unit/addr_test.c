/* addr_test.c - addresses as text, and compared. */
#include "unit.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "daemon/addr.h"

static struct sockaddr_in in4(const char *host, unsigned port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	assert_int_equal(inet_pton(AF_INET, host, &in.sin_addr), 1);
	return in;
}

static struct sockaddr_in6 in6(const char *host, unsigned port)
{
	struct sockaddr_in6 in = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };

	assert_int_equal(inet_pton(AF_INET6, host, &in.sin6_addr), 1);
	return in;
}

static void check(const void *sa, socklen_t len, const char *expected)
{
	char text[PX_ADDR_TEXT_LEN];

	px_addr_text(text, sa, len);
	assert_string_equal(text, expected);
}

static void test_text(void **state)
{
	struct sockaddr_in a = in4("192.0.2.1", 443);
	struct sockaddr_in6 b = in6("2001:db8::1", 65535), c = in6("::ffff:192.0.2.9", 80);
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/run/x.sock" };

	(void)state;
	check(&a, sizeof(a), "192.0.2.1:443");
	check(&b, sizeof(b), "[2001:db8::1]:65535");
	check(&c, sizeof(c), "192.0.2.9:80");
	check(&un, sizeof(un), "unix:/run/x.sock");
	check(&un, (socklen_t)offsetof(struct sockaddr_un, sun_path), "unix:");
}

/* A path may fill its place without a NUL, and what fits is shown. */
static void test_longest_path(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char text[PX_ADDR_TEXT_LEN];

	(void)state;
	memset(un.sun_path, 'p', sizeof(un.sun_path));
	px_addr_text(text, (struct sockaddr *)&un, sizeof(un));
	assert_int_equal(strlen(text), 5 + sizeof(un.sun_path));
}

static void test_equal(void **state)
{
	struct sockaddr_in a = in4("192.0.2.1", 443), b = in4("192.0.2.1", 444), c = in4("192.0.2.2", 443);
	struct sockaddr_in6 d = in6("::1", 443), e = in6("::2", 443);
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	const struct sockaddr *all[] = { (struct sockaddr *)&a, (struct sockaddr *)&b, (struct sockaddr *)&c,
		(struct sockaddr *)&d, (struct sockaddr *)&e };
	struct px_addr one, other;

	(void)state;
	for (int i = 0; i < 5; i++) {
		for (int k = 0; k < 5; k++) {
			px_addr_set(&one, all[i]);
			px_addr_set(&other, all[k]);
			assert_int_equal(px_addr_equal(&one, &other), i == k);
		}
	}
	/* Unix peers have no names to tell them apart. */
	px_addr_set(&one, (struct sockaddr *)&un);
	assert_false(px_addr_equal(&one, &one));
}

static void test_len(void **state)
{
	(void)state;
	assert_int_equal(px_addr_len(&(struct sockaddr){ .sa_family = AF_INET }), sizeof(struct sockaddr_in));
	assert_int_equal(px_addr_len(&(struct sockaddr){ .sa_family = AF_INET6 }), sizeof(struct sockaddr_in6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_len),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_longest_path),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
