/* tlsclient.c - our client as a program, for tests with other people's servers.
 *
 *     tlsclient [-n NAME] [-s SUITE] [-g GROUP]... [-S SCHEME] [-a PROTOCOL] [-c CHAIN -k KEY] [-u N] PORT
 *
 * Connects to PORT on loopback, shakes hands, tells what was negotiated, and copies each line of its input
 * to the server and one line of answer to its output; -u N: with new keys in both directions before each of
 * the first N. Ends with close_notify. The status is 0 when all of this went well.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls/tls.h"

#define FILE_MAX_LEN 100000
#define LINE_MAX_LEN 70000

static struct {
	const char *name, *chain, *key;
	unsigned n_updates;
	tls_datum_t alpn;
	tls_policy_t policy;
} options;

static unsigned n_tickets, n_key_updates;

static void must(int err, const char *what)
{
	if (err >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, tls_strerror(err));
	exit(1);
}

static ssize_t pull(tls_transport_ptr_t ptr, void *data, size_t len)
{
	return read(*(int *)ptr, data, len);
}

static ssize_t push(tls_transport_ptr_t ptr, const void *data, size_t len)
{
	return send(*(int *)ptr, data, len, MSG_NOSIGNAL);
}

static int count(tls_session_t s, unsigned htype, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	(void)s;
	(void)when;
	(void)msg;
	n_tickets += incoming && htype == TLS_HANDSHAKE_NEW_SESSION_TICKET;
	n_key_updates += incoming && htype == TLS_HANDSHAKE_KEY_UPDATE;
	return 0;
}

static tls_datum_t file(const char *path)
{
	static unsigned char room[2][FILE_MAX_LEN];
	static unsigned n;
	tls_datum_t d = {.data = room[n++]};
	FILE *f = fopen(path, "r");

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	d.size = (unsigned)fread(d.data, 1, FILE_MAX_LEN, f);
	fclose(f);
	return d;
}

static int connect_to(const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		perror("connect");
		exit(1);
	}
	return fd;
}

static void read_options(int argc, char **argv)
{
	int c;

	must(tls_policy_init(&options.policy, "modern"), "policy");
	while ((c = getopt(argc, argv, "n:s:g:S:a:c:k:u:")) != -1) {
		switch (c) {
		case 'n': options.name = optarg; break;
		case 's': must(tls_policy_add_ciphersuite(options.policy, optarg), optarg); break;
		case 'g': must(tls_policy_add_group(options.policy, optarg), optarg); break;
		case 'S': must(tls_policy_add_sign_algorithm(options.policy, optarg), optarg); break;
		case 'a':
			options.alpn.data = (unsigned char *)optarg;
			options.alpn.size = (unsigned)strlen(optarg);
			break;
		case 'c': options.chain = optarg; break;
		case 'k': options.key = optarg; break;
		case 'u': options.n_updates = (unsigned)atoi(optarg); break;
		default: exit(2);
		}
	}
	if (optind + 1 != argc)
		exit(2);
}

static void set_up(tls_session_t s, tls_certificate_credentials_t cred)
{
	must(tls_policy_set(s, options.policy), "policy");
	if (options.chain != NULL) {
		tls_datum_t chain = file(options.chain), key = file(options.key);

		must(tls_certificate_set_x509_key_mem(cred, &chain, &key, TLS_X509_FMT_PEM), options.chain);
	}
	must(tls_credentials_set(s, TLS_CRD_CERTIFICATE, cred), "credentials");
	if (options.name != NULL)
		must(tls_server_name_set(s, TLS_NAME_DNS, options.name, strlen(options.name)), options.name);
	if (options.alpn.size > 0)
		must(tls_alpn_set_protocols(s, &options.alpn, 1, 0), "ALPN");
	tls_handshake_set_hook_function(s, TLS_HANDSHAKE_ANY, TLS_HOOK_POST, count);
}

static void tell(tls_session_t s)
{
	char *desc = tls_session_get_desc(s);
	unsigned n;

	printf("%s\n", desc);
	tls_free(desc);
	(void)tls_certificate_get_peers(s, &n);
	printf("certificates %u\n", n);
	if ((tls_session_get_flags(s) & TLS_SFLAGS_HELLO_RETRY) != 0)
		printf("retried\n");
	if (tls_certificate_client_get_request_status(s))
		printf("asked for a certificate\n");
	if (options.alpn.size > 0) {
		tls_datum_t chosen = {.size = 0};

		(void)tls_alpn_get_selected_protocol(s, &chosen);
		printf("protocol %.*s\n", (int)chosen.size, (const char *)chosen.data);
	}
}

static void send_all(tls_session_t s, const char *p, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = tls_record_send(s, p + at, len - at);

		must((int)n, "send");
		at += (size_t)n;
	}
}

static void answer(tls_session_t s)
{
	char c = '\0';

	while (c != '\n') {
		ssize_t n = tls_record_recv(s, &c, 1);

		must((int)n, "recv");
		if (n == 0) {
			fprintf(stderr, "closed\n");
			exit(1);
		}
		putchar(c);
	}
}

static void talk(tls_session_t s)
{
	static char line[LINE_MAX_LEN];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (options.n_updates > 0) {
			options.n_updates--;
			must(tls_handshake(s), "key update"); /* CONTRACT H5 */
		}
		send_all(s, line, strlen(line));
		answer(s);
	}
}

int main(int argc, char **argv)
{
	tls_certificate_credentials_t cred;
	tls_session_t s;
	int fd;

	read_options(argc, argv);
	fd = connect_to(argv[optind]);
	must(tls_certificate_allocate_credentials(&cred), "credentials");
	must(tls_init(&s, TLS_CLIENT), "session");
	set_up(s, cred);
	tls_transport_set_ptr(s, &fd);
	tls_transport_set_pull_function(s, pull);
	tls_transport_set_push_function(s, push);
	must(tls_handshake(s), "handshake");
	tell(s);
	talk(s);
	printf("tickets %u\nkey updates %u\n", n_tickets, n_key_updates);
	must(tls_bye(s, TLS_SHUT_WR), "bye");
	tls_deinit(s);
	tls_certificate_free_credentials(cred);
	tls_policy_deinit(options.policy);
	close(fd);
	return 0;
}
