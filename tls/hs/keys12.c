/* keys12.c - keys of a TLS 1.2 handshake, as a row of the step table asks for them. RFC 5246 sections 6.3 and
 * 8.1, RFC 7627. Keys belong to a wire direction, not to a role. */
#include "hs.h"

#include "../bytes/mem.h"
#include "../error.h"

static struct tls_span random_of(const uint8_t *random)
{
	return tls_span(random, TLS_RANDOM_LEN);
}

static int keylog(struct tls_session_st *s)
{
	tls_datum_t d = {.data = s->hs->sched12.master, .size = TLS_MASTER_LEN};

	return tls_error_of_callback(s->keylog != NULL ? s->keylog(s, "CLIENT_RANDOM", &d) : 0);
}

/* Behind ClientKeyExchange: RFC 7627 section 3 ends the session hash there. */
static int make_master(struct tls_session_st *s)
{
	struct tls_hs *hs = s->hs;
	struct tls_span premaster = tls_span(hs->secret, hs->choice.group->secret_len);
	uint8_t hash[TLS_HASH_MAX_LEN];

	if ((s->sflags & TLS_SFLAGS_EXT_MASTER_SECRET) != 0)
		tls_sched12_extended(&hs->sched12, hs->choice.suite->hash, premaster,
		    tls_transcript_hash(&hs->transcript, hash));
	else
		tls_sched12_master(&hs->sched12, hs->choice.suite->hash, premaster,
		    random_of(s->client_random), random_of(s->server_random));
	tls_mem_wipe(hs->secret, sizeof(hs->secret));
	return keylog(s);
}

int tls_keys12_resume(struct tls_session_st *s, struct tls_span master)
{
	struct tls_sched12 *sched = &s->hs->sched12;

	sched->hash = tls_suite_by_id(s->hs->state.suite)->hash;
	tls_mem_copy(sched->master, master.p, TLS_MASTER_LEN);
	return keylog(s);
}

/* Gives one wire direction its keys: it is what we write when its sender is our role. */
static void install(struct tls_session_st *s, bool client)
{
	const struct tls_suite *suite = s->hs->choice.suite;
	bool ours = client != tls_state_is_server(s);
	struct tls_keys12 c, sv;

	tls_sched12_keys(&c, &sv, &s->hs->sched12, suite->aead, random_of(s->client_random),
	    random_of(s->server_random));
	tls_record_install12(ours ? &s->wr : &s->rd, s->ws, suite, client ? c.key : sv.key,
	    client ? c.iv : sv.iv);
	tls_mem_wipe(&c, sizeof(c));
	tls_mem_wipe(&sv, sizeof(sv));
}

void tls_keys12_keep(struct tls_session_st *s)
{
	struct tls_secret *exporter = &s->exporter;

	tls_mem_wipe(exporter, sizeof(*exporter));
	if ((s->sflags & TLS_SFLAGS_EXT_MASTER_SECRET) == 0)
		return;
	exporter->len = TLS_MASTER_LEN;
	tls_mem_copy(exporter->b, s->hs->sched12.master, TLS_MASTER_LEN);
}

int tls_keys12_change(struct tls_session_st *s, const struct tls_step *step)
{
	int err = 0;

	if ((step->flags & TLS_STEP_MASTER) != 0)
		err = make_master(s);
	if (err == 0 && step->c2s == TLS_KEYS_TRAFFIC)
		install(s, true);
	if (err == 0 && step->s2c == TLS_KEYS_TRAFFIC)
		install(s, false);
	return err;
}
