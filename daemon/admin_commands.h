/* admin_commands.h - what the admin socket answers: the commands of a running daemon, as quenchd(8) lists them. */
#ifndef DAEMON_ADMIN_COMMANDS_H
#define DAEMON_ADMIN_COMMANDS_H

#include "daemon/admin.h"

#define PX_ADMIN_SOON_S (14 * 86400) /* certificates that expire by then are told of */

/* Their owner is the struct px_master. */
extern const struct px_admin_command px_admin_commands[];

#endif
