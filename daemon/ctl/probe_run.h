/* probe_run.h - the order of a probe: resolve, connect, shake hands, and what was asked for behind that. */
#ifndef DAEMON_CTL_PROBE_RUN_H
#define DAEMON_CTL_PROBE_RUN_H

#include "probe_session.h"

/* All of it; whether it went well is story->failure. False: standard output takes no answer. */
bool px_probe_run(const struct px_probe_options *o, struct px_story *story, struct px_probe_answer *answer);

#endif
