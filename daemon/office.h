/* office.h - where the master can be asked: the admin socket and the HTTP address, as the configuration in force
 * has them. A reload prepares new ones, and takes them on or forgets them with all the rest.
 */
#ifndef DAEMON_OFFICE_H
#define DAEMON_OFFICE_H

#include <stdbool.h>
#include <sys/types.h>

#include "conf/conf.h"

struct px_master;
struct px_office;

#define PX_OFFICE_PROBLEM_LEN 1024

/* 0, or -1 when memory is out. */
int px_office_new(struct px_office **office, struct px_master *master);

/* Ends it, and removes the sockets' files. NULL is fine. */
void px_office_free(struct px_office *office);

/* Opens what conf wants and isn't open yet; gid: who may use the admin socket. 0, or -1 with a line in problem, and
 * nothing has changed. Is followed by commit or cancel. */
int px_office_prepare(struct px_office *office, char problem[PX_OFFICE_PROBLEM_LEN], const struct conf *conf, gid_t gid);
void px_office_commit(struct px_office *office);
void px_office_cancel(struct px_office *office);

#endif
