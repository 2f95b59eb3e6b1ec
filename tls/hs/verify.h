/* verify.h - the peer's chain, judged: what verification.h promises, on the session's side. */
#ifndef TLS_HS_VERIFY_H
#define TLS_HS_VERIFY_H

#include "../state.h"
#include "../x509/flaw.h"

#define TLS_VERIFY_SUBJECT_MAX_LEN 255

/* What is to be judged, and what was found. Hangs on a session that judges at all. */
struct tls_verify {
	bool automatic; /* by the handshake */
	unsigned flags;
	char *hostname; /* owned; NULL: any */
	bool judged;
	enum tls_flaw flaw; /* of the last judgement */
	unsigned depth;
	char *subject; /* owned; NULL: none */
};

/* What was found; and how to judge as well, when there will be nobody to judge any more. */
void tls_verify_forget(struct tls_session_st *s);

/* The session's, made when it is asked for first; NULL for lack of memory. */
struct tls_verify *tls_verify_open(struct tls_session_st *s);
void tls_verify_free(struct tls_session_st *s);

/* Judges: 0 with s->verify->flaw, or TLS_E_NO_CERTIFICATE_FOUND, TLS_E_INVALID_REQUEST, TLS_E_MEMORY_ERROR. hostname
 * NULL: any. */
int tls_verify_peer(struct tls_session_st *s, const char *hostname, unsigned flags)
    __attribute__((warn_unused_result));

/* Client: an OCSP response has to come with the chain. One has, and it was found good. */
bool tls_verify_wants_staple(const struct tls_session_st *s);
bool tls_verify_has_staple(const struct tls_session_st *s);

/* What the handshake does, if it was asked to: 0 or the error that ends it. */
int tls_verify_automatic(struct tls_session_st *s) __attribute__((warn_unused_result));

#endif
