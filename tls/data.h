/* data.h - receiving, as a handshake in an established session needs it too. */
#ifndef TLS_DATA_H
#define TLS_DATA_H

#include "state.h"

/* Between tls_input_enter and leave: opens records until there is plaintext in s->in.plain. 0,
 * TLS_E_REHANDSHAKE when tls_handshake has to go on, or TLS_E_*. may_pull: see tls_input_next. */
int tls_data_next(struct tls_session_st *s, bool may_pull) __attribute__((warn_unused_result));

/* Takes out the result that waits behind plaintext that was given first; 0: none. */
int tls_data_deferred(struct tls_session_st *s) __attribute__((warn_unused_result));

/* Reads the transport once and opens what is whole then, up to the first application data, which stays for
 * tls_record_recv, as does an error. True if nothing but messages came, so that more may be waited for. */
bool tls_data_read_ahead(struct tls_session_st *s);

#endif
