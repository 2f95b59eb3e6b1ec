/* ocsp.h - OCSP responses that a server staples (RFC 6960, RFC 5019).
 *
 * A response counts only if it was signed for this issuer: by the issuer's own key, or by one that the issuer itself has
 * certified for OCSP signing, within the response, and not revoked; and the response must name that signer. All of its
 * entries are looked at.
 */
#ifndef TLS_X509_OCSP_H
#define TLS_X509_OCSP_H

#include "../crypto/sig.h"
#include "crl.h"
#include "node.h"

#define TLS_OCSP_MAX_SIGNERS 4 /* certificates in a response that are tried */
#define TLS_OCSP_MAX_SKEW 300 /* seconds that the responder's clock may be ahead of ours */
#define TLS_OCSP_MAX_AGE (7 * 86400) /* of a response that doesn't say until when it is good */

struct tls_ocsp_ask {
	const struct tls_node *subject, *issuer; /* issuer's key has signed subject */
	const struct tls_pubkey *issuer_key;
	const struct tls_crls *crls; /* may say that a signer is revoked; may be NULL */
	int64_t now;
	bool any_time; /* dates don't matter */
};

/* The DER of an OCSPResponse: TLS_FLAW_NONE, TLS_FLAW_REVOKED, TLS_FLAW_OCSP_STALE, TLS_FLAW_OCSP_UNUSABLE (anything else,
 * "unknown" included). */
enum tls_flaw tls_ocsp_check(struct tls_span response, const struct tls_ocsp_ask *ask)
    __attribute__((warn_unused_result));

/* What a response says of the certificate with this serial number (whole element), whoever says it: the first entry.
 * 0, TLS_E_OCSP_RESPONSE_ERROR, TLS_E_REQUESTED_DATA_NOT_AVAILABLE. */
int tls_ocsp_find(tls_ocsp_info_t *info, struct tls_span response, struct tls_span serial)
    __attribute__((warn_unused_result));

#endif
