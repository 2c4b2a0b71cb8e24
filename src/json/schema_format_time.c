/* SPDX-License-Identifier: MIT */
/* schema_format_time.c - RFC 3339 for schema_format.h. Pure: no I/O, no clock, no log. */
#include "json/schema_format.h"

enum { DATE_BYTES = 10, CLOCK_BYTES = 8, MINUTES_PER_DAY = 24 * 60 };

/* `count` ASCII digits at `at`, at most `max`; -1 when they are not there. */
static int read_digits(struct mcp_str text, size_t at, size_t count, int max) {
    int value = 0;
    for (size_t i = at; i < at + count; i++) {
        if (i >= text.len || text.ptr[i] < '0' || text.ptr[i] > '9')
            return -1;
        value = value * 10 + (text.ptr[i] - '0');
    }
    return value <= max ? value : -1;
}

static int days_in(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

bool mcp_schema_is_date(struct mcp_str text) {
    if (text.len != DATE_BYTES || text.ptr[4] != '-' || text.ptr[7] != '-')
        return false;
    int year = read_digits(text, 0, 4, 9999);
    int month = read_digits(text, 5, 2, 12);
    int day = read_digits(text, 8, 2, 31);
    return year >= 0 && month >= 1 && day >= 1 && day <= days_in(year, month);
}

/* "Z" or "+hh:mm", all of `text`; minutes east of UTC. */
static bool read_offset(struct mcp_str text, int *out_minutes) {
    if (text.len == 1 && (text.ptr[0] == 'Z' || text.ptr[0] == 'z')) {
        *out_minutes = 0;
        return true;
    }
    if (text.len != 6 || (text.ptr[0] != '+' && text.ptr[0] != '-') || text.ptr[3] != ':')
        return false;
    int hours = read_digits(text, 1, 2, 23);
    int minutes = read_digits(text, 4, 2, 59);
    *out_minutes = (text.ptr[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
    return hours >= 0 && minutes >= 0;
}

static size_t skip_fraction(struct mcp_str text, size_t at) {
    if (at >= text.len || text.ptr[at] != '.')
        return at;
    size_t end = at + 1;
    while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9')
        end++;
    return end > at + 1 ? end : at;
}

bool mcp_schema_is_time(struct mcp_str text) {
    if (text.len < CLOCK_BYTES || text.ptr[2] != ':' || text.ptr[5] != ':')
        return false;
    int hour = read_digits(text, 0, 2, 23);
    int minute = read_digits(text, 3, 2, 59);
    int second = read_digits(text, 6, 2, 60);
    size_t at = skip_fraction(text, CLOCK_BYTES);
    int offset = 0;
    if (!read_offset((struct mcp_str){text.ptr + at, text.len - at}, &offset))
        return false;
    if (hour < 0 || minute < 0 || second < 0)
        return false;
    /* A leap second is the last second of a day in UTC. */
    int utc = (hour * 60 + minute - offset + 2 * MINUTES_PER_DAY) % MINUTES_PER_DAY;
    return second < 60 || utc == MINUTES_PER_DAY - 1;
}

bool mcp_schema_is_date_time(struct mcp_str text) {
    if (text.len <= DATE_BYTES || (text.ptr[DATE_BYTES] != 'T' && text.ptr[DATE_BYTES] != 't'))
        return false;
    size_t rest = DATE_BYTES + 1;
    return mcp_schema_is_date((struct mcp_str){text.ptr, DATE_BYTES}) &&
           mcp_schema_is_time((struct mcp_str){text.ptr + rest, text.len - rest});
}
