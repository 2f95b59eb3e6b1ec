/* ctl_base64_test.c - daemon/ctl/base64.c: the vectors of RFC 4648 section 10, and what is no base64. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/base64.h"

static const char *const pairs[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "+//+"}};

/* In memory of just that size. */
static bool decode(unsigned char **out, size_t *n, const char *text, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);
	bool good;

	memcpy(copy, text, len);
	*out = malloc(len / 4 * 3 + 1);
	good = px_base64_decode(*out, n, copy, len);
	free(copy);
	return good;
}

static void rfc_4648_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char text[PX_BASE64_LEN(6)];
		unsigned char *bytes;
		size_t n;

		px_base64_encode(text, pairs[i][0], strlen(pairs[i][0]));
		assert_string_equal(text, pairs[i][1]);
		assert_true(decode(&bytes, &n, text, strlen(text)));
		assert_int_equal(n, strlen(pairs[i][0]));
		assert_memory_equal(bytes, pairs[i][0], n);
		free(bytes);
	}
}

static void other_text_is_refused(void **state)
{
	static const char *const bad[] = {"Z", "Zg", "Zg=", "Zg===", "====", "Z===", "Zg==Zg==", "Zm8=Zm9v", "Zm9v\n", "Zm 9",
	    "Zm9-", "Zm9_", "Zh==", "Zm9=", "=m9v", "Z=9v", "Zm=v"};
	unsigned char *bytes;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(decode(&bytes, &n, bad[i], strlen(bad[i])));
		free(bytes);
	}
	assert_false(decode(&bytes, &n, "Zm\0v", 4));
	free(bytes);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rfc_4648_vectors),
	    cmocka_unit_test(other_text_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
