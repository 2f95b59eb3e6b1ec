/* http.h - admin.http: /metrics for Prometheus and / for people, by libevent's HTTP server.
 *
 * It only tells: GET, no parameters, no state. Who may ask is who reaches the address.
 */
#ifndef DAEMON_HTTP_H
#define DAEMON_HTTP_H

#include <event2/buffer.h>
#include <event2/event.h>

struct px_http;

/* Serves on a listening, non-blocking descriptor, which is taken over. metrics appends the text of /metrics. 0, or -1
 * when memory is out (fd is still the caller's). */
int px_http_open(struct px_http **http, struct event_base *base, int fd,
    void (*metrics)(struct evbuffer *out, void *arg), void *arg);

/* Ends it with its connections. NULL is fine. */
void px_http_close(struct px_http *http);

#endif
