/* talk.c - see talk.h. */
#include "talk.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "extra.h"
#include "talk_resume.h"

#define FILE_MAX_LEN 100000

void talk_must(int err, const char *what)
{
	if (err >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, tls_strerror(err));
	exit(1);
}

/* ---- A session as the options say */

static ssize_t pull(tls_transport_ptr_t ptr, void *data, size_t len)
{
	return recv(((struct talk *)ptr)->fd, data, len, MSG_DONTWAIT);
}

static ssize_t push(tls_transport_ptr_t ptr, const void *data, size_t len)
{
	return send(((struct talk *)ptr)->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int count(tls_session_t s, unsigned htype, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	struct talk *t = tls_session_get_ptr(s);

	(void)when;
	(void)msg;
	t->n_tickets += htype == TLS_HANDSHAKE_NEW_SESSION_TICKET;
	t->n_key_updates += incoming && htype == TLS_HANDSHAKE_KEY_UPDATE;
	return 0;
}

static int accept_peer(tls_session_t s)
{
	struct talk *t = tls_session_get_ptr(s);

	t->n_verified++;
	return 0;
}

static tls_datum_t file(const char *path, unsigned char *room)
{
	tls_datum_t d = {.data = room};
	FILE *f = fopen(path, "r");

	if (f == NULL)
		talk_refuse(path, strerror(errno));
	d.size = (unsigned)fread(d.data, 1, FILE_MAX_LEN, f);
	fclose(f);
	return d;
}

static void set_policy(struct talk *t)
{
	const struct talk_options *o = t->o;
	tls_protocol_t min = TLS_1_2, max = TLS_1_3;
	tls_policy_t policy;

	if (o->version != NULL)
		min = max = strcmp(o->version, "1.2") == 0 ? TLS_1_2 : TLS_1_3;
	talk_must(tls_policy_init(&policy, "intermediate"), "policy");
	talk_must(tls_policy_set_versions(policy, min, max), "versions");
	for (unsigned i = 0; i < o->suites.n; i++)
		talk_must(tls_policy_add_ciphersuite(policy, o->suites.text[i]), o->suites.text[i]);
	for (unsigned i = 0; i < o->groups.n; i++)
		talk_must(tls_policy_add_group(policy, o->groups.text[i]), o->groups.text[i]);
	for (unsigned i = 0; i < o->schemes.n; i++)
		talk_must(tls_policy_add_sign_algorithm(policy, o->schemes.text[i]), o->schemes.text[i]);
	talk_must(tls_policy_set(t->session, policy), "policy");
	tls_policy_deinit(policy);
}

static void set_credentials(struct talk *t)
{
	static unsigned char rooms[2][FILE_MAX_LEN];
	const struct talk_options *o = t->o;

	talk_must(tls_certificate_allocate_credentials(&t->cred), "credentials");
	for (unsigned i = 0; i < o->chains.n && i < o->keys.n; i++) {
		tls_datum_t chain = file(o->chains.text[i], rooms[0]), key = file(o->keys.text[i], rooms[1]);

		talk_must(tls_certificate_set_x509_key_mem(t->cred, &chain, &key, TLS_X509_FMT_PEM),
		    o->chains.text[i]);
	}
	if (o->staple != NULL) {
		tls_datum_t staple = file(o->staple, rooms[0]);

		talk_must(tls_certificate_set_ocsp_status_request_mem(t->cred, &staple, 0, TLS_X509_FMT_DER),
		    o->staple);
	}
	if (o->trust != NULL) {
		tls_datum_t ca = file(o->trust, rooms[0]);

		talk_must(tls_certificate_set_x509_trust_mem(t->cred, &ca, TLS_X509_FMT_PEM), o->trust);
	}
	if (o->crl != NULL) {
		tls_datum_t crl = file(o->crl, rooms[0]);

		talk_must(tls_certificate_set_x509_crl_mem(t->cred, &crl, TLS_X509_FMT_PEM), o->crl);
	}
	talk_must(tls_certificate_set_verify_function(t->cred, accept_peer), "verify function");
	talk_must(tls_credentials_set(t->session, TLS_CRD_CERTIFICATE, t->cred), "credentials");
}

static void set_alpn(struct talk *t)
{
	tls_datum_t list[TALK_LIST_MAX];
	const char *at = t->o->alpn;
	unsigned n = 0;

	while (at != NULL && *at != '\0' && n < TALK_LIST_MAX) {
		size_t len = strcspn(at, ",");

		list[n].data = (unsigned char *)(uintptr_t)at;
		list[n++].size = (unsigned)len;
		at += len + (at[len] == ',');
	}
	if (n > 0)
		talk_must(tls_alpn_set_protocols(t->session, list, n, 0), "ALPN");
}

static void set_role(struct talk *t, unsigned role)
{
	const char *name = t->o->name, *ask = t->o->ask;

	role &= TLS_SERVER | TLS_CLIENT;
	if (role == TLS_CLIENT && name != NULL)
		talk_must(tls_server_name_set(t->session, TLS_NAME_DNS, name, strlen(name)), name);
	if (t->o->trust != NULL)
		tls_session_set_verify_cert(t->session, t->o->verify, 0);
	if (role == TLS_SERVER && ask != NULL && strcmp(ask, "later") != 0)
		tls_certificate_server_set_request(t->session,
		    strcmp(ask, "require") == 0 ? TLS_CERT_REQUIRE : TLS_CERT_REQUEST);
}

void talk_init(struct talk *t, const struct talk_options *o, unsigned role, int fd)
{
	*t = (struct talk){.o = o, .fd = fd, .deadline = talk_now() + o->timeout};
	role |= o->allow > 0 ? TLS_ALLOW_RENEGOTIATION : 0;
	role |= o->early > 0 ? TLS_ENABLE_FALSE_START : 0;
	talk_must(tls_init(&t->session, role | TLS_NONBLOCK), "session");
	tls_session_set_ptr(t->session, t);
	set_policy(t);
	set_credentials(t);
	set_alpn(t);
	set_role(t, role);
	talk_resume_set(t, role);
	talk_must(tls_record_set_padding(t->session, o->pad), "padding");
	if (o->status > 0)
		talk_must(tls_ocsp_status_request_enable_client(t->session, NULL, 0, NULL), "status");
	tls_handshake_set_hook_function(t->session, TLS_HANDSHAKE_ANY, TLS_HOOK_POST, count);
	tls_transport_set_ptr(t->session, t);
	tls_transport_set_pull_function(t->session, pull);
	tls_transport_set_push_function(t->session, push);
}

void talk_clear(struct talk *t)
{
	tls_deinit(t->session);
	tls_certificate_free_credentials(t->cred);
	close(t->fd);
}

/* ---- Moving */

uint64_t talk_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* 0: err was TLS_E_AGAIN or the like, and the call may be repeated. */
static int again(struct talk *t, int err)
{
	struct pollfd p = {.fd = t->fd, .events = POLLIN};
	uint64_t now = talk_now();

	if (err == TLS_E_INTERRUPTED)
		return 0;
	if (err != TLS_E_AGAIN)
		return err;
	if (tls_record_get_direction(t->session) == 1 || tls_record_flush_pending(t->session))
		p.events = tls_record_get_direction(t->session) == 1 ? POLLOUT : POLLIN | POLLOUT;
	return now < t->deadline && poll(&p, 1, (int)(t->deadline - now)) > 0 ? 0 : TLS_E_TIMEDOUT;
}

/* Data that comes in the middle of a renegotiation is kept for the next who receives. */
static int keep(struct talk *t)
{
	ssize_t n = t->kept_len < sizeof(t->kept)
			? tls_record_recv(t->session, t->kept + t->kept_len, sizeof(t->kept) - t->kept_len)
			: TLS_E_SHORT_MEMORY_BUFFER;

	t->kept_len += n > 0 ? (size_t)n : 0;
	t->n_meanwhile += n > 0;
	return n > 0 ? 0 : TLS_E_INVALID_SESSION;
}

static void note_warning(struct talk *t)
{
	t->n_warnings++;
	t->warning = tls_alert_get(t->session);
}

static int goes_on(struct talk *t, int err)
{
	if (err == TLS_E_WARNING_ALERT_RECEIVED) {
		note_warning(t);
		return 0;
	}
	return err == TLS_E_GOT_APPLICATION_DATA ? keep(t) : again(t, err);
}

/* TLS 1.2: there will be no other handshake, one of the two won't; to try again would be to ask again. */
static bool is_off(const struct talk *t, int err)
{
	if (!t->established)
		return false;
	return err == TLS_E_INVALID_REQUEST ||
	    (err == TLS_E_WARNING_ALERT_RECEIVED && tls_alert_get(t->session) == TLS_ALERT_NO_RENEGOTIATION);
}

int talk_handshake(struct talk *t)
{
	int err = tls_handshake(t->session), stop;

	while (err < 0 && !is_off(t, err)) {
		stop = goes_on(t, err);
		if (stop < 0)
			return stop;
		err = tls_handshake(t->session);
	}
	if (err == TLS_E_WARNING_ALERT_RECEIVED)
		note_warning(t);
	if (t->established && err == 0)
		t->n_renegotiated += tls_protocol_get_version(t->session) == TLS_1_2;
	t->established = true;
	extra_note(t);
	return 0;
}

/* What tls_record_recv said is not for the caller: 0, and it may be asked again. */
static int not_data(struct talk *t, int err)
{
	if (err != TLS_E_REHANDSHAKE)
		return goes_on(t, err);
	t->n_requests++;
	if (t->o->decline > 0)
		return 0;
	return talk_handshake(t);
}

static void flush(struct talk *t)
{
	if (tls_record_flush_pending(t->session))
		(void)tls_record_send(t->session, NULL, 0);
}

static size_t hand_out(struct talk *t, void *data, size_t len)
{
	size_t n = len < t->kept_len ? len : t->kept_len;

	memcpy(data, t->kept, n);
	memmove(t->kept, t->kept + n, t->kept_len - n);
	t->kept_len -= n;
	return n;
}

ssize_t talk_recv(struct talk *t, void *data, size_t len)
{
	for (;;) {
		ssize_t n;
		int err;

		if (t->kept_len > 0)
			return (ssize_t)hand_out(t, data, len);
		n = tls_record_recv(t->session, data, len);
		if (n >= 0) {
			t->end = n == 0 ? 1 : t->end;
			return n;
		}
		flush(t);
		err = not_data(t, (int)n);
		if (err < 0)
			return err;
	}
}

int talk_await_request(struct talk *t)
{
	unsigned n = t->n_requests;
	int err = 0;

	while (err >= 0 && t->n_requests == n) {
		char byte;
		ssize_t got = tls_record_recv(t->session, &byte, 1);

		err = got >= 0 ? TLS_E_INVALID_SESSION : not_data(t, (int)got);
	}
	return err;
}

int talk_send(struct talk *t, const void *data, size_t len)
{
	const char *p = data;

	for (size_t at = 0; at < len;) {
		ssize_t n = tls_record_send(t->session, p + at, len - at);
		int err = n < 0 ? goes_on(t, (int)n) : 0;

		if (err < 0)
			return err;
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int talk_bye(struct talk *t)
{
	int err = tls_bye(t->session, TLS_SHUT_WR);

	while (err < 0 && again(t, err) == 0)
		err = tls_bye(t->session, TLS_SHUT_WR);
	return err;
}

int talk_renew(struct talk *t)
{
	bool client = (tls_session_get_flags(t->session) & TLS_SFLAGS_ESTABLISHED) != 0 && t->o->port != NULL;
	int err = 0;

	if (t->n_answers < t->o->update)
		err = tls_session_key_update(t->session, 0);
	if (err < 0 || t->n_answers >= t->o->renew)
		return err;
	if (!client && t->o->ask != NULL && strcmp(t->o->ask, "later") == 0)
		tls_certificate_server_set_request(t->session, TLS_CERT_REQUEST);
	if (!client) { /* CONTRACT R1, R6 */
		err = tls_rehandshake(t->session);
		err = err == TLS_E_AGAIN ? 0 : err;
		return err == 0 && t->o->wait > 0 ? talk_handshake(t) : err;
	}
	return talk_handshake(t); /* CONTRACT H5 */
}

/* ---- The end, and the line */

static void end(struct talk *t)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	if (strcmp(t->o->end, "fin") == 0)
		shutdown(t->fd, SHUT_WR);
	else if (strcmp(t->o->end, "reset") == 0)
		setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	else
		(void)talk_bye(t);
}

/* What the peer says after our end is not for anyone; how it ends is. */
static void await_end(struct talk *t)
{
	static char dropped[TALK_LINE_MAX];
	ssize_t n = 1;

	if (t->end == 0 && strcmp(t->o->end, "bye") == 0) {
		shutdown(t->fd, SHUT_WR);
		while (n > 0)
			n = talk_recv(t, dropped, sizeof(dropped));
		t->end = n < 0 ? (int)n : t->end;
	}
}

static void flush_alert(struct talk *t)
{
	while (tls_alert_flush(t->session) == TLS_E_AGAIN && again(t, TLS_E_AGAIN) == 0)
		continue;
}

static const char *or_none(const char *name)
{
	return name != NULL ? name : "-";
}

static const char *outcome(int err)
{
	if (err == 1)
		return "close_notify";
	return err == 0 ? "ok" : or_none(tls_strerror_name(err));
}

static const char *alert_name(int number)
{
	return number >= 0 ? or_none(tls_alert_get_name((tls_alert_description_t)number)) : "-";
}

static const char *told_alert(struct talk *t)
{
	if (t->result != 0)
		return alert_name((int)tls_alert_get(t->session));
	return t->n_warnings > 0 ? alert_name((int)t->warning) : "-";
}

/* The last bytes of the leaf: those of its signature, which no other has. */
static void tell_peers(tls_session_t s)
{
	unsigned n = 0;
	const tls_datum_t *peers = tls_certificate_get_peers(s, &n);

	printf(" peers=%u leaf=", n);
	for (unsigned i = 8; n > 0 && i > 0; i--)
		printf("%02x", peers[0].data[peers[0].size - i]);
	printf("%s", n > 0 ? "" : "-");
}

static void tell_names(tls_session_t s)
{
	tls_datum_t alpn = {.size = 0};
	char name[256];
	size_t len = sizeof(name);
	unsigned type;

	(void)tls_alpn_get_selected_protocol(s, &alpn);
	printf(" alpn=%.*s", alpn.size > 0 ? (int)alpn.size : 1, alpn.size > 0 ? (char *)alpn.data : "-");
	printf(" sni=%s", tls_server_name_get(s, name, &len, &type, 0) == 0 ? name : "-");
}

static void tell(struct talk *t)
{
	tls_session_t s = t->session;
	unsigned flags = tls_session_get_flags(s);

	printf("result=%s end=%s sent=%s", outcome(t->result), t->end == 0 ? "-" : outcome(t->end),
	    alert_name(tls_alert_get_sent(s)));
	printf(" alert=%s", told_alert(t));
	printf(" version=%s suite=%s", or_none(tls_protocol_get_name(tls_protocol_get_version(s))),
	    or_none(tls_ciphersuite_get_name(tls_ciphersuite_get(s))));
	printf(" group=%s scheme=%s", or_none(tls_group_get_name(tls_group_get(s))),
	    or_none(tls_sign_get_name(tls_sign_algorithm_get(s))));
	printf(" established=%d resumed=%d retried=%d ems=%d", t->established,
	    tls_session_is_resumed(s), (flags & TLS_SFLAGS_HELLO_RETRY) != 0,
	    (flags & TLS_SFLAGS_EXT_MASTER_SECRET) != 0);
	printf(" early=%d", (flags & TLS_SFLAGS_FALSE_START) != 0);
	printf(" asked=%d", tls_certificate_client_get_request_status(s));
	tell_peers(s);
	tell_names(s);
	printf(" verified=%u tickets=%u updates=%u renegotiated=%u", t->n_verified, t->n_tickets, t->n_key_updates,
	    t->n_renegotiated);
	printf(" requests=%u meanwhile=%u warnings=%u answers=%u", t->n_requests, t->n_meanwhile, t->n_warnings,
	    t->n_answers);
	extra_tell();
	printf("\n");
	fflush(stdout);
}

void talk_finish(struct talk *t)
{
	if (t->result == 0)
		end(t);
	if (t->result == 0)
		await_end(t);
	flush_alert(t);
	tell(t);
}
