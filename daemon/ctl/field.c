/* field.c - see field.h. */

#include "field.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* How many bytes at p command a terminal, or order what is shown: controls (in UTF-8 U+0080 to U+009F are C2 80 to C2 9F),
 * and the marks, embeddings, overrides, isolates and separators of text that runs the other way: U+061C, U+200E, U+200F,
 * U+2028 to U+202E, U+2066 to U+2069. */
static size_t command_len(const unsigned char *p)
{
	if (*p < 0x20 || *p == 0x7f)
		return 1;
	if ((p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) || (p[0] == 0xd8 && p[1] == 0x9c))
		return 2;
	if (p[0] == 0xe2 && p[1] == 0x80 && ((p[2] >= 0xa8 && p[2] <= 0xae) || p[2] == 0x8e || p[2] == 0x8f))
		return 3;
	return p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9 ? 3 : 0;
}

const char *px_field_plain(json_t *string)
{
	unsigned char *text = (unsigned char *)(uintptr_t)json_string_value(string), *p = text;

	if (!text)
		return "-";
	while (*p) {
		size_t n = command_len(p);

		if (n > 0)
			memset(p, '?', n);
		p += n > 0 ? n : 1;
	}
	return (const char *)text;
}

const char *px_field_text(const json_t *json, const char *name)
{
	return px_field_plain(json_object_get(json, name));
}

int64_t px_field_number(const json_t *json, const char *name)
{
	return json_integer_value(json_object_get(json, name));
}

const char *px_field_time(char out[PX_FIELD_TIME_LEN], int64_t seconds)
{
	time_t at = (time_t)seconds;
	struct tm tm;

	if (seconds == 0 || !gmtime_r(&at, &tm))
		return "-";
	strftime(out, PX_FIELD_TIME_LEN, "%Y-%m-%d %H:%M:%S UTC", &tm);
	return out;
}

const char *px_field_span(char out[PX_FIELD_TIME_LEN], int64_t s)
{
	static const struct {
		int64_t below, unit;
		const char *name;
	} table[] = { { 120, 1, "s" }, { 7200, 60, "min" }, { 172800, 3600, "h" }, { INT64_MAX, 86400, "days" } };
	unsigned i = 0;

	while (s >= table[i].below && i < 3)
		i++;
	snprintf(out, PX_FIELD_TIME_LEN, "%" PRId64 " %s", s / table[i].unit, table[i].name);
	return out;
}

const char *px_field_short(char out[PX_FIELD_TIME_LEN], double n, int binary)
{
	static const char *const names[2][5] = { { "", " k", " M", " G", " T" }, { " B", " KiB", " MiB", " GiB", " TiB" } };
	double unit = binary ? 1024 : 1000;
	unsigned i = 0;

	for (; n >= unit && i < 4; i++)
		n /= unit;
	snprintf(out, PX_FIELD_TIME_LEN, i > 0 && n < 10 ? "%.1f%s" : "%.0f%s", n, names[binary != 0][i]);
	return out;
}
