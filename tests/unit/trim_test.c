/* trim_test.c - tls/bytes/trim.c beside the loop that anybody would write, which takes a time that tells. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "tls/bytes/trim.h"

#define LONGEST 16385 /* of a record, with its content type */

static size_t trim(const uint8_t *p, size_t n)
{
	while (n > 0 && p[n - 1] == 0)
		n--;
	return n;
}

/* Each byte of what is looked at, at any address; the memory ends with it. */
static void check(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n + 1);

	memcpy(copy + 1, p, n);
	assert_int_equal(tls_trim_zeros(copy + 1, n), trim(p, n));
	free(copy);
}

static void each_place_of_each_short_length(void **state)
{
	static const uint8_t bytes[] = {1, 23, 0x80, 0xff};
	uint8_t p[300];

	(void)state;
	for (size_t n = 0; n < sizeof(p); n++) {
		memset(p, 0, sizeof(p));
		check(p, n);
		for (size_t at = 0; at < n; at++) {
			memset(p, 0, sizeof(p));
			p[at] = bytes[at % sizeof(bytes)];
			check(p, n);
		}
	}
}

/* Zeros in the content are content. */
static void holes(void **state)
{
	uint8_t p[400];
	uint32_t x = 1;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		size_t n = i % sizeof(p);

		for (size_t k = 0; k < n; k++) {
			x = x * 1664525 + 1013904223;
			p[k] = x >> 28 < 15 ? 0 : (uint8_t)(x >> 20);
		}
		check(p, n);
	}
}

static void full_records(void **state)
{
	static uint8_t p[LONGEST];

	(void)state;
	for (size_t at = 0; at < LONGEST; at += 61) {
		memset(p, 0, sizeof(p));
		memset(p, 7, at);
		p[at] = 23;
		check(p, LONGEST);
		check(p, LONGEST - 1);
	}
}

/* As many blocks as can be counted. */
static void the_longest(void **state)
{
	uint8_t *p = calloc(1, TLS_TRIM_MAX_LEN);

	(void)state;
	assert_non_null(p);
	assert_int_equal(tls_trim_zeros(p, TLS_TRIM_MAX_LEN), 0);
	p[TLS_TRIM_MAX_LEN - 2] = 1;
	assert_int_equal(tls_trim_zeros(p, TLS_TRIM_MAX_LEN), TLS_TRIM_MAX_LEN - 1);
	free(p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_place_of_each_short_length),
	    cmocka_unit_test(holes),
	    cmocka_unit_test(full_records),
	    cmocka_unit_test(the_longest),
	};

	return cmocka_run_group_tests_name("trim", tests, NULL, NULL);
}
