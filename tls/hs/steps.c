/* steps.c - the step tables: the state machine of a handshake, one screen for each version. RFC 8446
 * section 2 and appendix A, RFC 5246 section 7.3. HelloRetryRequest is unrolled, so the index only grows. */
#include "auth.h"
#include "auth12.h"
#include "client.h"
#include "client12.h"
#include "hs.h"
#include "resume12.h"
#include "server.h"
#include "server12.h"
#include "status.h"

static bool always(const struct tls_session_st *s)
{
	(void)s;
	return true;
}

static bool retrying(const struct tls_session_st *s)
{
	return s->hs->retry;
}

/* A client learns from the message itself whether it is one. */
static bool may_retry(const struct tls_session_st *s)
{
	return retrying(s) || !tls_state_is_server(s);
}

static bool full(const struct tls_session_st *s)
{
	return !s->resumed;
}

/* RFC 8446 section 4.3.2: not by a server that a PSK speaks for. */
static bool may_ask(const struct tls_session_st *s)
{
	return full(s) && (!tls_state_is_server(s) || s->cert_request != TLS_CERT_IGNORE);
}

static bool asked(const struct tls_session_st *s)
{
	return s->cert_asked;
}

/* The client has given a certificate, and proves that it has the key. */
static bool has_cert(const struct tls_session_st *s)
{
	return tls_state_is_server(s) ? s->hs->peer_key != NULL : s->hs->choice.entry != NULL;
}

/* The server has said that it may send one. */
static bool promised(const struct tls_session_st *s)
{
	return s->hs->status;
}

/* TLS 1.2: the server has said that a ticket will come, RFC 5077 section 3.3. */
static bool ticket_due(const struct tls_session_st *s)
{
	return s->hs->ticket_due;
}

static bool is_12_resumed(const struct tls_session_st *s)
{
	return s->version == TLS_1_2 && s->resumed;
}

static bool is_12(const struct tls_session_st *s)
{
	return s->version == TLS_1_2;
}

/* clang-format off */
#define CLIENT TLS_CLIENT
#define SERVER TLS_SERVER
#define CCS    TLS_STEP_COMPAT_CCS
#define MAYBE  TLS_STEP_MAYBE
#define SAME   TLS_KEYS_SAME
#define HS     TLS_KEYS_HANDSHAKE
#define AP     TLS_KEYS_TRAFFIC
#define CHANGE TLS_STEP_CCS
#define MASTER TLS_STEP_MASTER
#define EARLY  TLS_STEP_EARLY
#define JUMP(when, to) { 0, 0, 0, SAME, SAME, when, NULL, NULL, to }
#define END(n) JUMP(NULL, n)

/* The version is chosen here. A HelloRetryRequest is a ServerHello by its number. No keys come with the
 * ServerHello of TLS 1.2. */
const struct tls_step tls_steps_hello[] = {
/*        message                              sender  flags        c->s  s->c  when       send                                  recv */
	{ TLS_HANDSHAKE_CLIENT_HELLO,           CLIENT, 0,           SAME, SAME, always,    tls_client_send_hello,                tls_server_recv_hello, NULL },
	{ TLS_HANDSHAKE_SERVER_HELLO,           SERVER, CCS | MAYBE, SAME, SAME, may_retry, tls_server_send_retry,                tls_client_recv_retry, NULL },
	{ TLS_HANDSHAKE_CLIENT_HELLO,           CLIENT, 0,           SAME, SAME, retrying,  tls_client_send_hello,                tls_server_recv_second_hello, NULL },
	{ TLS_HANDSHAKE_SERVER_HELLO,           SERVER, CCS,         HS,   HS,   always,    tls_server_send_hello,                tls_client_recv_hello, NULL },
	JUMP(is_12_resumed, tls_steps_12_resumed),
	JUMP(is_12, tls_steps_12),
	END(tls_steps_13)
};

const struct tls_step tls_steps_12[] = {
/*        message                              sender flags   c->s  s->c  when        send                            recv */
	{ TLS_HANDSHAKE_CERTIFICATE_PKT,        SERVER, 0,      SAME, SAME, always,     tls_auth12_send_certificate,    tls_auth12_recv_certificate, NULL },
	{ TLS_HANDSHAKE_CERTIFICATE_STATUS,     SERVER, MAYBE,  SAME, SAME, promised,   tls_status_send,                tls_status_recv, NULL },
	{ TLS_HANDSHAKE_SERVER_KEY_EXCHANGE,    SERVER, 0,      SAME, SAME, always,     tls_server12_send_key_exchange, tls_client12_recv_key_exchange, NULL },
	{ TLS_HANDSHAKE_CERTIFICATE_REQUEST,    SERVER, MAYBE,  SAME, SAME, may_ask,    tls_auth12_send_request,        tls_auth12_recv_request, NULL },
	{ TLS_HANDSHAKE_SERVER_HELLO_DONE,      SERVER, 0,      SAME, SAME, always,     tls_server12_send_hello_done,   tls_client12_recv_hello_done, NULL },
	{ TLS_HANDSHAKE_CERTIFICATE_PKT,        CLIENT, 0,      SAME, SAME, asked,      tls_auth12_send_certificate,    tls_auth12_recv_certificate, NULL },
	{ TLS_HANDSHAKE_CLIENT_KEY_EXCHANGE,    CLIENT, MASTER, SAME, SAME, always,     tls_client12_send_key_exchange, tls_server12_recv_key_exchange, NULL },
	{ TLS_HANDSHAKE_CERTIFICATE_VERIFY,     CLIENT, 0,      SAME, SAME, has_cert,   tls_auth12_send_verify,         tls_auth12_recv_verify, NULL },
	{ 0,                                    CLIENT, CHANGE, AP,   SAME, always,     NULL,                           NULL, NULL },
	{ TLS_HANDSHAKE_FINISHED,               CLIENT, EARLY,  SAME, SAME, always,     tls_auth12_send_finished,       tls_auth12_recv_finished, NULL },
	{ TLS_HANDSHAKE_NEW_SESSION_TICKET,     SERVER, 0,      SAME, SAME, ticket_due, tls_resume12_send_ticket,       tls_resume12_recv_ticket, NULL },
	{ 0,                                    SERVER, CHANGE, SAME, AP,   always,     NULL,                           NULL, NULL },
	{ TLS_HANDSHAKE_FINISHED,               SERVER, 0,      SAME, SAME, always,     tls_auth12_send_finished,       tls_auth12_recv_finished, NULL },
	END(NULL)
};

/* RFC 5246 figure 2, RFC 5077 figure 2. */
const struct tls_step tls_steps_12_resumed[] = {
/*        message                              sender flags   c->s  s->c  when        send                            recv */
	{ TLS_HANDSHAKE_NEW_SESSION_TICKET,     SERVER, 0,      SAME, SAME, ticket_due, tls_resume12_send_ticket,       tls_resume12_recv_ticket, NULL },
	{ 0,                                    SERVER, CHANGE, SAME, AP,   always,     NULL,                           NULL, NULL },
	{ TLS_HANDSHAKE_FINISHED,               SERVER, 0,      SAME, SAME, always,     tls_auth12_send_finished,       tls_auth12_recv_finished, NULL },
	{ 0,                                    CLIENT, CHANGE, AP,   SAME, always,     NULL,                           NULL, NULL },
	{ TLS_HANDSHAKE_FINISHED,               CLIENT, 0,      SAME, SAME, always,     tls_auth12_send_finished,       tls_auth12_recv_finished, NULL },
	END(NULL)
};

const struct tls_step tls_steps_13[] = {
/*        message                              sender  flags        c->s  s->c  when       send                                  recv */
	{ TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS,   SERVER, 0,           SAME, SAME, always,    tls_server_send_encrypted_extensions, tls_client_recv_encrypted_extensions, NULL },
	{ TLS_HANDSHAKE_CERTIFICATE_REQUEST,    SERVER, MAYBE,       SAME, SAME, may_ask,   tls_auth_send_request,                tls_auth_recv_request, NULL },
	{ TLS_HANDSHAKE_CERTIFICATE_PKT,        SERVER, 0,           SAME, SAME, full,      tls_auth_send_certificate,            tls_auth_recv_certificate, NULL },
	{ TLS_HANDSHAKE_CERTIFICATE_VERIFY,     SERVER, 0,           SAME, SAME, full,      tls_auth_send_verify,                 tls_auth_recv_verify, NULL },
	{ TLS_HANDSHAKE_FINISHED,               SERVER, 0,           SAME, AP,   always,    tls_auth_send_finished,               tls_auth_recv_finished, NULL },
	{ TLS_HANDSHAKE_CERTIFICATE_PKT,        CLIENT, 0,           SAME, SAME, asked,     tls_auth_send_certificate,            tls_auth_recv_certificate, NULL },
	{ TLS_HANDSHAKE_CERTIFICATE_VERIFY,     CLIENT, 0,           SAME, SAME, has_cert,  tls_auth_send_verify,                 tls_auth_recv_verify, NULL },
	{ TLS_HANDSHAKE_FINISHED,               CLIENT, 0,           AP,   SAME, always,    tls_auth_send_finished,               tls_auth_recv_finished, NULL },
	END(NULL)
};
/* clang-format on */
