/* auth.c - see auth.h. */
#include "auth.h"

#include "../bytes/mem.h"
#include "../crypto/hash.h"
#include "../crypto/sig.h"
#include "../error.h"
#include "../msg/certificate.h"
#include "../msg/certificate_request.h"
#include "../msg/certificate_verify.h"
#include "../x509/cert.h"
#include "../x509/trust.h"
#include "status.h"
#include "verify.h"

#define SCHEMES_MAX 64

/* ---- CertificateRequest */

/* RFC 8446 section 4.2.3: in certificates only, never in CertificateVerify. A policy that names its
 * schemes is taken by its word. */
void tls_auth_put_cert_schemes(struct tls_buf *b, const struct tls_policy_list *schemes)
{
	static const uint16_t old[] = {TLS_SIGN_RSA_PKCS1_SHA256, TLS_SIGN_RSA_PKCS1_SHA384,
	    TLS_SIGN_RSA_PKCS1_SHA512};
	unsigned n_there = 0;

	for (unsigned i = 0; i < sizeof(old) / sizeof(old[0]); i++)
		n_there += tls_policy_has(schemes, old[i]);
	if (schemes->given || n_there == sizeof(old) / sizeof(old[0]))
		return;
	for (unsigned i = 0; i < schemes->n; i++)
		tls_buf_u16(b, schemes->id[i]);
	for (unsigned i = 0; i < sizeof(old) / sizeof(old[0]); i++)
		if (!tls_policy_has(schemes, old[i]))
			tls_buf_u16(b, old[i]);
}

struct tls_span tls_auth_authorities(const struct tls_session_st *s)
{
	const struct tls_trust *trust = s->no_authorities || s->cred == NULL ? NULL : tls_credentials_trust(s->cred);

	return trust != NULL ? tls_trust_names(trust) : tls_span(NULL, 0);
}

int tls_auth_send_request(struct tls_session_st *s, struct tls_buf *body)
{
	struct tls_certificate_request m = {.context = tls_span(NULL, 0)};
	uint8_t schemes[2 * SCHEMES_MAX], cert_schemes[2 * SCHEMES_MAX];
	struct tls_buf b, c;

	tls_buf_init_fixed(&b, schemes, sizeof(schemes));
	for (unsigned i = 0; i < s->policy->schemes.n; i++)
		tls_buf_u16(&b, s->policy->schemes.id[i]);
	tls_buf_init_fixed(&c, cert_schemes, sizeof(cert_schemes));
	tls_auth_put_cert_schemes(&c, &s->policy->schemes);
	if (!tls_buf_ok(&b) || !tls_buf_ok(&c))
		return TLS_E_INTERNAL_ERROR;
	m.schemes = tls_buf_as_span(&b);
	m.cert_schemes = tls_buf_as_span(&c);
	m.authorities = tls_auth_authorities(s);
	tls_certificate_request_encode(body, &m);
	s->cert_asked = true;
	return 0;
}

/* A client's certificate: one that signs as the server takes it, or none. */
static void choose_own(struct tls_session_st *s, struct tls_span list)
{
	struct tls_choice *c = &s->hs->choice;
	uint16_t schemes[SCHEMES_MAX];
	size_t n = 0;

	while (tls_span_more(&list) && n < SCHEMES_MAX)
		schemes[n++] = tls_span_u16(&list);
	if (s->cred == NULL ||
	    tls_credentials_choose(s->cred, &c->entry, &c->scheme, tls_span(NULL, 0), schemes, n,
		s->policy->schemes.id, s->policy->schemes.n) != 0)
		c->entry = NULL;
}

int tls_auth_recv_request(struct tls_session_st *s, struct tls_span body)
{
	struct tls_certificate_request m;
	int err = tls_certificate_request_decode(&m, body);

	/* section 4.3.2: zero length unless used after the handshake */
	if (err == 0 && m.context.len > 0)
		err = TLS_E_ILLEGAL_PARAMETER;
	if (err != 0)
		return err;
	s->cert_asked = true;
	choose_own(s, m.schemes);
	return 0;
}

/* ---- Certificate */

int tls_auth_send_certificate(struct tls_session_st *s, struct tls_buf *body)
{
	const struct tls_cred_entry *entry = s->hs->choice.entry;
	struct tls_certificate m = {.n = 0};

	while (entry != NULL && m.n < entry->n_chain && m.n < TLS_CERTIFICATE_MAX) {
		m.cert[m.n] = entry->chain[m.n];
		m.n++;
	}
	m.status = tls_status_staple(s);
	tls_certificate_encode(body, &m);
	return 0;
}

/* Of a handshake before this one. */
static void forget_peers(struct tls_session_st *s)
{
	tls_mem_free(s->peers);
	s->peers = NULL;
	s->n_peers = 0;
}

int tls_auth_forget_chain(struct tls_session_st *s)
{
	size_t len = tls_hash_len(TLS_HASH_SHA256);
	tls_datum_t *digest;

	if (s->n_peers == 0)
		return 0;
	if (s->version != TLS_1_2) { /* TLS 1.3 has no other handshake */
		forget_peers(s);
		return 0;
	}
	digest = tls_mem_alloc(sizeof(*digest) + len);
	if (digest == NULL)
		return TLS_E_MEMORY_ERROR;
	*digest = (tls_datum_t){.data = (uint8_t *)(digest + 1), .size = (unsigned)len};
	tls_hash_once(TLS_HASH_SHA256, digest->data, s->peers->data, s->peers->size);
	forget_peers(s);
	s->peers = digest;
	return 0;
}

static bool is_same_leaf(const struct tls_session_st *s, struct tls_span leaf)
{
	uint8_t digest[TLS_HASH_MAX_LEN];

	if (s->n_peers > 0)
		return tls_mem_same(s->peers->data, s->peers->size, leaf.p, leaf.len);
	tls_hash_once(TLS_HASH_SHA256, digest, leaf.p, leaf.len);
	return tls_mem_same(digest, tls_hash_len(TLS_HASH_SHA256), s->peers->data, s->peers->size);
}

/* In a renegotiation: whoever has shown who he is stays that. Empty leaf: none is shown. */
static int check_identity(const struct tls_session_st *s, struct tls_span leaf)
{
	if (!tls_state_is_established(s) || s->peers == NULL || (s->flags & TLS_ALLOW_ID_CHANGE) != 0)
		return 0;
	return is_same_leaf(s, leaf) ? 0 : TLS_E_SESSION_USER_ID_CHANGED;
}

/* Section 4.4.2.4; RFC 5246 section 7.4.6, which has no alert of its own for it. */
static int without_certificate(struct tls_session_st *s)
{
	int err = check_identity(s, tls_span(NULL, 0));

	if (!tls_state_is_server(s))
		return TLS_E_UNEXPECTED_PACKET_LENGTH;
	if (s->cert_request == TLS_CERT_REQUIRE)
		return s->version == TLS_1_2 ? TLS_E_NO_PEER_CERTIFICATE : TLS_E_CERTIFICATE_REQUIRED;
	if (err == 0)
		forget_peers(s);
	return err;
}

/* In one piece: the list, and behind it the certificates. */
int tls_auth_keep_chain(struct tls_session_st *s, const struct tls_certificate *m)
{
	size_t len = m->n * sizeof(*s->peers);
	int err = check_identity(s, m->cert[0]);
	uint8_t *p;

	if (err != 0)
		return err;
	forget_peers(s);
	for (unsigned i = 0; i < m->n; i++)
		len += m->cert[i].len;
	s->peers = tls_mem_alloc(len);
	if (s->peers == NULL)
		return TLS_E_MEMORY_ERROR;
	s->peers_new = true;
	p = (uint8_t *)(s->peers + m->n);
	for (s->n_peers = 0; s->n_peers < m->n; s->n_peers++) {
		struct tls_span cert = m->cert[s->n_peers];

		tls_mem_copy(p, cert.p, cert.len);
		s->peers[s->n_peers] = (tls_datum_t){.data = p, .size = (unsigned)cert.len};
		p += cert.len;
	}
	return 0;
}

/* The key that the peer has yet to prove; a key that is too short is none. */
static int take_key(struct tls_session_st *s, struct tls_span leaf)
{
	struct tls_cert cert;
	int err = tls_cert_decode(&cert, leaf);

	if (err == 0)
		err = tls_cert_new_pubkey(&s->hs->peer_key, &cert);
	if (err == 0 || err == TLS_E_MEMORY_ERROR)
		return err;
	return err == TLS_E_UNSUPPORTED_KEY ? TLS_E_PEER_CERTIFICATE_UNSUPPORTED : TLS_E_PEER_CERTIFICATE_ERROR;
}

int tls_auth_take_chain(struct tls_session_st *s, const struct tls_certificate *m)
{
	int err;

	if (m->n == 0)
		return without_certificate(s);
	err = tls_auth_keep_chain(s, m);
	return err == 0 ? take_key(s, m->cert[0]) : err;
}

int tls_auth_recv_certificate(struct tls_session_st *s, struct tls_span body)
{
	struct tls_certificate m;
	int err = tls_certificate_decode(&m, body);

	/* section 4.4.2: the context is that of the request, which is empty within a handshake */
	if (err == 0 && m.context.len > 0)
		err = TLS_E_ILLEGAL_PARAMETER;
	/* section 4.4.2: they answer extensions of our hello; our request has none */
	if (err == 0 && (m.has_unknown || (m.has_status && (tls_state_is_server(s) || !s->status_request))))
		err = TLS_E_UNSUPPORTED_EXTENSION;
	if (err == 0)
		err = tls_auth_take_chain(s, &m);
	return err == 0 ? tls_status_keep(s, m.status) : err;
}

/* ---- Signatures of ours, in either version */

_Static_assert(TLS_SIG_MAX_LEN == TLS_SIGNATURE_MAX_LEN, "the room that tls.h promises");

/* A signature that the function gives is taken on trust, but for RSA's: one with a fault in half of its
 * arithmetic gives the key away to whoever sees it. */
static int ask_keeper(struct tls_session_st *s, tls_datum_t *sig, const tls_datum_t *input)
{
	struct tls_hs *hs = s->hs;
	const struct tls_cred_entry *entry = hs->choice.entry;
	const struct tls_cred_keeper *keeper = &entry->keeper;
	const unsigned char *room = sig->data;
	int err = keeper->sign(s, keeper->ptr, &hs->key_request, hs->choice.scheme, input, sig);

	hs->key_waits = err == TLS_E_AGAIN;
	if (hs->key_waits)
		return err;
	hs->key_request = NULL;
	if (err != 0)
		return tls_error_of_callback(err) == err ? err : TLS_E_SIGNING_FAILED;
	if (sig->data != room || sig->size == 0 || sig->size > TLS_SIG_MAX_LEN)
		return TLS_E_SIGNING_FAILED;
	if (tls_pubkey_kind(entry->pub) == TLS_PK_RSA &&
	    !tls_sig_verify(entry->pub, hs->choice.scheme, input->data, input->size, sig->data, sig->size))
		return TLS_E_SIGNING_FAILED;
	return 0;
}

int tls_auth_sign(struct tls_session_st *s, uint8_t sig[TLS_SIG_MAX_LEN], size_t *sig_len, struct tls_span input)
{
	const struct tls_choice *c = &s->hs->choice;
	tls_datum_t data = {.data = (unsigned char *)(uintptr_t)input.p, .size = (unsigned)input.len};
	tls_datum_t out = {.data = sig, .size = TLS_SIG_MAX_LEN};
	int err;

	if (c->entry->key != NULL)
		return tls_sig_sign(sig, sig_len, c->entry->key, c->scheme, input.p, input.len, &s->rng);
	/* what it doesn't write must be nothing else that lay there */
	tls_mem_zero(sig, TLS_SIG_MAX_LEN);
	err = ask_keeper(s, &out, &data);
	*sig_len = err == 0 ? out.size : 0;
	return err;
}

/* ---- CertificateVerify */

/* What the given side signs; it fits TLS_CERTIFICATE_VERIFY_INPUT_MAX bytes. */
static struct tls_span verify_input(const struct tls_session_st *s, bool of_server,
    uint8_t out[TLS_CERTIFICATE_VERIFY_INPUT_MAX])
{
	uint8_t hash[TLS_HASH_MAX_LEN];
	struct tls_buf b;

	tls_buf_init_fixed(&b, out, TLS_CERTIFICATE_VERIFY_INPUT_MAX);
	tls_certificate_verify_input(&b, of_server, tls_transcript_hash(&s->hs->transcript, hash));
	return tls_buf_as_span(&b);
}

int tls_auth_send_verify(struct tls_session_st *s, struct tls_buf *body)
{
	uint8_t room[TLS_CERTIFICATE_VERIFY_INPUT_MAX], sig[TLS_SIG_MAX_LEN];
	struct tls_certificate_verify m = {.scheme = s->hs->choice.scheme};
	struct tls_span input = verify_input(s, tls_state_is_server(s), room);
	size_t sig_len;
	int err = tls_auth_sign(s, sig, &sig_len, input);

	if (err != 0)
		return err;
	m.signature = tls_span(sig, sig_len);
	tls_certificate_verify_encode(body, &m);
	return 0;
}

bool tls_auth_knows_peer(const struct tls_session_st *s)
{
	if (s->n_peers == 0 || !s->peers_new)
		return s->n_peers > 0;
	/* without hs tls_bye has cut it off, and the owner was perhaps somebody else */
	return s->err == 0 && s->hs != NULL && s->hs->proved;
}

int tls_auth_call_verify_function(struct tls_session_st *s)
{
	tls_certificate_verify_function *func = tls_credentials_verify_function(s->cred);
	int err;

	s->hs->proved = true;
	err = tls_verify_automatic(s);
	if (err != 0)
		return err;
	return func != NULL && func(s) != 0 ? TLS_E_CERTIFICATE_VERIFICATION_ERROR : 0;
}

int tls_auth_recv_verify(struct tls_session_st *s, struct tls_span body)
{
	uint8_t room[TLS_CERTIFICATE_VERIFY_INPUT_MAX];
	struct tls_span input = verify_input(s, !tls_state_is_server(s), room);
	struct tls_certificate_verify m;
	int err = tls_certificate_verify_decode(&m, body);

	if (err != 0)
		return err;
	/* section 4.4.3: one of those offered, and one that goes with the key */
	if (!tls_policy_has(&s->policy->schemes, m.scheme) || !tls_sig_fits(m.scheme, s->hs->peer_key))
		return TLS_E_ILLEGAL_PARAMETER;
	if (!tls_sig_verify(s->hs->peer_key, m.scheme, input.p, input.len, m.signature.p,
		m.signature.len))
		return TLS_E_SIGNATURE_VERIFY_FAILED;
	if (!tls_state_is_server(s))
		s->scheme = m.scheme;
	return tls_auth_call_verify_function(s);
}

/* ---- Finished */

/* The verify_data of the given side. */
static struct tls_span verify_data(const struct tls_session_st *s, bool of_server,
    uint8_t out[TLS_HASH_MAX_LEN])
{
	const struct tls_hs *hs = s->hs;
	uint8_t hash[TLS_HASH_MAX_LEN];

	tls_sched13_finished(out, hs->sched.hash, of_server ? &hs->s_hs : &hs->c_hs,
	    tls_transcript_hash(&hs->transcript, hash));
	return tls_span(out, tls_hash_len(hs->sched.hash));
}

int tls_auth_send_finished(struct tls_session_st *s, struct tls_buf *body)
{
	uint8_t data[TLS_HASH_MAX_LEN];

	tls_buf_span(body, verify_data(s, tls_state_is_server(s), data));
	tls_mem_wipe(data, sizeof(data));
	return 0;
}

int tls_auth_recv_finished(struct tls_session_st *s, struct tls_span body)
{
	uint8_t data[TLS_HASH_MAX_LEN];
	struct tls_span expected = verify_data(s, !tls_state_is_server(s), data);
	int err = 0;

	if (body.len != expected.len)
		err = TLS_E_UNEXPECTED_PACKET_LENGTH;
	else if (!tls_mem_equal(body.p, expected.p, expected.len))
		err = TLS_E_FINISHED_VERIFY_FAILED;
	tls_mem_wipe(data, sizeof(data));
	/* what was good enough for the first session may have expired or been revoked since */
	if (err != 0 || !s->resumed || (tls_state_is_server(s) && s->n_peers == 0))
		return err;
	return tls_auth_call_verify_function(s);
}
