/* SPDX-License-Identifier: Apache-2.0
 *
 * crash.c - see crash.h. What runs in a signal handler here calls nothing but write(), sigaction() and
 * raise().
 */
#include "crash.h"

#include "call.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_bool watching;

static const struct {
    int number;
    const char *what;
} signals[] = {
    {SIGSEGV, "memory that it may not use (SIGSEGV)"},
    {SIGBUS, "memory that is not there (SIGBUS)"},
    {SIGABRT, "abort, as after memory that was freed twice or a failed assertion (SIGABRT)"},
    {SIGFPE, "arithmetic without a result (SIGFPE)"},
    {SIGILL, "an instruction that does not exist (SIGILL)"},
};

static void say(const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        ssize_t written = write(STDERR_FILENO, text, left);
        if (written <= 0)
            return;
        text += written;
        left -= (size_t)written;
    }
}

/* The prefix is what Terraform looks for. */
static void say_end(const char *what)
{
    const char *symbol = call_under_way();
    say("panic: ");
    say(symbol != NULL ? symbol : "the provider");
    say(symbol != NULL ? ", a function of the plugin's library, ended the process: " : " ended: ");
    say(what);
    say("\n");
}

static void on_crash(int number)
{
    const struct sigaction original = {.sa_handler = SIG_DFL};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (signals[i].number == number)
            say_end(signals[i].what);
    sigaction(number, &original, NULL);
    raise(number);
}

static void on_exit_call(void)
{
    if (atomic_load(&watching))
        say_end("it called exit()");
}

void crash_watch(void)
{
    const struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction present;
        /* A sanitizer says more than we could. */
        if (sigaction(signals[i].number, NULL, &present) == 0 && present.sa_handler == SIG_DFL)
            sigaction(signals[i].number, &action, NULL);
    }
    if (atexit(on_exit_call) == 0)
        atomic_store(&watching, true);
}

void crash_unwatch(void)
{
    atomic_store(&watching, false);
}
