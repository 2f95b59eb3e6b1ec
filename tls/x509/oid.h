/* oid.h - the object identifiers we know, as the content of their DER encoding. */
#ifndef TLS_X509_OID_H
#define TLS_X509_OID_H

#include "../bytes/mem.h"
#include "../bytes/span.h"

#define TLS_OID_RSA "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" /* rsaEncryption, RFC 8017 */
#define TLS_OID_EC "\x2a\x86\x48\xce\x3d\x02\x01" /* id-ecPublicKey, RFC 5480 */
#define TLS_OID_ED25519 "\x2b\x65\x70" /* RFC 8410 */
#define TLS_OID_P256 "\x2a\x86\x48\xce\x3d\x03\x01\x07" /* secp256r1, RFC 5480 */
#define TLS_OID_P384 "\x2b\x81\x04\x00\x22"
#define TLS_OID_P521 "\x2b\x81\x04\x00\x23"
#define TLS_OID_SUBJECT_ALT_NAME "\x55\x1d\x11" /* RFC 5280 section 4.2.1.6 */

/* True if the content of an OBJECT IDENTIFIER is this literal. */
#define tls_oid_is(span, literal) tls_mem_same((span).p, (span).len, literal, sizeof(literal) - 1)

#endif
