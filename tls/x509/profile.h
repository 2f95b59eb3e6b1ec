/* profile.h - what a conforming CA issues (RFC 5280 section 4.2, CA/Browser Forum Baseline Requirements
 * section 7.1), where breaking it shows a careless issuer rather than an attack. Asked for in strict judgements
 * only. */
#ifndef TLS_X509_PROFILE_H
#define TLS_X509_PROFILE_H

#include "node.h"

/* The peer's own certificate, and one that issues; is_anchor: it is trusted. TLS_FLAW_NONE, or what it breaks first. */
enum tls_flaw tls_profile_leaf(const struct tls_node *leaf) __attribute__((warn_unused_result));
enum tls_flaw tls_profile_issuer(const struct tls_node *issuer, bool is_anchor) __attribute__((warn_unused_result));

#endif
