/* line.c - see line.h. */

#include "daemon/line.h"

#include <stdio.h>
#include <string.h>

void px_line_init(struct px_line *line)
{
	line->len = 0;
	line->cut = false;
}

/* The last byte is kept for the newline. */
static void put(struct px_line *line, const char *text, size_t len)
{
	if (line->cut || len > PX_LINE_MAX - 1 - line->len) {
		line->cut = true;
		return;
	}
	memcpy(line->text + line->len, text, len);
	line->len += len;
}

void px_line_add(struct px_line *line, const char *text)
{
	put(line, text, strlen(text));
}

void px_line_add_number(struct px_line *line, uint64_t number)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);

	put(line, digits, (size_t)n);
}

static bool is_printable(unsigned char c)
{
	return c >= 0x20 && c < 0x7f;
}

/* unicode: as JSON has it. */
static void put_escaped(struct px_line *line, unsigned char c, bool unicode)
{
	char text[8];
	int n;

	if (c == '"' || c == '\\')
		n = snprintf(text, sizeof(text), "\\%c", c);
	else if (is_printable(c))
		n = snprintf(text, sizeof(text), "%c", c);
	else if (unicode)
		n = snprintf(text, sizeof(text), "\\u%04x", c);
	else
		n = snprintf(text, sizeof(text), "\\x%02x", c);
	put(line, text, (size_t)n);
}

static bool is_bare(const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!is_printable(p[i]) || strchr(" \"\\=", p[i]))
			return false;
	}
	return len > 0 && !(len == 1 && p[0] == '-');
}

static size_t shown(size_t len)
{
	return len < PX_LINE_VALUE_MAX ? len : PX_LINE_VALUE_MAX;
}

void px_line_add_value(struct px_line *line, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	if (len == 0) {
		put(line, "-", 1);
		return;
	}
	len = shown(len);
	if (is_bare(p, len))
		put(line, bytes, len);
	else
		px_line_add_quoted(line, bytes, len);
}

void px_line_add_quoted(struct px_line *line, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	put(line, "\"", 1);
	for (size_t i = 0; i < shown(len); i++)
		put_escaped(line, p[i], false);
	put(line, "\"", 1);
}

void px_line_add_message(struct px_line *line, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	char text[8];

	for (size_t i = 0; i < len; i++) {
		if (is_printable(p[i]))
			put(line, (const char *)p + i, 1);
		else
			put(line, text, (size_t)snprintf(text, sizeof(text), "\\x%02x", p[i]));
	}
}

void px_line_add_json(struct px_line *line, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	put(line, "\"", 1);
	for (size_t i = 0; i < len; i++)
		put_escaped(line, p[i], true);
	put(line, "\"", 1);
}

void px_line_end(struct px_line *line)
{
	line->text[line->len++] = '\n';
}
