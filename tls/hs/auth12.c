/* auth12.c - see auth12.h. */
#include "auth12.h"

#include "../bytes/mem.h"
#include "../error.h"
#include "auth.h"

int tls_auth12_send_certificate(struct tls_session_st *s, struct tls_buf *body)
{
	const struct tls_cred_entry *entry = s->hs->choice.entry;
	struct tls_certificate m = {.n = 0};

	while (m.n < entry->n_chain && m.n < TLS_CERTIFICATE_MAX) {
		m.cert[m.n] = entry->chain[m.n];
		m.n++;
	}
	tls_certificate_encode12(body, &m);
	return 0;
}

/* RFC 8422 section 5.3: ECDHE_ECDSA goes with a key on a curve that was offered, or of EdDSA. */
static bool fits_suite(const struct tls_session_st *s, enum tls_pk kind)
{
	const struct tls_policy_list *groups = &s->policy->groups;
	bool ecdsa = s->hs->choice.suite->auth == TLS_AUTH_ECDSA;

	switch (kind) {
	case TLS_PK_RSA:
		return !ecdsa;
	case TLS_PK_ECDSA_P256:
		return ecdsa && tls_policy_has(groups, TLS_GROUP_SECP256R1);
	case TLS_PK_ECDSA_P384:
		return ecdsa && tls_policy_has(groups, TLS_GROUP_SECP384R1);
	case TLS_PK_ECDSA_P521:
		return ecdsa && tls_policy_has(groups, TLS_GROUP_SECP521R1);
	case TLS_PK_ED25519:
		return ecdsa;
	}
	return false;
}

int tls_auth12_recv_certificate(struct tls_session_st *s, struct tls_span body)
{
	struct tls_certificate m;
	int err = tls_certificate_decode12(&m, body);

	if (err == 0)
		err = tls_auth_take_chain(s, &m);
	if (err == 0 && !tls_state_is_server(s) && !fits_suite(s, tls_pubkey_kind(s->hs->peer_key)))
		err = TLS_E_ILLEGAL_PARAMETER;
	return err;
}

/* Makes the verify_data of one side: it stays in the session for RFC 5746. */
static struct tls_span make_verify_data(struct tls_session_st *s, bool of_server)
{
	uint8_t hash[TLS_HASH_MAX_LEN], *out = of_server ? s->server_verify : s->client_verify;

	tls_sched12_finished(out, &s->hs->sched12, of_server,
	    tls_transcript_hash(&s->hs->transcript, hash));
	return tls_span(out, TLS_VERIFY_DATA_LEN);
}

int tls_auth12_send_finished(struct tls_session_st *s, struct tls_buf *body)
{
	tls_buf_span(body, make_verify_data(s, tls_state_is_server(s)));
	return 0;
}

int tls_auth12_recv_finished(struct tls_session_st *s, struct tls_span body)
{
	struct tls_span expected = make_verify_data(s, !tls_state_is_server(s));

	if (body.len != expected.len)
		return TLS_E_UNEXPECTED_PACKET_LENGTH;
	return tls_mem_equal(body.p, expected.p, expected.len) ? 0 : TLS_E_FINISHED_VERIFY_FAILED;
}
