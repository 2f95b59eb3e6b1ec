/* show.c - what the running daemon answers, as people read it: see operate.h. */

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "field.h"
#include "operate.h"

static const char *plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

/* ---- status ---------------------------------------------------------------------------------------------- */

static void show_listen(FILE *out, const json_t *list)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		fprintf(out, "%s%s", i == 0 ? "" : ", ", px_field_plain(one));
}

static void show_services(FILE *out, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		fprintf(out, "service       %s: %" PRId64 " open, %" PRId64 " connections, %" PRId64 " handshakes, %" PRId64
			     " failed; listening on ",
		    px_field_text(one, "service"), px_field_number(one, "open"), px_field_number(one, "connections"),
		    px_field_number(one, "handshakes"), px_field_number(one, "handshake_failures"));
		show_listen(out, json_object_get(one, "listen"));
		fputc('\n', out);
	}
}

void px_show_take_backend(void *arg, const json_t *line)
{
	struct px_show_backends *backends = arg;
	const struct {
		const char *metric;
		struct px_tally *tally;
	} table[] = { { "backend_connections_open", &backends->open }, { "backend_connects_total", &backends->connects },
		{ "backend_failures_total", &backends->failures } };
	const json_t *labels = json_object_get(line, "labels");
	char key[PX_TALLY_KEY_LEN];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(px_field_text(line, "metric"), table[i].metric) != 0)
			continue;
		snprintf(key, sizeof(key), "%s %s", px_field_text(labels, "service"), px_field_text(labels, "backend"));
		px_tally_add(table[i].tally, key, (double)px_field_number(line, "value"));
	}
}

void px_show_clear_backends(struct px_show_backends *backends)
{
	px_tally_clear(&backends->open);
	px_tally_clear(&backends->connects);
	px_tally_clear(&backends->failures);
}

static void show_backends(FILE *out, const struct px_show_backends *backends)
{
	for (size_t i = 0; i < backends->connects.n; i++) {
		const char *key = backends->connects.list[i].key;

		fprintf(out, "backend       %s: %.0f open, %.0f taken, %.0f failed\n", key, px_tally_get(&backends->open, key),
		    backends->connects.list[i].now, px_tally_get(&backends->failures, key));
	}
}

static void show_workers(FILE *out, const json_t *list)
{
	char span[PX_FIELD_TIME_LEN];
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		fprintf(out, "worker %-6" PRId64 " %s", px_field_number(one, "worker"), px_field_text(one, "state"));
		if (px_field_number(one, "pid") > 0)
			fprintf(out, ", pid %" PRId64 ", up %s", px_field_number(one, "pid"),
			    px_field_span(span, px_field_number(one, "up_ms") / 1000));
		if (px_field_number(one, "deaths") > 0)
			fprintf(out, ", died %" PRId64 " time%s", px_field_number(one, "deaths"),
			    plural(px_field_number(one, "deaths")));
		fputc('\n', out);
	}
}

void px_show_status(FILE *out, const json_t *status, const struct px_show_backends *backends)
{
	const json_t *reload = json_object_get(status, "last_reload"), *certificates = json_object_get(status, "certificates");
	char text[PX_FIELD_TIME_LEN];

	fprintf(out, "quench        %s, pid %" PRId64 ", up %s%s%s\n", px_field_text(status, "version"),
	    px_field_number(status, "pid"), px_field_span(text, (int64_t)time(NULL) - px_field_number(status, "started")),
	    json_is_true(json_object_get(status, "reloading")) ? ", reloading" : "",
	    json_is_true(json_object_get(status, "draining")) ? ", draining" : "");
	fprintf(out, "configuration %s, generation %" PRId64 "%s\n", px_field_text(status, "configuration"),
	    px_field_number(status, "generation"),
	    json_is_true(json_object_get(status, "newer_on_disk")) ? "; the file has changed since it was read" : "");
	fprintf(out, "last reload   %s: %s\n", px_field_time(text, px_field_number(reload, "at")),
	    px_field_text(reload, "outcome"));
	if (json_is_null(json_object_get(status, "keeper")))
		fprintf(out, "keeper        none\n");
	else
		fprintf(out, "keeper        pid %" PRId64 "\n", px_field_number(status, "keeper"));
	show_workers(out, json_object_get(status, "workers"));
	show_services(out, json_object_get(status, "services"));
	show_backends(out, backends);
	fprintf(out, "certificates  %" PRId64 " known, %" PRId64 " set aside, %" PRId64 " expiring within 14 days\n",
	    px_field_number(certificates, "known"), px_field_number(certificates, "aside"),
	    px_field_number(certificates, "expiring"));
	fprintf(out, "log           %" PRId64 " line%s lost\n", px_field_number(status, "log_dropped"),
	    plural(px_field_number(status, "log_dropped")));
}

/* ---- Lists ------------------------------------------------------------------------------------------------ */

void px_show_heads(FILE *out, const char *command)
{
	if (strcmp(command, "connections") == 0)
		fprintf(out, "%-10s %-22s %-9s %-12s %-12s %-22s %9s %9s %8s %s\n", "SERVICE", "PEER", "STATE", "CLIENT",
		    "BACKEND", "TO", "IN", "OUT", "AGE", "STOPPED SNI");
	else if (strcmp(command, "certificates") == 0)
		fprintf(out, "%-10s %-12s %-8s %s\n", "SERVICE", "EXPIRES", "KEY", "NAMES, FILE");
}

void px_show_connection(void *file, const json_t *line)
{
	const json_t *waits = json_object_get(line, "waits");
	char in[PX_FIELD_TIME_LEN], to[PX_FIELD_TIME_LEN], age[PX_FIELD_TIME_LEN];

	fprintf(file, "%-10s %-22s %-9s %-12s %-12s %-22s %9s %9s %8s %s %s\n", px_field_text(line, "service"),
	    px_field_text(line, "peer"), px_field_text(line, "state"), px_field_text(waits, "client"),
	    px_field_text(waits, "backend"), px_field_text(line, "backend"),
	    px_field_short(in, (double)px_field_number(line, "in"), 1),
	    px_field_short(to, (double)px_field_number(line, "out"), 1),
	    px_field_span(age, px_field_number(line, "ms") / 1000), px_field_text(line, "stopped"),
	    px_field_text(line, "sni"));
}

static const char *expiry(char out[PX_FIELD_TIME_LEN], const json_t *line)
{
	int64_t left = px_field_number(line, "expires") - (int64_t)time(NULL);

	if (!json_is_integer(json_object_get(line, "expires")))
		return "-";
	return left < 0 ? "expired" : px_field_span(out, left);
}

void px_show_certificate(void *file, const json_t *line)
{
	char text[PX_FIELD_TIME_LEN];

	fprintf(file, "%-10s %-12s %-8s %s, %s\n", px_field_text(line, "service"), expiry(text, line),
	    px_field_text(line, "key_kind"), px_field_text(line, "names"), px_field_text(line, "chain"));
	if (json_is_string(json_object_get(line, "aside")))
		fprintf(file, "%-10s set aside%s: %s\n", "",
		    json_is_true(json_object_get(line, "served")) ? " (served as it was before)" : "",
		    px_field_text(line, "aside"));
}
