/* verification.h - the part of tls.h that is about whom to trust. Included by tls.h alone.
 *
 * A chain is judged by RFC 5280 and its peer's name by RFC 9525, within fixed bounds on work and memory: a path of
 * ten certificates to a trust anchor, found among the first 16 that were sent, whatever their order. Names come from
 * subjectAltName alone, a wildcard is the whole left-most label, MD5 and SHA-1 sign nothing, RSA has 2,048 to 8,192
 * bits. Certificate policies are not evaluated; a certificate that demands it is refused. */
#ifndef TLS_VERIFICATION_H
#define TLS_VERIFICATION_H

/* What is wrong with a chain: TLS_CERT_INVALID and a bit that says why. 0: nothing. */
typedef enum {
	TLS_CERT_INVALID = 1 << 1,
	TLS_CERT_REVOKED = 1 << 5,
	TLS_CERT_SIGNER_NOT_FOUND = 1 << 6,
	TLS_CERT_SIGNER_NOT_CA = 1 << 7,
	TLS_CERT_INSECURE_ALGORITHM = 1 << 8,
	TLS_CERT_NOT_ACTIVATED = 1 << 9,
	TLS_CERT_EXPIRED = 1 << 10,
	TLS_CERT_SIGNATURE_FAILURE = 1 << 11,
	TLS_CERT_REVOCATION_DATA_SUPERSEDED = 1 << 12,
	TLS_CERT_UNEXPECTED_OWNER = 1 << 14,
	TLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE = 1 << 15,
	TLS_CERT_SIGNER_CONSTRAINTS_FAILURE = 1 << 16,
	TLS_CERT_PURPOSE_MISMATCH = 1 << 18,
	TLS_CERT_MISSING_OCSP_STATUS = 1 << 19,
	TLS_CERT_INVALID_OCSP_STATUS = 1 << 20,
	TLS_CERT_UNKNOWN_CRIT_EXTENSIONS = 1 << 21
} tls_certificate_status_t;

/* The CAs that we trust, and their revocation lists (full ones; up to 16 MiB each). PEM with any number of them, or
 * one as DER; may be called again. The number read, or TLS_E_NO_CERTIFICATE_FOUND, TLS_E_CERTIFICATE_ERROR,
 * TLS_E_NO_CRL_FOUND, TLS_E_CRL_ERROR, TLS_E_BASE64_DECODING_ERROR (tls_certificate_error_line has the line; what
 * stands before it is taken), TLS_E_MEMORY_ERROR. TLS_E_INVALID_REQUEST once a session uses the credentials.
 * A certificate that is itself among those trusted needs no issuer. */
int tls_certificate_set_x509_trust_mem(tls_certificate_credentials_t res, const tls_datum_t *ca,
    tls_x509_crt_fmt_t type);
int tls_certificate_set_x509_crl_mem(tls_certificate_credentials_t res, const tls_datum_t *crl,
    tls_x509_crt_fmt_t type);

/* How to judge. Without a list of an issuer nothing is revoked, unless lists are required. A list that is there
 * must be good: signed by the issuer, and in time; and so must an OCSP response that came with the chain. Without
 * one that is fine, unless it is required, by flag or by the certificate of a server that was asked for one (RFC 7633).
 * Neither is looked at for a certificate that is itself trusted. STRICT also refuses what conforming CAs don't issue though it
 * does no harm by itself: no key identifiers, a leaf without extKeyUsage, extensions wrongly marked critical or
 * not, serial numbers that aren't positive, ... (RFC 5280 section 4, Baseline Requirements section 7.1). */
#define TLS_VERIFY_DISABLE_TIME_CHECKS (1u << 6)
#define TLS_VERIFY_DISABLE_CRL_CHECKS (1u << 9)
#define TLS_VERIFY_REQUIRE_CRLS (1u << 24)
#define TLS_VERIFY_STRICT (1u << 25)
#define TLS_VERIFY_REQUIRE_OCSP (1u << 26)

/* For all that is judged with these credentials; added to what a session sets. As for setting: INVALID_REQUEST. */
int tls_certificate_set_verify_flags(tls_certificate_credentials_t res, unsigned int flags);

/* Has the handshake judge the peer's chain with the credentials' CAs, at the time of the clock function, before the
 * verify function is called; a resumed session's, too. A server's chain is held against hostname, a DNS name (A-labels)
 * or an IP address as text, copied; NULL: any name. A client's is not. If it isn't good the handshake ends with
 * an error and alert that name the reason: certificate_expired, unknown_ca, certificate_revoked, ... Before the
 * handshake. Lack of memory ends the session: its handshake gives TLS_E_MEMORY_ERROR. */
void tls_session_set_verify_cert(tls_session_t session, const char *hostname, unsigned flags);

/* Judges the chain that the peer has shown, from the verify function or later: 0 and *status, or
 * TLS_E_NO_CERTIFICATE_FOUND, TLS_E_INVALID_REQUEST (no credentials; no clock function, and dates matter),
 * TLS_E_MEMORY_ERROR. peers2: any name. */
int tls_certificate_verify_peers3(tls_session_t session, const char *hostname, unsigned int *status);
int tls_certificate_verify_peers2(tls_session_t session, unsigned int *status);

/* What was found last: the status, and with a bad one the certificate at fault: how far from the peer's own (0), its
 * subject ("CN=Some CA, O=Example", cut at 255 bytes) and the reason. Valid until the next judgement of this session
 * or its end. TLS_E_REQUESTED_DATA_NOT_AVAILABLE when nothing was judged, or nothing was wrong. */
unsigned int tls_session_get_verify_cert_status(tls_session_t session);
int tls_session_get_verify_cert_fault(tls_session_t session, unsigned *depth, const char **subject,
    const char **reason);

/* A status in words, NUL-terminated, in memory that the caller releases with tls_free. flags: 0. */
typedef enum { TLS_CRT_X509 = 1 } tls_certificate_type_t;
int tls_certificate_verification_status_print(unsigned int status, tls_certificate_type_t type, tls_datum_t *out,
    unsigned int flags);

#endif
