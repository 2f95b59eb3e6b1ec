/* relay_log.c - see relay_log.h. */

#include "daemon/relay_log.h"

#include <stdio.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/worker.h"

/* The client's; after a refusal that of the one at fault, which may be an issuer's. */
static void add_certificate(struct px_conn_record *record, char subject[PX_CONN_SUBJECT_LEN], tls_session_t tls)
{
	const tls_datum_t *peers;
	const char *fault, *reason;
	unsigned n, depth;

	if (tls_session_get_verify_cert_fault(tls, &depth, &fault, &reason) == 0) {
		snprintf(subject, PX_CONN_SUBJECT_LEN, "%s", fault);
		record->certificate = subject;
		return;
	}
	peers = tls_certificate_get_peers(tls, &n);
	if (n > 0 && tls_certificate_get_subject(&peers[0], subject, PX_CONN_SUBJECT_LEN) == 0)
		record->certificate = subject;
}

static void add_session(struct px_conn_record *record, char sni[256], tls_session_t tls)
{
	size_t sni_len = 255;
	unsigned type;
	tls_datum_t alpn;

	if (tls_server_name_get(tls, sni, &sni_len, &type, 0) == 0)
		record->sni = (struct px_conn_text){ sni, sni_len };
	if (tls_alpn_get_selected_protocol(tls, &alpn) == 0)
		record->alpn = (struct px_conn_text){ alpn.data, alpn.size };
	record->resumed = tls_session_is_resumed(tls) == 1;
	record->version = tls_protocol_get_name(tls_protocol_get_version(tls));
	record->suite = tls_ciphersuite_get_name(tls_ciphersuite_get(tls));
	record->group = tls_group_get_name(tls_group_get(tls));
	record->signature = tls_sign_get_name(tls_sign_algorithm_get(tls));
}

void px_relay_log(const struct px_relay *relay, const char *reason)
{
	const struct px_end *client = &relay->ends[PX_CLIENT];
	char peer[PX_ADDR_TEXT_LEN], sni[256], subject[PX_CONN_SUBJECT_LEN];
	struct px_conn_record record = {
		.service = relay->service->conf->name,
		.peer = peer,
		.backend = relay->target ? relay->target->text : NULL,
		.n_in = client->n_in,
		.n_out = client->n_out,
		.duration_ms = (px_clock_us() - relay->started_us) / 1000,
		.end = reason,
	};

	if (!relay->service->settings->conf->log.connections)
		return;
	px_addr_text(peer, &relay->peer.sa, sizeof(sa_family_t));
	record.certificate = relay->certificate;
	if (client->tls)
		add_session(&record, sni, client->tls);
	if (client->tls && !relay->certificate)
		add_certificate(&record, subject, client->tls);
	px_log_connection(&record);
}

void px_relay_log_keep(struct px_relay *relay)
{
	tls_session_t tls = relay->ends[PX_CLIENT].tls;
	char subject[PX_CONN_SUBJECT_LEN];
	struct px_conn_record record = { .certificate = NULL };

	if (relay->service->settings->conf->log.connections)
		add_certificate(&record, subject, tls);
	if (record.certificate)
		relay->certificate = strdup(subject);
	/* What isn't kept here, for lack of memory, stays there. */
	if (!record.certificate || relay->certificate)
		(void)tls_certificate_forget_peers(tls);
}
