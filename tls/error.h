/* error.h - inside the core: from an error to its alert. The numbers are tls.h's.
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

#endif
