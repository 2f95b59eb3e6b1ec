/* judge.h - whether a chain is to be trusted: the one place that answers (RFC 5280 section 6, RFC 9525).
 *
 * A path from the peer's certificate to a trust anchor is looked for among all that was sent, whatever its order,
 * and what the caller adds. The search is depth first without recursion; steps, signature checks and name
 * comparisons are counted, and each has its bound, so that no set of certificates costs more than a fixed
 * amount of work. Policies (section 6.1.5) are not evaluated: any is fine, and certificates that demand more are
 * refused by their critical extensions.
 */
#ifndef TLS_X509_JUDGE_H
#define TLS_X509_JUDGE_H

#include "../crypto/sig.h"
#include "crl.h"
#include "san.h"
#include "trust.h"

#define TLS_JUDGE_MAX_PATH 11 /* certificates of a path: ten, and the anchor */
#define TLS_JUDGE_MAX_KEPT 16 /* certificates looked at, the peer's own included; later ones are left alone */
#define TLS_JUDGE_MAX_CHECKS 64 /* signatures */
#define TLS_JUDGE_MAX_STEPS 4096 /* certificates considered as an issuer */
#define TLS_JUDGE_MAX_PATHS 32 /* that reach an anchor, and are not good for another reason */

struct tls_judge_ask {
	const struct tls_trust *trust; /* may be NULL: nothing is trusted */
	const struct tls_crls *crls; /* may be NULL */
	bool crls_required; /* of every issuer in the path */
	struct tls_span staple; /* the OCSP response that came with the chain; len 0: none */
	bool staple_required; /* there must be one */
	bool staple_asked; /* there must be one if the certificate says so (RFC 7633) */
	const struct tls_span *chain; /* DER, the peer's own certificate first, n_chain > 0 */
	size_t n_chain;
	const struct tls_span *more; /* DER of certificates that may help */
	size_t n_more;
	int64_t now; /* seconds since 1970, rounded down */
	bool any_time; /* dates don't matter */
	bool for_handshake; /* the key has signed a handshake: a CA's keyUsage must say so as well as a leaf's */
	bool of_client; /* the peer is a client: clientAuth instead of serverAuth */
	/* Also refuse what a conforming CA doesn't issue (RFC 5280, Baseline Requirements) though it does no harm:
	 * missing key identifiers, extensions wrongly marked, a leaf without extKeyUsage, ... */
	bool strict;
	bool limited; /* max_intermediates counts */
	unsigned max_intermediates; /* between the peer's certificate and the anchor, self-issued ones not counted */
	const struct tls_san_wanted *names; /* all of them must be in the peer's certificate */
	size_t n_names;
};

struct tls_verdict {
	enum tls_flaw fault; /* TLS_FLAW_NONE: trusted */
	unsigned depth; /* of the certificate at fault: 0 is the peer's own, above it its issuer, ... */
	struct tls_span at; /* it, in the memory of who asked */
	struct tls_span path[TLS_JUDGE_MAX_PATH]; /* when trusted: from the peer's own to the anchor */
	unsigned n_path;
	unsigned n_checks, n_steps, n_paths, n_comparisons, n_list_keys; /* the work done */
};

/* 0 when there is a verdict, good or bad; TLS_E_MEMORY_ERROR. */
int tls_judge(struct tls_verdict *verdict, const struct tls_judge_ask *ask) __attribute__((warn_unused_result));

#endif
