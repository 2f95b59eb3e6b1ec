/* load.c - see load.h. */

#include "config.h" /* GNU extensions */

#include "daemon/load.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/errors.h"
#include "daemon/apart.h"
#include "daemon/resolve.h"

static void resolve(struct px_loaded *out, struct px_record *record, struct px_spot *spot,
    const struct conf_address *a)
{
	struct sockaddr_storage *list = NULL;
	unsigned n = 0;
	const char *reason;

	if (a->sa_len)
		return;
	px_spot_enter(spot, a->text);
	reason = px_resolve_by_system(NULL, &list, &n, a);
	px_spot_enter(spot, NULL);
	if (reason)
		conf_errors_add(&out->errs, CONF_ERROR, &a->origin, "backend %s: %s", a->text, reason);
	else if (px_record_put(record, PX_BUNDLE_RESOLVED, a->text, list, n * sizeof(*list)) != 0)
		conf_errors_no_memory(&out->errs);
	free(list);
}

static void resolve_all(struct px_loaded *out, struct px_record *record, struct px_spot *spot)
{
	for (unsigned i = 0; i < out->conf->n_services; i++) {
		const struct conf_service *s = &out->conf->services[i];

		for (unsigned k = 0; k < s->n_backends; k++)
			resolve(out, record, spot, &s->backends[k].address);
	}
}

void px_load_drop_credentials(struct conf *conf)
{
	for (unsigned i = 0; i < conf->n_services; i++) {
		struct conf_service *s = &conf->services[i];

		if (s->credentials)
			tls_certificate_free_credentials(s->credentials);
		s->credentials = NULL;
	}
}

static unsigned count_workers(const struct conf *conf)
{
	cpu_set_t set;
	long n;

	if (conf->workers)
		return conf->workers;
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	else
		n = sysconf(_SC_NPROCESSORS_ONLN);
	return n < 1 ? 1 : n > 256 ? 256 : (unsigned)n;
}

static bool has_errors(const struct px_loaded *out)
{
	return out->errs.n_errors || out->errs.no_memory || out->problem[0];
}

static void finish(struct px_loaded *out, struct px_record *record, const struct px_load_job *job)
{
	const char *reason;

	if (px_drop_find(&out->drop, out->problem, out->conf) == 0)
		resolve_all(out, record, job->spot);
	if (job->proof && !has_errors(out))
		(void)px_proof_run(job->proof, &out->errs, out->conf);
	if (has_errors(out))
		return;
	out->n_workers = count_workers(out->conf);
	if (px_certificates_make(&out->certificates, out->conf) != 0) {
		conf_errors_no_memory(&out->errs);
		return;
	}
	if (px_record_finish(&out->bundle, &out->keys, &reason, record, out->conf) != 0)
		snprintf(out->problem, sizeof(out->problem), "no bundle for the workers: %s", reason);
}

static void drop_faulty(struct px_loaded *out)
{
	if (!out->conf || !has_errors(out))
		return;
	conf_free(out->conf);
	out->conf = NULL;
}

void px_load_here(struct px_loaded *out, const struct px_load_job *job)
{
	const struct conf_source *files = job->files;
	struct px_record *record;

	memset(out, 0, sizeof(*out));
	out->bundle = out->keys = out->log.fd = -1;
	out->kept_text = job->before.keep_text;
	if (!job->files) {
		out->seen = px_seen_new();
		px_seen_set_spot(out->seen, job->spot);
		files = out->seen ? px_seen_source(out->seen) : NULL;
	}
	if (!files || px_record_new(&record, files, &job->before) != 0) {
		conf_errors_no_memory(&out->errs);
		return;
	}
	if (conf_load(&out->conf, &out->errs, job->path, px_record_source(record)) == 0) {
		finish(out, record, job);
		px_load_drop_credentials(out->conf);
	}
	px_record_free(record);
	px_seen_set_spot(out->seen, NULL);
	drop_faulty(out);
}

/* By whom it will be opened again after it was moved away. */
static void open_log(struct px_loaded *out, struct px_spot *spot)
{
	const struct conf *conf = out->conf;
	const struct conf_log *log = &conf->log;

	px_spot_enter(spot, log->path ? log->path : "the log");
	if (px_log_sink_open_as(&out->log, log, &out->drop) != 0)
		snprintf(out->problem, sizeof(out->problem), "%s:%u: cannot open the log %s%s%s: %s", log->origin.file,
		    log->origin.line, log->path ? log->path : "", out->drop.user ? " as user " : "",
		    out->drop.user ? conf->user : "", strerror(errno));
	px_spot_enter(spot, NULL);
}

void px_load_run(struct px_loaded *out, const struct px_load_job *job)
{
	if (job->program > 0 && !job->files)
		px_apart_load(out, job);
	else
		px_load_here(out, job);
	if (out->conf && !has_errors(out))
		open_log(out, job->spot);
	drop_faulty(out);
	/* Thousands of files were read: what they took goes back. */
	malloc_trim(0);
}

void px_load_clear(struct px_loaded *loaded)
{
	conf_free(loaded->conf);
	conf_errors_clear(&loaded->errs);
	px_seen_free(loaded->seen);
	px_certificates_clear(&loaded->certificates);
	if (loaded->bundle >= 0)
		close(loaded->bundle);
	if (loaded->keys >= 0)
		close(loaded->keys);
	px_log_sink_close(&loaded->log);
	memset(loaded, 0, sizeof(*loaded));
	loaded->bundle = loaded->keys = loaded->log.fd = -1;
}
