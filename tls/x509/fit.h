/* fit.h - what one certificate must be by itself, at the end of a path or inside of it: dates, usages, CA
 * (RFC 5280 sections 4.2.1 and 6.1.3 (a), 6.1.4 (k) to (n)). */
#ifndef TLS_X509_FIT_H
#define TLS_X509_FIT_H

#include "judge.h"

/* The peer's certificate. */
enum tls_flaw tls_fit_leaf(const struct tls_judge_ask *ask, const struct tls_node *leaf)
    __attribute__((warn_unused_result));

/* An issuer; n_below: intermediates below it that are not self-issued. is_anchor: it ends the path. */
enum tls_flaw tls_fit_issuer(const struct tls_judge_ask *ask, const struct tls_node *issuer, unsigned n_below,
    bool is_anchor) __attribute__((warn_unused_result));

/* A key that may be in a path; *key is the caller's to free. *fault: TLS_FLAW_NONE or TLS_FLAW_WEAK_KEY, then
 * *key is NULL. 0 or TLS_E_MEMORY_ERROR. */
int tls_fit_key(struct tls_pubkey **key, enum tls_flaw *fault, const struct tls_judge_ask *ask,
    const struct tls_node *node) __attribute__((warn_unused_result));

#endif
