/* rogue.c - see rogue.h. */
#include "tests/unit/unit.h"

#include "rogue.h"

#include "pair.h"
#include "tls/error.h"
#include "tls/hs/hs.h"
#include "tls/output.h"
#include "tls/state.h"

const struct rogue_case rogue_cases[] = {
	{"full in 1.3", TLS_1_3, 0},
	{"with a retry in 1.3", TLS_1_3, ROGUE_RETRY},
	{"with both certificates in 1.3", TLS_1_3, ROGUE_MUTUAL},
	{"resumed in 1.3", TLS_1_3, ROGUE_RESUMED},
	{"resumed behind a retry in 1.3", TLS_1_3, ROGUE_RESUMED | ROGUE_RETRY},
	{"full in 1.2", TLS_1_2, 0},
	{"with both certificates in 1.2", TLS_1_2, ROGUE_MUTUAL},
	{"resumed in 1.2", TLS_1_2, ROGUE_RESUMED},
	{"with a ticket in 1.2", TLS_1_2, ROGUE_TICKET},
	{"again in 1.2", TLS_1_2, ROGUE_RENEGOTIATION},
	{"again with both certificates in 1.2", TLS_1_2, ROGUE_RENEGOTIATION | ROGUE_MUTUAL},
};
const unsigned n_rogue_cases = sizeof(rogue_cases) / sizeof(rogue_cases[0]);

bool rogue_is_its_turn(const struct rogue *r)
{
	return r->n_messages == r->which + 1;
}

void rogue_fix_length(struct tls_buf *msg)
{
	size_t len = msg->len - TLS_HS_HEADER_LEN;

	msg->p[1] = (uint8_t)(len >> 16);
	msg->p[2] = (uint8_t)(len >> 8);
	msg->p[3] = (uint8_t)len;
}

static int hook(tls_session_t s, unsigned type, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	struct rogue *r = tls_session_get_ptr(s);

	(void)when;
	if (incoming)
		return 0;
	assert_true(r->n_messages < ROGUE_MAX_MESSAGES);
	r->type[r->n_messages] = (uint8_t)type;
	r->body_len[r->n_messages++] = msg->size;
	if (r->change != NULL && s->hs != NULL)
		r->change(r, type, &s->hs->out);
	return 0;
}

static void set_policy(tls_session_t s, tls_protocol_t version, const char *group)
{
	tls_policy_t policy;

	assert_int_equal(tls_policy_init(&policy, "intermediate"), 0);
	assert_int_equal(tls_policy_set_versions(policy, version, version), 0);
	if (group != NULL)
		assert_int_equal(tls_policy_add_group(policy, group), 0);
	assert_int_equal(tls_policy_set(s, policy), 0);
	tls_policy_deinit(policy);
}

/* What the client offers, from a session that is played once. */
static void begin_resumed(struct rogue *r)
{
	static struct resumed first[2];
	struct resumed *of_version = &first[r->kind->version == TLS_1_3];

	if (of_version->data.data == NULL) {
		resumed_init(of_version, r->kind->version, RESUMED_TICKETS);
		assert_false(resumed_session(of_version));
	}
	r->resumed = *of_version;
	if ((r->kind->what & ROGUE_TICKET) != 0)
		r->resumed.data.data = NULL;
	resumed_begin(&r->resumed, &r->d);
	/* a server's messages end with its Finished */
	if (r->kind->version == TLS_1_3)
		assert_int_equal(tls_session_ticket_set_count(r->d.server, 0), 0);
}

static void begin(struct rogue *r)
{
	bool mutual = (r->kind->what & ROGUE_MUTUAL) != 0;

	if ((r->kind->what & (ROGUE_RESUMED | ROGUE_TICKET)) != 0)
		begin_resumed(r);
	else
		duo_init(&r->d, NULL, mutual ? pair_credentials() : NULL);
	if (mutual)
		tls_certificate_server_set_request(r->d.server, TLS_CERT_REQUIRE);
	set_policy(r->d.client, r->kind->version, NULL);
	set_policy(r->d.server, r->kind->version, (r->kind->what & ROGUE_RETRY) != 0 ? "secp256r1" : NULL);
	if ((r->kind->what & ROGUE_RENEGOTIATION) != 0) {
		r->d.server->flags |= TLS_ALLOW_RENEGOTIATION;
		duo_connect(&r->d);
		r->d.client_err = r->d.server_err = TLS_E_AGAIN;
	}
}

void rogue_init(struct rogue *r, const struct rogue_case *kind, bool bad_server)
{
	*r = (struct rogue){.kind = kind};
	begin(r);
	r->bad = bad_server ? r->d.server : r->d.client;
	r->good = bad_server ? r->d.client : r->d.server;
	r->bad_err = bad_server ? &r->d.server_err : &r->d.client_err;
	r->good_err = bad_server ? &r->d.client_err : &r->d.server_err;
	tls_session_set_ptr(r->bad, r);
	tls_handshake_set_hook_function(r->bad, TLS_HANDSHAKE_ANY, TLS_HOOK_PRE, hook);
}

void rogue_clear(struct rogue *r)
{
	tls_buf_clear(&r->kept);
	duo_clear(&r->d);
}

/* The server learns of it when it receives. */
static bool begin_again(struct rogue *r)
{
	uint8_t byte;

	r->d.client_err = tls_handshake(r->d.client);
	r->d.server_err = (int)tls_record_recv(r->d.server, &byte, 1);
	if (r->d.server_err != TLS_E_REHANDSHAKE) {
		r->d.client_err = r->d.client_err == TLS_E_AGAIN ? tls_handshake(r->d.client) : r->d.client_err;
		return false;
	}
	r->d.server_err = TLS_E_AGAIN;
	return true;
}

int rogue_run(struct rogue *r)
{
	bool again = (r->kind->what & ROGUE_RENEGOTIATION) != 0 && r->n_messages == 0;

	if (!again || begin_again(r))
		(void)duo_handshake(&r->d);
	return *r->good_err;
}

void rogue_census(struct rogue *r, const struct rogue_case *kind, bool bad_server)
{
	rogue_init(r, kind, bad_server);
	if (rogue_run(r) != 0 || *r->bad_err != 0)
		fail_msg("%s: %s, %s", kind->name, tls_strerror_name(*r->good_err),
		    tls_strerror_name(*r->bad_err));
	assert_int_equal(tls_session_is_resumed(r->good), (kind->what & ROGUE_RESUMED) != 0);
	rogue_clear(r);
	assert_true(r->n_messages >= 2);
}

int rogue_spoil(struct rogue *r, const struct rogue_case *kind, bool bad_server, rogue_change change,
    unsigned which, size_t at, unsigned value)
{
	rogue_init(r, kind, bad_server);
	r->change = change;
	r->which = which;
	r->at = at;
	r->value = value;
	return rogue_run(r);
}

void rogue_for_each(void (*body)(const struct rogue_case *kind, bool bad_server))
{
	for (unsigned i = 0; i < 2 * n_rogue_cases; i++)
		body(&rogue_cases[i / 2], i % 2 != 0);
}

void rogue_refused(struct rogue *r, int err)
{
	uint8_t byte;

	if (err == 0 || !tls_error_is_fatal(err))
		fail_msg("%s, %s: %s", r->kind->name, r->good == r->d.server ? "server" : "client",
		    tls_strerror_name(err));
	assert_int_equal(tls_handshake(r->good), err);
	assert_int_equal(tls_record_recv(r->good, &byte, 1), err);
	assert_int_equal(tls_record_send(r->good, "x", 1), err);
	assert_int_equal(
	    tls_alert_get_sent(r->good), tls_error_alert(err) != 0 ? (int)tls_error_alert(err) : -1);
}

void rogue_survived(struct rogue *r, int err)
{
	if (err == TLS_E_AGAIN)
		return;
	if (err != 0) {
		rogue_refused(r, err);
	} else if (*r->bad_err == 0) {
		duo_pass(r->bad, r->good, "ping", 4);
		duo_pass(r->good, r->bad, "pong", 4);
	}
}

static void put_record(struct rogue *r, unsigned type, const void *data, size_t len, bool plain)
{
	struct tls_half half = r->bad->wr;

	assert_int_equal(tls_output_flush(r->bad), 0);
	if (plain)
		r->bad->wr = (struct tls_half){0};
	assert_int_equal(tls_output_record(r->bad, (enum tls_content)type, data, len), 0);
	if (plain)
		r->bad->wr = half;
	assert_int_equal(tls_output_flush(r->bad), 0);
}

void rogue_put_record(struct rogue *r, unsigned type, const void *data, size_t len)
{
	put_record(r, type, data, len, false);
}

void rogue_put_plain_record(struct rogue *r, unsigned type, const void *data, size_t len)
{
	put_record(r, type, data, len, true);
}
