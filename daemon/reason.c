/* reason.c - see reason.h. quenchd(8) lists them all. */

#include "daemon/reason.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "daemon/stranger.h"

/* "Connection refused" within a sentence. */
static void os_reason(char reason[PX_REASON_LEN], const char *who, int os_error)
{
	const char *text = strerror(os_error);

	snprintf(reason, PX_REASON_LEN, "%s: %c%s", who, tolower((unsigned char)text[0]),
	    text[0] ? text + 1 : "");
}

static void tls_reason(char reason[PX_REASON_LEN], const char *who, const struct px_end *end)
{
	const char *stranger = px_stranger_name(end->stranger);
	const char *alert;

	if (end->tls_error == TLS_E_PROTOCOL_NOT_TLS && stranger) {
		snprintf(reason, PX_REASON_LEN, "%s: %s: %s", who, tls_strerror(end->tls_error), stranger);
		return;
	}
	if (end->tls_error != TLS_E_FATAL_ALERT_RECEIVED) {
		snprintf(reason, PX_REASON_LEN, "%s: %s", who, tls_strerror(end->tls_error));
		return;
	}
	alert = tls_alert_get_name(tls_alert_get(end->tls));
	if (alert)
		snprintf(reason, PX_REASON_LEN, "%s: peer alert: %s", who, alert);
	else
		snprintf(reason, PX_REASON_LEN, "%s: peer alert: %u", who,
		    (unsigned)tls_alert_get(end->tls));
}

void px_reason_broken(char reason[PX_REASON_LEN], const struct px_end *end, unsigned side)
{
	const char *who = side ? "backend" : "client";

	if (end->truncated)
		snprintf(reason, PX_REASON_LEN, "%s truncated", who);
	else if (px_end_was_reset(end))
		snprintf(reason, PX_REASON_LEN, "%s reset", who);
	else if (end->os_error)
		os_reason(reason, who, end->os_error);
	else if (end->tls_error)
		tls_reason(reason, who, end);
	else
		snprintf(reason, PX_REASON_LEN, "out of memory");
}

void px_reason_handshake(char reason[PX_REASON_LEN], const struct px_end *client)
{
	const char *subject, *fault;
	unsigned depth;

	if (client->truncated || client->tls_error == TLS_E_SESSION_EOF)
		snprintf(reason, PX_REASON_LEN, "handshake: client closed%s", client->n_wire ? "" : ", sent nothing");
	else if (px_end_was_reset(client))
		snprintf(reason, PX_REASON_LEN, "handshake: client reset");
	else if (client->os_error)
		os_reason(reason, "handshake", client->os_error);
	else if (client->tls && tls_session_get_verify_cert_fault(client->tls, &depth, &subject, &fault) == 0)
		snprintf(reason, PX_REASON_LEN, "handshake: certificate refused: %s", fault);
	else
		tls_reason(reason, "handshake", client);
}

const char *px_reason_handshake_timeout(const struct px_end *client)
{
	if (client->waits_key)
		return "handshake timeout: key server";
	return client->n_wire ? "handshake timeout" : "handshake timeout: client sent nothing";
}

void px_reason_backend(char reason[PX_REASON_LEN], int os_error)
{
	os_reason(reason, "backend", os_error);
}
