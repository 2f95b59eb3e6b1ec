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

/* Every bit: the status of a session whose peer was not judged, since it has shown no chain or nobody asked. */
#define TLS_CERT_NOT_JUDGED ((unsigned int)-1)

/* The CAs that we trust, and their revocation lists (no deltas, no indirect ones; up to 16 MiB each; a certificate
 * that none of its issuer's lists covers is refused). PEM with any number of them, or one as DER; may be called
 * again. The number read, or TLS_E_NO_CERTIFICATE_FOUND, TLS_E_CERTIFICATE_ERROR, TLS_E_NO_CRL_FOUND,
 * TLS_E_CRL_ERROR, TLS_E_BASE64_DECODING_ERROR (tls_certificate_error_line has the line; what stands before it is
 * taken), TLS_E_MEMORY_ERROR. TLS_E_INVALID_REQUEST once a session uses the credentials. A certificate that is itself
 * among those trusted needs no issuer. */
int tls_certificate_set_x509_trust_mem(tls_certificate_credentials_t res, const tls_datum_t *ca,
    tls_x509_crt_fmt_t type);
int tls_certificate_set_x509_crl_mem(tls_certificate_credentials_t res, const tls_datum_t *crl,
    tls_x509_crt_fmt_t type);

/* Until when the revocation list at index (in the order in which they were read) is good: seconds since 1970.
 * TLS_E_REQUESTED_DATA_NOT_AVAILABLE past the last one, and if it doesn't say. */
int tls_certificate_get_crl_expiration(tls_certificate_credentials_t res, unsigned int index, int64_t *last);

/* How to judge. Without a list of an issuer nothing is revoked, unless lists are required. A list that is there must
 * be good: signed by the issuer, and in time; and so must an OCSP response that came with the chain. Without one that
 * is fine, unless it is required, by flag or by the certificate of a server that was asked for one (RFC 7633).
 * Neither is looked at for a certificate that is itself trusted. STRICT also refuses what conforming CAs don't issue
 * though it does no harm by itself: no key identifiers, a leaf without extKeyUsage, extensions wrongly marked
 * critical or not, serial numbers that aren't positive, ... (RFC 5280 section 4, Baseline Requirements section 7.1). */
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
 * TLS_E_NO_CERTIFICATE_FOUND (as tls_certificate_get_peers has none), TLS_E_INVALID_REQUEST (no credentials; no clock
 * function, and dates matter), TLS_E_MEMORY_ERROR. peers2: any name. */
int tls_certificate_verify_peers3(tls_session_t session, const char *hostname, unsigned int *status);
int tls_certificate_verify_peers2(tls_session_t session, unsigned int *status);

/* What was found last: the status (TLS_CERT_NOT_JUDGED: nothing was judged), and with a bad one the certificate at
 * fault: how far from the peer's own (0), its subject ("CN=Some CA, O=Example", cut at 255 bytes) and the reason. Valid
 * until the next judgement of this session or its end. TLS_E_REQUESTED_DATA_NOT_AVAILABLE when nothing was judged, or
 * nothing was wrong. */
unsigned int tls_session_get_verify_cert_status(tls_session_t session);
int tls_session_get_verify_cert_fault(tls_session_t session, unsigned *depth, const char **subject,
    const char **reason);

/* Whose certificate it is: the subject of one as DER, as above, NUL-terminated, cut to size bytes with the NUL (at
 * least 1). 0 or TLS_E_CERTIFICATE_ERROR: text is "" then. */
int tls_certificate_get_subject(const tls_datum_t *cert, char *text, size_t size);

/* The common name in its subject, in UTF-8, NUL-terminated. 0, TLS_E_CERTIFICATE_ERROR, or
 * TLS_E_REQUESTED_DATA_NOT_AVAILABLE: there is none, or more than one, or it is no text, has control characters, or more
 * than size bytes with the NUL (at least 1); text is "" then. */
int tls_certificate_get_common_name(const tls_datum_t *cert, char *text, size_t size);

/* A status in words, NUL-terminated, in memory that the caller releases with tls_free. flags: 0. */
typedef enum { TLS_CRT_X509 = 1 } tls_certificate_type_t;
int tls_certificate_verification_status_print(unsigned int status, tls_certificate_type_t type, tls_datum_t *out,
    unsigned int flags);

/* ---- Chains outside of a session ----------------------------------------------------------------------------- */

/* A case: a chain to be judged, and all that is judged with. It is filled, then judged, as often as one likes. It
 * copies what it is given. Not thread-safe. init: 0 or TLS_E_MEMORY_ERROR. deinit: NULL is fine. */
typedef struct tls_x509_case_st *tls_x509_case_t;
int tls_x509_case_init(tls_x509_case_t *res);
void tls_x509_case_deinit(tls_x509_case_t c);

typedef enum {
	TLS_X509_CASE_TRUST, /* CAs that we trust */
	TLS_X509_CASE_CHAIN, /* what the peer has sent, its own certificate first, the others in any order */
	TLS_X509_CASE_UNTRUSTED, /* further certificates that may be part of a path */
	TLS_X509_CASE_CRL, /* revocation lists, no deltas, no indirect ones */
	TLS_X509_CASE_STAPLE /* the OCSP response that came with the chain, in place of an earlier one; DER only */
} tls_x509_case_input_t;

/* Adds what data holds: PEM with any number of certificates, or lists (other blocks are passed over), or one as DER.
 * The number read, or TLS_E_NO_CERTIFICATE_FOUND, TLS_E_NO_CRL_FOUND, TLS_E_CERTIFICATE_ERROR, TLS_E_CRL_ERROR,
 * TLS_E_OCSP_RESPONSE_ERROR, TLS_E_BASE64_DECODING_ERROR, TLS_E_TOO_MANY_CERTIFICATES (256 in the chain, and 256
 * untrusted), TLS_E_INVALID_REQUEST (a response as PEM), TLS_E_MEMORY_ERROR; what stands before the fault is taken.
 * A certificate of the chain and an untrusted one must be DER and no more: whether it makes sense is judged. */
int tls_x509_case_add(tls_x509_case_t c, tls_x509_case_input_t input, const tls_datum_t *data, tls_x509_crt_fmt_t type);

/* Where the last add failed: the line (from 1) of PEM text, that of BEGIN if the block's DER is at fault, 0 for no line;
 * and the byte (from 0) of the DER, where an element begins that isn't one; -1 for no byte: all elements are sound,
 * together they aren't what they should be. */
void tls_x509_case_error_position(tls_x509_case_t c, unsigned *line, long *byte);

/* Names that the peer's certificate must have, all of them, at most 64: DNS (A-labels), email or IP address as text.
 * TLS_E_INVALID_REQUEST: one too many, no address, another type. What is no valid name otherwise is in no certificate. */
typedef enum {
	TLS_SAN_DNSNAME = 1,
	TLS_SAN_RFC822NAME = 2,
	TLS_SAN_URI = 3, /* told of a certificate (describe.h); not to be asked for, nor made */
	TLS_SAN_IPADDRESS = 4,
	TLS_SAN_OTHERNAME = 5 /* the same */
} tls_x509_subject_alt_name_t;
int tls_x509_case_add_name(tls_x509_case_t c, tls_x509_subject_alt_name_t type, const char *name);

typedef struct {
	int64_t now; /* seconds since 1970 */
	unsigned flags; /* TLS_VERIFY_* */
	bool of_client; /* the peer is a client: clientAuth instead of serverAuth */
	bool limited; /* max_intermediates counts */
	unsigned max_intermediates; /* between the peer's certificate and the trusted one, self-issued ones not counted */
} tls_x509_case_terms_t;

/* Judges: 0 and *status (0: trusted), TLS_E_NO_CERTIFICATE_FOUND (no chain), TLS_E_MEMORY_ERROR. At most 16 certificates
 * are looked at: the first ones of the chain, then untrusted ones that by their names may have issued one of those. */
int tls_x509_case_judge(tls_x509_case_t c, unsigned int *status, const tls_x509_case_terms_t *terms);

/* What was found last, as tls_session_get_verify_cert_fault; valid until the next judgement or deinit.
 * TLS_E_REQUESTED_DATA_NOT_AVAILABLE when nothing was judged, or nothing was wrong. */
int tls_x509_case_get_fault(tls_x509_case_t c, unsigned *depth, const char **subject, const char **reason);

/* The subjects of the path that was found, when it is trusted: 0 is the peer's own certificate, the last the trusted
 * one. NULL past the last. */
const char *tls_x509_case_get_path(tls_x509_case_t c, unsigned index);

#endif
