/* probe_fail.h - why a connection failed, in words. */
#ifndef DAEMON_CTL_PROBE_FAIL_H
#define DAEMON_CTL_PROBE_FAIL_H

#include "probe_session.h"

/* Tells of the step that failed with err (TLS_E_*): name, or what the certificate's judgement says if that is why. */
void px_probe_fail_tell(struct px_probe_session *s, const char *name, int err);

/* The peer's alert as members of an object. */
void px_probe_fail_set_alert(struct px_story *story, json_t *object, unsigned number);

#endif
