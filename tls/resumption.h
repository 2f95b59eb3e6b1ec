/* resumption.h - the part of tls.h that is about resumption. Included by tls.h alone.
 *
 * A server resumes a session only if what decided about its first handshake decides the same again: version, the
 * suite's hash, server name, ALPN, the certificate it would show, whether it asks for certificates and whose it
 * takes, the application's context. Anything else is a full handshake, never an error. A resumed session has the
 * peer's certificates of the first one, and the verify function is called again. Nothing lives longer than the
 * lifetime after the *first* handshake, however often it is resumed. No early data (0-RTT), ever.
 *
 * On both sides the clock function is needed; without it no session can be resumed. What a server is told here is
 * wiped when its handshake ends. Functions without a result that lack memory end the session: its handshake gives
 * TLS_E_MEMORY_ERROR. */
#ifndef TLS_RESUMPTION_H
#define TLS_RESUMPTION_H

/* Milliseconds since 1970. It may jump; a step back of more than a minute makes sessions before it useless. */
typedef uint64_t (*tls_clock_func)(void *ptr);
void tls_session_set_clock_function(tls_session_t session, tls_clock_func func, void *ptr);

/* Server, before its handshake (the post-client-hello function is early enough, for all of these). Tickets: the
 * server's state sealed and given to the client. key: a seed of 32 bytes or more, the same on all hosts that are to
 * take each other's tickets, with clocks that agree to the hour; from it and the clock follow the keys, a new one
 * each rotation. A ticket is opened in the rotation that it was sealed in and in the next one.
 * TLS_E_INVALID_REQUEST for a seed that is too short or all zeros. generate makes one from random bytes; release it
 * with tls_free. */
int tls_session_ticket_key_generate(tls_datum_t *key);
int tls_session_ticket_enable_server(tls_session_t session, const tls_datum_t *key);

/* The same for a process that must not have the seed, from which the keys of all times follow: list gives the keys of
 * the last rotation, of the one at now (ms since 1970) and of the next one, released with tls_free after it is wiped.
 * enable_server_list takes them, with their length of a rotation. When the clock has left these, no tickets are made or
 * opened: a new list is due each rotation. TLS_E_INVALID_REQUEST for no such list. */
int tls_session_ticket_key_list(tls_datum_t *list, const tls_datum_t *key, unsigned int rotation, uint64_t now);
int tls_session_ticket_enable_server_list(tls_session_t session, const tls_datum_t *list);

/* Seconds of a rotation (21,600), the same on all those hosts; and how many tickets a client of TLS 1.3 gets at the
 * end of each handshake, 0 to 16 (2). One whose client certificates make it longer than 12 KiB isn't sent. */
int tls_session_ticket_set_rotation(tls_session_t session, unsigned int seconds);
int tls_session_ticket_set_count(tls_session_t session, unsigned int n);

/* What else has to be the same for a session to be resumed: anything that the application's own rules depend on. */
int tls_session_set_resumption_context(tls_session_t session, const void *data, size_t len);

/* Without a ticket key: the server's states are kept in a database under random keys, which are all that the client
 * gets. retrieve gives what store got under the key, in memory of tls_malloc that the session releases, or a NULL
 * pointer. store and remove: 0 if done. What is stored is as secret as the sessions are. A record is used once in
 * TLS 1.3. */
typedef int (*tls_db_store_func)(void *ptr, tls_datum_t key, tls_datum_t data);
typedef int (*tls_db_remove_func)(void *ptr, tls_datum_t key);
typedef tls_datum_t (*tls_db_retr_func)(void *ptr, tls_datum_t key);
void tls_db_set_retrieve_function(tls_session_t session, tls_db_retr_func func);
void tls_db_set_store_function(tls_session_t session, tls_db_store_func func);
void tls_db_set_remove_function(tls_session_t session, tls_db_remove_func func);
void tls_db_set_ptr(tls_session_t session, void *ptr);

/* How many seconds after its first handshake a session can be resumed, by ticket or database: 21,600 by default,
 * 604,800 at most, none with 0 or less. */
void tls_db_set_cache_expiration(tls_session_t session, int seconds);

/* Client, CONTRACT part D: what a later session resumes this one with, in memory of its own that the caller releases
 * with tls_free, and should keep as secret as the sessions. TLS_E_INVALID_REQUEST before the handshake is complete,
 * and on a server. In TLS 1.3 the server has to send a ticket first: TLS_SFLAGS_SESSION_TICKET tells that one has
 * come, the hook for TLS_HANDSHAKE_NEW_SESSION_TICKET when. Called earlier, it waits for about a round trip, if
 * there is a pull-timeout function; without a ticket it gives data that resumes nothing, and 0. It is the last
 * ticket that counts; a resumed session gives its own, not that which it was resumed with. The session keeps a
 * ticket of up to 12 KiB for this. get_data: the same into the caller's memory; *size: room in, bytes out. */
int tls_session_get_data(tls_session_t session, void *session_data, size_t *session_data_size);
int tls_session_get_data2(tls_session_t session, tls_datum_t *data);

/* Client, before its handshake: such data, copied. TLS_E_DB_ERROR if it is cut or altered. It is offered only to the
 * server name that it is of, while it is fresh, with a version and suite that the policy has; the server may
 * still decline it: tls_session_is_resumed. Whoever checks certificates by other rules than those of the first
 * session must not resume it. */
int tls_session_set_data(tls_session_t session, const void *session_data, size_t session_data_size);

/* 1 if the session is a resumed one. */
int tls_session_is_resumed(tls_session_t session);

/* On a server that resumes sessions: 32 bytes that all resumptions of a session have in common. On a client: the
 * session id that the server gave. Valid as long as the session. TLS_E_REQUESTED_DATA_NOT_AVAILABLE: none. */
int tls_session_get_id2(tls_session_t session, tls_datum_t *session_id);

#endif
