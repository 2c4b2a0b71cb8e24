/* SPDX-License-Identifier: MIT */
/* timestamp.c - see mcp/timestamp.h. Pure: no I/O, no clock, no log. */
#include "mcp/timestamp.h"

#include <stdio.h>

static const int64_t ms_per_day = 86400000;
static const int64_t first_ms = -62167219200000; /* 0000-01-01T00:00:00Z */
static const int64_t last_ms = 253402300799999;  /* 9999-12-31T23:59:59.999Z */

struct date {
    int64_t year;
    int64_t month; /* 1 to 12 */
    int64_t day;   /* 1 to 31 */
};

static bool is_leap(int64_t year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t days_in_month(int64_t year, int64_t month) {
    if (month == 2)
        return is_leap(year) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/*
 * Days from 1970-01-01 in the proleptic Gregorian calendar. Counted in years that begin in March,
 * so the leap day is the last one, from year -400 on, so nothing is negative.
 */
static int64_t days_from_date(struct date date) {
    int64_t year = date.year + 400 - (date.month <= 2 ? 1 : 0);
    int64_t month = (date.month + 9) % 12; /* March is 0 */
    int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
    return year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719468 - 146097;
}

static struct date date_from_days(int64_t days) {
    int64_t shifted = days + 719468 + 146097;
    int64_t era = shifted / 146097; /* 400 years each */
    int64_t day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    struct date date = {.month = month < 10 ? month + 3 : month - 9,
                        .day = day_of_year - (153 * month + 2) / 5 + 1};
    date.year = era * 400 + year_of_era - 400 + (date.month <= 2 ? 1 : 0);
    return date;
}

static char *put_digits(char *to, int64_t value, size_t count) {
    for (size_t i = count; i > 0; i--, value /= 10)
        to[i - 1] = (char)('0' + value % 10);
    return to + count;
}

void mcp_timestamp_format(int64_t wall_ms, char out[MCP_TIMESTAMP_BYTES]) {
    int64_t moment = wall_ms < first_ms ? first_ms : wall_ms > last_ms ? last_ms : wall_ms;
    int64_t in_day = ((moment % ms_per_day) + ms_per_day) % ms_per_day;
    struct date date = date_from_days((moment - in_day) / ms_per_day);

    const int64_t fields[] = {date.month, date.day, in_day / 3600000, in_day / 60000 % 60,
                              in_day / 1000 % 60};
    static const char before[] = "--T::";
    char *to = put_digits(out, date.year, 4);
    for (size_t i = 0; i < MCP_COUNT(fields); i++) {
        *to++ = before[i];
        to = put_digits(to, fields[i], 2);
    }
    if (in_day % 1000 != 0) {
        *to++ = '.';
        to = put_digits(to, in_day % 1000, 3);
    }
    *to++ = 'Z';
    *to = '\0';
}

struct reader {
    struct mcp_str text;
    size_t at;
    struct mcp_err *err;
};

static enum mcp_code fail_at(const struct reader *in, size_t byte, const char *what) {
    return mcp_err_at(in->err, MCP_FAIL(in->err, MCP_E_SYNTAX, "%s", what), "byte %zu", byte);
}

static bool has(const struct reader *in, char byte) {
    return in->at < in->text.len && in->text.ptr[in->at] == byte;
}

static bool has_digit(const struct reader *in) {
    return in->at < in->text.len && in->text.ptr[in->at] >= '0' && in->text.ptr[in->at] <= '9';
}

/* Exactly `count` digits, value between min and max, after one of the bytes of `before`. */
struct field {
    const char *before; /* "" for none */
    size_t count;
    int64_t min;
    int64_t max;
    const char *expected;
};

static enum mcp_code take_field(struct reader *in, const struct field *field, int64_t *out) {
    if (field->before[0] != '\0') {
        bool is_there = false;
        for (const char *c = field->before; *c != '\0'; c++)
            is_there = is_there || has(in, *c);
        if (!is_there)
            return fail_at(in, in->at, field->expected);
        in->at++;
    }
    size_t start = in->at;
    int64_t value = 0;
    for (size_t i = 0; i < field->count; i++, in->at++) {
        if (!has_digit(in))
            return fail_at(in, in->at, field->expected);
        value = value * 10 + (in->text.ptr[in->at] - '0');
    }
    if (value < field->min || value > field->max)
        return fail_at(in, start, field->expected);
    *out = value;
    return MCP_OK;
}

static enum mcp_code take_date(struct reader *in, struct date *out) {
    static const struct field year = {"", 4, 0, 9999, "expected a year of four digits"};
    static const struct field month = {"-", 2, 1, 12, "expected a month, -01 to -12"};
    static const struct field day = {"-", 2, 1, 31, "expected a day, -01 to -31"};
    MCP_TRY(take_field(in, &year, &out->year));
    MCP_TRY(take_field(in, &month, &out->month));
    MCP_TRY(take_field(in, &day, &out->day));
    return out->day <= days_in_month(out->year, out->month)
               ? MCP_OK
               : fail_at(in, in->at - 2, "the month has no such day");
}

/* Milliseconds in the day; a leap second is *out_leap_at > 0, the byte where it stands. */
static enum mcp_code take_time(struct reader *in, int64_t *out_ms, size_t *out_leap_at) {
    static const struct field hour = {"Tt ", 2, 0, 23, "expected \"T\" and an hour, 00 to 23"};
    static const struct field minute = {":", 2, 0, 59, "expected a minute, :00 to :59"};
    static const struct field second = {":", 2, 0, 60, "expected a second, :00 to :60"};
    int64_t hours = 0;
    int64_t minutes = 0;
    int64_t seconds = 0;
    MCP_TRY(take_field(in, &hour, &hours));
    MCP_TRY(take_field(in, &minute, &minutes));
    MCP_TRY(take_field(in, &second, &seconds));
    *out_leap_at = seconds == 60 ? in->at - 2 : 0;
    *out_ms = ((hours * 60 + minutes) * 60 + seconds) * 1000;
    if (!has(in, '.'))
        return MCP_OK;

    in->at++;
    if (!has_digit(in))
        return fail_at(in, in->at, "expected a digit after the decimal point");
    for (int64_t unit = 100; has_digit(in); in->at++, unit /= 10)
        *out_ms += (in->text.ptr[in->at] - '0') * unit;
    return MCP_OK;
}

static enum mcp_code take_offset(struct reader *in, int64_t *out_ms) {
    static const struct field hour = {"+-", 2, 0, 23, "expected \"Z\" or an offset, +00:00"};
    static const struct field minute = {":", 2, 0, 59, "expected offset minutes, :00 to :59"};
    bool is_behind = has(in, '-');
    int64_t hours = 0;
    int64_t minutes = 0;
    MCP_TRY(take_field(in, &hour, &hours));
    MCP_TRY(take_field(in, &minute, &minutes));
    *out_ms = (hours * 60 + minutes) * (is_behind ? -60000 : 60000);
    return MCP_OK;
}

/* "Z", an offset, or nothing; then the end. */
static enum mcp_code take_zone(struct reader *in, int64_t *out_ms) {
    *out_ms = 0;
    if (has(in, 'Z') || has(in, 'z'))
        in->at++;
    else if (in->at < in->text.len)
        MCP_TRY(take_offset(in, out_ms));
    return in->at == in->text.len ? MCP_OK : fail_at(in, in->at, "expected the end");
}

enum mcp_code mcp_timestamp_parse(struct mcp_str text, int64_t *out_wall_ms, struct mcp_err *err) {
    struct reader in = {text, 0, err};
    struct date date = {0};
    int64_t in_day = 0;
    int64_t offset = 0;
    size_t leap_at = 0;
    MCP_TRY(take_date(&in, &date));
    MCP_TRY(take_time(&in, &in_day, &leap_at));
    size_t offset_at = in.at;
    MCP_TRY(take_zone(&in, &offset));

    int64_t moment = days_from_date(date) * ms_per_day + in_day - offset;
    /* 23:59:60 is counted as the first second of the next day, as POSIX time does. */
    if (leap_at > 0 && ((moment - first_ms) % ms_per_day) / 1000 != 0)
        return fail_at(&in, leap_at, "second 60 exists only at 23:59:60 UTC");
    if (moment < first_ms || moment > last_ms)
        return fail_at(&in, offset_at, "outside the years 0000 to 9999 in UTC");
    *out_wall_ms = moment;
    return MCP_OK;
}
