/* relay_session.c - see relay_session.h. */

#include "daemon/relay_session.h"

#include <string.h>

#include "daemon/clock.h"
#include "daemon/worker.h"

/* The time of the world, for what has dates. */
static uint64_t real_ms(void *ptr)
{
	(void)ptr;
	return px_clock_real_ms();
}

static void ask_for_certificate(tls_session_t tls, enum conf_client_auth_mode mode)
{
	if (mode == CONF_CLIENT_AUTH_NONE)
		return;
	tls_certificate_server_set_request(
	    tls, mode == CONF_CLIENT_AUTH_REQUIRE ? TLS_CERT_REQUIRE : TLS_CERT_REQUEST);
	tls_session_set_verify_cert(tls, NULL, 0);
}

/* The core binds tickets to all that it decides itself; the services are ours. */
static int use_tickets(tls_session_t tls, const struct px_service *service)
{
	const struct conf_tickets *tickets = &service->settings->conf->tickets;
	const tls_datum_t *keys = &service->worker->ticket_keys;
	const char *name = service->conf->name;
	int r;

	if (tickets->lifetime_s == 0 || !keys->data)
		return 0;
	tls_db_set_cache_expiration(tls, (int)tickets->lifetime_s);
	r = tls_session_set_resumption_context(tls, name, strlen(name));
	if (r == 0)
		r = tls_session_ticket_enable_server_list(tls, keys);
	/* Without tickets rather than not at all. */
	return r == TLS_E_INVALID_REQUEST ? 0 : r;
}

int px_relay_session_set_up(tls_session_t tls, const struct px_service *service)
{
	const struct conf_service *conf = service->conf;
	int r = tls_session_set_workspace(tls, service->worker->workspace);

	tls_session_set_clock_function(tls, real_ms, NULL);
	ask_for_certificate(tls, conf->client_auth.mode);
	if (r == 0)
		r = tls_policy_set(tls, conf->policy);
	if (r == 0)
		r = tls_credentials_set(tls, TLS_CRD_CERTIFICATE, conf->credentials);
	if (r == 0)
		r = use_tickets(tls, service);
	/* RFC 7301 section 3.2: a client that offers protocols and none of ours is refused. */
	if (r == 0 && conf->n_alpn)
		r = tls_alpn_set_protocols(tls, conf->alpn, conf->n_alpn, TLS_ALPN_MANDATORY);
	return r;
}
