/* auth.c - see auth.h. */
#include "auth.h"

#include "../bytes/mem.h"
#include "../crypto/sig.h"
#include "../error.h"
#include "../msg/certificate.h"
#include "../msg/certificate_verify.h"

int tls_auth_send_certificate(struct tls_session_st *s, struct tls_buf *body)
{
	const struct tls_cred_entry *entry = s->hs->choice.entry;
	struct tls_certificate m = {.n = 0};

	while (m.n < entry->n_chain && m.n < TLS_CERTIFICATE_MAX) {
		m.cert[m.n] = entry->chain[m.n];
		m.n++;
	}
	tls_certificate_encode(body, &m);
	return 0;
}

int tls_auth_send_verify(struct tls_session_st *s, struct tls_buf *body)
{
	uint8_t input[TLS_CERTIFICATE_VERIFY_INPUT_MAX], hash[TLS_HASH_MAX_LEN], sig[TLS_SIG_MAX_LEN];
	struct tls_certificate_verify m = {.scheme = s->hs->choice.scheme};
	struct tls_buf b;
	size_t sig_len = sizeof(sig);
	int err;

	tls_buf_init_fixed(&b, input, sizeof(input));
	tls_certificate_verify_input(&b, tls_state_is_server(s),
	    tls_transcript_hash(&s->hs->transcript, hash));
	if (!tls_buf_ok(&b))
		return TLS_E_INTERNAL_ERROR;
	err = tls_sig_sign(sig, &sig_len, s->hs->choice.entry->key, m.scheme, b.p, b.len, &s->rng);
	if (err != 0)
		return err;
	m.signature = tls_span(sig, sig_len);
	tls_certificate_verify_encode(body, &m);
	return 0;
}

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
	return err;
}
