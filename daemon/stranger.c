/* stranger.c - see stranger.h. None of these beginnings is that of a TLS record. */

#include "daemon/stranger.h"

#include <string.h>

#define SHORTEST 3

static const char http[] = "plain HTTP", proxy[] = "a PROXY header", ssh[] = "SSH";

static const struct {
	const char *begin, *name;
} strangers[] = {
	{ "GET ", http },
	{ "POST ", http },
	{ "HEAD ", http },
	{ "PUT ", http },
	{ "DELETE ", http },
	{ "OPTIONS ", http },
	{ "PATCH ", http },
	{ "CONNECT ", http },
	{ "TRACE ", http },
	{ "PRI * ", http }, /* HTTP/2, RFC 9113 section 3.4 */
	{ "PROXY ", proxy },
	{ "\r\n\r\n", proxy }, /* version 2; the next byte of its signature is NUL */
	{ "SSH-", ssh },
};

#define N_STRANGERS (sizeof(strangers) / sizeof(strangers[0]))

uint8_t px_stranger_of(const void *data, size_t len)
{
	for (unsigned i = 0; i < N_STRANGERS && len >= SHORTEST; i++) {
		size_t whole = strlen(strangers[i].begin);

		if (memcmp(data, strangers[i].begin, len < whole ? len : whole) == 0)
			return (uint8_t)(i + 1);
	}
	return 0;
}

const char *px_stranger_name(uint8_t stranger)
{
	return stranger > 0 && stranger <= N_STRANGERS ? strangers[stranger - 1].name : NULL;
}
