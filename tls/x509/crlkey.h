/* crlkey.h - the other keys of an issuer that may have signed its revocation list (RFC 5280 sections 4.2.1.3, 6.3.3 (f)):
 * one for lists alone, or the one before or after a change of its key.
 *
 * Such a key has a certificate for the issuer's name with cRLSign. What makes it the issuer's is who signed that
 * certificate: the issuer itself, or who certified the issuer. So both ends of the path are the same.
 */
#ifndef TLS_X509_CRLKEY_H
#define TLS_X509_CRLKEY_H

#include "certsig.h"
#include "crl.h"

#define TLS_CRLKEY_MAX 32 /* certificates of keys that are tried for one chain: three signatures each */

/* A list's signature: whether this key has made it. */
typedef bool (*tls_crlkey_try)(void *list, const struct tls_pubkey *key);

/* True if one of ask's other certificates is for such a key, and that has signed the list. key_id: the list's
 * authorityKeyIdentifier; len 0: none. */
bool tls_crlkey_find(void *list, tls_crlkey_try try, struct tls_span key_id, const struct tls_crls_ask *ask)
    __attribute__((warn_unused_result));

#endif
