/* talk_resume.h - resumption in tlsclient and tlsserver. */
#ifndef TESTS_LIB_TALK_RESUME_H
#define TESTS_LIB_TALK_RESUME_H

#include "talk.h"

/* Before a handshake: the clock, and as the options say: a server's tickets, under a key that lives as long as the
 * program, or its database, which does, too; what a client keeps from its connection before. */
void talk_resume_set(struct talk *t, unsigned role);

/* Client: keeps what the next connection resumes this one with; forgets it. */
void talk_resume_keep(struct talk *t);
void talk_resume_forget(void);

#endif
