/* extra.h - options of talk.c that have nothing to do with each other: key material, OCSP responses. */
#ifndef TESTS_LIB_EXTRA_H
#define TESTS_LIB_EXTRA_H

#include "talk.h"

/* At the end of a handshake: notes what the options ask for. Tell puts it behind the line of the connection. */
void extra_note(struct talk *t);
void extra_tell(void);

#endif
