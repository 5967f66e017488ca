/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - astra-simulator: the Astra DevOps API, as far as customer keys need it,
 * on a loopback port, for tests and for trying the provider out. Starts the server
 * and waits for the end.
 */
#include "http.h"
#include "options.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Waits for SIGTERM, SIGINT or, where wanted, the end of standard input. */
static bool wait_for_end(int signals, bool with_stdin)
{
    struct pollfd watched[] = {{.fd = signals, .events = POLLIN},
                               {.fd = with_stdin ? STDIN_FILENO : -1, .events = POLLIN}};
    for (;;) {
        char skipped[4096];
        if (poll(watched, 2, -1) < 0 && errno != EINTR)
            return false;
        if (watched[0].revents)
            return true;
        if (watched[1].revents && read(STDIN_FILENO, skipped, sizeof skipped) <= 0)
            return true;
    }
}

/* Blocks the signals that end the program, in every thread, and has them read instead. */
static int catch_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    signal(SIGPIPE, SIG_IGN);
    return sigprocmask(SIG_BLOCK, &signals, NULL) == 0 ? signalfd(-1, &signals, SFD_CLOEXEC) : -1;
}

int main(int count, char **arguments)
{
    struct options options;
    switch (options_read(&options, count, arguments)) {
    case OPTIONS_HELP:
        return EXIT_SUCCESS;
    case OPTIONS_WRONG:
        return 2;
    case OPTIONS_RUN:
        break;
    }

    int result = EXIT_FAILURE;
    int signals = catch_signals();
    struct server server = {.options = &options,
                            .store = store_create(options.organization, options.token),
                            .traffic = traffic_create(),
                            .faults = faults_create(),
                            .stopping = eventfd(0, EFD_CLOEXEC)};
    if (signals < 0 || server.stopping < 0 || !server.store || !server.traffic || !server.faults) {
        fputs("astra-simulator: can't start: not enough memory or file descriptors.\n", stderr);
        goto done;
    }
    if (!server_start(&server))
        goto done;
    if (server_print_address(&server) && wait_for_end(signals, options.exit_with_stdin))
        result = EXIT_SUCCESS;
    server_stop(&server);
done:
    if (server.stopping >= 0)
        close(server.stopping);
    if (signals >= 0)
        close(signals);
    faults_destroy(server.faults);
    traffic_destroy(server.traffic);
    store_destroy(server.store);
    return result;
}
