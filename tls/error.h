/* error.h - inside the core: from an error to its alert. The numbers are those of numbers.h.
 *
 * Every error is -(serial << 8 | alert). Alert 0 (close_notify is never an error) means: no alert is
 * sent for it.
 */
#ifndef TLS_ERROR_H
#define TLS_ERROR_H

#include "tls.h"

/* The alert that goes to the peer for this error, or 0 for none. */
static inline unsigned tls_error_alert(int err)
{
	return (unsigned)-err & 0xff;
}

/* What an application's callback gave, as the end of the handshake that it asks for: an error that isn't
 * fatal would let a half-done step begin again, and a number that is none of ours names no alert. */
static inline int tls_error_of_callback(int result)
{
	bool fatal = tls_error_is_fatal(result) && tls_strerror_name(result) != NULL;

	return result == 0 || fatal ? result : TLS_E_INTERNAL_ERROR;
}

#endif
