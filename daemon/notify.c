/* notify.c - see notify.h. sd_notify waits for a manager that has stopped reading: what changes nothing is not sent. */

#include "daemon/notify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include "daemon/clock.h"

void px_notify_ready(void)
{
	(void)sd_notify(0, "READY=1");
}

/* Type=notify-reload wants the time, to know an old message from a new one. */
void px_notify_reloading(void)
{
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, px_clock_us());
}

void px_notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

/* Each line is an order to the manager (sd_notify(3)), and a status may quote a file name or a process of ours. */
static void make_one_line(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
	}
}

void px_notify_status(const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	make_one_line(text);
	(void)sd_notifyf(0, "STATUS=%s", text);
}

uint64_t px_notify_watchdog_ms(void)
{
	uint64_t us;

	return sd_watchdog_enabled(0, &us) > 0 ? us / 1000 : 0;
}

void px_notify_watchdog(void)
{
	(void)sd_notify(0, "WATCHDOG=1");
}

void px_notify_store(const char *name, int fd)
{
	char text[300];

	snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%s", name);
	(void)sd_pid_notify_with_fds(0, 0, text, &fd, 1);
}

void px_notify_unstore(const char *name)
{
	(void)sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

bool px_notify_stores(void)
{
	return getenv("NOTIFY_SOCKET") != NULL;
}
