/* exts.h - the extensions of a certificate that decide what it may do (RFC 5280 section 4.2).
 *
 * Decoded once, before a path is looked for. Spans borrow from the certificate.
 */
#ifndef TLS_X509_EXTS_H
#define TLS_X509_EXTS_H

#include <stdbool.h>

#include "cert.h"
#include "flaw.h"

/* Which extensions there are, and which of them are critical. */
#define TLS_EXT_BASIC_CONSTRAINTS (1U << 0)
#define TLS_EXT_KEY_USAGE (1U << 1)
#define TLS_EXT_EXT_KEY_USAGE (1U << 2)
#define TLS_EXT_SUBJECT_ALT_NAME (1U << 3)
#define TLS_EXT_NAME_CONSTRAINTS (1U << 4)
#define TLS_EXT_AUTHORITY_KEY_ID (1U << 5)
#define TLS_EXT_SUBJECT_KEY_ID (1U << 6)
#define TLS_EXT_POLICY_CONSTRAINTS (1U << 7)
#define TLS_EXT_AUTHORITY_INFO (1U << 8)
#define TLS_EXT_CERT_POLICIES (1U << 9)
#define TLS_EXT_TLS_FEATURE (1U << 10)

/* keyUsage, section 4.2.1.3: bit n of the BIT STRING is bit 15 - n here. */
#define TLS_USAGE_DIGITAL_SIGNATURE 0x8000U
#define TLS_USAGE_CERT_SIGN 0x0400U
#define TLS_USAGE_CRL_SIGN 0x0200U

#define TLS_EXTS_NO_PATH_LEN UINT32_MAX

struct tls_exts {
	unsigned seen, critical; /* TLS_EXT_* */
	bool unknown_critical;
	bool ca;
	uint32_t path_len; /* TLS_EXTS_NO_PATH_LEN: none */
	unsigned usage; /* TLS_USAGE_*; all bits without the extension */
	struct tls_span purposes; /* content of extKeyUsage */
	struct tls_span key_id, issuer_key_id; /* contents; len 0: none */
	bool must_staple; /* RFC 7633: who asks for an OCSP response gets one with this certificate */
	bool issuer_named; /* authorityKeyIdentifier has issuer and serial number */
	struct tls_span permitted, excluded; /* contents of the subtrees: for tls_exts_next_subtree */
};

/* TLS_FLAW_NONE or TLS_FLAW_MALFORMED. */
enum tls_flaw tls_exts_decode(struct tls_exts *exts, const struct tls_cert *cert)
    __attribute__((warn_unused_result));

/* True if extKeyUsage is absent or has this purpose (content of its OBJECT IDENTIFIER), or
 * anyExtendedKeyUsage when that may stand for it. */
bool tls_exts_has_purpose(const struct tls_exts *exts, struct tls_span purpose, bool any);

/* Takes the next base of permitted or excluded from the front of rest. False at the end. */
bool tls_exts_next_subtree(struct tls_span *rest, unsigned *kind, struct tls_span *base);

#endif
