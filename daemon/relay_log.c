/* relay_log.c - see relay_log.h. */

#include "daemon/relay_log.h"

#include "daemon/conn_log.h"
#include "daemon/log.h"
#include "daemon/worker.h"

static void add_session(struct px_conn_record *record, char sni[256], tls_session_t tls)
{
	size_t sni_len = 255;
	unsigned type;
	tls_datum_t alpn;

	if (tls_server_name_get(tls, sni, &sni_len, &type, 0) == 0)
		record->sni = (struct px_conn_text){ sni, sni_len };
	if (tls_alpn_get_selected_protocol(tls, &alpn) == 0)
		record->alpn = (struct px_conn_text){ alpn.data, alpn.size };
	record->version = tls_protocol_get_name(tls_protocol_get_version(tls));
	record->suite = tls_ciphersuite_get_name(tls_ciphersuite_get(tls));
	record->group = tls_group_get_name(tls_group_get(tls));
	record->signature = tls_sign_get_name(tls_sign_algorithm_get(tls));
}

void px_relay_log(const struct px_relay *relay, const char *reason)
{
	const struct px_end *client = &relay->ends[PX_CLIENT];
	char peer[PX_ADDR_TEXT_LEN], sni[256];
	struct px_conn_record record = {
		.service = relay->service->conf->name,
		.peer = peer,
		.backend = relay->target ? relay->target->text : NULL,
		.n_in = client->n_in,
		.n_out = client->n_out,
		.duration_ms = px_worker_now_ms() - relay->started_ms,
		.end = reason,
	};
	struct px_line line;

	if (!relay->worker->conf->log.connections)
		return;
	px_addr_text(peer, &relay->peer.sa, sizeof(sa_family_t));
	if (client->tls)
		add_session(&record, sni, client->tls);
	px_log_begin(&line);
	px_conn_log_add(&line, px_log_format(), &record);
	px_log_send(&line);
}
