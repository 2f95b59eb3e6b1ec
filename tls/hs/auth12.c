/* auth12.c - see auth12.h. */
#include "auth12.h"

#include "../bytes/mem.h"
#include "../error.h"
#include "../msg/certificate.h"

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

static void verify_data(const struct tls_session_st *s, bool of_server, uint8_t out[TLS_VERIFY_DATA_LEN])
{
	uint8_t hash[TLS_HASH_MAX_LEN];

	tls_sched12_finished(out, &s->hs->sched12, of_server,
	    tls_transcript_hash(&s->hs->transcript, hash));
}

int tls_auth12_send_finished(struct tls_session_st *s, struct tls_buf *body)
{
	uint8_t data[TLS_VERIFY_DATA_LEN];

	verify_data(s, tls_state_is_server(s), data);
	tls_buf_bytes(body, data, sizeof(data));
	tls_mem_wipe(data, sizeof(data));
	return 0;
}

int tls_auth12_recv_finished(struct tls_session_st *s, struct tls_span body)
{
	uint8_t data[TLS_VERIFY_DATA_LEN];
	int err = 0;

	verify_data(s, !tls_state_is_server(s), data);
	if (body.len != sizeof(data))
		err = TLS_E_UNEXPECTED_PACKET_LENGTH;
	else if (!tls_mem_equal(body.p, data, sizeof(data)))
		err = TLS_E_FINISHED_VERIFY_FAILED;
	tls_mem_wipe(data, sizeof(data));
	return err;
}
