/* hex.h - figures in tests are typed as hexadecimal text (blanks allowed). */
#ifndef TESTS_UNIT_HEX_H
#define TESTS_UNIT_HEX_H

#include "unit.h"

#include <stdlib.h>
#include <string.h>

struct hex {
	size_t len;
	uint8_t p[1300];
};

static inline unsigned hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, c | 0x20);

	if (c == '\0' || at == NULL)
		abort();
	return (unsigned)(at - digits);
}

static inline struct hex unhex(const char *text)
{
	struct hex h = {0};

	for (; *text != '\0'; text += *text == ' ' ? 1 : 2) {
		if (*text == ' ')
			continue;
		if (h.len == sizeof(h.p))
			abort();
		h.p[h.len++] = (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
	}
	return h;
}

static inline void assert_hex(const void *p, size_t len, const char *text)
{
	struct hex want = unhex(text);

	assert_int_equal(len, want.len);
	assert_memory_equal(p, want.p, len);
}

#endif
