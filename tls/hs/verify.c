/* verify.c - see verify.h. */
#include "verify.h"

#include "../bytes/mem.h"
#include "../x509/dn.h"
#include "../x509/judge.h"
#include "auth.h"
#include "store.h"

#define MS_PER_SECOND 1000
#define PEERS_MAX TLS_JUDGE_MAX_KEPT

struct tls_verify *tls_verify_open(struct tls_session_st *s)
{
	if (s->verify == NULL)
		s->verify = tls_mem_alloc(sizeof(*s->verify));
	return s->verify;
}

void tls_verify_free(struct tls_session_st *s)
{
	if (s->verify == NULL)
		return;
	tls_mem_free(s->verify->hostname);
	tls_mem_free(s->verify->subject);
	tls_mem_free(s->verify);
	s->verify = NULL;
}

void tls_verify_forget(struct tls_session_st *s)
{
	if (s->verify == NULL)
		return;
	if (s->version != TLS_1_2) { /* TLS 1.3 has no other handshake */
		tls_verify_free(s);
		return;
	}
	tls_mem_free(s->verify->subject);
	s->verify->subject = NULL;
	s->verify->judged = false;
}

/* Who can't be remembered is still at fault. */
static void remember(struct tls_verify *v, const struct tls_verdict *verdict)
{
	uint8_t text[TLS_VERIFY_SUBJECT_MAX_LEN + 1];
	struct tls_cert cert;
	struct tls_buf b;

	v->judged = true;
	v->flaw = verdict->fault;
	v->depth = verdict->depth;
	tls_mem_free(v->subject);
	v->subject = NULL;
	if (v->flaw == TLS_FLAW_NONE || tls_cert_decode(&cert, verdict->at) < 0)
		return;
	tls_buf_init_fixed(&b, text, TLS_VERIFY_SUBJECT_MAX_LEN);
	tls_dn_print(&b, cert.subject);
	text[b.len] = '\0';
	v->subject = tls_mem_dup(text, b.len + 1);
}

static int set_time(struct tls_judge_ask *ask, const struct tls_session_st *s, unsigned flags)
{
	ask->any_time = (flags & TLS_VERIFY_DISABLE_TIME_CHECKS) != 0;
	if (tls_store_has_clock(s))
		ask->now = (int64_t)(tls_store_now(s) / MS_PER_SECOND);
	else if (!ask->any_time)
		return TLS_E_INVALID_REQUEST;
	return 0;
}

static void set_chain(struct tls_judge_ask *ask, struct tls_span chain[PEERS_MAX], const struct tls_session_st *s)
{
	while (ask->n_chain < s->n_peers && ask->n_chain < PEERS_MAX) {
		chain[ask->n_chain] = tls_span(s->peers[ask->n_chain].data, s->peers[ask->n_chain].size);
		ask->n_chain++;
	}
	ask->chain = chain;
}

/* A resumed handshake has no certificates, and so no response; the first one had. */
static void set_staple(struct tls_judge_ask *ask, const struct tls_session_st *s, unsigned flags)
{
	if (tls_state_is_server(s))
		return;
	ask->staple_required = !s->resumed && (flags & TLS_VERIFY_REQUIRE_OCSP) != 0;
	ask->staple_asked = !s->resumed && s->status_request;
	if (s->staple != NULL)
		ask->staple = tls_span(s->staple->data, s->staple->size);
}

int tls_verify_peer(struct tls_session_st *s, const char *hostname, unsigned flags)
{
	struct tls_judge_ask ask = {.for_handshake = true, .of_client = tls_state_is_server(s)};
	struct tls_span chain[PEERS_MAX];
	struct tls_san_wanted name;
	struct tls_verdict verdict;
	uint8_t ip[TLS_SAN_IP_MAX_LEN];
	int err;

	if (!tls_auth_knows_peer(s))
		return TLS_E_NO_CERTIFICATE_FOUND;
	if (s->cred == NULL)
		return TLS_E_INVALID_REQUEST;
	if (tls_verify_open(s) == NULL)
		return TLS_E_MEMORY_ERROR;
	flags |= tls_credentials_verify_flags(s->cred);
	err = set_time(&ask, s, flags);
	if (err != 0)
		return err;
	set_chain(&ask, chain, s);
	if (hostname != NULL) {
		name = tls_san_wanted_host(hostname, ip);
		ask.names = &name;
		ask.n_names = 1;
	}
	ask.trust = tls_credentials_trust(s->cred);
	ask.strict = (flags & TLS_VERIFY_STRICT) != 0;
	ask.crls_required = (flags & TLS_VERIFY_REQUIRE_CRLS) != 0;
	set_staple(&ask, s, flags);
	if ((flags & TLS_VERIFY_DISABLE_CRL_CHECKS) == 0)
		ask.crls = tls_credentials_crls(s->cred);
	err = tls_judge(&verdict, &ask);
	if (err == 0)
		remember(s->verify, &verdict);
	return err;
}

bool tls_verify_wants_staple(const struct tls_session_st *s)
{
	unsigned flags = s->verify != NULL ? s->verify->flags : 0;

	if (s->cred != NULL)
		flags |= tls_credentials_verify_flags(s->cred);
	return (flags & TLS_VERIFY_REQUIRE_OCSP) != 0;
}

bool tls_verify_has_staple(const struct tls_session_st *s)
{
	const struct tls_verify *v = s->verify;

	return s->staple != NULL && v != NULL && v->judged && v->flaw == TLS_FLAW_NONE;
}

int tls_verify_automatic(struct tls_session_st *s)
{
	struct tls_verify *v = s->verify;
	int err;

	/* A server has decided before whether a client may come without. */
	if (v == NULL || !v->automatic || (tls_state_is_server(s) && s->n_peers == 0))
		return 0;
	err = tls_verify_peer(s, tls_state_is_server(s) ? NULL : v->hostname, v->flags);
	if (err == 0)
		return tls_flaw_error(v->flaw);
	return err == TLS_E_MEMORY_ERROR ? err : TLS_E_INTERNAL_ERROR;
}
