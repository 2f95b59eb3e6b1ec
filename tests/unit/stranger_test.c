/* stranger_test.c - clients that don't speak TLS, by their first bytes; those that do are none. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/stranger.h"

static const char *name(const void *data, size_t len)
{
	return px_stranger_name(px_stranger_of(data, len));
}

static void known(void **state)
{
	static const char v2[] = "\r\n\r\n\0\r\nQUIT\n\x21\x11";
	static const char *const http[] = { "GET / HTTP/1.1\r\n", "POST /x", "OPTIONS * HTTP/1.0", "PRI * HTTP/2.0\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(http) / sizeof(http[0]); i++) {
		assert_string_equal(name(http[i], strlen(http[i])), "plain HTTP");
		assert_string_equal(name(http[i], 5), "plain HTTP");
	}
	assert_string_equal(name("PROXY TCP4 ", 11), "a PROXY header");
	assert_string_equal(name(v2, sizeof(v2) - 1), "a PROXY header");
	assert_string_equal(name(v2, 5), "a PROXY header");
	assert_string_equal(name("SSH-2.0-x", 9), "SSH");
}

static void unknown(void **state)
{
	static const char *const others[] = { "", "G", "PR", "EHLO x\r\n", "\r\n", "GETS", "\x16\x03\x01\x02\x00" };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_null(name(others[i], strlen(others[i])));
	assert_null(px_stranger_name(0));
	assert_null(px_stranger_name(255));
}

/* A record begins with its type, 20 to 24, and 3. */
static void no_record_is_one(void **state)
{
	(void)state;
	for (unsigned type = 20; type <= 24; type++) {
		for (unsigned minor = 0; minor < 256; minor++) {
			unsigned char header[5] = { (unsigned char)type, 3, (unsigned char)minor, 'T', ' ' };

			assert_int_equal(px_stranger_of(header, sizeof(header)), 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known),
		cmocka_unit_test(unknown),
		cmocka_unit_test(no_record_is_one),
	};

	return cmocka_run_group_tests_name("stranger", tests, NULL, NULL);
}
