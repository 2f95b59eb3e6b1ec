/* judge.c - see judge.h. */
#include "judge.h"

#include "../bytes/mem.h"
#include "../tls.h"
#include "fit.h"
#include "search.h"

static void fault_of_leaf(struct tls_search *s, enum tls_flaw fault)
{
	s->verdict->fault = fault;
	s->verdict->depth = 0;
	s->verdict->at = s->ask->chain[0];
}

/* What doesn't decode can't be part of a path, and is left out. */
static void keep(struct tls_search *s, const struct tls_span *certs, size_t n)
{
	for (size_t i = 0; i < n && s->n_kept < TLS_JUDGE_MAX_KEPT; i++) {
		if (tls_node_init(&s->kept[s->n_kept], certs[i]) == 0)
			s->n_kept++;
	}
}

static int judge_leaf(struct tls_search *s)
{
	struct tls_pubkey *key;
	enum tls_flaw fault;
	int ret;

	if (tls_node_init(&s->kept[0], s->ask->chain[0]) < 0) {
		fault_of_leaf(s, TLS_FLAW_MALFORMED);
		return 0;
	}
	s->n_kept = 1;
	ret = tls_fit_key(&key, &fault, s->ask, &s->kept[0]);
	tls_pubkey_free(key);
	if (ret == 0 && fault == TLS_FLAW_NONE)
		fault = tls_fit_leaf(s->ask, &s->kept[0]);
	if (ret == 0)
		fault_of_leaf(s, fault);
	return ret;
}

/* A certificate that is an anchor itself needs nobody's signature. */
static bool is_anchor(struct tls_search *s)
{
	const struct tls_node *anchor = tls_trust_find(s->ask->trust, &s->kept[0]);

	if (anchor == NULL)
		return false;
	s->verdict->path[0] = anchor->cert.der;
	s->verdict->n_path = 1;
	return true;
}

static void judge_names(struct tls_search *s)
{
	for (size_t i = 0; i < s->ask->n_names; i++) {
		if (!tls_san_has(&s->kept[0].cert, &s->ask->names[i])) {
			fault_of_leaf(s, TLS_FLAW_NAME);
			return;
		}
	}
}

static int judge(struct tls_search *s)
{
	int ret = judge_leaf(s);

	if (ret < 0 || s->verdict->fault != TLS_FLAW_NONE)
		return ret;
	if (!is_anchor(s)) {
		keep(s, s->ask->chain + 1, s->ask->n_chain - 1);
		keep(s, s->ask->more, s->ask->n_more);
		fault_of_leaf(s, TLS_FLAW_NO_ISSUER);
		ret = tls_search_run(s);
	}
	if (ret == 0 && s->verdict->fault == TLS_FLAW_NONE)
		judge_names(s);
	return ret;
}

int tls_judge(struct tls_verdict *verdict, const struct tls_judge_ask *ask)
{
	struct tls_search *s = tls_mem_alloc(sizeof(*s));
	int ret;

	*verdict = (struct tls_verdict){.fault = TLS_FLAW_MALFORMED};
	if (s == NULL)
		return TLS_E_MEMORY_ERROR;
	s->ask = ask;
	s->verdict = verdict;
	ret = judge(s);
	if (ret < 0)
		verdict->fault = TLS_FLAW_MALFORMED;
	if (verdict->fault != TLS_FLAW_NONE)
		verdict->n_path = 0;
	tls_mem_free(s);
	return ret;
}
