/* constraints.h - the name constraints along a path (RFC 5280 sections 4.2.1.10 and 6.1.4 (g)).
 *
 * Rather than intersecting and merging sets, every constraint of every issuer is held against every name
 * below it: the same result, and nothing to get wrong. The work is counted.
 */
#ifndef TLS_X509_CONSTRAINTS_H
#define TLS_X509_CONSTRAINTS_H

#include <stddef.h>

#include "exts.h"

#define TLS_CONSTRAINTS_MAX_NAMES 512 /* of one certificate, and constraints of one */
#define TLS_CONSTRAINTS_MAX_WORK (1U << 18) /* names held against constraints, in one search; long ones count more */

/* A certificate of a path with its extensions. */
struct tls_constrained {
	const struct tls_cert *cert;
	const struct tls_exts *exts;
	bool self_issued;
};

/* path: leaf first, trust anchor last. *work goes up by what was done. TLS_FLAW_NONE, and otherwise *at is the
 * index of the certificate at fault: TLS_FLAW_NAME_CONSTRAINTS, TLS_FLAW_MALFORMED for constraints
 * that make no sense, TLS_FLAW_LIMIT. */
enum tls_flaw tls_constraints_check(size_t *at, unsigned *work, const struct tls_constrained *path, size_t n)
    __attribute__((warn_unused_result));

#endif
