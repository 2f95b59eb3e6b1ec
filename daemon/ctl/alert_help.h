/* alert_help.h - what a peer's alert usually means, and what to try. */
#ifndef DAEMON_CTL_ALERT_HELP_H
#define DAEMON_CTL_ALERT_HELP_H

struct px_alert {
	unsigned number;
	const char *name; /* IANA's */
	const char *meaning; /* a sentence */
	const char *help; /* another one */
};

/* The alert of that number; never NULL: what nobody has defined says so. Lives for ever. */
const struct px_alert *px_alert_help(unsigned number);

#endif
