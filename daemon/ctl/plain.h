/* plain.h - a peer that doesn't speak TLS, by its first bytes. */
#ifndef DAEMON_CTL_PLAIN_H
#define DAEMON_CTL_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

struct px_plain {
	const char *what; /* "an SSH server" */
	const char *help; /* what to do about it */
};

/* True if the first bytes of a peer are no TLS record: an alert, or a part of a handshake. */
bool px_plain_is(const void *data, size_t len);

/* Who says this; never NULL. Lives for ever. */
const struct px_plain *px_plain_recognise(const void *data, size_t len);

#endif
