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
};

/* What will be used. */
struct tls_choice {
	const struct tls_suite *suite;
	const struct tls_group *group;
	struct tls_span share; /* the client's, for group; empty when a retry is needed */
	bool retry;
	struct tls_span alpn; /* borrowed from tls_choose_from; empty: none */
	const struct tls_cred_entry *entry;
	uint16_t scheme;
};

/* TLS 1.3, RFC 8446 sections 4.1.1, 4.2 and 9.2: version, suite, group and share, ALPN, certificate, in
 * this order; the error names what is missing. The server's order of preference decides, but for a
 * group that the client has sent a share for, which saves a round trip. */
int tls_choose_hello13(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_choose_from *from) __attribute__((warn_unused_result));

/* The second hello after a retry: the choice stands, the share must now be there (and alone). */
int tls_choose_second13(struct tls_choice *c, const struct tls_client_hello *m)
    __attribute__((warn_unused_result));

#endif
