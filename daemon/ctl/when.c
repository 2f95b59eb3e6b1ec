/* when.c - see when.h. */
#include "when.h"

#define DAY 86400

static bool take_number(unsigned *out, const char **at, unsigned n_digits)
{
	*out = 0;
	for (unsigned i = 0; i < n_digits; i++) {
		char c = **at;

		if (c < '0' || c > '9')
			return false;
		*out = *out * 10 + (unsigned)(c - '0');
		(*at)++;
	}
	return true;
}

static bool take_one(const char **at, char one, char other)
{
	if (**at != one && **at != other)
		return false;
	(*at)++;
	return true;
}

static bool is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days since 1970 in the Gregorian calendar. */
static bool take_date(int64_t *days, const char **at)
{
	static const unsigned lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned year, month, day, last;
	int64_t before;

	if (!take_number(&year, at, 4) || !take_one(at, '-', '-') || !take_number(&month, at, 2) ||
	    !take_one(at, '-', '-') || !take_number(&day, at, 2) || month < 1 || month > 12)
		return false;
	last = lengths[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
	if (day < 1 || day > last)
		return false;
	/* Counted from year 1; year 0 is a leap year before it. */
	before = year > 0 ? (int64_t)year - 1 : 0;
	*days = year > 0 ? before * 365 + before / 4 - before / 100 + before / 400 : -366;
	for (unsigned m = 1; m < month; m++)
		*days += lengths[m - 1] + (m == 2 && is_leap(year) ? 1 : 0);
	*days += (int64_t)day - 719163;
	return true;
}

/* *second may be 60. */
static bool take_time(int64_t *minutes, unsigned *second, const char **at)
{
	unsigned hour, minute;

	if (!take_number(&hour, at, 2) || !take_one(at, ':', ':') || !take_number(&minute, at, 2) ||
	    !take_one(at, ':', ':') || !take_number(second, at, 2))
		return false;
	*minutes = hour * 60 + minute;
	return hour < 24 && minute < 60 && *second <= 60;
}

static bool skip_fraction(const char **at)
{
	unsigned digit;

	if (**at != '.')
		return true;
	(*at)++;
	if (!take_number(&digit, at, 1))
		return false;
	while (**at >= '0' && **at <= '9')
		(*at)++;
	return true;
}

/* Minutes that the clock is ahead of UTC. */
static bool take_offset(int64_t *offset, const char **at)
{
	unsigned hours, minutes;
	char sign = **at;

	*offset = 0;
	if (take_one(at, 'Z', 'z'))
		return true;
	if (!take_one(at, '+', '-') || !take_number(&hours, at, 2) || !take_one(at, ':', ':') ||
	    !take_number(&minutes, at, 2) || hours > 23 || minutes > 59)
		return false;
	*offset = hours * 60 + minutes;
	if (sign == '-')
		*offset = -*offset;
	return true;
}

bool px_when_read(int64_t *seconds, const char *text)
{
	int64_t days, minutes, offset, start;
	unsigned second;

	if (!take_date(&days, &text) || !take_one(&text, 'T', 't') || !take_time(&minutes, &second, &text) ||
	    !skip_fraction(&text) || !take_offset(&offset, &text) || *text != '\0')
		return false;
	start = days * DAY + (minutes - offset) * 60;
	/* Only the last minute of a day in UTC has a second 60 (section 5.7). */
	if (second == 60 && (start % DAY + DAY) % DAY != DAY - 60)
		return false;
	*seconds = start + (second == 60 ? 59 : second);
	return true;
}
