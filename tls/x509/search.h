/* search.h - the search for a path: inside of judge.c. */
#ifndef TLS_X509_SEARCH_H
#define TLS_X509_SEARCH_H

#include "judge.h"

/* A signature that was checked. */
struct tls_search_check {
	const struct tls_node *issuer, *subject;
	enum tls_flaw fault;
};

/* A certificate of the path under way, and which issuers of it have been considered. */
struct tls_search_frame {
	const struct tls_node *node, *anchor;
	bool anchors_done;
	size_t next;
};

struct tls_search {
	const struct tls_judge_ask *ask;
	struct tls_verdict *verdict;
	unsigned rank; /* of the fault in the verdict: how much it tells */
	struct tls_node kept[TLS_JUDGE_MAX_KEPT]; /* the peer's own first */
	size_t n_kept;
	struct tls_search_frame path[TLS_JUDGE_MAX_PATH];
	unsigned n_path;
	struct tls_search_check checks[TLS_JUDGE_MAX_CHECKS];
	unsigned n_checks;
};

/* Looks for a path from kept[0] and fills in the verdict. 0 or TLS_E_MEMORY_ERROR. */
int tls_search_run(struct tls_search *s) __attribute__((warn_unused_result));

#endif
