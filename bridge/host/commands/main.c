/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - the host program: finds its schemas, reads the command line and runs the command.
 */
#include <stdio.h>

int main(void)
{
    fputs("There is no command yet.\n", stderr);
    return 1;
}
