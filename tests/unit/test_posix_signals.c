/* SPDX-License-Identifier: MIT */
/* Signals that other processes of the tree send, through their boxes in the shared table; and what a table
 * full of nonsense does. Invariant: a process takes what is in its own box, no more and once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_caps.h"
#include "posix/linux.h"
#include "posix/mail.h"
#include "posix/shared.h"
#include "posix/signal.h"

struct posix_caps posix_caps; /* nothing is granted but the table */

enum { SIG_TERM = 15 };
enum { NR_SIGACTION = 13, NR_SIGPROCMASK = 14, NR_GETPID = 39, NR_KILL = 62 };

long __capos_syscall(long n, long a1, long a2, long a3, long a4, long a5, long a6);
#define SYS(n, a, b, c) __capos_syscall(n, (long)(a), (long)(b), (long)(c), 8L, 0L, 0L)

static int got[LX_NSIG + 1];

static void handler(int sig)
{
    got[sig]++;
}

static int setup(void **state)
{
    (void)state;
    fake_reset();
    fake_share(true);
    shared_start();
    mail_open();
    memset(got, 0, sizeof got);
    return mail_box ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    mail_end();
    fake_share(false);
    return 0;
}

static void catch_it(int sig, uint32_t flags)
{
    struct lx_sigaction act = {.handler = handler, .flags = flags};
    assert_int_equal(SYS(NR_SIGACTION, sig, &act, NULL), 0);
}

/* Another process of the tree: a box under a number. */
static struct startup_shared_box *other(uint32_t pid)
{
    struct startup_shared_box *b = &shared_boxes()[5];
    *b = (struct startup_shared_box){.pid = pid};
    return b;
}

static void taken_at_the_end_of_a_call(void **state)
{
    (void)state;
    catch_it(SIG_TERM, LX_SA_RESTART);
    assert_true(mail_caught((uint32_t)posix_tid()) >> (SIG_TERM - 1) & 1);
    mail_box->pending = UINT64_C(1) << (SIG_TERM - 1);
    assert_int_equal(got[SIG_TERM], 0);
    assert_int_equal(SYS(NR_GETPID, 0, 0, 0), posix_tid());
    assert_int_equal(got[SIG_TERM], 1);
    SYS(NR_GETPID, 0, 0, 0);
    assert_int_equal(got[SIG_TERM], 1);
}

static void blocked_until_it_is_not(void **state)
{
    (void)state;
    uint64_t set = UINT64_C(1) << (SIG_TERM - 1);
    catch_it(SIG_TERM, 0);
    assert_int_equal(SYS(NR_SIGPROCMASK, LX_SIG_BLOCK, &set, NULL), 0);
    mail_box->pending = set;
    SYS(NR_GETPID, 0, 0, 0);
    assert_int_equal(got[SIG_TERM], 0);
    assert_int_equal(SYS(NR_SIGPROCMASK, LX_SIG_UNBLOCK, &set, NULL), 0);
    assert_int_equal(got[SIG_TERM], 1);
}

static void sent_to_others(void **state)
{
    (void)state;
    struct startup_shared_box *b = other(77);
    assert_true(mail_others());
    assert_int_equal(SYS(NR_KILL, 77, 0, 0), 0);
    assert_int_equal(b->pending, 0);
    assert_int_equal(SYS(NR_KILL, 77, SIG_TERM, 0), 0);
    assert_int_equal(b->pending, UINT64_C(1) << (SIG_TERM - 1));
    assert_int_equal(SYS(NR_KILL, 77, LX_SIGSTOP, 0), -EPERM);
    assert_int_equal(SYS(NR_KILL, 77, LX_NSIG + 1, 0), -EINVAL);
    assert_int_equal(SYS(NR_KILL, 77, -1, 0), -EINVAL);
    assert_int_equal(SYS(NR_KILL, 78, SIG_TERM, 0), -ESRCH);
    mail_close(77);
    assert_int_equal(SYS(NR_KILL, 77, SIG_TERM, 0), -ESRCH);
    assert_false(mail_others());
}

/* Whatever the others write, this process keeps its box, and finds none for itself only when all are taken.
 */
static void full_and_foreign(void **state)
{
    (void)state;
    struct startup_shared_box *mine = mail_box;
    memset(shared_boxes(), 0xff, STARTUP_SHARED_BOXES * sizeof *mine);
    mail_box->pending = 0;
    assert_int_equal(SYS(NR_KILL, posix_tid() + 1, SIG_TERM, 0), -ESRCH);
    mail_open();
    assert_null(mail_box);
    assert_int_equal(mail_take(), 0);
    assert_false(mail_there());
    SYS(NR_GETPID, 0, 0, 0);
    mine->pid = 0;
    mine->pending = UINT64_MAX; /* of whoever had it before */
    mail_open();
    assert_ptr_equal(mail_box, mine);
    assert_int_equal(mine->pending, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(taken_at_the_end_of_a_call, setup, teardown),
        cmocka_unit_test_setup_teardown(blocked_until_it_is_not, setup, teardown),
        cmocka_unit_test_setup_teardown(sent_to_others, setup, teardown),
        cmocka_unit_test_setup_teardown(full_and_foreign, setup, teardown),
    };
    return cmocka_run_group_tests_name("signals between processes", tests, NULL, NULL);
}
