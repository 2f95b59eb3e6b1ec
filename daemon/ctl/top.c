/* top.c - see top.h. On a terminal it draws on the other screen (xterm's, which all of today's know) and reads keys one
 * by one; both are given back however it ends. */

#include "config.h" /* GNU extensions */

#include "top.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "top_figures.h"

#define ROWS_PLAIN 200
#define COMMAND_FAILED 2

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

/* ---- The terminal ---------------------------------------------------------------------------------------------- */

struct screen {
	bool live;
	struct termios before;
};

static void enter(struct screen *screen)
{
	struct termios raw;

	screen->live = isatty(STDOUT_FILENO) && tcgetattr(STDIN_FILENO, &screen->before) == 0;
	if (!screen->live)
		return;
	raw = screen->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	/* lines that are too long are cut, not wrapped */
	fputs("\033[?1049h\033[?25l\033[?7l", stdout);
}

static void leave(const struct screen *screen)
{
	if (!screen->live)
		return;
	fputs("\033[?7h\033[?25h\033[?1049l", stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &screen->before);
}

static int rows_of(const struct screen *screen)
{
	struct winsize size;

	if (!screen->live)
		return ROWS_PLAIN;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}

/* False when it is to end. */
static bool wait_for(const struct screen *screen, int seconds)
{
	struct pollfd p = { .fd = screen->live ? STDIN_FILENO : -1, .events = POLLIN };
	char key;

	if (poll(&p, 1, seconds * 1000) > 0 && read(STDIN_FILENO, &key, 1) == 1 && (key == 'q' || key == 'Q'))
		return false;
	return !interrupted;
}

/* ---- Rounds ------------------------------------------------------------------------------------------------------ */

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static enum px_talk_result look(struct px_top_figures *figures, struct px_problem *problem, struct px_talk *talk)
{
	enum px_talk_result result;

	px_top_figures_turn(figures);
	result = px_talk_ask(talk, problem, "metrics", px_top_figures_metric, figures, NULL);
	if (result == PX_TALK_OK)
		result = px_talk_ask(talk, problem, "connections", px_top_figures_connection, figures, NULL);
	return result;
}

static void draw(const struct screen *screen, struct px_top_figures *figures, double seconds)
{
	char at[16];
	time_t now = time(NULL);
	struct tm tm;

	strftime(at, sizeof(at), "%H:%M:%S", gmtime_r(&now, &tm));
	fputs(screen->live ? "\033[H\033[2J" : "", stdout);
	printf("quench, %s UTC%s\n\n", at, screen->live ? ", q ends" : "");
	px_top_figures_print(stdout, figures, seconds, rows_of(screen) - 3);
	fflush(stdout);
}

static enum px_talk_result rounds(struct screen *screen, struct px_top_figures *figures, struct px_problem *problem,
    struct px_talk *talk, int every_s, bool once)
{
	double before = seconds_now();
	enum px_talk_result result = look(figures, problem, talk);

	/* what stands there at the first look is not what happened since: the first rates come a round later */
	while (result == PX_TALK_OK && wait_for(screen, every_s)) {
		double now;

		result = look(figures, problem, talk);
		now = seconds_now();
		if (result == PX_TALK_OK)
			draw(screen, figures, now - before);
		before = now;
		if (once)
			break;
	}
	return result;
}

int px_top_run(const char *title, struct px_talk *talk, int every_s, bool once)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct px_top_figures figures = { .services = { .n = 0 } };
	struct px_problem problem;
	struct screen screen = { .live = false };
	enum px_talk_result result;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (!once)
		enter(&screen);
	result = rounds(&screen, &figures, &problem, talk, every_s, once);
	leave(&screen);
	px_top_figures_clear(&figures);
	/* a signal also cuts off what the daemon was saying */
	if (result == PX_TALK_OK || interrupted)
		return 0;
	fprintf(stderr, "%s: %s\n", title, problem.text);
	return result == PX_TALK_REFUSED ? 1 : COMMAND_FAILED;
}
