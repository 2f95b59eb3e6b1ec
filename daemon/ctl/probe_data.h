/* probe_data.h - data both ways, and the end of a connection. */
#ifndef DAEMON_CTL_PROBE_DATA_H
#define DAEMON_CTL_PROBE_DATA_H

#include "probe_session.h"

/* Standard input to the peer until both have ended; what the peer says goes to the answer. */
void px_probe_data_exchange(struct px_probe_session *s);

/* Ends the connection in good order, and sees how the peer does. */
void px_probe_data_close(struct px_probe_session *s);

#endif
