/* steps.c - the step tables: the state machine of a handshake, one screen for each version. RFC 8446
 * section 2 and appendix A. HelloRetryRequest is unrolled, so the index only grows. */
#include "auth.h"
#include "hs.h"
#include "server.h"

static bool always(const struct tls_session_st *s)
{
	(void)s;
	return true;
}

static bool retrying(const struct tls_session_st *s)
{
	return s->hs->retry;
}

/* clang-format off */
#define CLIENT TLS_CLIENT
#define SERVER TLS_SERVER
#define CCS    TLS_STEP_COMPAT_CCS
#define SAME   TLS_KEYS_SAME
#define HS     TLS_KEYS_HANDSHAKE
#define AP     TLS_KEYS_TRAFFIC
#define END(n) { 0, 0, 0, SAME, SAME, NULL, NULL, NULL, n }

/* The version is chosen here. A HelloRetryRequest is a ServerHello by its number. */
const struct tls_step tls_steps_hello[] = {
/*        message                              sender flags c->s  s->c  when      send                                  recv */
	{ TLS_HANDSHAKE_CLIENT_HELLO,         CLIENT, 0,   SAME, SAME, always,   NULL,                                 tls_server_recv_hello, NULL },
	{ TLS_HANDSHAKE_SERVER_HELLO,         SERVER, CCS, SAME, SAME, retrying, tls_server_send_retry,                NULL, NULL },
	{ TLS_HANDSHAKE_CLIENT_HELLO,         CLIENT, 0,   SAME, SAME, retrying, NULL,                                 tls_server_recv_second_hello, NULL },
	{ TLS_HANDSHAKE_SERVER_HELLO,         SERVER, CCS, HS,   HS,   always,   tls_server_send_hello,                NULL, NULL },
	END(tls_steps_13)
};

const struct tls_step tls_steps_13[] = {
/*        message                              sender flags c->s  s->c  when      send                                  recv */
	{ TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS, SERVER, 0,   SAME, SAME, always,   tls_server_send_encrypted_extensions, NULL, NULL },
	{ TLS_HANDSHAKE_CERTIFICATE_PKT,      SERVER, 0,   SAME, SAME, always,   tls_auth_send_certificate,            NULL, NULL },
	{ TLS_HANDSHAKE_CERTIFICATE_VERIFY,   SERVER, 0,   SAME, SAME, always,   tls_auth_send_verify,                 NULL, NULL },
	{ TLS_HANDSHAKE_FINISHED,             SERVER, 0,   SAME, AP,   always,   tls_auth_send_finished,               NULL, NULL },
	{ TLS_HANDSHAKE_FINISHED,             CLIENT, 0,   AP,   SAME, always,   NULL,                                 tls_auth_recv_finished, NULL },
	END(NULL)
};
/* clang-format on */
