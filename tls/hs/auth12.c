/* auth12.c - see auth12.h. */
#include "auth12.h"

#include "../bytes/mem.h"
#include "../error.h"
#include "../msg/certificate_request12.h"
#include "../msg/certificate_verify.h"
#include "auth.h"
#include "status.h"

/* ---- CertificateRequest */

/* The kinds of keys that go with our schemes. */
static void put_types(struct tls_buf *b, const struct tls_policy_list *schemes)
{
	bool rsa = false, other = false;

	for (unsigned i = 0; i < schemes->n; i++) {
		bool is_rsa = tls_sig_is_rsa(schemes->id[i]);

		rsa = rsa || is_rsa;
		other = other || !is_rsa;
	}
	if (other)
		tls_buf_u8(b, TLS_CERTIFICATE_TYPE_ECDSA_SIGN);
	if (rsa)
		tls_buf_u8(b, TLS_CERTIFICATE_TYPE_RSA_SIGN);
}

int tls_auth12_send_request(struct tls_session_st *s, struct tls_buf *body)
{
	struct tls_certificate_request12 m;
	uint8_t types[2], schemes[2 * TLS_POLICY_LIST_MAX];
	struct tls_buf t, b;

	tls_buf_init_fixed(&t, types, sizeof(types));
	put_types(&t, &s->policy->schemes);
	tls_buf_init_fixed(&b, schemes, sizeof(schemes));
	for (unsigned i = 0; i < s->policy->schemes.n; i++)
		tls_buf_u16(&b, s->policy->schemes.id[i]);
	if (!tls_buf_ok(&t) || !tls_buf_ok(&b))
		return TLS_E_INTERNAL_ERROR;
	m.types = tls_buf_as_span(&t);
	m.schemes = tls_buf_as_span(&b);
	m.authorities = tls_auth_authorities(s);
	tls_certificate_request12_encode(body, &m);
	s->cert_asked = true;
	return 0;
}

/* Which kinds of keys the server takes. */
struct wanted {
	bool rsa, ecdsa;
};

static bool fits_request(const void *ptr, uint16_t scheme, const struct tls_pubkey *pub)
{
	const struct wanted *w = ptr;

	return tls_sig_fits12(scheme, pub) && (tls_pubkey_kind(pub) == TLS_PK_RSA ? w->rsa : w->ecdsa);
}

/* A certificate that signs as the server takes it, or none. */
static void choose_own(struct tls_session_st *s, const struct tls_certificate_request12 *m)
{
	struct tls_choice *c = &s->hs->choice;
	struct tls_span types = m->types, list = m->schemes;
	uint16_t schemes[TLS_CHOOSE_SCHEMES_MAX];
	struct wanted wanted = {false, false};
	struct tls_cred_ask ask = {.schemes = schemes,
	    .ours = s->policy->schemes.id,
	    .n_ours = s->policy->schemes.n,
	    .fits = fits_request,
	    .ptr = &wanted};

	while (tls_span_more(&types)) {
		uint8_t type = tls_span_u8(&types);

		wanted.rsa = wanted.rsa || type == TLS_CERTIFICATE_TYPE_RSA_SIGN;
		wanted.ecdsa = wanted.ecdsa || type == TLS_CERTIFICATE_TYPE_ECDSA_SIGN;
	}
	while (tls_span_more(&list) && ask.n_schemes < TLS_CHOOSE_SCHEMES_MAX)
		schemes[ask.n_schemes++] = tls_span_u16(&list);
	if (s->cred == NULL || tls_credentials_choose_by(s->cred, &c->entry, &c->scheme, &ask) != 0)
		c->entry = NULL;
}

int tls_auth12_recv_request(struct tls_session_st *s, struct tls_span body)
{
	struct tls_certificate_request12 m;
	int err = tls_certificate_request12_decode(&m, body);

	if (err != 0)
		return err;
	s->cert_asked = true;
	choose_own(s, &m);
	return 0;
}

/* ---- Certificate */

int tls_auth12_send_certificate(struct tls_session_st *s, struct tls_buf *body)
{
	const struct tls_cred_entry *entry = s->hs->choice.entry;
	struct tls_certificate m = {.n = 0};

	while (entry != NULL && m.n < entry->n_chain && m.n < TLS_CERTIFICATE_MAX) {
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
	/* nothing will be signed */
	if (err == 0 && m.n == 0)
		tls_transcript_forget(&s->hs->transcript);
	/* one of an earlier handshake has nothing to do with this chain */
	if (err == 0)
		err = tls_status_keep(s, tls_span(NULL, 0));
	if (err == 0 && !tls_state_is_server(s) && !fits_suite(s, tls_pubkey_kind(s->hs->peer_key)))
		err = TLS_E_ILLEGAL_PARAMETER;
	return err;
}

/* ---- CertificateVerify: over all messages up to it, which are dropped then */

int tls_auth12_send_verify(struct tls_session_st *s, struct tls_buf *body)
{
	struct tls_certificate_verify m = {.scheme = s->hs->choice.scheme};
	uint8_t sig[TLS_SIG_MAX_LEN];
	struct tls_span input;
	size_t sig_len;
	int err = tls_transcript_messages(&s->hs->transcript, &input);

	if (err == 0)
		err = tls_auth_sign(s, sig, &sig_len, input);
	if (err != 0)
		return err;
	m.signature = tls_span(sig, sig_len);
	tls_certificate_verify_encode(body, &m);
	tls_transcript_forget(&s->hs->transcript);
	return 0;
}

int tls_auth12_recv_verify(struct tls_session_st *s, struct tls_span body)
{
	struct tls_certificate_verify m;
	struct tls_span input;
	int err = tls_certificate_verify_decode(&m, body);

	if (err == 0)
		err = tls_transcript_messages(&s->hs->transcript, &input);
	if (err != 0)
		return err;
	/* one of those asked for, and one that goes with the key */
	if (!tls_policy_has(&s->policy->schemes, m.scheme) || !tls_sig_fits12(m.scheme, s->hs->peer_key))
		return TLS_E_ILLEGAL_PARAMETER;
	if (!tls_sig_verify(s->hs->peer_key, m.scheme, input.p, input.len, m.signature.p, m.signature.len))
		return TLS_E_SIGNATURE_VERIFY_FAILED;
	tls_transcript_forget(&s->hs->transcript);
	return tls_auth_call_verify_function(s);
}

/* ---- Finished */

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
	if (!tls_mem_equal(body.p, expected.p, expected.len))
		return TLS_E_FINISHED_VERIFY_FAILED;
	/* what was good enough for the first session may have expired or been revoked since */
	return s->resumed && (s->n_peers > 0 || !tls_state_is_server(s)) ? tls_auth_call_verify_function(s) : 0;
}
