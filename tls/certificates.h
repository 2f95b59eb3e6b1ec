/* certificates.h - the part of tls.h that is about certificates: credentials, what a peer has shown, what is asked of
 * it. Included by tls.h alone.
 */
#ifndef TLS_CERTIFICATES_H
#define TLS_CERTIFICATES_H

typedef enum { TLS_X509_FMT_DER, TLS_X509_FMT_PEM } tls_x509_crt_fmt_t;
typedef enum { TLS_CRD_CERTIFICATE = 1 } tls_credentials_type_t;

/* Credentials are made, filled, and then used: once a session has them they can't be changed any
 * more (TLS_E_INVALID_REQUEST). Sessions hold them alive; free drops the caller's hold (NULL is fine). 0 or
 * TLS_E_MEMORY_ERROR. */
int tls_certificate_allocate_credentials(tls_certificate_credentials_t *res);
void tls_certificate_free_credentials(tls_certificate_credentials_t sc);

/* Adds a chain (leaf first) and its key; memory stays the caller's. Names for the choice by SNI are
 * the leaf's dNSName entries. Key: PKCS#8, SEC1 or PKCS#1. 0 or TLS_E_*: the key belongs to the leaf,
 * each certificate to the next one's subject, or it is refused. */
int tls_certificate_set_x509_key_mem(tls_certificate_credentials_t res, const tls_datum_t *cert,
    const tls_datum_t *key, tls_x509_crt_fmt_t type);

/* The same with a key that somebody else has: another process, a token. The handshake calls sign wherever
 * it has to sign. data is the whole input of the signature (no hash of it), scheme one of TLS_SIGN_*, the
 * form of the signature that of TLS (ECDSA: DER). signature->data has room for signature->size
 * (TLS_SIGNATURE_MAX_LEN) bytes; size takes how many were written.
 *   0            it is made.
 *   TLS_E_AGAIN  not yet. tls_handshake gives TLS_E_AGAIN with the direction TLS_WAIT_KEY; called again, it
 *                first asks sign again, with the same data, until then it reads nothing. *request (NULL at
 *                the first call) is the function's own, to know the question by.
 *   else         the handshake ends: with a fatal error of this list, or TLS_E_SIGNING_FAILED.
 * Between TLS_E_AGAIN and the next call the session may end (tls_deinit, the time limit, an alert that was
 * sent, a transport that fails): cancel (may be NULL) is called then, once, and sign not again. Both are
 * called in the thread of the session; sign is under the rules of callbacks, cancel must call nothing on
 * the session. An RSA signature is checked before it is sent, since a faulty one can give the key away;
 * any other that is wrong is refused by the peer. cert: as above; that the key goes with the leaf can't be
 * checked here. 0, or TLS_E_* as above. */
#define TLS_SIGNATURE_MAX_LEN 1024
typedef int (*tls_key_sign_func)(tls_session_t session, void *ptr, void **request, uint16_t scheme,
    const tls_datum_t *data, tls_datum_t *signature);
typedef void (*tls_key_cancel_func)(void *ptr, void *request);
int tls_certificate_set_x509_key_func(tls_certificate_credentials_t res, const tls_datum_t *cert,
    tls_x509_crt_fmt_t type, tls_key_sign_func sign, tls_key_cancel_func cancel, void *ptr);

/* Where the last of these two failed on these credentials: the line (from 1) of the PEM text, 0 when it
 * was no PEM or the fault has no line (no certificate at all, a key that doesn't match). in_key, if not
 * NULL: true when the fault is in the key, false in the chain. */
unsigned tls_certificate_error_line(tls_certificate_credentials_t sc, bool *in_key);

/* The OCSP response that a server staples to the chain at idx, when a client asks for one: DER, or PEM ("OCSP
 * RESPONSE"); copied, in place of an earlier one. It is looked at no closer than that it is one that says
 * something (TLS_E_OCSP_RESPONSE_ERROR). TLS_E_INVALID_REQUEST: no such chain, or a session uses the credentials. */
int tls_certificate_set_ocsp_status_request_mem(tls_certificate_credentials_t sc, const tls_datum_t *response,
    unsigned idx, tls_x509_crt_fmt_t fmt);

/* A self-signed certificate with a fresh ECDSA P-256 key for the given DNS names (IP addresses in
 * text form become iPAddress entries), valid from not_before for days (seconds since 1970). */
int tls_certificate_set_self_signed(tls_certificate_credentials_t res, const char *const *names,
    unsigned n_names, int64_t not_before, unsigned days);

/* What a server does when the client names no server or one without certificate: present the first
 * chain (false, the default) or refuse with unrecognized_name (true; a client without SNI, too). */
int tls_certificate_set_strict_sni(tls_certificate_credentials_t res, bool strict);

/* The chain at index, leaf first, as DER; valid as long as the credentials. n_chain: room in,
 * certificates out. TLS_E_REQUESTED_DATA_NOT_AVAILABLE past the last chain. */
int tls_certificate_get_chain(tls_certificate_credentials_t sc, unsigned index, tls_datum_t *chain,
    unsigned *n_chain);

/* New credentials with nothing but the chain at index and its key, to try it alone: they borrow it, and hold sc, which
 * can't be changed any more; nor can they. TLS_E_REQUESTED_DATA_NOT_AVAILABLE past the last chain, TLS_E_MEMORY_ERROR. */
int tls_certificate_take_one(tls_certificate_credentials_t *res, tls_certificate_credentials_t sc, unsigned index);

/* When the first certificate of the chain at index to expire does so: its last second, since 1970.
 * TLS_E_REQUESTED_DATA_NOT_AVAILABLE past the last chain. */
int tls_certificate_get_expiration(tls_certificate_credentials_t sc, unsigned index, int64_t *last);

/* What the session shows and signs with, and by whose CAs it judges: cred is a tls_certificate_credentials_t, in place
 * of an earlier one; the session holds it alive, and it can't be changed any more. Before the handshake, in the
 * post-client-hello function, and between two handshakes; else TLS_E_INVALID_REQUEST. 0. */
int tls_credentials_set(tls_session_t session, tls_credentials_type_t type, void *cred);

/* Called in the handshake, on both roles, when the peer has shown a certificate and proved that it
 * has the key: tls_certificate_get_peers gives what it showed. 0 goes on; any other result ends the
 * handshake with bad_certificate. TLS_E_INVALID_REQUEST once a session uses the credentials.
 *
 * Issuers, dates, usages and names are judged if tls_session_set_verify_cert asks for it, or by this function through
 * tls_certificate_verify_peers3 (verification.h): a client with neither talks to whoever answers. */
typedef int tls_certificate_verify_function(tls_session_t);
int tls_certificate_set_verify_function(tls_certificate_credentials_t cred,
    tls_certificate_verify_function *func);

/* The certificates that the peer presented, leaf first, as DER; valid as long as the session, or until another
 * handshake of TLS 1.2 (tls_rehandshake), and until then held in its memory. NULL and 0 without any, before the peer
 * has proved that they are its own, and when the handshake in which they came has failed. A server has them only when
 * it asked. */
const tls_datum_t *tls_certificate_get_peers(tls_session_t session, unsigned int *list_size);

/* Server, when the handshake is complete: what the client has presented need not be kept any longer, which for a chain
 * of two is a kilobyte or two. tls_certificate_get_peers and tls_certificate_verify_peers3 know of none from then on, nor is
 * the verdict told any more; who the client is stays known: in another handshake it has to show the same certificate. 0,
 * without a chain, too; TLS_E_INVALID_REQUEST (a client, no or another handshake under way), TLS_E_MEMORY_ERROR: then
 * it is kept. */
int tls_certificate_forget_peers(tls_session_t session);

/* Client, before the handshake: ask the server for an OCSP response (status_request, RFC 6066 section 8). A session
 * that doesn't ask refuses one. The three arguments are there for those who know them from elsewhere: NULL, 0, NULL.
 * get: the response that came with the server's certificate, as it came, nobody has judged it; from the verify function
 * on, valid as long as they are. TLS_E_REQUESTED_DATA_NOT_AVAILABLE without one. */
int tls_ocsp_status_request_enable_client(tls_session_t session, const tls_datum_t *responder_id,
    size_t responder_id_size, const tls_datum_t *request_extensions);
int tls_ocsp_status_request_get(tls_session_t session, tls_datum_t *response);

/* Server: whether to ask clients for a certificate. TLS_CERT_REQUEST: one without is taken, too;
 * TLS_CERT_REQUIRE: it is refused with certificate_required, in TLS 1.2 with handshake_failure. Before the
 * handshake, and up to the post-client-hello function; later, until it is over, the call does nothing. */
typedef enum { TLS_CERT_IGNORE = 0, TLS_CERT_REQUEST = 1, TLS_CERT_REQUIRE = 2 } tls_certificate_request_t;
void tls_certificate_server_set_request(tls_session_t session, tls_certificate_request_t req);

/* Server: whether it names the CAs that its credentials trust when it asks for a certificate, by which a client with more
 * than one chooses. status 0: yes, the default, if they have no more than 64 names and 16 KiB; otherwise none is named,
 * and any is to be tried. 1: no. When it may be called: as tls_certificate_server_set_request. */
void tls_certificate_send_x509_rdn_sequence(tls_session_t session, int status);

/* Client: 1 if the server asked for a certificate, 0 if not. One is given if the first chain of the session's
 * credentials, or one that shares a name with it, has a key that signs as the server takes it; otherwise,
 * or with strict SNI, none. */
int tls_certificate_client_get_request_status(tls_session_t session);

#endif
