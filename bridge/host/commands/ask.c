/* SPDX-License-Identifier: Apache-2.0
 *
 * ask.c - questions to the user: values of variables, and whether to go on.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "../language/text.h"
#include "command.h"
#include "run.h"

/* Waits for input or an interrupt. False after an interrupt, and where it can't wait. */
static bool wait_for_input(const struct invocation *invocation)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = invocation->stop_fd, .events = POLLIN}};
    int ready;
    do
        ready = poll(fds, 2, -1);
    while (ready < 0 && errno == EINTR);
    return ready > 0 && !(fds[1].revents & POLLIN);
}

/* A line without its newline, read byte by byte so that nothing that follows is taken. NULL at the end of the
 * input, after an interrupt, and without memory. */
static char *read_line(const struct invocation *invocation)
{
    enum { LONGEST = 1 << 20 };
    char *line = NULL, byte;
    size_t size = 0;
    FILE *memory = open_memstream(&line, &size);
    bool ended = false;
    size_t length = 0;
    while (memory && !ended && length < LONGEST) {
        ended = !wait_for_input(invocation) || read(STDIN_FILENO, &byte, 1) != 1;
        if (ended || byte == '\n')
            break;
        fputc(byte, memory);
        length++;
    }
    if (!memory || !text_stream_end(memory, &line) || (ended && !length)) {
        free(line);
        return NULL;
    }
    if (length && line[length - 1] == '\r')
        line[length - 1] = '\0';
    return line;
}

bool ask_line(const struct invocation *invocation, const char *prompt, bool secret, char **line)
{
    struct termios before, hidden;
    *line = NULL;
    if (!invocation->input || invocation->json)
        return false;
    bool hide = secret && !tcgetattr(STDIN_FILENO, &before);
    if (hide) {
        hidden = before;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSANOW, &hidden);
    }
    render_marked(stdout, &invocation->style, prompt);
    fflush(stdout);
    *line = read_line(invocation);
    if (hide)
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    fputc('\n', stdout);
    return *line != NULL;
}

bool ask_variable(void *context, const struct config_variable *variable, char **text)
{
    const struct invocation *invocation = context;
    if (!invocation->input || invocation->json || !isatty(STDIN_FILENO))
        return false;
    render_printf(stdout, &invocation->style, "[bold]var.%s[reset]\n", variable->name);
    if (variable->description)
        printf("  %s\n\n", variable->description);
    return ask_line(invocation, "  [bold]Enter a value:[reset] ", variable->sensitive, text);
}

bool ask_approval(const struct invocation *invocation, enum plan_mode mode)
{
    const struct style *style = &invocation->style;
    const char *program = invocation->program;
    char *answer = NULL;
    switch (mode) {
    case PLAN_DESTROY:
        render_printf(
            stdout, style,
            "\n[bold]Do you really want to destroy all resources?[reset]\n  %s will destroy all your "
            "managed infrastructure, as shown above.\n  There is no undo. Only 'yes' will be accepted to "
            "confirm.\n\n",
            program);
        break;
    case PLAN_REFRESH_ONLY:
        render_printf(
            stdout, style,
            "\n[bold]Would you like to update the %s state to reflect these detected "
            "changes?[reset]\n  %s will write these changes to the state without modifying any real "
            "infrastructure.\n  There is no undo. Only 'yes' will be accepted to confirm.\n\n",
            program, program);
        break;
    default:
        render_printf(stdout, style,
                      "\n[bold]Do you want to perform these actions?[reset]\n  %s will perform the actions "
                      "described above.\n  Only 'yes' will be accepted to approve.\n\n",
                      program);
    }
    bool yes =
        ask_line(invocation, "  [bold]Enter a value:[reset] ", false, &answer) && !strcmp(answer, "yes");
    free(answer);
    return yes;
}
