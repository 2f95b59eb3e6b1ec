/* problem.c - see problem.h. */
#include "problem.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#define ESCAPE_LEN 4 /* \xHH */

int px_problem_set(struct px_problem *problem, const char *format, ...)
{
	char raw[PX_PROBLEM_LEN] = "";
	size_t n = 0;
	va_list args;

	va_start(args, format);
	vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	for (size_t i = 0; raw[i] != '\0' && n + ESCAPE_LEN < sizeof(problem->text); i++) {
		unsigned char c = (unsigned char)raw[i];

		if (c >= 0x20 && c < 0x7f)
			problem->text[n++] = raw[i];
		else
			n += (size_t)snprintf(problem->text + n, ESCAPE_LEN + 1, "\\x%02x", c);
	}
	problem->text[n] = '\0';
	return -1;
}
