/* apart_pack.c - see apart_pack.h. */

#include "config.h" /* GNU extensions */

#include "daemon/apart_pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/errors.h"
#include "conf/mem.h"
#include "daemon/build.h"
#include "daemon/bundle.h"

struct head {
	uint32_t good, no_memory, keep_text;
	uint32_t n_errors, n_warnings, n_workers;
	struct px_drop drop;
	char problem[PX_LOAD_PROBLEM_LEN];
};

/* ---- Bytes ----------------------------------------------------------------------------------------------- */

static void add(struct px_bundle_writer *w, enum px_bundle_kind kind, const char *name, const void *bytes, size_t len)
{
	const struct px_bundle_entry e = { .kind = kind, .name = name, .name_len = strlen(name), .bytes = bytes,
		.len = len };

	(void)px_bundle_add(w, &e);
}

static bool find(struct px_bundle_entry *e, const struct px_bundle *b, const char *name)
{
	return px_bundle_find(e, b, PX_BUNDLE_RESULT, name, strlen(name));
}

/* Takes bytes over; NULL: nothing is there to add. */
static void add_own(struct px_bundle_writer *w, const char *name, void *bytes, size_t len)
{
	if (bytes)
		add(w, PX_BUNDLE_RESULT, name, bytes, len);
	free(bytes);
}

static void add_proven(struct px_bundle_writer *w, const struct px_proof *proof)
{
	size_t len = 0;
	void *bytes = proof ? px_proof_pack(&len, proof) : NULL;

	add_own(w, "proven", bytes, len);
}

static void take_proven(struct px_proof *proof, const struct px_bundle *b)
{
	struct px_bundle_entry e;

	if (proof && find(&e, b, "proven"))
		(void)px_proof_unpack(proof, e.bytes, e.len);
}

/* ---- The job ---------------------------------------------------------------------------------------------- */

int px_apart_pack_job(const struct px_load_job *job)
{
	const struct head head = { .keep_text = job->before.keep_text };
	struct px_bundle_writer w;

	px_bundle_begin(&w, "quench-job");
	add(&w, PX_BUNDLE_MAIN, job->path, NULL, 0);
	add(&w, PX_BUNDLE_RESULT, "head", &head, sizeof(head));
	add_proven(&w, job->proof);
	return px_bundle_finish(&w);
}

int px_apart_unpack_job(struct px_load_job *job, int fd)
{
	struct px_bundle_entry path = { .kind = PX_BUNDLE_END }, head;
	struct px_bundle *b;

	if (px_bundle_open(&b, fd))
		return -1;
	if (px_bundle_count(b) > 0)
		px_bundle_at(&path, b, 0);
	job->proof = px_proof_new();
	if (path.kind != PX_BUNDLE_MAIN || !find(&head, b, "head") || head.len != sizeof(struct head) || !job->proof)
		return -1;
	job->path = path.name;
	job->before.keep_text = ((const struct head *)head.bytes)->keep_text;
	take_proven(job->proof, b);
	return 0;
}

/* ---- The result ------------------------------------------------------------------------------------------ */

/* Each message: its severity, its text, NUL. */
static void add_messages(struct px_bundle_writer *w, const struct conf_errors *errs)
{
	size_t len = 0, at = 0;
	char *text;

	for (unsigned i = 0; i < errs->n; i++)
		len += strlen(errs->list[i].text) + 2;
	text = malloc(len + 1);
	for (unsigned i = 0; text && i < errs->n; i++) {
		size_t n = strlen(errs->list[i].text) + 1;

		text[at] = errs->list[i].severity == CONF_WARNING ? 'w' : 'e';
		memcpy(text + at + 1, errs->list[i].text, n);
		at += n + 1;
	}
	add_own(w, "messages", text, len);
}

static void add_seen(struct px_bundle_writer *w, const struct px_seen *seen)
{
	size_t len = 0;
	char *bytes = seen ? px_seen_pack(&len, seen) : NULL;

	add_own(w, "seen", bytes, len);
}

int px_apart_pack_result(const struct px_loaded *l, const struct px_load_job *job)
{
	struct head head = { .good = l->conf != NULL, .no_memory = l->errs.no_memory, .n_errors = l->errs.n_errors,
		.n_warnings = l->errs.n_warnings, .n_workers = l->n_workers, .drop = l->drop };
	struct px_bundle_writer w;

	memcpy(head.problem, l->problem, sizeof(head.problem));
	px_bundle_begin(&w, "quench-loaded");
	add(&w, PX_BUNDLE_RESULT, "head", &head, sizeof(head));
	add_messages(&w, &l->errs);
	add_seen(&w, l->seen);
	add_proven(&w, job->proof);
	if (l->conf && l->conf->tickets.seed.size)
		add(&w, PX_BUNDLE_RESULT, "seed", l->conf->tickets.seed.data, l->conf->tickets.seed.size);
	return px_bundle_finish(&w);
}

static void take_messages(struct conf_errors *errs, const struct px_bundle *b)
{
	struct px_bundle_entry e;
	const char *at, *end;

	/* It is always there, unless memory for it was out. */
	if (!find(&e, b, "messages")) {
		errs->no_memory = true;
		return;
	}
	for (at = e.bytes, end = at + e.len; at < end; at += strlen(at) + 1) {
		struct conf_message *message = conf_mem_more(&errs->list, errs->n, sizeof(*errs->list));
		char *text = message ? conf_mem_text(at + 1) : NULL;

		if (!text) {
			errs->no_memory = true;
			return;
		}
		message->severity = *at == 'w' ? CONF_WARNING : CONF_ERROR;
		message->text = text;
		errs->n++;
	}
}

static void take_head(struct px_loaded *l, const struct head *head)
{
	l->drop = head->drop;
	l->n_workers = head->n_workers;
	l->errs.n_errors = head->n_errors;
	l->errs.n_warnings = head->n_warnings;
	l->errs.no_memory = head->no_memory;
	memcpy(l->problem, head->problem, sizeof(l->problem));
	l->problem[sizeof(l->problem) - 1] = '\0';
}

static void take_seen(struct px_loaded *l, const struct px_bundle *b)
{
	struct px_bundle_entry e;

	l->seen = px_seen_new();
	if (!l->seen || !find(&e, b, "seen") || px_seen_unpack(l->seen, e.bytes, e.len) != 0)
		conf_errors_no_memory(&l->errs);
}

/* The same conf_load that a worker does, without any key. */
static void build(struct px_loaded *l, const struct px_bundle *b)
{
	struct px_build *build = px_build_new(&px_build_no_keys);
	struct px_bundle_entry e;

	if (!build) {
		conf_errors_no_memory(&l->errs);
		return;
	}
	if (find(&e, b, "seed"))
		build->seed = (tls_datum_t){ (unsigned char *)e.bytes, (unsigned)e.len };
	if (!px_build_run(build, l->bundle))
		snprintf(l->problem, sizeof(l->problem), "%s", build->problem);
	else if (px_certificates_make(&l->certificates, build->conf) != 0)
		conf_errors_no_memory(&l->errs);
	else
		px_load_drop_credentials(build->conf);
	l->conf = build->conf;
	build->conf = NULL;
	px_build_free(build);
}

void px_apart_unpack_result(struct px_loaded *l, int fd, const struct px_load_job *job)
{
	struct px_bundle_entry e;
	struct px_bundle *b;
	const char *reason = px_bundle_open(&b, fd);

	if (reason || !find(&e, b, "head") || e.len != sizeof(struct head)) {
		snprintf(l->problem, sizeof(l->problem), "what was loaded can't be read: %s", reason ? reason : "no head");
		px_bundle_close(b);
		return;
	}
	take_head(l, (const struct head *)e.bytes);
	take_messages(&l->errs, b);
	take_seen(l, b);
	take_proven(job->proof, b);
	if (((const struct head *)e.bytes)->good)
		build(l, b);
	px_bundle_close(b);
}
