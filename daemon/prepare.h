/* prepare.h - new settings of a worker, from PREPARE to COMMIT or CANCEL. What is in force stays until COMMIT; a
 * preparation that fails, or that a newer one replaces, leaves nothing behind.
 *
 *	PREPARE (bundle) ──> built by the builder ──┐
 *	LISTENERS ... LAST ─────────────────────────┴──> DONE ──> COMMIT ──> DONE
 */
#ifndef DAEMON_PREPARE_H
#define DAEMON_PREPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/builder.h"
#include "daemon/control.h"
#include "daemon/worker.h"

struct px_prepare_listener {
	int fd;
	struct px_control_listener what;
};

struct px_prepare {
	struct px_worker *worker;
	struct px_control *control;
	struct px_builder *builder; /* set to NULL when it is stopped: settings may outlive it */
	const struct px_build_signer *signer; /* NULL: keys come in the bundle */
	uint32_t serial;
	bool is_open; /* neither committed nor cancelled nor failed */
	bool all_came; /* of the listeners */
	struct px_build *building; /* the builder has it */
	struct px_build *built;
	struct px_settings *settings; /* what COMMIT puts in force */
	struct px_prepare_listener *listeners;
	unsigned n_listeners;
};

/* worker, control, builder and signer are set; nothing is prepared. */
void px_prepare_clear(struct px_prepare *prepare);

/* For each message of its kind; descriptors are taken over. Answers are sent. */
void px_prepare_begin(struct px_prepare *prepare, struct px_control_msg *msg);
void px_prepare_add(struct px_prepare *prepare, struct px_control_msg *msg);
void px_prepare_commit(struct px_prepare *prepare, const struct px_control_msg *msg);
void px_prepare_cancel(struct px_prepare *prepare, const struct px_control_msg *msg);

/* For px_builder_start: a build is through. */
void px_prepare_built(void *prepare, struct px_build *build);

#endif
