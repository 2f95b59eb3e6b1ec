/* probe_after.c - see probe_after.h. */
#include "probe_after.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe_fail.h"

#define PIECE_LEN 16384
#define US_PER_MS 1000
#define SETTLE_MS 100 /* and three round trips: what a server says unasked */
#define JUDGE_MS 1000 /* the same where it has a client certificate to think about */
#define UPDATE_MS 500

/* ---- Receiving --------------------------------------------------------------------------------- */

/* What a peer says commands no terminal: there it is ASCII, and any other byte \xHH. Anybody else gets it as it is. */
static bool put_out(const unsigned char *data, size_t len)
{
	bool terminal = isatty(STDOUT_FILENO) == 1, good = true;

	if (!terminal)
		return fwrite(data, 1, len, stdout) == len && fflush(stdout) == 0;
	for (size_t i = 0; i < len && good; i++) {
		bool plain = (data[i] >= 0x20 && data[i] < 0x7f) || data[i] == '\n' || data[i] == '\r' || data[i] == '\t';

		good = plain ? putchar(data[i]) != EOF : printf("\\x%02x", data[i]) > 0;
	}
	return good && fflush(stdout) == 0;
}

static void keep(struct px_probe_session *s, const unsigned char *data, size_t len)
{
	struct px_probe_answer *a = s->answer;
	size_t n;

	s->received += len;
	if (a == NULL) {
		if (!put_out(data, len))
			s->output_failed = true;
		return;
	}
	a->total += len;
	n = len < PX_PROBE_ANSWER_MAX - a->len ? len : PX_PROBE_ANSWER_MAX - a->len;
	memcpy(a->data + a->len, data, n);
	a->len += n;
}

static void tell_warning(struct px_probe_session *s)
{
	json_t *step;

	if (!px_probe_session_tells(s))
		return;
	step = px_story_begin(s->story, "warning");
	px_probe_fail_set_alert(s->story, step, (unsigned)tls_alert_get(s->tls));
	px_story_tell(s->story, step);
}

static void tell_request(struct px_probe_session *s)
{
	json_t *step;

	if (!px_probe_session_tells(s))
		return;
	step = px_story_begin(s->story, "renegotiation_request");
	px_story_set(s->story, step, "answer", json_string("declined"));
	px_story_tell(s->story, step);
}

ssize_t px_probe_after_receive(struct px_probe_session *s)
{
	unsigned char data[PIECE_LEN];
	ssize_t n = tls_record_recv(s->tls, data, sizeof(data));

	if (n > 0)
		keep(s, data, (size_t)n);
	if (n == 0)
		s->ended = true;
	if (n == TLS_E_WARNING_ALERT_RECEIVED)
		tell_warning(s);
	if (n == TLS_E_REHANDSHAKE)
		tell_request(s);
	px_probe_session_flush(s);
	return n == TLS_E_WARNING_ALERT_RECEIVED || n == TLS_E_REHANDSHAKE ? TLS_E_INTERRUPTED : n;
}

/* Receives until *counter changes, the limit is reached, the peer has ended; 0 or the error. */
static int receive_until(struct px_probe_session *s, const unsigned *counter)
{
	unsigned before = *counter;
	ssize_t n = 1;

	while (*counter == before && n != 0) {
		int err;

		n = px_probe_after_receive(s);
		if (n == 0 || *counter != before)
			break;
		/* data is no reason to wait longer */
		err = px_probe_session_again(s, n > 0 ? TLS_E_INTERRUPTED : (int)n);
		if (err != 0)
			return err == TLS_E_TIMEDOUT ? 0 : err;
	}
	return 0;
}

/* ---- Behind the handshake of TLS 1.3 ------------------------------------------------------------- */

/* A server of TLS 1.3 judges the client behind what is the client's end of the handshake: it says so now, or gives its
 * tickets. Nothing is sent before that, since a server that closes with data unread resets, and its alert is lost. */
bool px_probe_after_settle(struct px_probe_session *s)
{
	uint64_t ms = 3 * s->round_trip / US_PER_MS + (s->certificate_asked ? JUDGE_MS : SETTLE_MS);
	int err;

	if (tls_protocol_get_version(s->tls) != TLS_1_3)
		return true;
	px_probe_session_limit(s, ms < s->o->timeout ? ms : s->o->timeout);
	err = s->n_tickets == 0 ? receive_until(s, &s->n_tickets) : 0;
	if (err != 0)
		px_probe_fail_tell(s, "after_handshake", err);
	return err == 0;
}

/* ---- New keys ------------------------------------------------------------------------------------- */

static int send_update(struct px_probe_session *s)
{
	int err = tls_session_key_update(s->tls, TLS_KU_PEER);

	while (err == 0) {
		ssize_t n = tls_record_send(s->tls, NULL, 0);

		if (n >= 0)
			return 0;
		err = px_probe_session_again(s, (int)n);
	}
	return err;
}

bool px_probe_after_key_update(struct px_probe_session *s)
{
	unsigned before = s->n_key_updates;
	json_t *step;
	int err;

	px_probe_session_limit(s, s->o->timeout);
	err = s->ended ? TLS_E_SESSION_EOF : send_update(s);
	if (err != 0) {
		px_probe_fail_tell(s, "key_update", err);
		return false;
	}
	step = px_story_begin(s->story, "key_update");
	px_story_set(s->story, step, "sent", json_string("new keys for what is sent, and asked the server for its own"));
	px_story_tell(s->story, step);
	px_probe_session_limit(s, UPDATE_MS + 2 * s->round_trip / US_PER_MS);
	err = receive_until(s, &s->n_key_updates);
	if (err != 0) {
		px_probe_fail_tell(s, "key_update", err);
		return false;
	}
	if (s->n_key_updates == before && !s->ended) {
		step = px_story_begin(s->story, "peer_key_update");
		px_story_set(s->story, step, "state", json_string("not yet: it comes with the server's next data"));
		px_story_tell(s->story, step);
	}
	return true;
}

/* ---- Another handshake ---------------------------------------------------------------------------- */

/* 1: done, 0: declined, else an error. */
static int shake_hands(struct px_probe_session *s)
{
	for (;;) {
		int err = tls_handshake(s->tls);

		if (err == 0)
			return 1;
		if (err == TLS_E_WARNING_ALERT_RECEIVED && tls_alert_get(s->tls) == TLS_ALERT_NO_RENEGOTIATION)
			return 0;
		if (err == TLS_E_GOT_APPLICATION_DATA || err == TLS_E_WARNING_ALERT_RECEIVED)
			err = err == TLS_E_GOT_APPLICATION_DATA && px_probe_after_receive(s) <= 0 ? TLS_E_SESSION_EOF
											       : TLS_E_INTERRUPTED;
		err = px_probe_session_again(s, err);
		if (err != 0)
			return err;
	}
}

static void tell_answer(struct px_probe_session *s, const char *answer)
{
	json_t *step = px_story_begin(s->story, "renegotiation");

	px_story_set(s->story, step, "answer", json_string(answer));
	px_story_tell(s->story, step);
}

bool px_probe_after_renegotiate(struct px_probe_session *s)
{
	int err;

	px_probe_session_limit(s, s->o->timeout);
	s->awaited = "server_hello";
	err = shake_hands(s);
	if (err >= 0) {
		tell_answer(s, err == 1 ? "accepted" : "declined with no_renegotiation; the connection goes on");
		return true;
	}
	/* to end the connection is an answer, too */
	if (err == TLS_E_SESSION_EOF || err == TLS_E_PREMATURE_TERMINATION || err == TLS_E_PULL_ERROR ||
	    err == TLS_E_PUSH_ERROR) {
		tell_answer(s, "declined by ending the connection");
		return false;
	}
	if (err == TLS_E_FATAL_ALERT_RECEIVED) {
		tell_answer(s, "declined with a fatal alert");
		return false;
	}
	px_probe_fail_tell(s, "renegotiation", err);
	return false;
}
