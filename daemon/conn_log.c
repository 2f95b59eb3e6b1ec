/* conn_log.c - see conn_log.h. One list of fields for both formats. */

#include "daemon/conn_log.h"

#include <string.h>

struct writer {
	struct px_line *line;
	bool json;
	bool first;
};

static void add_name(struct writer *w, const char *name)
{
	if (!w->first)
		px_line_add(w->line, w->json ? "," : " ");
	w->first = false;
	if (w->json)
		px_line_add(w->line, "\"");
	px_line_add(w->line, name);
	px_line_add(w->line, w->json ? "\":" : "=");
}

static void add_bytes(struct writer *w, const char *name, const void *bytes, size_t len)
{
	add_name(w, name);
	if (!w->json)
		px_line_add_value(w->line, bytes, len);
	else if (len == 0)
		px_line_add(w->line, "null");
	else
		px_line_add_json(w->line, bytes, len < PX_LINE_VALUE_MAX ? len : PX_LINE_VALUE_MAX);
}

static void add_text(struct writer *w, const char *name, const char *text)
{
	add_bytes(w, name, text, text ? strlen(text) : 0);
}

static void add_number(struct writer *w, const char *name, uint64_t number)
{
	add_name(w, name);
	px_line_add_number(w->line, number);
}

static void add_bool(struct writer *w, const char *name, bool value)
{
	add_name(w, name);
	px_line_add(w->line, value ? "true" : "false");
}

void px_conn_log_add(struct px_line *line, enum conf_log_format format,
    const struct px_conn_record *r)
{
	struct writer w = { .line = line, .json = format == CONF_LOG_JSON, .first = true };

	px_line_add(line, w.json ? "\"level\":\"info\",\"message\":\"connection\"," : "connection ");
	add_text(&w, "service", r->service);
	add_text(&w, "peer", r->peer);
	add_text(&w, "backend", r->backend);
	add_bytes(&w, "sni", r->sni.bytes, r->sni.len);
	add_text(&w, "version", r->version);
	add_text(&w, "suite", r->suite);
	add_text(&w, "group", r->group);
	add_text(&w, "signature", r->signature);
	add_bytes(&w, "alpn", r->alpn.bytes, r->alpn.len);
	add_bool(&w, "resumed", r->resumed);
	add_text(&w, "certificate", r->certificate);
	add_number(&w, "in", r->n_in);
	add_number(&w, "out", r->n_out);
	add_number(&w, "ms", r->duration_ms);
	if (w.json) {
		add_text(&w, "end", r->end);
		px_line_add(line, "}");
	} else {
		/* A sentence of ours: in quotes, one word or many. */
		add_name(&w, "end");
		px_line_add_quoted(line, r->end, strlen(r->end));
	}
}
