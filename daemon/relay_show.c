/* relay_show.c - see relay_show.h. What a relay waits for is not decided here: px_flow_waits says it. */

#include "daemon/relay_show.h"

#include <string.h>

#include "daemon/settings.h"

static const char *const wait_names[] = {
	[0] = "none",
	[PX_WAIT_READ] = "read",
	[PX_WAIT_WRITE] = "write",
	[PX_WAIT_READ | PX_WAIT_WRITE] = "read+write",
};

static void add_name(struct px_line *line, const char *name)
{
	px_line_add(line, line->text[line->len - 1] == '{' ? "\"" : ",\"");
	px_line_add(line, name);
	px_line_add(line, "\":");
}

static void add_bytes(struct px_line *line, const char *name, const void *bytes, size_t len)
{
	add_name(line, name);
	if (len)
		px_line_add_json(line, bytes, len < PX_LINE_VALUE_MAX ? len : PX_LINE_VALUE_MAX);
	else
		px_line_add(line, "null");
}

static void add_text(struct px_line *line, const char *name, const char *text)
{
	add_bytes(line, name, text, text ? strlen(text) : 0);
}

static void add_number(struct px_line *line, const char *name, uint64_t number)
{
	add_name(line, name);
	px_line_add_number(line, number);
}

static void add_session(struct px_line *line, tls_session_t tls)
{
	char sni[256];
	size_t sni_len = sizeof(sni) - 1;
	unsigned type;

	if (!tls || tls_server_name_get(tls, sni, &sni_len, &type, 0) != 0)
		sni_len = 0;
	add_bytes(line, "sni", sni, sni_len);
	add_text(line, "version", tls ? tls_protocol_get_name(tls_protocol_get_version(tls)) : NULL);
	add_text(line, "suite", tls ? tls_ciphersuite_get_name(tls_ciphersuite_get(tls)) : NULL);
	add_text(line, "group", tls ? tls_group_get_name(tls_group_get(tls)) : NULL);
}

static const char *handshake_wait(tls_session_t tls)
{
	switch (tls ? tls_record_get_direction(tls) : 0) {
	case TLS_WAIT_KEY:
		return "key";
	case 1:
		return "write";
	default:
		return "read";
	}
}

static void find_waits(const char *waits[2], unsigned bits[2], const struct px_relay *relay)
{
	const struct px_end *client = &relay->ends[PX_CLIENT];

	bits[PX_CLIENT] = bits[PX_BACKEND] = 0;
	if (relay->state == PX_RELAY_DATA)
		px_flow_waits(relay->flows, bits);
	waits[PX_CLIENT] = wait_names[bits[PX_CLIENT]];
	waits[PX_BACKEND] = wait_names[bits[PX_BACKEND]];
	if (relay->state == PX_RELAY_HANDSHAKE)
		waits[PX_CLIENT] = handshake_wait(client->tls);
	else if (relay->state == PX_RELAY_CONNECT)
		waits[PX_BACKEND] = "connect";
	else if (relay->state == PX_RELAY_LINGER)
		waits[PX_CLIENT] = client->tls ? "write" : "read";
}

static uint64_t in_flight(const struct px_flow *flow)
{
	return flow->tail - flow->head;
}

void px_relay_show(struct px_line *line, const struct px_relay *relay, uint64_t now_us)
{
	static const char *const states[] = { "handshake", "connect", "data", "linger" };
	static const char *const sides[] = { "none", "client", "backend", "both" };
	const struct px_end *client = &relay->ends[PX_CLIENT];
	char peer[PX_ADDR_TEXT_LEN];
	const char *waits[2];
	unsigned bits[2];

	find_waits(waits, bits, relay);
	px_addr_text(peer, &relay->peer.sa, sizeof(sa_family_t));
	px_line_init(line);
	px_line_add(line, "{");
	add_number(line, "id", relay->id);
	add_number(line, "ms", (now_us - relay->started_us) / 1000);
	add_text(line, "service", relay->service->conf->name);
	add_text(line, "peer", peer);
	add_text(line, "state", states[relay->state]);
	add_text(line, "backend", relay->target ? relay->target->text : NULL);
	add_session(line, client->tls);
	add_number(line, "in", client->n_in);
	add_number(line, "out", client->n_out);
	add_name(line, "waits");
	px_line_add(line, "{");
	add_text(line, "client", waits[PX_CLIENT]);
	add_text(line, "backend", waits[PX_BACKEND]);
	px_line_add(line, "}");
	add_name(line, "flight");
	px_line_add(line, "{");
	add_number(line, "to_backend", in_flight(&relay->flows[PX_CLIENT]));
	add_number(line, "to_client", in_flight(&relay->flows[PX_BACKEND]));
	px_line_add(line, "}");
	add_text(line, "stopped",
	    sides[(bits[PX_CLIENT] & PX_WAIT_WRITE ? 1 : 0) | (bits[PX_BACKEND] & PX_WAIT_WRITE ? 2 : 0)]);
	px_line_add(line, "}");
	px_line_end(line);
}
