/* extra.c - see extra.h. */
#include "extra.h"

#include <stdio.h>
#include <string.h>

#define EXPORT_LEN 40
#define NOTES_LEN 20000

/* Of the connection under way; noted at the end of its handshake, for a session that ended tells nothing. */
static char notes[NOTES_LEN];

static void note_hex(const char *name, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t at = strlen(notes);

	at += (size_t)snprintf(notes + at, sizeof(notes) - at, " %s=", name);
	for (size_t i = 0; i < len && at + 3 < sizeof(notes); i++)
		at += (size_t)snprintf(notes + at, sizeof(notes) - at, "%02x", p[i]);
}

static void note_error(const char *name, int err)
{
	size_t at = strlen(notes);

	snprintf(notes + at, sizeof(notes) - at, " %s=%s", name, tls_strerror_name(err));
}

static void note_binding(tls_session_t s, const char *name, tls_channel_binding_t type)
{
	tls_datum_t cb;
	int err = tls_session_channel_binding(s, type, &cb);

	if (err < 0) {
		note_error(name, err);
		return;
	}
	note_hex(name, cb.data, cb.size);
	tls_free(cb.data);
}

static void note_exported(tls_session_t s, const char *label)
{
	char out[EXPORT_LEN];
	int err = tls_prf_rfc5705(s, strlen(label), label, 0, NULL, sizeof(out), out);

	if (err < 0)
		note_error("exported", err);
	else
		note_hex("exported", out, sizeof(out));
	note_binding(s, "exporter", TLS_CB_TLS_EXPORTER);
	note_binding(s, "end_point", TLS_CB_TLS_SERVER_END_POINT);
}

static void note_staple(tls_session_t s)
{
	tls_datum_t staple;
	int err = tls_ocsp_status_request_get(s, &staple);

	if (err < 0)
		note_error("staple", err);
	else
		note_hex("staple", staple.data, staple.size);
}

void extra_note(struct talk *t)
{
	notes[0] = '\0';
	if (t->o->export != NULL)
		note_exported(t->session, t->o->export);
	if (t->o->status > 0)
		note_staple(t->session);
}

void extra_tell(void)
{
	printf("%s", notes);
	notes[0] = '\0';
}
