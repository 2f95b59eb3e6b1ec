/* chain.h - the order of a chain as it is presented (RFC 8446 section 4.4.2).
 *
 * Only the links are judged here: that each certificate's issuer is the next one's subject.
 */
#ifndef TLS_X509_CHAIN_H
#define TLS_X509_CHAIN_H

#include <stddef.h>

#include "cert.h"

#define TLS_CHAIN_MAX 16

/* True if cert names itself as its issuer. */
bool tls_chain_is_self_issued(const struct tls_cert *cert);

/* 0 if certs (leaf first) are a chain; a self-signed root may stand at its end, and only there.
 * TLS_E_CERTIFICATE_LIST_UNSORTED: *at is the first that doesn't belong where it is.
 * TLS_E_TOO_MANY_CERTIFICATES above TLS_CHAIN_MAX, TLS_E_NO_CERTIFICATE_FOUND for none. */
int tls_chain_check(size_t *at, const struct tls_cert *certs, size_t n)
    __attribute__((warn_unused_result));

#endif
