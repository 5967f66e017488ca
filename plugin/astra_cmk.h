/* SPDX-License-Identifier: Apache-2.0
 *
 * astra_cmk.h - the whole public interface of libastra_cmk.so: customer-managed
 * keys (CMEK, BYOK) and provider IDs of Astra DB, over the DevOps REST API.
 *
 * Conventions, for every function below unless it says otherwise:
 *
 *   Strings     in: UTF-8, NUL-terminated, borrowed for the length of the call.
 *               out (`char **`): set to a new string that the caller owns and
 *               releases with astra_free(). An output that was not reached is
 *               left as it was; callers start them at NULL and free them after
 *               a failure too.
 *   Clouds      "aws", "gcp" or "azure", in any letter case; outputs are lower case.
 *   Results     `int`, one of enum astra_status; 0 is success.
 *   Reports     Errors and warnings go to `report`, which may be NULL. A call that
 *               fails reports at least one error. No report ever holds the token.
 *   Threads     A session may be used by any number of threads at once. Reports
 *               and logs are called on the thread that made the call.
 *   fork        After fork() the child may go on using a session; it opens
 *               connections of its own.
 *
 * The library starts no thread, changes no signal handler and has no global state.
 */
#ifndef ASTRA_CMK_H
#define ASTRA_CMK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

#define ASTRA_CMK_ABI_VERSION 1

/* What a call came to. Values are stable; new ones are added at the end. */
enum astra_status {
    ASTRA_OK = 0,                /* done */
    ASTRA_GONE = 1,              /* read: the object does not exist (any more) */
    ASTRA_FAILED = 2,            /* anything that none of the following names */
    ASTRA_INVALID = 3,           /* an argument or a setting is wrong */
    ASTRA_PERMISSION_DENIED = 4, /* 401, 403, or a token of another organization */
    ASTRA_CONFLICT = 5,          /* something else is there, or a guard refused */
    ASTRA_UNAVAILABLE = 6,       /* the API could not be reached, or kept failing */
    ASTRA_CANCELLED = 7,         /* astra_session_cancel() */
};

enum astra_severity { ASTRA_ERROR = 1, ASTRA_WARNING = 2 };

enum astra_log_level {
    ASTRA_LOG_ERROR = 1,
    ASTRA_LOG_WARN = 2,
    ASTRA_LOG_INFO = 3,
    ASTRA_LOG_DEBUG = 4, /* each request's method, path, status, duration and try */
    ASTRA_LOG_TRACE = 5, /* bodies too, secrets masked */
};

/* Where diagnostics go. The caller fills it in, and may embed it as the first member
 * of a larger struct. `attribute` names the argument at fault ("key_id"), or is NULL;
 * `summary` is one line, `detail` says what to do next. All are borrowed. */
struct astra_report {
    void (*add)(const struct astra_report *report, int severity, const char *attribute, const char *summary,
                const char *detail);
};

/* Where log lines go. `level` is the most verbose level that is wanted (0: none);
 * `fields` is a JSON object in text, or NULL. Must outlive the session. */
struct astra_log {
    void (*write)(const struct astra_log *log, int level, const char *message, const char *fields);
    int level;
};

typedef struct astra_session astra_session;

/* ASTRA_CMK_ABI_VERSION of the library that was loaded. */
uint32_t astra_cmk_abi_version(void);

/* The library's version, as "1.2.3". Static. */
const char *astra_cmk_version(void);

/* Releases what a call handed out; NULL does nothing. */
void astra_free(void *memory);

/* Opens a session. Sends nothing: the token is first used by the first call that needs it.
 *
 *   token            an application token; NULL or "": see below
 *   token_file       the path of a file that holds the token, and at most blanks around it; read
 *                    once, now. A regular file of this user or of root that nobody else may read or
 *                    write (mode 0600 or 0400; 0440 where it is root's and this user is not
 *                    root), of at most 4096 bytes. NULL or "": see below
 *   api_url          NULL or "": ASTRA_API_URL, else https://api.astra.datastax.com;
 *                    plain http is refused except to a loopback address
 *   organization_id  NULL, or the organization that the token must belong to
 *   max_retries      tries after the first one of a request that is safe to repeat, 0 to 20
 *   request_timeout  seconds for one try of one request, above 0 and at most 86400
 *   log              may be NULL
 *
 * The token is the first of these that is given: `token` or `token_file` (both is an error), the
 * environment's ASTRA_API_TOKEN, the file that ASTRA_API_TOKEN_FILE names.
 *
 * Returns the session, or NULL after reporting why (ASTRA_INVALID's cases, no memory). */
astra_session *astra_session_open(const char *token, const char *token_file, const char *api_url,
                                  const char *organization_id, int32_t max_retries, double request_timeout,
                                  const struct astra_log *log, const struct astra_report *report);

/* Closes the session and wipes the token. No call may be under way. NULL does nothing. */
void astra_session_close(astra_session *session);

/* Cancels calls under way on other threads: the one that was given this very `report`, or,
 * with NULL, all. They return ASTRA_CANCELLED at once. Later calls are not affected. */
void astra_session_cancel(astra_session *session, const struct astra_report *report);

/* --- astra_cmk_key: the registration of one customer key per organization, cloud and region --- */

/* Plan-time rules that need no request. `operation` is "create", "update", "replace", "destroy" or
 * "none"; `prior_key_id` is NULL or the key that is registered now. ASTRA_INVALID when refused. */
int astra_cmk_key_check(const char *operation, const char *cloud_provider, const char *region,
                        const char *key_id, const char *prior_key_id, const struct astra_report *report);

/* Registers the key; adopts the same key with a warning where it is registered already.
 * id: "aws/us-east-2". organization_id is set as soon as the registration is accepted, and
 * never when it was not. ASTRA_CONFLICT: another key is there. */
int astra_cmk_key_create(astra_session *session, const char *cloud_provider, const char *region,
                         const char *key_id, char **id, char **organization_id,
                         const struct astra_report *report);

/* Looks a registration up. `known_key_id` is NULL, or the spelling of the key that the caller
 * knows, which comes back where it means the same key. `known_organization_id` is NULL, or the
 * organization the registration was seen in: another one is ASTRA_PERMISSION_DENIED.
 * ASTRA_GONE: nothing is registered there. */
int astra_cmk_key_read(astra_session *session, const char *cloud_provider, const char *region,
                       const char *known_key_id, const char *known_organization_id, char **id, char **key_id,
                       char **organization_id, const struct astra_report *report);

/* Removes the registration ("deregister") or leaves it in place ("forget"). Refused with
 * ASTRA_CONFLICT while any database lives in that cloud and region, or that can't be seen,
 * unless `force`. Removing what is gone already succeeds. */
int astra_cmk_key_delete(astra_session *session, const char *cloud_provider, const char *region,
                         const char *key_id, const char *organization_id, const char *on_destroy, bool force,
                         const struct astra_report *report);

/* All registrations of the organization. json: an array of objects with cloud_provider,
 * region, key_id, organization_id and id, sorted by id. */
int astra_cmk_key_list(astra_session *session, char **json, const struct astra_report *report);

/* --- astra_provider_id: an open seat for one future database in one region --- */

/* The plan-time book-keeping of one resource. For an existing seat (`provider_id` not NULL) the
 * session remembers it, and warns of a second resource that holds the same one. For a new seat
 * (`provider_id` NULL), `known` is set to a JSON array of the seats seen so far in that cloud and
 * region, merged with `earlier` (NULL, or such an array from an earlier plan). */
int astra_provider_id_check(astra_session *session, const char *operation, const char *cloud_provider,
                            const char *region, const char *provider_id, const char *earlier, char **known,
                            const struct astra_report *report);

/* Asks for a seat: the first ID that is neither in `distinct_from` (NULL, or a NULL-terminated
 * array), nor in `known` (NULL, or a JSON array of strings), nor handed out or seen before in this
 * session. Asking may mint an ID. id: "aws/us-east-2/ID". ASTRA_CONFLICT: only known ones came.
 * It is also none that this machine has seen taken, and is written down as taken: the IDs are the lines of
 * $XDG_STATE_HOME/astra-cmk/ORGANIZATION/CLOUD-REGION (else below ~/.local/state), which create and read add
 * to and delete takes from. Without such a folder create warns. */
int astra_provider_id_create(astra_session *session, const char *cloud_provider, const char *region,
                             const char *const *distinct_from, const char *known, char **id,
                             char **provider_id, char **organization_id, const struct astra_report *report);

/* Confirms a seat without asking for accounts: checks the organization and hands the ID back. */
int astra_provider_id_read(astra_session *session, const char *cloud_provider, const char *region,
                           const char *provider_id, const char *known_organization_id, char **id,
                           char **organization_id, const struct astra_report *report);

/* A seat can't be given back: warns so. Guarded like astra_cmk_key_delete(). */
int astra_provider_id_delete(astra_session *session, const char *cloud_provider, const char *region,
                             const char *provider_id, const char *organization_id, bool force,
                             const struct astra_report *report);

/* The IDs that the API lists for a cloud and region. ASKING MAY MINT ONE.
 * json: an array of strings. */
int astra_provider_id_list(astra_session *session, const char *cloud_provider, const char *region,
                           char **json, const struct astra_report *report);

/* The guard of both resources, at plan time: does nothing unless `operation` is "destroy" or
 * "replace". ASTRA_CONFLICT: a database lives in that cloud and region, or that can't be seen,
 * and `force` is false. */
int astra_database_guard(astra_session *session, const char *operation, const char *cloud_provider,
                         const char *region, bool force, const struct astra_report *report);

/* --- key policies: pure functions, no session --- */

/* The one statement that lets Astra's accounts use an AWS key, as JSON text.
 * ASTRA_INVALID: an empty list, or something that is not a 12-digit account number. */
int astra_aws_key_policy_statement(const char *const *provider_ids, char **json,
                                   const struct astra_report *report);

/* The whole AWS key policy, as JSON text: the account's root, the external principals, and their grants.
 * account_id: the 12 digits of the account that owns the key. */
int astra_aws_key_policy(const char *account_id, const char *const *provider_ids, char **json,
                         const struct astra_report *report);

/* The members to bind on a Google Cloud key, each with its "serviceAccount:" prefix: JSON array. */
int astra_gcp_members(const char *const *provider_ids, char **json, const struct astra_report *report);

/* Takes a key identifier apart. json: an object with cloud_provider, region, account, key_ring,
 * vault, name and version; null where the identifier has no such part. ASTRA_INVALID: none of
 * the three clouds' forms. */
int astra_parse_key_id(const char *key_id, char **json, const struct astra_report *report);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
