/* SPDX-License-Identifier: MIT */
/* See rtc.h. Source: the Motorola MC146818A data sheet; the century byte is where PC firmware keeps it. */
#include "kernel/rtc.h"
#include "kernel/x86.h"
#include <stdbool.h>

#define RTC_SECONDS 0x00
#define RTC_MINUTES 0x02
#define RTC_HOURS   0x04
#define RTC_DAY     0x07
#define RTC_MONTH   0x08
#define RTC_YEAR    0x09
#define RTC_A       0x0a
#define RTC_B       0x0b
#define RTC_C       0x0c
#define RTC_CENTURY 0x32
#define A_UPDATING  0x80
#define A_RESET     0x60
#define B_24_HOURS  0x02
#define B_BINARY    0x04
#define B_IRQS      0x70

struct rtc_time {
    unsigned second, minute, hour, day, month, year;
};

static uint8_t rtc_get(uint8_t reg)
{
    x86_outb(0x70, reg);
    return x86_inb(0x71);
}

static void rtc_set(uint8_t reg, uint8_t v)
{
    x86_outb(0x70, reg);
    x86_outb(0x71, v);
}

static bool rtc_present(void)
{
    return rtc_get(RTC_B) != 0xff && rtc_get(RTC_DAY) != 0;
}

static unsigned number(uint8_t v, bool binary)
{
    return binary ? v : (v >> 4) * 10u + (v & 15u);
}

static struct rtc_time time_get(void)
{
    const uint8_t b = rtc_get(RTC_B);
    const bool binary = b & B_BINARY;
    const uint8_t raw_hour = rtc_get(RTC_HOURS);
    struct rtc_time t = {
        .second = number(rtc_get(RTC_SECONDS), binary),
        .minute = number(rtc_get(RTC_MINUTES), binary),
        .hour = number(b & B_24_HOURS ? raw_hour : raw_hour & 0x7f, binary),
        .day = number(rtc_get(RTC_DAY), binary),
        .month = number(rtc_get(RTC_MONTH), binary),
        .year = number(rtc_get(RTC_YEAR), binary),
    };
    const unsigned century = number(rtc_get(RTC_CENTURY), binary);

    if (!(b & B_24_HOURS))
        t.hour = t.hour % 12 + (raw_hour & 0x80 ? 12 : 0);
    t.year += century >= 19 && century <= 22 ? century * 100 : 2000;
    return t;
}

/* Days since 1970-01-01 of a Gregorian date: years counted from March, so that the leap day comes last. */
static int64_t days_from(unsigned year, unsigned month, unsigned day)
{
    const int64_t y = (int64_t)year - (month <= 2);
    const int64_t in_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return y * 365 + y / 4 - y / 100 + y / 400 + in_year - 719468;
}

int64_t rtc_read(void)
{
    struct rtc_time a, b;
    unsigned tries = 0;

    if (!rtc_present())
        return -1;
    do { /* two equal readings outside an update */
        for (unsigned spins = 0; (rtc_get(RTC_A) & A_UPDATING) && spins < 100000; spins++)
            x86_pause();
        a = time_get();
        b = time_get();
    } while ((a.second != b.second || a.minute != b.minute || a.hour != b.hour) && ++tries < 10);
    if (a.month < 1 || a.month > 12 || a.day < 1 || a.day > 31 || a.hour > 23 || a.minute > 59 ||
        a.second > 60)
        return -1;
    return days_from(a.year, a.month, a.day) * 86400 + a.hour * 3600 + a.minute * 60 + a.second;
}

void rtc_stop(void)
{
    if (!rtc_present())
        return;
    rtc_set(RTC_B, rtc_get(RTC_B) & (uint8_t)~B_IRQS);
    rtc_get(RTC_C);
    rtc_set(RTC_A, A_RESET);
}
