/* base64.c - see base64.h. */
#include "base64.h"

#include <string.h>

#define GROUP 4 /* characters, of three bytes */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void px_base64_encode(char *out, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i += 3) {
		unsigned long v = (unsigned long)p[i] << 16;

		v |= i + 1 < len ? (unsigned long)p[i + 1] << 8 : 0;
		v |= i + 2 < len ? p[i + 2] : 0;
		for (unsigned k = 0; k < GROUP; k++)
			*out++ = i + k <= len ? digits[v >> (18 - 6 * k) & 63] : '=';
	}
	*out = '\0';
}

/* Three bytes, or fewer if it is padded; 0 for none. */
static unsigned decode_group(unsigned char out[3], const char *text)
{
	unsigned n = text[3] != '=' ? 3 : text[2] != '=' ? 2 : 1;
	unsigned long v = 0;

	for (unsigned k = 0; k <= n; k++) {
		const char *digit = text[k] != '\0' ? strchr(digits, text[k]) : NULL;

		if (digit == NULL)
			return 0;
		v |= (unsigned long)(digit - digits) << (18 - 6 * k);
	}
	if ((v & (0xffffffUL >> 8 * n)) != 0)
		return 0;
	out[0] = (unsigned char)(v >> 16);
	out[1] = (unsigned char)(v >> 8);
	out[2] = (unsigned char)v;
	return n;
}

bool px_base64_decode(unsigned char *out, size_t *n_out, const char *text, size_t len)
{
	*n_out = 0;
	if (len % GROUP != 0)
		return false;
	for (size_t i = 0; i < len; i += GROUP) {
		unsigned n = decode_group(out + *n_out, text + i);

		if (n == 0 || (n < 3 && i + GROUP < len))
			return false;
		*n_out += n;
	}
	return true;
}
