/* proof_pair.c - see proof_pair.h. */

#include "daemon/proof_pair.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A chain that doesn't hang together, or is for somebody else, is no use to any client. */
#define NO_USE (TLS_CERT_SIGNATURE_FAILURE | TLS_CERT_SIGNER_NOT_FOUND | TLS_CERT_UNEXPECTED_OWNER)
#define ROUNDS_MAX 64 /* a handshake with a HelloRetryRequest takes five */

/* ---- The wire --------------------------------------------------------------------------------------- */

static ssize_t pull(tls_transport_ptr_t ptr, void *data, size_t len)
{
	struct px_proof_pipe *pipe = ptr;

	if (pipe->at == pipe->end) {
		errno = EAGAIN;
		return -1;
	}
	if (len > pipe->end - pipe->at)
		len = pipe->end - pipe->at;
	memcpy(data, pipe->bytes + pipe->at, len);
	pipe->at += len;
	if (pipe->at == pipe->end)
		pipe->at = pipe->end = 0;
	return (ssize_t)len;
}

static ssize_t push(tls_transport_ptr_t ptr, const void *data, size_t len)
{
	struct px_proof_pipe *pipe = ptr;

	if (pipe->end == sizeof(pipe->bytes)) {
		errno = EAGAIN;
		return -1;
	}
	if (len > sizeof(pipe->bytes) - pipe->end)
		len = sizeof(pipe->bytes) - pipe->end;
	memcpy(pipe->bytes + pipe->end, data, len);
	pipe->end += len;
	return (ssize_t)len;
}

static void connect_pipes(tls_session_t session, struct px_proof_pipe *in, struct px_proof_pipe *out)
{
	tls_transport_set_ptr2(session, in, out);
	tls_transport_set_pull_function(session, pull);
	tls_transport_set_push_function(session, push);
}

/* ---- The two ends ------------------------------------------------------------------------------------ */

struct client {
	struct px_proof_pair *pair;
	const char *name;
};

static int judge(tls_session_t session)
{
	const struct client *client = tls_session_get_ptr(session);
	const char *subject, *reason;
	unsigned status, depth;
	int r = tls_certificate_verify_peers3(session, client->name, &status);

	if (r < 0 || (status & NO_USE) == 0)
		return r;
	if (tls_session_get_verify_cert_fault(session, &depth, &subject, &reason) == 0)
		snprintf(client->pair->fault, PX_PROOF_FAULT_LEN, "%s: %s", subject, reason);
	return -1;
}

static int new_server(tls_session_t *session, struct px_proof_pair *pair, const struct px_proof_ask *ask)
{
	int r = tls_init(session, TLS_SERVER | TLS_NONBLOCK);

	if (r < 0)
		return r;
	connect_pipes(*session, &pair->up, &pair->down);
	r = tls_session_set_workspace(*session, pair->workspace);
	if (r == 0)
		r = tls_policy_set(*session, ask->policy);
	return r == 0 ? tls_credentials_set(*session, TLS_CRD_CERTIFICATE, ask->server) : r;
}

static int new_client(tls_session_t *session, struct client *client, const struct px_proof_ask *ask)
{
	int r = tls_init(session, TLS_CLIENT | TLS_NONBLOCK);

	if (r < 0)
		return r;
	connect_pipes(*session, &client->pair->down, &client->pair->up);
	tls_session_set_ptr(*session, client);
	r = tls_session_set_workspace(*session, client->pair->workspace);
	if (r == 0)
		r = tls_policy_set(*session, ask->client_policy);
	if (r == 0 && ask->name && !ask->is_address)
		r = tls_server_name_set(*session, TLS_NAME_DNS, ask->name, strlen(ask->name));
	return r == 0 ? tls_credentials_set(*session, TLS_CRD_CERTIFICATE, ask->trust) : r;
}

static int shake_hands(tls_session_t client, tls_session_t server)
{
	int c = TLS_E_AGAIN, s = TLS_E_AGAIN;

	for (unsigned i = 0; i < ROUNDS_MAX && (c != 0 || s != 0); i++) {
		if (c != 0)
			c = tls_handshake(client);
		if (s != 0)
			s = tls_handshake(server);
		if (c < 0 && tls_error_is_fatal(c) && c != TLS_E_FATAL_ALERT_RECEIVED)
			return c;
		if (s < 0 && tls_error_is_fatal(s))
			return s;
	}
	return c == 0 && s == 0 ? 0 : TLS_E_INTERNAL_ERROR;
}

int px_proof_pair_run(struct px_proof_pair *pair, const struct px_proof_ask *ask)
{
	struct client client = { .pair = pair, .name = ask->name };
	tls_session_t s = NULL, c = NULL;
	int r;

	pair->up.at = pair->up.end = pair->down.at = pair->down.end = 0;
	pair->fault[0] = '\0';
	/* refused from the second handshake on: it is there then */
	tls_certificate_set_verify_function(ask->trust, judge);
	r = new_server(&s, pair, ask);
	if (r == 0)
		r = new_client(&c, &client, ask);
	if (r == 0)
		r = shake_hands(c, s);
	tls_deinit(c);
	tls_deinit(s);
	return r;
}

int px_proof_pair_init(struct px_proof_pair *pair)
{
	memset(pair, 0, sizeof(*pair));
	return tls_workspace_init(&pair->workspace, 2);
}

void px_proof_pair_clear(struct px_proof_pair *pair)
{
	if (pair->workspace)
		tls_workspace_deinit(pair->workspace);
	pair->workspace = NULL;
}
