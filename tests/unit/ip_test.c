/* ip_test.c - tls/x509/ip.c against inet_pton. */
#include "unit.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tls/x509/ip.h"

/* Reads text with both; they must agree on whether it is an address and on its bytes. */
static size_t same_as_libc(const char *text)
{
	uint8_t ours[16] = {0}, theirs[16] = {0};
	size_t n = tls_ip_read(ours, tls_span(text, strlen(text))), expected = 0;

	if (inet_pton(AF_INET, text, theirs) == 1)
		expected = 4;
	else if (inet_pton(AF_INET6, text, theirs) == 1)
		expected = 16;
	if (n != expected || memcmp(ours, theirs, n) != 0)
		fail_msg("differs for \"%s\": %zu bytes, not %zu", text, n, expected);
	return n;
}

static void reads_addresses(void **state)
{
	static const char *const good[] = {"0.0.0.0", "192.0.2.7", "255.255.255.255", "::", "::1", "1::",
	    "2001:db8::1", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.7", "1:2:3:4:5:6:1.2.3.4", "fe80::ABCD:ef",
	    "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "64:ff9b::1.2.3.4", "::1.2.3.4"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(same_as_libc(good[i]) > 0);
}

static void refuses_what_is_none(void **state)
{
	static const char *const bad[] = {"", ".", ":", ":::", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ",
	    " 1.2.3.4", "1..2.3", "0x1.2.3.4", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", ":1", "1:", "1:2:",
	    "12345::", "g::", "[::1]", "::1%lo", "::1/64", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "1.2.3.4::",
	    "::1.2.3.4:5", "a.example", "1:2:3:4:5:6:7:8::", "1:2:3:4:5:6:7:8:"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(same_as_libc(bad[i]), 0);
}

static void agrees_with_libc_on_anything(void **state)
{
	static const char letters[] = "0123456789abF:::::...";
	unsigned short seed[3] = {1, 2, 3};
	char text[24];

	(void)state;
	for (unsigned round = 0; round < 200000; round++) {
		size_t n = (size_t)nrand48(seed) % sizeof(text);

		for (size_t i = 0; i < n; i++)
			text[i] = letters[(size_t)nrand48(seed) % (sizeof(letters) - 1)];
		text[n] = '\0';
		same_as_libc(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_addresses),
	    cmocka_unit_test(refuses_what_is_none),
	    cmocka_unit_test(agrees_with_libc_on_anything),
	};

	return cmocka_run_group_tests_name("ip", tests, NULL, NULL);
}
