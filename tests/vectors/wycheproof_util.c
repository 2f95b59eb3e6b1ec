/* wycheproof_util.c - fields of a vector. See wycheproof.h. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "wycheproof.h"

static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	assert_in_range(c | 0x20, 'a', 'f');
	return (unsigned)((c | 0x20) - 'a' + 10);
}

struct wyche_bytes wyche_hex(const json_t *object, const char *field)
{
	const char *text = wyche_text(object, field);
	struct wyche_bytes b = {.len = strlen(text) / 2};

	assert_int_equal(strlen(text) % 2, 0);
	b.p = malloc(b.len > 0 ? b.len : 1);
	assert_non_null(b.p);
	for (size_t i = 0; i < b.len; i++)
		b.p[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
	return b;
}

void wyche_free(struct wyche_bytes bytes)
{
	free(bytes.p);
}

const char *wyche_text(const json_t *object, const char *field)
{
	const char *text = json_string_value(json_object_get(object, field));

	assert_non_null(text);
	return text;
}

int wyche_number(const json_t *object, const char *field)
{
	const json_t *value = json_object_get(object, field);

	assert_true(json_is_integer(value));
	return (int)json_integer_value(value);
}

bool wyche_flag(const json_t *vector, const char *flag)
{
	const json_t *flags = json_object_get(vector, "flags");

	for (size_t i = 0; i < json_array_size(flags); i++)
		if (strcmp(json_string_value(json_array_get(flags, i)), flag) == 0)
			return true;
	return false;
}

bool wyche_hash(enum tls_hash *hash, const char *name)
{
	static const char *const names[] = {"SHA-256", "SHA-384", "SHA-512"};

	for (size_t i = 0; i < 3; i++)
		if (strcmp(names[i], name) == 0) {
			*hash = (enum tls_hash)i;
			return true;
		}
	return false;
}
