/* flaw.h - what may be wrong with a chain: each fault with its status bit (tls.h), the error that the
 * handshake ends with, whose alert goes to the peer, and the reason as an operator reads it. */
#ifndef TLS_X509_FLAW_H
#define TLS_X509_FLAW_H

#include "../tls.h"

#define TLS_FLAW_MAP(X)                                                                                      \
	X(MALFORMED, INVALID, PEER_CERTIFICATE_ERROR, "certificate is malformed")                             \
	X(VERSION, INVALID, PEER_CERTIFICATE_ERROR, "certificate is not of version 3")                        \
	X(SERIAL, INVALID, PEER_CERTIFICATE_ERROR, "serial number is not positive or too long")               \
	X(NAME_FORM, INVALID, PEER_CERTIFICATE_ERROR, "name is not in the form that the profile demands")     \
	X(CRITICALITY, INVALID, PEER_CERTIFICATE_ERROR, "extension is wrongly marked critical or not")        \
	X(NO_KEY_ID, INVALID, PEER_CERTIFICATE_ERROR, "key identifier is missing")                            \
	X(CONTRADICTION, INVALID, PEER_CERTIFICATE_ERROR, "extensions contradict each other")                 \
	X(UNKNOWN_EXTENSION, UNKNOWN_CRIT_EXTENSIONS, PEER_CERTIFICATE_UNSUPPORTED,                           \
	    "unknown critical extension")                                                                     \
	X(NO_ISSUER, SIGNER_NOT_FOUND, UNKNOWN_CA, "issuer is not trusted")                                   \
	X(NOT_A_CA, SIGNER_NOT_CA, UNKNOWN_CA, "issuer is not a CA")                                          \
	X(NO_CERT_SIGN, SIGNER_CONSTRAINTS_FAILURE, UNKNOWN_CA, "issuer's key may not sign certificates")     \
	X(PATH_LEN, SIGNER_CONSTRAINTS_FAILURE, CERTIFICATE_CONSTRAINTS, "chain is longer than an issuer allows") \
	X(TOO_DEEP, SIGNER_CONSTRAINTS_FAILURE, CERTIFICATE_CONSTRAINTS, "chain is too long")                 \
	X(WEAK_SIGNATURE, INSECURE_ALGORITHM, CERTIFICATE_WEAK, "signed with an algorithm that is not accepted") \
	X(WEAK_KEY, INSECURE_ALGORITHM, CERTIFICATE_WEAK, "key of a kind or size that is not accepted")       \
	X(SIGNATURE, SIGNATURE_FAILURE, CERTIFICATE_SIGNATURE, "signature does not verify")                   \
	X(NOT_ACTIVATED, NOT_ACTIVATED, CERTIFICATE_NOT_ACTIVATED, "not valid yet")                           \
	X(EXPIRED, EXPIRED, CERTIFICATE_EXPIRED, "expired")                                                   \
	X(PURPOSE, PURPOSE_MISMATCH, CERTIFICATE_PURPOSE, "not meant for this purpose")                       \
	X(NAME_CONSTRAINTS, SIGNER_CONSTRAINTS_FAILURE, CERTIFICATE_CONSTRAINTS,                              \
	    "name is outside of what an issuer may certify")                                                  \
	X(NAME, UNEXPECTED_OWNER, CERTIFICATE_NAME, "name does not match")                                    \
	X(REVOKED, REVOKED, CERTIFICATE_REVOKED, "revoked")                                                   \
	X(CRL_MISSING, INVALID, CERTIFICATE_NO_STATUS, "no revocation list of the issuer")                    \
	X(CRL_STALE, REVOCATION_DATA_SUPERSEDED, CERTIFICATE_NO_STATUS, "revocation list is out of date")     \
	X(CRL_FUTURE, REVOCATION_DATA_ISSUED_IN_FUTURE, CERTIFICATE_NO_STATUS,                                \
	    "revocation list is issued in the future")                                                        \
	X(CRL_UNUSABLE, INVALID, CERTIFICATE_NO_STATUS, "revocation list is not acceptable")                  \
	X(CRL_SIGNER, INVALID, CERTIFICATE_NO_STATUS, "revocation list is signed by another key than its issuer's") \
	X(CRL_SCOPE, INVALID, CERTIFICATE_NO_STATUS, "no revocation list of the issuer covers it")            \
	X(CRL_INDIRECT, INVALID, CERTIFICATE_NO_STATUS, "revocation list is an indirect one")                 \
	X(CRL_REASONS, INVALID, CERTIFICATE_NO_STATUS, "revocation list is for some reasons only")            \
	X(OCSP_MISSING, MISSING_OCSP_STATUS, CERTIFICATE_STATUS_ERROR, "no OCSP response came with it, and must")   \
	X(OCSP_STALE, REVOCATION_DATA_SUPERSEDED, CERTIFICATE_STATUS_ERROR, "OCSP response is out of date")        \
	X(OCSP_UNUSABLE, INVALID_OCSP_STATUS, CERTIFICATE_STATUS_ERROR, "OCSP response is not acceptable")         \
	X(LIMIT, INVALID, CERTIFICATE_LIMIT, "too much work to find a path")

#define TLS_FLAW_ENUM(name, bit, error, text) TLS_FLAW_##name,
enum tls_flaw { TLS_FLAW_NONE, TLS_FLAW_MAP(TLS_FLAW_ENUM) };
#undef TLS_FLAW_ENUM

/* TLS_CERT_INVALID and the fault's bit; 0 for TLS_FLAW_NONE. */
unsigned tls_flaw_status(enum tls_flaw fault);

/* The TLS_E_* for the handshake; 0 for TLS_FLAW_NONE. */
int tls_flaw_error(enum tls_flaw fault) __attribute__((warn_unused_result));

/* The reason; "valid" for TLS_FLAW_NONE. */
const char *tls_flaw_text(enum tls_flaw fault);

#endif
