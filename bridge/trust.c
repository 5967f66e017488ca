/* SPDX-License-Identifier: Apache-2.0
 *
 * trust.c - see trust.h. A library can't be exchanged in its directory between the look and the load by
 * anybody but those who are trusted: that is what is looked at. Not so the directories further up, which
 * belong to nobody else on a machine of one user, and are open to everybody in many containers (/builds):
 * what lies there can only be exchanged as a whole, and must then belong to one who is trusted.
 */
#include "trust.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The owner of the file that this code was loaded from: the program, or libplugin_bridge.so. -1 where it
 * can't be told. */
static uid_t program_owner(void)
{
    static const char here;
    struct link_map *map = NULL;
    struct stat found;
    Dl_info ignored;
    if (dladdr1(&here, &ignored, (void **)&map, RTLD_DL_LINKMAP) == 0 || map == NULL)
        return (uid_t)-1;
    /* The program itself has no name there. */
    const char *file = map->l_name != NULL && map->l_name[0] != '\0' ? map->l_name : "/proc/self/exe";
    return stat(file, &found) == 0 ? found.st_uid : (uid_t)-1;
}

static bool owner_trusted(const struct stat *found)
{
    return found->st_uid == 0 || found->st_uid == geteuid() || found->st_uid == program_owner();
}

static bool group_trusted(const struct stat *found)
{
    return found->st_gid == 0 || found->st_gid == found->st_uid;
}

static bool trust(const char *path, const struct stat *found, mode_t writers, struct diagnostics *diags)
{
    if (!owner_trusted(found)) {
        diagnostics_error(
            diags, NULL, "Another user could change what is loaded",
            "%s belongs to user %u, who is neither you (%u) nor root, and could make this program run "
            "any code. If you trust what is in it, make it your own: chown -R %u '%s'.",
            path, (unsigned)found->st_uid, (unsigned)geteuid(), (unsigned)geteuid(), path);
        return false;
    }
    if ((found->st_mode & writers) != 0) {
        diagnostics_error(
            diags, NULL, "Another user could change what is loaded",
            "%s has mode %04o (owner %u, group %u), which lets %s write to it, and so make this program run "
            "any code. If you trust what is in it, run: chmod -R go-w '%s'.",
            path, (unsigned)found->st_mode & 07777, (unsigned)found->st_uid, (unsigned)found->st_gid,
            (found->st_mode & writers & S_IWOTH) != 0 ? "everybody" : "a group", path);
        return false;
    }
    return true;
}

static mode_t unwanted_writers(const struct stat *found)
{
    return S_IWOTH | (group_trusted(found) ? 0 : S_IWGRP);
}

bool trust_file(const char *path, const struct stat *found, struct diagnostics *diags)
{
    return trust(path, found, unwanted_writers(found), diags);
}

/* Cuts the last part off. There is a slash. */
static bool trust_folder_of(char *path, struct diagnostics *diags)
{
    struct stat found;
    char *slash = strrchr(path, '/');
    if (slash == path)
        slash++;
    *slash = '\0';
    if (stat(path, &found) != 0)
        return true;
    mode_t writers = unwanted_writers(&found);
    if ((found.st_mode & S_ISVTX) != 0)
        writers = 0;
    else if (found.st_uid == 0)
        writers &= ~(mode_t)S_IWGRP;
    return trust(path, &found, writers, diags);
}

bool trust_library(const char *path, struct diagnostics *diags)
{
    struct stat found;
    bool ok = true;
    char *real = realpath(path, NULL);
    if (real == NULL && errno != ENOMEM)
        return true; /* dlopen says what is wrong */
    char *folder = strdup(path), *real_folder = real != NULL ? strdup(real) : NULL;
    if (folder == NULL || real_folder == NULL) {
        diagnostics_no_memory(diags);
        ok = false;
        goto done;
    }
    if (stat(real, &found) == 0)
        ok = trust_file(real, &found, diags);
    ok = trust_folder_of(real_folder, diags) && ok;
    /* A link could be made to lead elsewhere. */
    if (ok && strcmp(real, path) != 0)
        ok = trust_folder_of(folder, diags);
done:
    free(real_folder);
    free(folder);
    free(real);
    return ok;
}
