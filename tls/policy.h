/* policy.h - what is allowed, in order of preference. Public part in tls.h. */
#ifndef TLS_POLICY_H
#define TLS_POLICY_H

#include "tls.h"

#define TLS_POLICY_LIST_MAX 16

/* Numbers in order of preference. */
struct tls_policy_list {
	unsigned n;
	uint16_t id[TLS_POLICY_LIST_MAX];
	bool given; /* holds what tls_policy_add_* gave, no longer the named policy's */
};

struct tls_policy_st {
	unsigned refs; /* changed atomically */
	bool frozen; /* a session uses it */
	tls_protocol_t min_version, max_version;
	struct tls_policy_list suites, groups, schemes;
};

/* One more holder; the policy can't be changed from then on. Drop it with tls_policy_deinit. */
void tls_policy_hold(struct tls_policy_st *p);

/* True if the version is allowed and there are a suite and a group for it. */
bool tls_policy_speaks(const struct tls_policy_st *p, tls_protocol_t version);

/* True if id is in the list. */
bool tls_policy_has(const struct tls_policy_list *list, uint16_t id);

#endif
