/* stranger.h - who doesn't speak TLS, by the first bytes: for the log, so that an operator knows whom to tell. */
#ifndef DAEMON_STRANGER_H
#define DAEMON_STRANGER_H

#include <stddef.h>
#include <stdint.h>

/* What data, the first that a client has sent, looks like; 0: nothing that is known. Five bytes are enough. */
uint8_t px_stranger_of(const void *data, size_t len);

/* In words; NULL for 0. */
const char *px_stranger_name(uint8_t stranger);

#endif
