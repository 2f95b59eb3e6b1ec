/* auth.h - the steps in which a side proves who it is: CertificateRequest, Certificate, CertificateVerify,
 * Finished, sent and received by either role. RFC 8446 sections 4.3.2 and 4.4. */
#ifndef TLS_HS_AUTH_H
#define TLS_HS_AUTH_H

#include "../msg/certificate.h"
#include "hs.h"

int tls_auth_send_request(struct tls_session_st *s, struct tls_buf *body);
int tls_auth_recv_request(struct tls_session_st *s, struct tls_span body);
int tls_auth_send_certificate(struct tls_session_st *s, struct tls_buf *body);
int tls_auth_recv_certificate(struct tls_session_st *s, struct tls_span body);
int tls_auth_send_verify(struct tls_session_st *s, struct tls_buf *body);
int tls_auth_recv_verify(struct tls_session_st *s, struct tls_span body);
int tls_auth_send_finished(struct tls_session_st *s, struct tls_buf *body);
int tls_auth_recv_finished(struct tls_session_st *s, struct tls_span body);

/* Signs input with the key of the chosen chain by the chosen scheme: the one way to a signature of ours, in
 * every step of either version that makes one. TLS_E_AGAIN when whoever has the key has not answered: the step
 * is run again then, and must come with the same input. 0 or TLS_E_*. */
int tls_auth_sign(struct tls_session_st *s, uint8_t sig[TLS_SIG_MAX_LEN], size_t *sig_len, struct tls_span input)
    __attribute__((warn_unused_result));

/* What both versions do alike. The chain that the peer has shown, kept for tls_certificate_get_peers, and
 * its leaf's key for the proof; an empty one is fine from a client that need not have any. */
int tls_auth_take_chain(struct tls_session_st *s, const struct tls_certificate *m)
    __attribute__((warn_unused_result));

/* The CAs that a client is told of: those that we trust, if they aren't too many; empty otherwise, and if the application
 * wants none told. */
struct tls_span tls_auth_authorities(const struct tls_session_st *s);

/* Keeps of the peer's chain nothing but a digest, by which another handshake knows the peer. 0 or TLS_E_MEMORY_ERROR. */
int tls_auth_forget_chain(struct tls_session_st *s) __attribute__((warn_unused_result));

/* Keeps a copy of the peer's chain for tls_certificate_get_peers. */
int tls_auth_keep_chain(struct tls_session_st *s, const struct tls_certificate *m)
    __attribute__((warn_unused_result));

/* True if the peer has proved that what it has shown is its own, and the handshake in which it did has not failed
 * since. A chain alone can be shown by anybody. */
bool tls_auth_knows_peer(const struct tls_session_st *s);

/* When the peer has proved who it is: what the application says of its chain. */
int tls_auth_call_verify_function(struct tls_session_st *s) __attribute__((warn_unused_result));

/* Writes the schemes that we take in a peer's chain, u16 each, to offer them as
 * signature_algorithms_cert: nothing when signature_algorithms says it all (section 4.2.3). */
void tls_auth_put_cert_schemes(struct tls_buf *b, const struct tls_policy_list *schemes);

#endif
