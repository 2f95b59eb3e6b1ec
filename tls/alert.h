/* alert.h - alerts, RFC 8446 section 6. */
#ifndef TLS_ALERT_H
#define TLS_ALERT_H

#include "state.h"

/* Takes a received alert record. 0 never; TLS_E_SESSION_EOF (close_notify),
 * TLS_E_WARNING_ALERT_RECEIVED, TLS_E_FATAL_ALERT_RECEIVED, or what is wrong with it. */
int tls_alert_recv(struct tls_session_st *s, struct tls_span content)
    __attribute__((warn_unused_result));

/* Seals an alert behind what waits to be sent; there is always room for one. close_notify and a fatal one
 * close the sending half. 0 or TLS_E_*. */
int tls_alert_queue(struct tls_session_st *s, unsigned level, unsigned description)
    __attribute__((warn_unused_result));

#endif
