/* name.h - DNS names of certificates and clients (RFC 9525 section 6.3, RFC 6066 section 3).
 *
 * Names are compared as A-labels, ASCII letters without regard to case. A wildcard stands for the
 * whole left-most label and nothing else. The subject's common name is never looked at.
 */
#ifndef TLS_X509_NAME_H
#define TLS_X509_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../bytes/span.h"

#define TLS_NAME_MAX_LEN 253
#define TLS_NAME_LABEL_MAX_LEN 63

/* True for a host name as SNI may carry it: labels of 1..63 letters, digits, '-' and '_' that neither
 * start nor end with '-', at most 253 bytes, no trailing dot, no IP address. */
bool tls_name_is_valid_sni(struct tls_span name);

/* True for a name that a certificate may serve: as above, or "*." in front of one. */
bool tls_name_is_valid_pattern(struct tls_span pattern);

/* True if the two names are the same but for the case of ASCII letters. */
bool tls_name_same(struct tls_span a, struct tls_span b);

/* True if a certificate's pattern covers name. Neither has to be valid: what isn't never matches. */
bool tls_name_matches(struct tls_span pattern, struct tls_span name);

#endif
