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

/* Signature algorithms: RFC 8017, RFC 5758, RFC 8410. */
#define TLS_OID_RSA_MD5 "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04"
#define TLS_OID_RSA_SHA1 "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"
#define TLS_OID_RSA_PSS "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
#define TLS_OID_RSA_SHA256 "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"
#define TLS_OID_RSA_SHA384 "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"
#define TLS_OID_RSA_SHA512 "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"
#define TLS_OID_MGF1 "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
#define TLS_OID_ECDSA_SHA1 "\x2a\x86\x48\xce\x3d\x04\x01"
#define TLS_OID_ECDSA_SHA256 "\x2a\x86\x48\xce\x3d\x04\x03\x02"
#define TLS_OID_ECDSA_SHA384 "\x2a\x86\x48\xce\x3d\x04\x03\x03"
#define TLS_OID_ECDSA_SHA512 "\x2a\x86\x48\xce\x3d\x04\x03\x04"
#define TLS_OID_SHA1 "\x2b\x0e\x03\x02\x1a"
#define TLS_OID_SHA256 "\x60\x86\x48\x01\x65\x03\x04\x02\x01"
#define TLS_OID_SHA384 "\x60\x86\x48\x01\x65\x03\x04\x02\x02"
#define TLS_OID_SHA512 "\x60\x86\x48\x01\x65\x03\x04\x02\x03"

/* Attributes of names: RFC 5280 appendix A. */
#define TLS_OID_COMMON_NAME "\x55\x04\x03"
#define TLS_OID_EMAIL "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"

/* Extensions of certificates: RFC 5280 section 4.2. */
#define TLS_OID_SUBJECT_KEY_ID "\x55\x1d\x0e"
#define TLS_OID_KEY_USAGE "\x55\x1d\x0f"
#define TLS_OID_SUBJECT_ALT_NAME "\x55\x1d\x11"
#define TLS_OID_BASIC_CONSTRAINTS "\x55\x1d\x13"
#define TLS_OID_CRL_POINTS "\x55\x1d\x1f"
#define TLS_OID_NAME_CONSTRAINTS "\x55\x1d\x1e"
#define TLS_OID_CERT_POLICIES "\x55\x1d\x20"
#define TLS_OID_AUTHORITY_KEY_ID "\x55\x1d\x23"
#define TLS_OID_POLICY_CONSTRAINTS "\x55\x1d\x24"
#define TLS_OID_EXT_KEY_USAGE "\x55\x1d\x25"
#define TLS_OID_AUTHORITY_INFO "\x2b\x06\x01\x05\x05\x07\x01\x01"
#define TLS_OID_TLS_FEATURE "\x2b\x06\x01\x05\x05\x07\x01\x18" /* RFC 7633 */

/* Extensions of revocation lists: section 5.2. */
#define TLS_OID_CRL_NUMBER "\x55\x1d\x14"
#define TLS_OID_REASON_CODE "\x55\x1d\x15" /* section 5.3.1: of an entry */
#define TLS_OID_DELTA_CRL "\x55\x1d\x1b"
#define TLS_OID_ISSUING_POINT "\x55\x1d\x1c"

/* Extended key usages: section 4.2.1.12. */
#define TLS_OID_ANY_USAGE "\x55\x1d\x25\x00"
#define TLS_OID_SERVER_AUTH "\x2b\x06\x01\x05\x05\x07\x03\x01"
#define TLS_OID_CLIENT_AUTH "\x2b\x06\x01\x05\x05\x07\x03\x02"
#define TLS_OID_OCSP_SIGNING "\x2b\x06\x01\x05\x05\x07\x03\x09" /* RFC 6960 section 4.2.2.2 */

#define TLS_OID_OCSP_BASIC "\x2b\x06\x01\x05\x05\x07\x30\x01\x01" /* RFC 6960 section 4.2.1 */

/* True if the content of an OBJECT IDENTIFIER is this literal. */
#define tls_oid_is(span, literal) tls_mem_same((span).p, (span).len, literal, sizeof(literal) - 1)

#endif
