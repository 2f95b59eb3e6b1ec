/* probe_options.h - the command line of quenchctl probe. */
#ifndef DAEMON_CTL_PROBE_OPTIONS_H
#define DAEMON_CTL_PROBE_OPTIONS_H

#include "probe.h"

/* Reads it: 0; 1 if help was asked for; -1 and the problem, "" if getopt has told it already. Cleared in any case. */
int px_probe_options_read(struct px_probe_options *o, struct px_problem *problem, int argc, char **argv)
    __attribute__((warn_unused_result));
void px_probe_options_clear(struct px_probe_options *o);

#endif
