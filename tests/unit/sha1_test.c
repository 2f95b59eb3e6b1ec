/* sha1_test.c - tls/crypto/sha1.c: the examples of FIPS 180-4 (its collection at NIST), and nothing. */
#include "unit.h"

#include <string.h>

#include "tls/crypto/sha1.h"

static void digest(const char *text, const char *expected)
{
	uint8_t out[TLS_SHA1_LEN];

	tls_sha1(out, text, strlen(text));
	assert_memory_equal(out, expected, TLS_SHA1_LEN);
}

static void follows_the_examples(void **state)
{
	(void)state;
	digest("abc", "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d");
	digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "\x84\x98\x3e\x44\x1c\x3b\xd2\x6e\xba\xae\x4a\xa1\xf9\x51\x29\xe5\xe5\x46\x70\xf1");
	digest("", "\xda\x39\xa3\xee\x5e\x6b\x4b\x0d\x32\x55\xbf\xef\x95\x60\x18\x90\xaf\xd8\x07\x09");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(follows_the_examples),
	};

	return cmocka_run_group_tests_name("sha1", tests, NULL, NULL);
}
