/* demo_http.h - the backend of the demo: a tiny web server that tells what TLS a connection negotiated. */
#ifndef DAEMON_DEMO_HTTP_H
#define DAEMON_DEMO_HTTP_H

#include "daemon/worker.h"

struct px_demo_http;

/* Serves a listening, non-blocking descriptor in the worker's reactor; what a request's connection
 * negotiated is looked up among the worker's relays. NULL when memory ran out; the descriptor is then
 * still the caller's. free closes it and all requests that are open. */
struct px_demo_http *px_demo_http_new(struct px_worker *worker, int fd);
void px_demo_http_free(struct px_demo_http *http);

#endif
