/* load.h - from a configuration to all that the master needs of it: checked, names resolved, certificates proven,
 * written down as bundles. Blocks (files, names): the loader's thread does it. */
#ifndef DAEMON_LOAD_H
#define DAEMON_LOAD_H

#include "conf/conf.h"
#include "daemon/certificates.h"
#include "daemon/drop.h"
#include "daemon/log_sink.h"
#include "daemon/spot.h"
#include "daemon/proof.h"
#include "daemon/record.h"
#include "daemon/seen.h"

struct px_load_job {
	const char *path;
	const struct conf_source *files; /* NULL: the file system */
	int program; /* loads it in a process of its own, unless there are files (spawn.h); 0: in this one */
	struct px_record_before before;
	struct px_proof *proof; /* remembers what has been proven; NULL: nothing is */
	struct px_spot *spot; /* where it is told at what it is; NULL: nowhere */
};

#define PX_LOAD_PROBLEM_LEN PX_DROP_PROBLEM_LEN

/* conf is NULL when anything is wrong: it stands in errs, in problem ("": nothing), or in both. */
struct px_loaded {
	struct conf *conf; /* without its credentials, which have private keys */
	struct conf_errors errs; /* warnings, too */
	char problem[PX_LOAD_PROBLEM_LEN];
	struct px_drop drop;
	unsigned n_workers;
	struct px_certificates certificates;
	int bundle, keys; /* -1: none */
	struct px_log_sink log; /* opened, for px_log_use */
	struct px_seen *seen; /* the files, to be watched; NULL: not from the file system */
	bool kept_text; /* the text is that of before: seen has no part of it */
};

/* Does the job and fills out, whatever it held; px_load_clear is the caller's, also when it failed. */
void px_load_run(struct px_loaded *out, const struct px_load_job *job);

/* In this process, and without the log. */
void px_load_here(struct px_loaded *out, const struct px_load_job *job);

/* Private keys, and with them all that could serve. */
void px_load_drop_credentials(struct conf *conf);

/* Releases what is left in it. */
void px_load_clear(struct px_loaded *loaded);

#endif
