/* probe_message.h - messages of the handshake as steps. */
#ifndef DAEMON_CTL_PROBE_MESSAGE_H
#define DAEMON_CTL_PROBE_MESSAGE_H

#include "probe_session.h"

/* The hook function of a probe's session, before and after each message. */
int px_probe_message_hook(tls_session_t tls, unsigned htype, unsigned when, unsigned incoming, const tls_datum_t *msg);

/* Names of IANA, or the number in hexadecimal. */
json_t *px_probe_message_version(tls_protocol_t version);
json_t *px_probe_message_name(const char *name, uint16_t number);

#endif
