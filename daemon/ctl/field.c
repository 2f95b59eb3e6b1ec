/* field.c - see field.h. */

#include "field.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* Also U+0080 to U+009F, which are C2 80 to C2 9F in UTF-8. */
const char *px_field_plain(json_t *string)
{
	unsigned char *text = (unsigned char *)(uintptr_t)json_string_value(string);

	if (!text)
		return "-";
	for (unsigned char *p = text; *p; p++) {
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
		else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			p[0] = p[1] = '?';
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
