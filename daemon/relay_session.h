/* relay_session.h - what a service wants of the TLS sessions of its clients. */
#ifndef DAEMON_RELAY_SESSION_H
#define DAEMON_RELAY_SESSION_H

#include "tls/tls.h"

struct px_service;

/* 0 or TLS_E_*. */
int px_relay_session_set_up(tls_session_t tls, const struct px_service *service);

#endif
