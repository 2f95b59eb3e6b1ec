/* pem_write_test.c - tls/x509/pem_write.c: RFC 4648 section 10, RFC 7468 section 2. Whole keys: key_write_test.c. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "tls/bytes/mem.h"
#include "tls/x509/pem_write.h"

static void assert_pem(const void *der, size_t len, const char *body)
{
	struct tls_buf out;
	char want[512];

	snprintf(want, sizeof(want), "-----BEGIN X-----\n%s-----END X-----\n", body);
	tls_buf_init(&out, 0);
	tls_pem_write(&out, "X", tls_span(der, len));
	tls_buf_u8(&out, 0);
	assert_true(tls_buf_ok(&out));
	assert_string_equal((char *)out.p, want);
	tls_buf_clear(&out);
}

static void writes_the_vectors_of_rfc_4648(void **state)
{
	static const char *const words[] = {"Zg==\n", "Zm8=\n", "Zm9v\n", "Zm9vYg==\n", "Zm9vYmE=\n", "Zm9vYmFy\n"};

	(void)state;
	assert_pem("", 0, "");
	for (size_t n = 1; n <= 6; n++)
		assert_pem("foobar", n, words[n - 1]);
}

/* RFC 4648 table 1: all digits in their order. */
static void has_each_digit_in_its_place(void **state)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\n";
	uint8_t der[48];

	(void)state;
	for (unsigned i = 0; i < 16; i++) {
		unsigned v = (4 * i) << 18 | (4 * i + 1) << 12 | (4 * i + 2) << 6 | (4 * i + 3);

		der[3 * i] = (uint8_t)(v >> 16);
		der[3 * i + 1] = (uint8_t)(v >> 8);
		der[3 * i + 2] = (uint8_t)v;
	}
	assert_pem(der, sizeof(der), alphabet);
}

static void breaks_lines_at_64(void **state)
{
	uint8_t zeros[49] = {0};

	(void)state;
	assert_pem(zeros, 49, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nAA==\n");
	assert_pem(zeros, 48, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
}

static void tells_when_there_is_no_room(void **state)
{
	struct tls_buf out;

	(void)state;
	for (size_t max = 1; max < 40; max++) {
		tls_buf_init(&out, max);
		tls_pem_write(&out, "X", tls_span("foobar", 6));
		assert_false(tls_buf_ok(&out));
		tls_buf_clear(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_the_vectors_of_rfc_4648),
	    cmocka_unit_test(has_each_digit_in_its_place),
	    cmocka_unit_test(breaks_lines_at_64),
	    cmocka_unit_test(tells_when_there_is_no_room),
	};

	return cmocka_run_group_tests_name("pem_write", tests, NULL, NULL);
}
