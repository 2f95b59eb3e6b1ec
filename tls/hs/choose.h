/* choose.h - from a ClientHello and what we allow to what will be used. Pure: reads, decides. */
#ifndef TLS_HS_CHOOSE_H
#define TLS_HS_CHOOSE_H

#include "../credentials.h"
#include "../crypto/group.h"
#include "../crypto/suite.h"
#include "../msg/client_hello.h"
#include "../policy.h"

/* What the server allows and has. */
struct tls_choose_from {
	const struct tls_policy_st *policy;
	const struct tls_certificate_credentials_st *cred;
	struct tls_span alpn; /* {u8 length, name} each, in our order */
	bool alpn_mandatory;
	bool renegotiation; /* in a session of TLS 1.2: ... */
	struct tls_span client_verify; /* ... the verify_data of its client's last Finished */
};

/* What will be used. */
struct tls_choice {
	tls_protocol_t version;
	const struct tls_suite *suite;
	const struct tls_group *group;
	struct tls_span share; /* the client's, for group; empty when a retry is needed */
	bool retry;
	struct tls_span alpn; /* borrowed from tls_choose_from; empty: none */
	const struct tls_cred_entry *entry;
	uint16_t scheme;
};

/* The version first: RFC 8446 section 4.2.1, appendix D.5, RFC 7507. TLS_E_UNSUPPORTED_VERSION or
 * TLS_E_INAPPROPRIATE_FALLBACK when there is none; then the rest, by the rules of that version. */
int tls_choose_hello(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_choose_from *from) __attribute__((warn_unused_result));

/* TLS 1.3, RFC 8446 sections 4.1.1, 4.2 and 9.2: suite, group and share, ALPN, certificate, in this
 * order; the error names what is missing. The server's order of preference decides, but for a
 * group that the client has sent a share for, which saves a round trip: unless the server prefers a hybrid group and
 * the client lists one without a share. That is asked for by a HelloRetryRequest, and not given up because of a
 * client's guess (draft-ietf-tls-key-share-prediction section 4 says why; OpenSSL and Go do the same). */
int tls_choose_hello13(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_choose_from *from) __attribute__((warn_unused_result));

/* TLS 1.2 (choose12.c), RFC 5246 section 7.4.1, RFC 8422 section 5.1: group, ALPN, certificate, and the suite
 * that goes with its key. Always with ECDHE. */
int tls_choose_hello12(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_choose_from *from) __attribute__((warn_unused_result));

/* What both versions do alike. The first of our protocols that the client offers (RFC 7301 section 3.2): 0, with none,
 * too, or TLS_E_NO_APPLICATION_PROTOCOL if one is mandatory. */
int tls_choose_alpn(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_choose_from *from) __attribute__((warn_unused_result));

/* The client's signature_algorithms, the first 64: how many. */
#define TLS_CHOOSE_SCHEMES_MAX 64
size_t tls_choose_schemes(uint16_t schemes[TLS_CHOOSE_SCHEMES_MAX], const struct tls_client_hello *m);

/* The second hello after a retry: the choice stands, the share must now be there (and alone). */
int tls_choose_second13(struct tls_choice *c, const struct tls_client_hello *m)
    __attribute__((warn_unused_result));

#endif
