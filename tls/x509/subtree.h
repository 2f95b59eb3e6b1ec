/* subtree.h - one name against one base of a name constraint (RFC 5280 section 4.2.1.10).
 *
 * Kinds are the identifier octets of GeneralName (cert.h). A name may stand for many: a wildcard is permitted
 * when all that it covers is, and excluded when anything that it covers is.
 */
#ifndef TLS_X509_SUBTREE_H
#define TLS_X509_SUBTREE_H

#include <stdbool.h>

#include "../bytes/span.h"

/* True if a base of this kind makes sense; of GeneralName's other kinds each does. False for what is no GeneralName: it
 * would restrict nothing. */
bool tls_subtree_is_valid(unsigned kind, struct tls_span base);

/* True if a name of this kind can be compared at all. False for kinds we don't know. */
bool tls_subtree_is_comparable(unsigned kind, struct tls_span name);

/* For valid bases and comparable names: true if the base has all of the name, or some of it. */
bool tls_subtree_has_all(unsigned kind, struct tls_span base, struct tls_span name);
bool tls_subtree_has_some(unsigned kind, struct tls_span base, struct tls_span name);

/* user@host: false unless there is one '@', no quoting, and a valid host name behind it. */
bool tls_subtree_split_mailbox(struct tls_span mailbox, struct tls_span *user, struct tls_span *host);

#endif
