/* probe_fail.c - see probe_fail.h. */
#include "probe_fail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert_help.h"
#include "plain.h"
#include "probe_verify.h"

#define REASON_LEN 256
#define SHOWN_LEN 72 /* of a peer's first bytes */

void px_probe_fail_set_alert(struct px_story *story, json_t *object, unsigned number)
{
	const struct px_alert *alert = px_alert_help(number);

	px_story_set(story, object, "alert", json_string(alert->name));
	px_story_set(story, object, "number", json_integer(number));
	px_story_set(story, object, "meaning", json_string(alert->meaning));
}

/* "server_hello" as the name of a message. */
static void set_awaited(char text[REASON_LEN], const char *before, const struct px_probe_session *s)
{
	if (s->established)
		snprintf(text, REASON_LEN, "%s", before);
	else
		snprintf(text, REASON_LEN, "%s; expected was: %s", before, s->awaited);
	for (char *c = text; *c != '\0'; c++)
		*c = *c == '_' ? ' ' : *c;
}

static void tell_alert(struct px_probe_session *s, json_t *step)
{
	const struct px_alert *alert = px_alert_help((unsigned)tls_alert_get(s->tls));
	const char *help = alert->help;
	char reason[REASON_LEN];

	/* whatever it calls it */
	if (s->certificate_asked && !s->o->certificate)
		help = "The server had asked for a client certificate and got none, which is most likely why: --certificate "
		       "and --key give one.";
	px_probe_fail_set_alert(s->story, step, (unsigned)tls_alert_get(s->tls));
	snprintf(reason, sizeof(reason), "the server sent the alert %s (%u)", alert->name,
	    (unsigned)tls_alert_get(s->tls));
	px_story_fail(s->story, step, reason, help);
}

/* The first line, as far as it is one. */
static size_t line_len(const struct px_probe_session *s)
{
	size_t n = 0;

	while (n < s->first_len && n < SHOWN_LEN && s->first[n] != '\r' && s->first[n] != '\n')
		n++;
	return n;
}

static void tell_plain(struct px_probe_session *s, json_t *step)
{
	const struct px_plain *plain = px_plain_recognise(s->first, s->first_len);
	char reason[REASON_LEN];

	px_story_set(s->story, step, "first_bytes", px_story_bytes(s->first, line_len(s)));
	snprintf(reason, sizeof(reason), "this is not TLS but %s", plain->what);
	px_story_fail(s->story, step, reason, plain->help);
}

static void tell_closed(struct px_probe_session *s, json_t *step, const char *how)
{
	const char *help = "Look at the server's log.";
	char reason[REASON_LEN];

	set_awaited(reason, how, s);
	if (s->first_len == 0 && !s->established)
		help = "Nothing at all came: often a load balancer without a working backend, a server that wants another "
		       "server name (--name), a listener that expects a PROXY header (--send-proxy), an access list, or "
		       "one that speaks no TLS.";
	else if (s->certificate_asked)
		help = "It had asked for a client certificate: perhaps it did not like the answer.";
	px_story_fail(s->story, step, reason, help);
}

static void tell_timeout(struct px_probe_session *s, json_t *step)
{
	char said[REASON_LEN], reason[REASON_LEN];

	if (s->established) {
		snprintf(reason, sizeof(reason), "the server took no data for %g seconds", s->o->timeout / 1000.0);
		px_story_fail(s->story, step, reason,
		    "It is overloaded or stopped, or waits itself for something behind it.");
		return;
	}
	snprintf(said, sizeof(said), "nothing came for %g seconds", s->o->timeout / 1000.0);
	set_awaited(reason, said, s);
	px_story_fail(s->story, step, reason,
	    s->first_len == 0 ? "The server accepted the connection and says nothing: it may be overloaded or stopped, wait "
				"for a PROXY header (--send-proxy) or for a client that speaks first in plain text, or a "
				"firewall drops what is larger than a small packet."
			      : "The server began and did not go on: overloaded, waiting for something behind it, or large "
				"packets are lost on the way (path MTU).");
}

static void tell_transport(struct px_probe_session *s, json_t *step)
{
	char reason[REASON_LEN];

	if (s->transport_errno == ECONNRESET || s->transport_errno == EPIPE) {
		tell_closed(s, step, "the server reset the connection");
		return;
	}
	snprintf(reason, sizeof(reason), "the connection failed: %s", strerror(s->transport_errno));
	px_story_fail(s->story, step, reason, NULL);
}

static const char *local_help(int err)
{
	switch (err) {
	case TLS_E_UNSUPPORTED_VERSION:
		return "The server chose a version that was not offered: without --tls both 1.2 and 1.3 are.";
	case TLS_E_SAFE_RENEGOTIATION_FAILED:
		return "The server lacks secure renegotiation (RFC 5746): it must be updated.";
	case TLS_E_DOWNGRADE:
		return "The server speaks a newer version and was made to choose an older one: something between interferes.";
	default:
		return NULL;
	}
}

/* A fault that we found; the peer has our alert. */
static void tell_fault(struct px_probe_session *s, json_t *step, int err)
{
	int sent = tls_alert_get_sent(s->tls);

	if (sent > 0)
		px_story_set(s->story, step, "alert_sent",
		    json_string(px_alert_help((unsigned)sent)->name));
	px_story_fail(s->story, step, tls_strerror(err), local_help(err));
}

/* Everything else is a fault that we found, in the message that is being judged if there is one. */
static bool is_of_peer(int err)
{
	return err == TLS_E_FATAL_ALERT_RECEIVED || err == TLS_E_WARNING_ALERT_RECEIVED ||
	    err == TLS_E_PREMATURE_TERMINATION || err == TLS_E_SESSION_EOF || err == TLS_E_TIMEDOUT ||
	    err == TLS_E_PULL_ERROR || err == TLS_E_PUSH_ERROR;
}

void px_probe_fail_tell(struct px_probe_session *s, const char *name, int err)
{
	bool plain = !s->hello_came && px_plain_is(s->first, s->first_len);
	json_t *step;

	if (px_probe_verify_failed(s, err))
		return;
	step = px_story_begin(s->story, s->current != NULL && !is_of_peer(err) ? s->current : name);
	if (plain)
		tell_plain(s, step);
	else if (err == TLS_E_FATAL_ALERT_RECEIVED || err == TLS_E_WARNING_ALERT_RECEIVED)
		tell_alert(s, step);
	else if (err == TLS_E_PREMATURE_TERMINATION)
		tell_closed(s, step, "the server closed the connection");
	else if (err == TLS_E_SESSION_EOF)
		tell_closed(s, step, "the server closed the connection with close_notify");
	else if (err == TLS_E_TIMEDOUT)
		tell_timeout(s, step);
	else if (err == TLS_E_PULL_ERROR || err == TLS_E_PUSH_ERROR)
		tell_transport(s, step);
	else
		tell_fault(s, step, err);
}
