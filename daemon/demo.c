/* demo.c - see demo.h. Nothing is read from or written to disk. */

#include "daemon/demo.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon/bind.h"
#include "daemon/demo_http.h"
#include "daemon/log.h"
#include "daemon/signals.h"
#include "daemon/worker.h"

#define CERTIFICATE_DAYS 30
#define DAY 86400

/* struct conf owns its texts, so they are not const; this one is never given to conf_free. */
static char demo_name[] = "demo", demo_address[] = "127.0.0.1", nobody[] = "";

struct demo {
	struct conf conf;
	struct conf_service service;
	struct conf_address listen;
	struct conf_backend backend;
	tls_datum_t alpn;
	struct px_worker worker;
	struct px_demo_http *http;
};

static void loopback(struct conf_address *address, uint16_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&address->sa;

	memset(address, 0, sizeof(*address));
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in->sin_port = htons(port);
	address->sa_len = sizeof(*in);
	address->port = port;
	address->kind = CONF_ADDRESS_INET;
	address->text = demo_address;
	address->origin.file = "demo";
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);

	getsockname(fd, (struct sockaddr *)&in, &len);
	return ntohs(in.sin_port);
}

/* The backend's listening descriptor, on a port that the kernel chooses; -1 with errno. */
static int open_backend(struct conf_address *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	loopback(address, 0);
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&address->sa, address->sa_len) != 0 || listen(fd, 128) != 0) {
		close(fd);
		return -1;
	}
	loopback(address, port_of(fd));
	address->text = demo_name;
	return fd;
}

static int make_credentials(struct conf_service *service)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "::1" };
	int r = tls_policy_init(&service->policy, "intermediate");

	if (r == 0)
		r = tls_certificate_allocate_credentials(&service->credentials);
	/* Clocks differ a little: valid since yesterday. */
	if (r == 0)
		r = tls_certificate_set_self_signed(service->credentials, names, 3,
		    (int64_t)time(NULL) - DAY, CERTIFICATE_DAYS);
	return r;
}

static void make_conf(struct demo *demo)
{
	static unsigned char http11[] = "http/1.1";
	struct conf_service *service = &demo->service;

	demo->alpn = (tls_datum_t){ http11, sizeof(http11) - 1 };
	loopback(&demo->listen, 0);
	service->name = demo_name;
	service->listen = &demo->listen;
	service->n_listen = 1;
	service->backends = &demo->backend;
	service->n_backends = 1;
	service->alpn = &demo->alpn;
	service->n_alpn = 1;
	service->timeouts = (struct conf_timeouts){ .handshake_ms = 10000, .connect_ms = 5000,
		.idle_ms = 60000, .drain_ms = 1000 };
	service->origin.file = "demo";
	demo->conf = (struct conf){ .workers = 1, .user = nobody, .group = nobody, .services = service,
		.n_services = 1, .tickets = { .rotate_s = 21600, .lifetime_s = 86400 }, .log = { .level = CONF_LOG_INFO, .connections = true } };
}

static void tell(const struct demo *demo)
{
	unsigned port = port_of(TAILQ_FIRST(&demo->worker.settings->listeners)->fd);

	printf("\n"
	       "quench is running with a certificate made just now, known to nobody else.\n"
	       "\n"
	       "  https://localhost:%u/\n"
	       "\n"
	       "  curl --insecure https://localhost:%u/\n"
	       "\n"
	       "Ctrl-C ends it.\n\n",
	    port, port);
	fflush(stdout);
}

static int start(struct demo *demo)
{
	char problem[PX_SETTINGS_PROBLEM_LEN];
	struct px_settings *settings;
	int r;

	if (px_worker_init(&demo->worker) != 0 || px_signals_init(&demo->worker) != 0 ||
	    tls_session_ticket_key_generate(&demo->worker.ticket_seed) != 0)
		return -1;
	if (px_settings_new(&settings, problem, &demo->worker, &demo->conf, NULL) != 0) {
		px_log(CONF_LOG_ERROR, "%s", problem);
		return -1;
	}
	r = px_bind_all(settings);
	if (r == 0)
		px_worker_use(&demo->worker, settings);
	px_settings_drop(settings);
	return r;
}

static int serve(struct demo *demo, int fd)
{
	int r;

	if (start(demo) != 0) {
		close(fd);
		return -1;
	}
	demo->http = px_demo_http_new(&demo->worker, fd);
	if (!demo->http) {
		close(fd);
		return -1;
	}
	tell(demo);
	r = px_worker_run(&demo->worker);
	px_demo_http_free(demo->http);
	return r;
}

int px_demo_run(void)
{
	static struct demo demo;
	int r, fd = open_backend(&demo.backend.address);

	if (fd < 0) {
		px_log(CONF_LOG_ERROR, "no loopback port for the demo: %s", strerror(errno));
		return 1;
	}
	make_conf(&demo);
	r = make_credentials(&demo.service);
	if (r != 0) {
		px_log(CONF_LOG_ERROR, "no certificate for the demo: %s", tls_strerror(r));
		close(fd);
	} else {
		r = serve(&demo, fd);
		px_worker_clear(&demo.worker);
	}
	if (demo.service.credentials)
		tls_certificate_free_credentials(demo.service.credentials);
	if (demo.service.policy)
		tls_policy_deinit(demo.service.policy);
	return r == 0 ? 0 : 1;
}
