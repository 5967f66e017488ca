/* SPDX-License-Identifier: Apache-2.0
 *
 * register_key.c - registers a customer key with Astra DB, in C. The token is taken from ASTRA_API_TOKEN.
 *
 *   cc register_key.c -o register_key $(pkg-config --cflags --libs astra-cmk)
 *   ./register_key aws us-east-2 arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
 */
#include <astra_cmk.h>
#include <stdio.h>

static void print(const struct astra_report *report, int severity, const char *attribute, const char *summary,
                  const char *detail)
{
    (void)report;
    fprintf(stderr, "%s: %s%s%s%s\n  %s\n", severity == ASTRA_ERROR ? "error" : "warning", summary,
            attribute ? " (" : "", attribute ? attribute : "", attribute ? ")" : "", detail);
}

int main(int argc, char **argv)
{
    const struct astra_report report = {.add = print};
    astra_session *session;
    char *id = NULL, *organization = NULL;
    int status;

    if (argc != 4) {
        fprintf(stderr, "usage: %s CLOUD REGION KEY\n", argv[0]);
        return 2;
    }
    session = astra_session_open(NULL, NULL, NULL, NULL, 5, 60, NULL, &report);
    if (!session) {
        return 1;
    }
    status = astra_cmk_key_create(session, argv[1], argv[2], argv[3], &id, &organization, &report);
    if (status == ASTRA_OK) {
        printf("%s is registered in organization %s\n", id, organization);
    }
    astra_free(id);
    astra_free(organization);
    astra_session_close(session);
    return status == ASTRA_OK ? 0 : 1;
}
