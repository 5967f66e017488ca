/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - the provider program. It puts the parts together in the order that lets the host wait least:
 * the socket and the certificate, then the handshake line; all else happens while the host
 * connects.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "../process.h"
#include "control.h"
#include "crash.h"
#include "grpc_server.h"
#include "handshake.h"
#include "log.h"
#include "rpc.h"
#include "tls.h"

struct program {
    char schemas[PATH_MAX];
    bool reattach; /* started by hand, to be debugged */
    struct log log;
    struct endpoint endpoint;
    struct tls_identity *identity;
    SSL_CTX *tls;
    struct rpc_context *context;
    pthread_t loader;
    bool loading;
    int stop_fds[2]; /* signals, the end of the host */
    size_t stop_fd_count;
};

static const char usage[] =
    "Usage: %s [--schemas DIR] [--reattach]\n"
    "\n"
    "This program is a provider for Terraform and OpenTofu, which start it themselves; started by hand\n"
    "it does nothing. It belongs, with its directory \"schemas\" beside it, into\n"
    "  SHARE/terraform/plugins/HOST/NAMESPACE/TYPE/VERSION/OS_ARCH/\n"
    "where SHARE is /usr/local/share or any directory of XDG_DATA_DIRS.\n"
    "\n"
    "  --schemas DIR  read the schemas in DIR, not those beside the program\n"
    "  --reattach     serve until Ctrl-C, for debugging; prints what TF_REATTACH_PROVIDERS must hold\n"
    "  --version      print the version\n"
    "  --help         print this\n";

/* Standard error: what the host shows when a provider does not start. */
static bool complain(const char *problem)
{
    fprintf(stderr, "The provider cannot start: %s.\n", problem);
    return false;
}

/* The directory "schemas" beside the program. */
static bool find_schemas(struct program *program)
{
    static const char name[] = "schemas";
    ssize_t length = readlink("/proc/self/exe", program->schemas, sizeof(program->schemas) - 1);
    if (length < 0)
        return complain("cannot read /proc/self/exe to find the schemas; is /proc mounted?");
    program->schemas[length] = '\0';
    char *slash = strrchr(program->schemas, '/');
    if (!slash || (size_t)(slash + 1 - program->schemas) + sizeof(name) > sizeof(program->schemas))
        return complain("the path of the program is too long");
    memcpy(slash + 1, name, sizeof(name));
    return true;
}

/* Fills in what the command line says. False when there is nothing more to do; *status then says how it went.
 */
static bool read_arguments(struct program *program, int argc, char **argv, int *status)
{
    const char *schemas = NULL;
    *status = EXIT_FAILURE;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (!strcmp(argv[i], "--schemas") && more) {
            schemas = argv[++i];
        } else if (!strcmp(argv[i], "--reattach")) {
            program->reattach = true;
        } else if (!strcmp(argv[i], "--version")) {
            *status = puts(PROJECT_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
            return false;
        } else if (!strcmp(argv[i], "--help")) {
            *status = printf(usage, argv[0]) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
            return false;
        } else {
            fprintf(stderr, "%s: \"%s\" is %s; see --help\n", argv[0], argv[i],
                    strcmp(argv[i], "--schemas") ? "not known" : "followed by no directory");
            return false;
        }
    }
    if (!program->reattach && !handshake_expected()) {
        fprintf(stderr, usage, argv[0]);
        return false;
    }
    if (!schemas)
        return find_schemas(program);
    if (strlen(schemas) >= sizeof(program->schemas))
        return complain("the path of the schemas is too long");
    strcpy(program->schemas, schemas);
    return true;
}

/* Signals become readable descriptors; threads made later inherit the mask. */
static bool watch_signals(struct program *program)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    /* Ctrl-C reaches the whole group. The host handles it, and says what is to be stopped. */
    if (program->reattach)
        sigaddset(&ends, SIGINT);
    else
        signal(SIGINT, SIG_IGN);
    process_outlive_writes();
    sigprocmask(SIG_BLOCK, &ends, NULL);
    int fd = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return complain("cannot make a descriptor for signals");
    program->stop_fds[program->stop_fd_count++] = fd;
    return true;
}

/* A host that was killed says no goodbye: its end is readable too. False when it is gone already. Where the
 * kernel has no such descriptors, the provider stays behind, as others do. */
static bool watch_host(struct program *program)
{
    pid_t host = getppid();
    if (program->reattach || host <= 0)
        return true;
    int fd = (int)syscall(SYS_pidfd_open, host, 0);
    if (fd >= 0)
        program->stop_fds[program->stop_fd_count++] = fd;
    return getppid() == host;
}

static void *load_schemas(void *argument)
{
    rpc_context_load(argument);
    return NULL;
}

/* Gets the schemas read on a thread of their own, while the host connects; without a thread, the first call
 * does it. */
static bool prepare_calls(struct program *program)
{
    program->context = rpc_context_create(program->schemas, &program->log.base);
    if (!program->context)
        return complain("out of memory");
    if (!program->reattach)
        program->loading = !pthread_create(&program->loader, NULL, load_schemas, program->context);
    return true;
}

/* Up to the handshake line, and what the first connection needs. */
static bool start_for_host(struct program *program)
{
    const char *client = getenv("PLUGIN_CLIENT_CERT"), *problem = NULL;
    bool secure = client && *client;
    if (secure && !(program->identity = tls_identity_create()))
        return complain("OpenSSL cannot make a key and a certificate");
    if (!handshake_print(&program->endpoint, secure ? tls_identity_text(program->identity) : NULL))
        return complain("cannot write the handshake to standard output");
    if (!prepare_calls(program))
        return false;
    if (secure && !(program->tls = tls_context_create(program->identity, client, &problem)))
        return complain(problem);
    return true;
}

static bool start_for_debugging(struct program *program)
{
    if (!prepare_calls(program))
        return false;
    const char *address = rpc_context_address(program->context);
    if (!address)
        return complain("the schemas are wrong; bridge-check says what is the matter with them");
    dprintf(STDERR_FILENO,
            "Set TF_REATTACH_PROVIDERS to the following line, then run Terraform. Ctrl-C ends.\n");
    return handshake_print_reattach(&program->endpoint, address) ||
           complain("cannot write to standard output");
}

/* Serves until told to stop. False when calls are still running. */
static bool serve(struct program *program, int *status)
{
    struct grpc_service services[2];
    services[0].methods = rpc_methods(&services[0].count);
    services[0].context = program->context;
    services[1].methods = control_methods(&services[1].count);
    services[1].context = NULL;
    const struct grpc_server_options options = {.listener = program->endpoint.listener,
                                                .tls = program->tls,
                                                .services = services,
                                                .service_count = 2,
                                                .stop_fds = program->stop_fds,
                                                .stop_fd_count = program->stop_fd_count,
                                                .log = &program->log.base};
    struct grpc_server *server = grpc_server_create(&options);
    if (!server) {
        complain(strerror(errno));
        return true;
    }
    bool ended = grpc_server_run(server);
    *status = EXIT_SUCCESS;
    if (ended)
        grpc_server_destroy(server);
    return ended;
}

int main(int argc, char **argv)
{
    static struct program program; /* large, and needed by threads that may outlive main */
    char problem[256];
    int status;
    if (!read_arguments(&program, argc, argv, &status))
        return status;
    status = EXIT_FAILURE;
    if (!program.reattach)
        process_protect();
    log_init(&program.log, log_level_wanted(), STDERR_FILENO, "provider");
    if (!watch_signals(&program) || !watch_host(&program))
        return status;
    if (!endpoint_open(&program.endpoint, problem, sizeof(problem))) {
        complain(problem);
        return status;
    }
    bool ended = true;
    crash_watch();
    if (program.reattach ? start_for_debugging(&program) : start_for_host(&program))
        ended = serve(&program, &status);
    crash_unwatch();
    endpoint_close(&program.endpoint);
    if (!ended) /* a call that does not heed its cancellation: nothing it uses may go before the process */
        _exit(status);
    if (program.loading)
        pthread_join(program.loader, NULL);
    rpc_context_destroy(program.context);
    SSL_CTX_free(program.tls);
    tls_identity_destroy(program.identity);
    return status;
}
