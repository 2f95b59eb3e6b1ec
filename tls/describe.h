/* describe.h - the part of tls.h that says what stands in a certificate, in an OCSP response and in a message of the
 * handshake, for those who show it to people. Included by tls.h alone.
 *
 * Nothing is judged here: what is said of a certificate is what it says itself. Data borrows from what is given. */
#ifndef TLS_DESCRIBE_H
#define TLS_DESCRIBE_H

/* ---- Certificates, as DER ---------------------------------------------------------------------------------------- */

#define TLS_FINGERPRINT_LEN 32

typedef struct {
	unsigned version; /* 1, 2, 3 */
	int64_t not_before, not_after; /* seconds since 1970, both inclusive */
	const char *key; /* "RSA", "P-256", "P-384", "P-521", "Ed25519"; NULL: a kind that we don't know */
	unsigned key_bits; /* 0: not known */
	uint16_t sign_algorithm; /* the TLS_SIGN_* that stands for its signature; 0: none does */
	tls_datum_t sign_oid; /* content of the OBJECT IDENTIFIER of its signature */
	tls_datum_t serial; /* content of the INTEGER */
	bool ca; /* basicConstraints says so */
	bool must_staple; /* RFC 7633 */
	bool self_issued; /* subject and issuer are the same */
	unsigned char sha256[TLS_FINGERPRINT_LEN]; /* of the certificate */
	unsigned char spki_sha256[TLS_FINGERPRINT_LEN]; /* of its SubjectPublicKeyInfo: a pin of its key */
} tls_certificate_info_t;

/* 0 or TLS_E_CERTIFICATE_ERROR. */
int tls_certificate_get_info(const tls_datum_t *cert, tls_certificate_info_t *info);

/* As tls_certificate_get_subject, of the issuer. */
int tls_certificate_get_issuer(const tls_datum_t *cert, char *text, size_t size);

/* The subjectAltName at index: its type, and its value as it stands there (an address: 4 or 16 bytes; any other type
 * than those of TLS_SAN_*: TLS_SAN_OTHERNAME). 0, TLS_E_CERTIFICATE_ERROR, TLS_E_REQUESTED_DATA_NOT_AVAILABLE past the
 * last one. */
int tls_certificate_get_subject_alt_name(const tls_datum_t *cert, unsigned index, tls_x509_subject_alt_name_t *type,
    tls_datum_t *value);

/* True if the certificate is for hostname, a DNS name (A-labels) or an IP address as text, by the rules that a session
 * judges by. */
bool tls_certificate_check_hostname(const tls_datum_t *cert, const char *hostname);

/* What an OCSP response says of the certificate, by its serial number alone: nobody has checked who says it. 0,
 * TLS_E_OCSP_RESPONSE_ERROR, TLS_E_REQUESTED_DATA_NOT_AVAILABLE if it says nothing of it. */
typedef enum { TLS_OCSP_CERT_GOOD = 0, TLS_OCSP_CERT_REVOKED = 1, TLS_OCSP_CERT_UNKNOWN = 2 } tls_ocsp_cert_status_t;

typedef struct {
	tls_ocsp_cert_status_t status;
	int64_t this_update, next_update; /* seconds since 1970; next_update 0: not given */
} tls_ocsp_info_t;

int tls_certificate_get_ocsp_info(const tls_datum_t *cert, const tls_datum_t *response, tls_ocsp_info_t *info);

/* ---- Messages, as the hook function gets them -------------------------------------------------------------------- */

/* More than this of one kind is cut. */
#define TLS_MESSAGE_LIST_MAX 64
#define TLS_MESSAGE_CERTIFICATES_MAX 16

typedef struct {
	unsigned n;
	uint16_t id[TLS_MESSAGE_LIST_MAX];
} tls_message_list_t;

/* What is not in the message, or not of its kind, is 0. */
typedef struct {
	tls_message_list_t versions; /* ClientHello: offered; ServerHello: the one chosen */
	tls_message_list_t ciphersuites, groups; /* the same */
	tls_message_list_t key_shares; /* ClientHello: the groups that a share is there for */
	tls_message_list_t sign_algorithms; /* ClientHello, CertificateRequest: taken; ServerKeyExchange: the one used */
	tls_datum_t server_name; /* ClientHello */
	tls_datum_t alpn; /* ClientHello: {u8 length, name} each; ServerHello, EncryptedExtensions: the name chosen */
	tls_datum_t session_id; /* ClientHello, ServerHello */
	bool retry; /* ServerHello: it is a HelloRetryRequest */
	bool psk; /* ClientHello: offers a session of TLS 1.3 to resume; ServerHello: resumes it */
	bool session_ticket; /* ClientHello: offers a ticket of TLS 1.2; ServerHello: will give one */
	bool status_request; /* ClientHello: asks for an OCSP response; ServerHello: one may come */
	bool extended_master_secret; /* ClientHello, ServerHello of TLS 1.2 */
	tls_datum_t certificates[TLS_MESSAGE_CERTIFICATES_MAX]; /* Certificate: as DER, the peer's own first */
	unsigned n_certificates;
	tls_datum_t ocsp_response; /* Certificate (TLS 1.3), CertificateStatus */
	tls_datum_t authorities; /* CertificateRequest: for tls_message_next_authority */
	uint32_t lifetime; /* NewSessionTicket: seconds; in TLS 1.2 0 is not said */
	unsigned ticket_size; /* NewSessionTicket: bytes; in TLS 1.2 0 is none after all */
	bool update_requested; /* KeyUpdate: the other side is to update as well */
} tls_message_info_t;

/* version: tls_protocol_get_version of the session. 0, TLS_E_REQUESTED_DATA_NOT_AVAILABLE for a kind of message that
 * has nothing to say, or the error that the message would end a handshake with. */
int tls_message_get_info(unsigned htype, tls_protocol_t version, const tls_datum_t *msg, tls_message_info_t *info);

/* Takes the first name from the front of rest, a copy of authorities, as text, as tls_certificate_get_subject has it.
 * False at the end. */
bool tls_message_next_authority(tls_datum_t *rest, char *text, size_t size);

#endif
