/* dump.c - see dump.h. */
#include "daemon/dump.h"

#include <stdlib.h>

char *px_dump_line(const json_t *json, size_t more)
{
	size_t flags = JSON_COMPACT | JSON_ENSURE_ASCII | more, len = json_dumpb(json, NULL, 0, flags);
	char *text = len > 0 ? malloc(len + 1) : NULL;

	if (text == NULL)
		return NULL;
	if (json_dumpb(json, text, len, flags) != len) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	return text;
}
