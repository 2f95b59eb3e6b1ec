/* demo_http.h - the backend of the demo: a tiny web server that tells what TLS a connection negotiated. */
#ifndef DAEMON_DEMO_HTTP_H
#define DAEMON_DEMO_HTTP_H

#include <event2/listener.h>

#include "daemon/worker.h"

/* Serves a listening, non-blocking descriptor in the worker's reactor; what a request's connection
 * negotiated is looked up among the worker's relays. NULL when memory ran out; evconnlistener_free
 * closes it. */
struct evconnlistener *px_demo_http_new(struct px_worker *worker, int fd);

#endif
