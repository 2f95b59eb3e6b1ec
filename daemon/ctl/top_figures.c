/* top_figures.c - see top_figures.h. */

#include "top_figures.h"

#include <stdbool.h>
#include <string.h>

#include "field.h"

#define ALL "" /* of all services */

void px_top_figures_turn(struct px_top_figures *f)
{
	px_tally_turn(&f->services);
	px_tally_turn(&f->counts);
	px_tally_turn(&f->handshakes);
	px_tally_turn(&f->failures);
	px_tally_turn(&f->backends);
}

void px_top_figures_clear(struct px_top_figures *f)
{
	px_tally_clear(&f->services);
	px_tally_clear(&f->counts);
	px_tally_clear(&f->handshakes);
	px_tally_clear(&f->failures);
	px_tally_clear(&f->backends);
}

/* ---- Taking in ----------------------------------------------------------------------------------------------- */

static void key_of(char key[PX_TALLY_KEY_LEN], const char *first, const char *second)
{
	snprintf(key, PX_TALLY_KEY_LEN, "%s %s", first, second);
}

static void count(struct px_top_figures *f, const char *name, const char *service, double n)
{
	char key[PX_TALLY_KEY_LEN];

	key_of(key, name, service);
	px_tally_add(&f->counts, key, n);
	key_of(key, name, ALL);
	px_tally_add(&f->counts, key, n);
}

void px_top_figures_metric(void *figures, const json_t *line)
{
	struct px_top_figures *f = figures;
	const json_t *labels = json_object_get(line, "labels");
	const char *name = px_field_text(line, "metric"), *service = px_field_text(labels, "service");
	double n = (double)px_field_number(line, "value");
	char key[PX_TALLY_KEY_LEN];

	if (strcmp(name, "connections_open") == 0) {
		px_tally_add(&f->services, service, n);
		count(f, name, service, n);
	} else if (strcmp(name, "bytes_total") == 0) {
		count(f, px_field_text(labels, "direction"), service, n);
	} else if (strcmp(name, "connections_total") == 0) {
		count(f, name, service, n);
	} else if (strcmp(name, "handshakes_total") == 0) {
		count(f, name, service, n);
		snprintf(key, sizeof(key), "%s %s%s", px_field_text(labels, "version"), px_field_text(labels, "group"),
		    strcmp(px_field_text(labels, "resumed"), "true") == 0 ? " resumed" : "");
		px_tally_add(&f->handshakes, key, n);
	} else if (strcmp(name, "handshake_failures_total") == 0) {
		count(f, name, service, n);
		px_tally_add(&f->failures, px_field_text(labels, "reason"), n);
	} else if (strcmp(name, "backend_failures_total") == 0 && n > 0) {
		key_of(key, service, px_field_text(labels, "backend"));
		px_tally_add(&f->backends, key, n);
	}
}

void px_top_figures_connection(void *figures, const json_t *line)
{
	const char *stopped = px_field_text(line, "stopped"), *service = px_field_text(line, "service");
	bool both = strcmp(stopped, "both") == 0;

	if (both || strcmp(stopped, "client") == 0)
		count(figures, "slow client", service, 1);
	if (both || strcmp(stopped, "backend") == 0)
		count(figures, "slow backend", service, 1);
}

/* ---- Showing ------------------------------------------------------------------------------------------------- */

static double now(const struct px_top_figures *f, const char *name, const char *service)
{
	char key[PX_TALLY_KEY_LEN];

	key_of(key, name, service);
	return px_tally_get(&f->counts, key);
}

static double rate(const struct px_top_figures *f, const char *name, const char *service, double seconds)
{
	char key[PX_TALLY_KEY_LEN];

	key_of(key, name, service);
	return seconds > 0 ? px_tally_get_grown(&f->counts, key) / seconds : 0;
}

static void print_row(FILE *out, const struct px_top_figures *f, const char *service, const char *name, double seconds)
{
	char in[PX_FIELD_TIME_LEN], to[PX_FIELD_TIME_LEN], open[PX_FIELD_TIME_LEN];

	fprintf(out, "%-16.16s %7s %8.1f %8.1f %7.1f %9s %9s %4.0f %4.0f\n", name,
	    px_field_short(open, now(f, "connections_open", service), 0), rate(f, "connections_total", service, seconds),
	    rate(f, "handshakes_total", service, seconds), rate(f, "handshake_failures_total", service, seconds),
	    px_field_short(in, rate(f, "in", service, seconds), 1), px_field_short(to, rate(f, "out", service, seconds), 1),
	    now(f, "slow client", service), now(f, "slow backend", service));
}

static int print_tally(FILE *out, struct px_tally *tally, const char *head, double seconds, int rows)
{
	size_t i;

	if (rows < 3 || tally->n == 0)
		return 0;
	px_tally_sort(tally);
	fprintf(out, "\n%-58s %10s %9s\n", head, "COUNT", "PER S");
	for (i = 0; i < tally->n && (int)i < rows - 2; i++)
		fprintf(out, "%-58.58s %10.0f %9.1f\n", tally->list[i].key, tally->list[i].now,
		    seconds > 0 ? px_tally_grown(&tally->list[i]) / seconds : 0);
	return (int)i + 2;
}

void px_top_figures_print(FILE *out, struct px_top_figures *f, double seconds, int rows)
{
	int left = rows - 2;

	fprintf(out, "%-16s %7s %8s %8s %7s %9s %9s %9s\n", "SERVICE", "OPEN", "CONN/S", "HANDSH/S", "FAIL/S", "IN/S", "OUT/S",
	    "SLOW C, B");
	print_row(out, f, ALL, "all", seconds);
	px_tally_sort(&f->services);
	for (size_t i = 0; i < f->services.n && left > rows / 2; i++, left--)
		print_row(out, f, f->services.list[i].key, f->services.list[i].key, seconds);
	left -= print_tally(out, &f->backends, "BACKENDS THAT TOOK NO CONNECTION", seconds, left / 3);
	left -= print_tally(out, &f->handshakes, "HANDSHAKES", seconds, left - left / 2);
	(void)print_tally(out, &f->failures, "WHY HANDSHAKES FAILED", seconds, left);
}
