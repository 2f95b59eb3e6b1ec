/* keys13.c - keys of a TLS 1.3 handshake, as a row of the step table asks for them. RFC 8446 sections
 * 7.1 and 7.3. Keys belong to a wire direction, not to a role. */
#include "hs.h"

#include "../bytes/mem.h"
#include "../error.h"

static int keylog(struct tls_session_st *s, const char *label, const struct tls_secret *secret)
{
	tls_datum_t d = {.data = (unsigned char *)(uintptr_t)secret->b, .size = secret->len};
	int err = s->keylog != NULL ? s->keylog(s, label, &d) : 0;

	return tls_error_of_callback(err);
}

static int derive(struct tls_session_st *s, struct tls_secret *out, const char *label,
    const char *log_label)
{
	uint8_t hash[TLS_HASH_MAX_LEN];

	tls_sched13_derive(out, &s->hs->sched, label, tls_transcript_hash(&s->hs->transcript, hash));
	return keylog(s, log_label, out);
}

/* After ServerHello. */
static int handshake_secrets(struct tls_session_st *s)
{
	struct tls_hs *hs = s->hs;
	int err;

	tls_sched13_start(&hs->sched, hs->choice.suite->hash, hs->state.secret.b, s->resumed ? hs->state.secret.len : 0);
	tls_sched13_next(&hs->sched, hs->secret, hs->choice.group->secret_len);
	tls_mem_wipe(hs->secret, sizeof(hs->secret));
	err = derive(s, &hs->c_hs, "c hs traffic", "CLIENT_HANDSHAKE_TRAFFIC_SECRET");
	if (err == 0)
		err = derive(s, &hs->s_hs, "s hs traffic", "SERVER_HANDSHAKE_TRAFFIC_SECRET");
	return err;
}

/* After the server's Finished. */
static int traffic_secrets(struct tls_session_st *s)
{
	struct tls_hs *hs = s->hs;
	int err;

	tls_sched13_next(&hs->sched, NULL, 0);
	err = derive(s, &hs->c_ap, "c ap traffic", "CLIENT_TRAFFIC_SECRET_0");
	if (err == 0)
		err = derive(s, &hs->s_ap, "s ap traffic", "SERVER_TRAFFIC_SECRET_0");
	if (err == 0)
		err = derive(s, &s->exporter, "exp master", "EXPORTER_SECRET");
	return err;
}

static const struct tls_secret *secret_of(const struct tls_hs *hs, enum tls_hs_keys keys, bool client)
{
	if (keys == TLS_KEYS_HANDSHAKE)
		return client ? &hs->c_hs : &hs->s_hs;
	return client ? &hs->c_ap : &hs->s_ap;
}

/* Gives one wire direction its keys: it is what we write when its sender is our role. */
static int install(struct tls_session_st *s, enum tls_hs_keys keys, bool client)
{
	const struct tls_secret *secret = secret_of(s->hs, keys, client);
	bool ours = client != tls_state_is_server(s);

	/* RFC 8446 section 5.1: no message may span a change of keys */
	if (!ours && s->messages.len > 0)
		return TLS_E_MESSAGE_CROSSES_KEY_CHANGE;
	tls_record_install(ours ? &s->wr : &s->rd, s->ws, s->hs->choice.suite, secret);
	if (keys == TLS_KEYS_TRAFFIC)
		*(ours ? &s->wr_secret : &s->rd_secret) = *secret;
	return 0;
}

int tls_keys13_change(struct tls_session_st *s, const struct tls_step *step)
{
	int err = 0;

	if (step->s2c == TLS_KEYS_HANDSHAKE)
		err = handshake_secrets(s);
	else if (step->s2c == TLS_KEYS_TRAFFIC)
		err = traffic_secrets(s);
	if (err == 0 && step->s2c != TLS_KEYS_SAME)
		err = install(s, (enum tls_hs_keys)step->s2c, false);
	if (err == 0 && step->c2s != TLS_KEYS_SAME)
		err = install(s, (enum tls_hs_keys)step->c2s, true);
	return err;
}
