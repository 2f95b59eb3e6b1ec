/* search.c - see search.h.
 *
 * Depth first: the path grows by an issuer of its last certificate, anchors before the others, and where
 * nothing fits any more its last certificate is taken off again. No CA stands in a path twice, so loops of
 * cross-signed certificates end. Cheap tests come before the signature, and each signature is checked
 * once only. Of all that fails the fault that tells most is kept.
 */
#include "search.h"

#include "../bytes/mem.h"
#include "certsig.h"
#include "constraints.h"
#include "fit.h"
#include "ocsp.h"

/* How much a fault tells: one of a whole path more than one of a possible issuer, and that more than that
 * there is none. */
enum rank { RANK_NONE, RANK_NO_ISSUER, RANK_ISSUER, RANK_PATH, RANK_LIMIT };

static void note(struct tls_search *s, enum rank rank, enum tls_flaw fault, unsigned depth,
    const struct tls_node *at)
{
	struct tls_verdict *v = s->verdict;

	if (rank < s->rank || (rank == s->rank && (rank != RANK_NO_ISSUER || depth <= v->depth)))
		return;
	s->rank = rank;
	v->fault = fault;
	v->depth = depth;
	v->at = at->cert.der;
}

static void note_limit(struct tls_search *s)
{
	note(s, RANK_LIMIT, TLS_FLAW_LIMIT, s->n_path - 1, s->path[s->n_path - 1].node);
}

static const struct tls_node *top(const struct tls_search *s)
{
	return s->path[s->n_path - 1].node;
}

/* Intermediates in the path that count: not self-issued. */
static unsigned n_intermediates(const struct tls_search *s)
{
	unsigned n = 0;

	for (unsigned i = 1; i < s->n_path; i++)
		n += !s->path[i].node->self_issued;
	return n;
}

/* ---- Signatures ---------------------------------------------------------------------------------------- */

static int check_signature(enum tls_flaw *fault, const struct tls_search *s, const struct tls_node *issuer)
{
	const struct tls_cert *cert = &top(s)->cert;
	struct tls_certsig sig = {.tbs = cert->tbs, .algorithm = cert->sig_alg, .signature = cert->signature};
	struct tls_pubkey *key;
	int ret = tls_fit_key(&key, fault, s->ask, issuer);

	if (ret == 0 && *fault == TLS_FLAW_NONE)
		*fault = tls_certsig_check(&sig, key);
	tls_pubkey_free(key);
	return ret;
}

/* The signature on the path's last certificate, looked up or checked. */
static int find_check(enum tls_flaw *fault, struct tls_search *s, const struct tls_node *issuer)
{
	struct tls_search_check *check;
	int ret;

	for (unsigned i = 0; i < s->n_checks; i++) {
		check = &s->checks[i];
		if (check->issuer == issuer && check->subject == top(s)) {
			*fault = check->fault;
			return 0;
		}
	}
	*fault = TLS_FLAW_LIMIT;
	if (s->n_checks == TLS_JUDGE_MAX_CHECKS)
		return 0;
	ret = check_signature(fault, s, issuer);
	s->checks[s->n_checks++] =
	    (struct tls_search_check){.issuer = issuer, .subject = top(s), .fault = *fault};
	return ret;
}

/* ---- Whole paths ----------------------------------------------------------------------------------------- */

static void push(struct tls_search *s, const struct tls_node *node)
{
	s->path[s->n_path++] = (struct tls_search_frame){.node = node, .next = 1};
}

static void accept_path(struct tls_search *s)
{
	struct tls_verdict *v = s->verdict;

	v->fault = TLS_FLAW_NONE;
	v->depth = 0;
	v->at = tls_span(NULL, 0);
	v->n_path = s->n_path;
	for (unsigned i = 0; i < s->n_path; i++)
		v->path[i] = s->path[i].node->cert.der;
}

/* The list of who issued certificate i, and for the peer's own what was stapled. */
static enum tls_flaw check_status(const struct tls_search *s, unsigned i, const struct tls_pubkey *key)
{
	const struct tls_judge_ask *ask = s->ask;
	struct tls_crls_ask crl = {.subject = s->path[i].node,
	    .issuer = s->path[i + 1].node,
	    .issuer_key = key,
	    .crls = ask->crls,
	    .others = s->kept,
	    .n_others = s->n_kept,
	    .trust = ask->trust,
	    .n_tried = &s->verdict->n_list_keys,
	    .above = i + 2 < s->n_path ? s->path[i + 2].node : NULL,
	    .now = ask->now,
	    .any_time = ask->any_time,
	    .strict = ask->strict,
	    .required = ask->crls_required};
	struct tls_ocsp_ask ocsp = {.subject = crl.subject,
	    .issuer = crl.issuer,
	    .issuer_key = key,
	    .crls = ask->crls,
	    .now = ask->now,
	    .any_time = ask->any_time};
	enum tls_flaw fault = tls_crls_check(ask->crls, &crl);

	if (fault != TLS_FLAW_NONE || i > 0)
		return fault;
	if (ask->staple.len > 0)
		return tls_ocsp_check(ask->staple, &ocsp);
	return ask->staple_required || (ask->staple_asked && crl.subject->exts.must_staple) ? TLS_FLAW_OCSP_MISSING
											     : TLS_FLAW_NONE;
}

static int check_one_status(enum tls_flaw *fault, const struct tls_search *s, unsigned i)
{
	struct tls_pubkey *key = NULL;
	int ret = 0;

	if (tls_crls_have(s->ask->crls, s->path[i + 1].node) || (i == 0 && s->ask->staple.len > 0))
		ret = tls_fit_key(&key, fault, s->ask, s->path[i + 1].node);
	if (ret == 0)
		*fault = check_status(s, i, key);
	tls_pubkey_free(key);
	return ret;
}

/* From the anchor down, as a revoked issuer says more than what it did. */
static int check_revocation(enum tls_flaw *fault, size_t *at, const struct tls_search *s)
{
	int ret = 0;

	*fault = TLS_FLAW_NONE;
	for (unsigned i = s->n_path - 1; ret == 0 && *fault == TLS_FLAW_NONE && i > 0; i--) {
		*at = i - 1;
		ret = check_one_status(fault, s, i - 1);
	}
	return ret;
}

static enum tls_flaw check_constraints(size_t *at, const struct tls_search *s)
{
	struct tls_constrained chain[TLS_JUDGE_MAX_PATH];

	for (unsigned i = 0; i < s->n_path; i++)
		chain[i] = (struct tls_constrained){.cert = &s->path[i].node->cert,
		    .exts = &s->path[i].node->exts,
		    .self_issued = s->path[i].node->self_issued};
	return tls_constraints_check(at, &s->verdict->n_comparisons, chain, s->n_path);
}

/* The path has reached an anchor: what can only be said of it as a whole. */
static int judge_path(bool *good, struct tls_search *s)
{
	size_t at = 0;
	enum tls_flaw fault = TLS_FLAW_LIMIT;
	int ret = 0;

	if (++s->verdict->n_paths <= TLS_JUDGE_MAX_PATHS)
		fault = check_constraints(&at, s);
	if (fault == TLS_FLAW_NONE)
		ret = check_revocation(&fault, &at, s);
	*good = ret == 0 && fault == TLS_FLAW_NONE;
	if (*good)
		accept_path(s);
	else if (ret == 0)
		note(s, fault == TLS_FLAW_LIMIT ? RANK_LIMIT : RANK_PATH, fault, (unsigned)at, s->path[at].node);
	return ret;
}

/* ---- Issuers ----------------------------------------------------------------------------------------------- */

static bool is_in_path(const struct tls_search *s, const struct tls_node *node)
{
	for (unsigned i = 0; i < s->n_path; i++) {
		if (tls_node_same_ca(s->path[i].node, node))
			return true;
	}
	return false;
}

/* Next issuer to consider for the last certificate of the path: anchors, then what was sent. NULL: no more. */
static const struct tls_node *next_issuer(struct tls_search *s, bool *is_anchor)
{
	struct tls_search_frame *f = &s->path[s->n_path - 1];

	if (!f->anchors_done) {
		f->anchor = tls_trust_next(s->ask->trust, f->node->issuer_hash, f->anchor);
		f->anchors_done = f->anchor == NULL;
	}
	*is_anchor = !f->anchors_done;
	if (*is_anchor)
		return f->anchor;
	return f->next < s->n_kept ? &s->kept[f->next++] : NULL;
}

static enum tls_flaw fit(const struct tls_search *s, const struct tls_node *issuer, bool is_anchor)
{
	unsigned n = n_intermediates(s);
	enum tls_flaw fault = tls_fit_issuer(s->ask, issuer, n, is_anchor);

	if (fault != TLS_FLAW_NONE || is_anchor)
		return fault;
	if (s->n_path + 1 == TLS_JUDGE_MAX_PATH)
		return TLS_FLAW_TOO_DEEP;
	n += !issuer->self_issued;
	return s->ask->limited && n > s->ask->max_intermediates ? TLS_FLAW_TOO_DEEP : TLS_FLAW_NONE;
}

/* One issuer for the path's last certificate. *over: the search ends, with or without a path. */
static int consider(bool *over, struct tls_search *s, const struct tls_node *issuer, bool is_anchor)
{
	enum tls_flaw fault;
	int ret;

	if (!tls_node_may_issue(issuer, top(s)) || (!is_anchor && is_in_path(s, issuer)))
		return 0;
	fault = fit(s, issuer, is_anchor);
	if (fault != TLS_FLAW_NONE) {
		note(s, RANK_ISSUER, fault, s->n_path, issuer);
		return 0;
	}
	ret = find_check(&fault, s, issuer);
	if (ret < 0)
		return ret;
	if (fault != TLS_FLAW_NONE) {
		*over = fault == TLS_FLAW_LIMIT;
		if (*over)
			note_limit(s);
		else if (fault == TLS_FLAW_WEAK_KEY)
			note(s, RANK_ISSUER, fault, s->n_path, issuer);
		else
			note(s, RANK_ISSUER, fault, s->n_path - 1, top(s));
		return 0;
	}
	push(s, issuer);
	if (is_anchor) {
		ret = judge_path(over, s);
		*over = *over || s->rank == RANK_LIMIT;
		s->n_path--;
	}
	return ret;
}

int tls_search_run(struct tls_search *s)
{
	const struct tls_node *issuer;
	bool over = false, is_anchor;
	int ret = 0;

	push(s, &s->kept[0]);
	while (ret == 0 && !over && s->n_path > 0) {
		issuer = next_issuer(s, &is_anchor);
		if (issuer == NULL) {
			note(s, RANK_NO_ISSUER, TLS_FLAW_NO_ISSUER, s->n_path - 1, top(s));
			s->n_path--;
			continue;
		}
		if (++s->verdict->n_steps > TLS_JUDGE_MAX_STEPS) {
			note_limit(s);
			break;
		}
		ret = consider(&over, s, issuer, is_anchor);
	}
	s->verdict->n_checks = s->n_checks;
	return ret;
}
