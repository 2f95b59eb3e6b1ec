/* demo.c - see demo.h. The master runs as ever, with files that are in memory: nothing is read from or written to
 * disk. The worker has the backend, so that its page can tell of the session it came through. */

#include "daemon/demo.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "conf/source.h"
#include "daemon/log.h"
#include "daemon/master.h"
#include "tls/tls.h"

#define CERTIFICATE_DAYS 30
#define DAY 86400
#define TEXT_LEN 600

struct demo {
	struct px_master master;
	struct conf_source files;
	char text[TEXT_LEN];
	tls_datum_t chain, key; /* PEM */
};

/* ---- Files -------------------------------------------------------------------------------------------- */

static const char *read_file(void *ptr, struct conf_file *out, enum conf_source_kind kind, const char *path)
{
	const struct demo *demo = ptr;

	(void)path;
	switch (kind) {
	case CONF_SOURCE_MAIN:
		return conf_source_put(out, demo->text, strlen(demo->text));
	case CONF_SOURCE_CHAIN:
		return conf_source_put(out, demo->chain.data, demo->chain.size);
	case CONF_SOURCE_KEY:
		return conf_source_put(out, demo->key.data, demo->key.size);
	default:
		return strerror(ENOENT);
	}
}

static const char *list_folder(void *ptr, struct conf_names *out, const char *folder)
{
	(void)ptr;
	(void)out;
	(void)folder;
	return strerror(ENOENT);
}

static void write_text(struct demo *demo, unsigned backend_port)
{
	snprintf(demo->text, sizeof(demo->text),
	    "workers = 1; user = \"\"; group = \"\"; admin: { socket = \"\"; }; log: { target = \"stderr\"; };\n"
	    "services = ( { name = \"demo\"; listen = [ \"127.0.0.1:0\" ]; tls: { alpn = [ \"http/1.1\" ]; };\n"
	    "  certificates = ( { chain = \"demo.pem\"; key = \"demo.key\"; } );\n"
	    "  backends = ( \"127.0.0.1:%u\" ); timeouts: { idle = 60.0; drain = 1.0; }; } );\n",
	    backend_port);
}

/* ---- The certificate ---------------------------------------------------------------------------------- */

static int make_pair(struct demo *demo, tls_x509_privkey_t key)
{
	static const tls_x509_name_t names[] = { { TLS_SAN_DNSNAME, "localhost" },
		{ TLS_SAN_IPADDRESS, "127.0.0.1" }, { TLS_SAN_IPADDRESS, "::1" } };
	/* Clocks differ a little: valid since yesterday. */
	const int64_t begin = (int64_t)time(NULL) - DAY;
	const tls_x509_crt_terms_t terms = { .names = names, .n_names = 3, .not_before = begin,
		.not_after = begin + (int64_t)CERTIFICATE_DAYS * DAY, .purposes = TLS_X509_SERVER };
	unsigned line;
	int r = tls_x509_privkey_generate(key, TLS_X509_KEY_P256);

	if (r == 0)
		r = tls_x509_privkey_export2(key, TLS_X509_FMT_PEM, &demo->key);
	if (r == 0)
		r = tls_x509_crt_make(&demo->chain, &line, &terms, key, NULL, NULL);
	return r;
}

static int make_certificate(struct demo *demo)
{
	tls_x509_privkey_t key;
	int r = tls_x509_privkey_init(&key);

	if (r == 0) {
		r = make_pair(demo, key);
		tls_x509_privkey_deinit(key);
	}
	if (r != 0)
		px_log(CONF_LOG_ERROR, "no certificate for the demo: %s", tls_strerror(r));
	return r;
}

static void drop_certificate(struct demo *demo)
{
	if (demo->key.data)
		explicit_bzero(demo->key.data, demo->key.size);
	tls_free(demo->key.data);
	tls_free(demo->chain.data);
}

/* ---- Running ------------------------------------------------------------------------------------------ */

static int port_of(int fd)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);

	getsockname(fd, (struct sockaddr *)&in, &len);
	return ntohs(in.sin_port);
}

/* The backend's listening descriptor, on a port that the kernel chooses; -1 with errno. */
static int open_backend(void)
{
	const struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || (bind(fd, (const struct sockaddr *)&in, sizeof(in)) == 0 && listen(fd, 128) == 0))
		return fd;
	close(fd);
	return -1;
}

static void tell(void *arg, enum px_master_event event, const char *text)
{
	const struct px_master *master = arg;
	const char *colon;

	(void)text;
	if (event != PX_MASTER_READY)
		return;
	colon = strrchr(px_sockets_text(&master->current->sockets->list[0]), ':');
	printf("\n"
	       "quench is running with a certificate made just now, known to nobody else.\n"
	       "\n"
	       "  https://localhost%s/\n"
	       "\n"
	       "  curl --insecure https://localhost%s/\n"
	       "\n"
	       "Ctrl-C ends it.\n\n",
	    colon, colon);
	fflush(stdout);
}

static int serve(struct demo *demo, int fd)
{
	struct px_master *master = &demo->master;
	int r;

	demo->files = (struct conf_source){ .read = read_file, .list = list_folder, .ptr = demo };
	write_text(demo, (unsigned)port_of(fd));
	master->path = "demo";
	master->files = &demo->files;
	master->demo_fd = fd;
	master->observer = tell;
	master->observer_arg = master;
	r = px_master_init(master);
	if (r == 0)
		r = px_master_run(master);
	px_log_close();
	px_master_clear(master);
	return r;
}

int px_demo_run(void)
{
	static struct demo demo;
	int r = -1, fd = open_backend();

	if (fd < 0) {
		px_log(CONF_LOG_ERROR, "no loopback port for the demo: %s", strerror(errno));
		return 1;
	}
	if (make_certificate(&demo) == 0)
		r = serve(&demo, fd);
	drop_certificate(&demo);
	close(fd);
	return r == 0 ? 0 : 1;
}
